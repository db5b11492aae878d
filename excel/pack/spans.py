"""Tables of which each column tells of a span of days: its first and last day stand in the rows "from" and "to"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from excel.pack.sheet import Row

Spans = Mapping[str, tuple[dt.date, dt.date]]
"""By column its first and its last day."""


def span_rows(spans: Spans) -> list[Row]:
    """The rows that say which days each column is of; formulas name them as {@from} and {@to}."""
    return [
        Row({"what": "From", **{key: first for key, (first, _) in spans.items()}}, "from", "quiet", kind="date"),
        Row({"what": "To", **{key: last for key, (_, last) in spans.items()}}, "to", "quiet", kind="date"),
    ]
