"""The names of ledgers: each says what one was made from, so that whoever finds a file of that name need not make it again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from books.standing import Standing
    from store.periods import PeriodEvent

FORM = 9
"""Of the ledger file and of the calculation; another form is another ledger."""
CLOSED = "closed-"
"""How the version of the books of a close begins."""


def version_of(data: str, standing: Standing, connectors: Iterable[str], known_at: dt.datetime | None) -> str:
    """The version of a ledger: by the data it stands on, how they are read, and the closes that hold."""
    words = [FORM, data, standing.reading.text, sorted(connectors), str(known_at or ""),
             [close.digest for close in standing.closes]]  # fmt: skip
    return _digest(json.dumps(words))


def version_of_close(close: PeriodEvent) -> str:
    """The version of the books of a close."""
    return f"{CLOSED}{_digest(f'{FORM} {close.digest}')}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
