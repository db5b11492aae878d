"""Text from outside, fit for any part of a workbook's XML."""

from __future__ import annotations

import re

from excel.patch.values import LONGEST_TEXT

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def as_text(text: str) -> str:
    """Text a cell can hold: control characters become �, what is beyond 32,767 characters is cut with an ellipsis.

    >>> as_text("Tab\\x07bed")
    'Tab�bed'
    """
    clean = _CONTROL.sub("\ufffd", text)
    return clean if len(clean) <= LONGEST_TEXT else clean[: LONGEST_TEXT - 1] + "…"
