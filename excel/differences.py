"""Where systems differ, for the customers that are asked about: by what a row is about, not by what its customer is called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arithmetic import IntArray
from engine.ledger import Ledger
from excel.answers import Table
from excel.host import Host
from excel.tables import table
from model.errors import Unanswerable
from model.periods import day_number

if TYPE_CHECKING:
    import pandas as pd

_ASKED = "to be judged"


def reconciliation(host: Host, customer: str, day: dt.date) -> Table:
    """Where systems differ about the customers that a text names, on what was signed or issued by `day`.

    A pair that is to be judged is about the customers of both its records.
    """
    frame = host.reconciliation()
    frame = frame[frame["day"] <= day_number(day)]
    if customer not in ("", "*"):
        ledger = host.ledger(None)
        frame = frame[_about(frame, _Theirs(ledger, ledger.find_customers(customer)))]
    return table(frame)


class _Theirs:
    """What belongs to some customers of a ledger."""

    def __init__(self, ledger: Ledger, customers: IntArray) -> None:
        of_alias, of_invoice = (np.asarray(each["customer"]) for each in (ledger.aliases, ledger.invoices))
        self._ids = {
            "customer": {
                *ledger.customers["id"][customers],
                *ledger.aliases["alias"][np.flatnonzero(np.isin(of_alias, customers))],
            },
            "contract": {*ledger.contracts["id"][ledger.contract_slice(customers)]},
            "invoice": {*ledger.invoices["id"][np.flatnonzero(np.isin(of_invoice, customers))]},
        }
        self._find: dict[str, Callable[[str], IntArray]] = {
            "customer": ledger.find_customers, "contract": ledger.find_contracts,
            "invoice": lambda name: np.flatnonzero(np.asarray(ledger.invoices["id"]) == name),
        }  # fmt: skip

    def has(self, kind: str, name: str) -> bool:
        """Whether the record of that id is theirs."""
        return name in self._ids[kind]

    def has_own(self, kind: str, source: str, own: str) -> bool:
        """The same by the id that its own system gave it: where two systems use one, the ledger knows it as source:id."""
        if self.has(kind, f"{source}:{own}"):
            return True
        return self.has(kind, own) and not self._known(kind, f"{source}:{own}")

    def _known(self, kind: str, name: str) -> bool:
        try:
            return bool(self._find[kind](name).size)
        except Unanswerable:
            return False


def _about(frame: pd.DataFrame, theirs: _Theirs) -> list[bool]:
    return [_is_about(row, theirs) for row in frame.to_dict("records")]


def _is_about(row: Mapping[Any, Any], theirs: _Theirs) -> bool:
    if row["finding"] != _ASKED:
        return theirs.has(row["kind"], row["id"])
    return any(theirs.has_own(row["kind"], row[f"{side}source"], row[f"{side}id"]) for side in ("", "other_"))
