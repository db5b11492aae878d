"""A pack of a month before the books begin: said, for a page of zeros may be a slip of the keyboard."""

from __future__ import annotations

import datetime as dt

from engine.ledger import Ledger
from model.periods import day_number, day_of


def nothing_yet(ledger: Ledger, last: dt.date) -> str:
    """What a reader must know where nothing is contracted, billed or paid by the end of a day; "" where something is."""
    begin = ledger.begin
    if begin is not None and begin <= day_number(last):
        return ""
    told = "no contract or document is known" if begin is None else f"the books begin on {day_of(begin):%d %B %Y}"
    return f"nothing is contracted, billed or paid by {last:%d %B %Y}, so its figures are zero: {told}"
