"""After records have arrived: the ledger is made, and what is worth remembering of it is kept.

How records were read, so that a past report can be made again under another configuration; how many exceptions each source
has, so that its quality is seen over time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from books.quality import changed, counted
from books.reading import Reading
from store.periods import quality_counts
from store.write.periods import put_quality, put_reading

if TYPE_CHECKING:
    from books.ledgers import Books
    from engine.ledger import Ledger


def bring_up_to_date(books: Books, progress: Callable[[str], None] | None = None) -> Ledger:
    """Builds the ledger from what the store now holds; `progress` is told each step."""
    ledger = books.build(progress)
    now = dt.datetime.now(dt.UTC)
    reading = Reading.configured(books.settings)
    put_reading(books.engine, reading.digest, reading.text, now)
    today = now.astimezone(ZoneInfo(books.settings.reporting.timezone)).date()
    found = changed(counted(books.engine, ledger, today), quality_counts(books.engine))
    if found:
        put_quality(books.engine, found, now)
    return ledger
