"""When invoices are due."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.documents.homes import Homes
from model.records import NO_AMOUNT, NO_DAY


def due_on(lines: pd.DataFrame, homes: Homes) -> IntArray:
    """The day on which each invoice is due: as it says, else after the payment terms of its contract, else when it is issued."""
    said, issued = (homes.invoices[n].to_numpy(np.int64) for n in ("due_on", "issued_on"))
    terms = pick(homes.who.contracts["payment_terms_days"].to_numpy(np.int64), _contracts(lines, homes), NO_AMOUNT)
    return np.where(said != NO_DAY, said, issued + np.where(terms == NO_AMOUNT, 0, terms))


def _contracts(lines: pd.DataFrame, homes: Homes) -> IntArray:
    """The contract of each invoice: the one it names, else the one that all its lines belong to, else -1."""
    named = homes.who.contract_index(homes.invoices["contract_id"].to_numpy(object))
    if (named >= 0).all():
        return named
    contract, invoice = homes.contract(lines["home"].to_numpy(np.int64)), lines["invoice"].to_numpy(np.int64)
    least, most = np.full(named.size, len(homes.who.contracts)), np.full(named.size, -1)
    np.minimum.at(least, invoice, contract)
    np.maximum.at(most, invoice, contract)
    return np.where((named < 0) & (least == most), most, named)
