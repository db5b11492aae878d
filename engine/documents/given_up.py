"""Uncollectible invoices: they stay billed, and what is owed on them when they are given up is written off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.documents.entries import Entries
from engine.documents.homes import Homes
from engine.kinds import CASH, CASH_TAX, WRITTEN_OFF
from model.records import NO_DAY


def write_off(homes: Homes, due: IntArray, entries: Entries) -> None:
    """Adds what is written off, all other entries being there: on the day that an invoice says, else when it is `due`.

    What a later document or receipt moves was written off already: it is taken back on that day, and no earlier one.
    """
    lost = (homes.invoices["status"] == "uncollectible").to_numpy()
    if not lost.any():
        return
    found = entries.columns()
    sign = np.select([found["kind"] == CASH, found["kind"] == CASH_TAX, found["kind"] == WRITTEN_OFF], [-1, 0, -1], 1)
    said = homes.invoices["written_off_on"].to_numpy(np.int64)
    given_up = np.where(said != NO_DAY, said, due)
    rows = np.flatnonzero((found["invoice"] >= 0) & lost[found["invoice"]])
    owed = pd.DataFrame(
        {
            "invoice": found["invoice"][rows],
            "home": found["home"][rows],
            "day": np.maximum(found["day"][rows], given_up[found["invoice"][rows]]),
            "amount": (found["amount"] * sign)[rows],
        }
    )
    owed = owed.groupby(["invoice", "home", "day"], as_index=False).agg({"amount": "sum"})
    bill = homes.invoices.iloc[owed["invoice"]]
    home, day, amount, invoice = (owed[name].to_numpy(np.int64) for name in ("home", "day", "amount", "invoice"))
    entries.add(WRITTEN_OFF, home, day, amount, invoice, bill["raw_id"].to_numpy(np.int64))
