"""The ledger's tables for `backlog export`: names and dates in place of the numbers that the engine keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger

_KINDS = ("line", "added", "fee", "unallocated")
_MEASURES = ("contracted", "recognized", "billed", "collected")
_BLOCK = 4_000_000
"""Figures worked out at once: obligations times months."""


def ledger_tables(ledger: Ledger) -> Iterator[tuple[str, pd.DataFrame]]:
    """Name and rows of each table; amounts are whole minor units beside their currency, ids are those of the records.

    What was billed or paid for a contract as a whole, or for none, stands with a promise of the kind "unallocated".
    """
    import pandas as pd

    yield "customers", pd.DataFrame({name: list(ledger.customers[name]) for name in ledger.customers})
    yield "products", pd.DataFrame({name: list(ledger.products[name]) for name in ledger.products})
    yield "contracts", _contracts(ledger)
    yield "obligations", _obligations(ledger)
    yield "months", _months(ledger)
    exceptions = ledger.exceptions
    yield "exceptions", exceptions.assign(day=days(exceptions["day"]))


def days(numbers: pd.Series[Any]) -> pd.Series[Any]:
    """Days as dates; none is left empty."""
    import pandas as pd

    from model.frames import NO_DAY

    return pd.to_datetime(numbers.where(numbers != NO_DAY), unit="D").dt.date


def whole(numbers: pd.Series[Any]) -> pd.Series[Any]:
    """Whole numbers; what is not given is left empty."""
    from model.frames import NO_AMOUNT

    return numbers.astype("Int64").mask(numbers == NO_AMOUNT)


def _columns(table: Any, names: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    given = {name: pd.Series(list(table[name])) for name in names}
    return pd.DataFrame({name: days(values) if name.endswith("_on") else values for name, values in given.items()})


def _contracts(ledger: Ledger) -> pd.DataFrame:
    names = ("id", "number", "status", "currency", "signed_on", "start_on", "end_on", "notice_days", "evergreen", "committed",
             "sales_rep", "source", "raw_id")  # fmt: skip
    frame = _columns(ledger.contracts, names)
    frame.insert(1, "customer", np.asarray(ledger.customers["id"])[np.asarray(ledger.contracts["customer"])])
    return frame.assign(
        notice_days=whole(frame["notice_days"]),
        evergreen=frame["evergreen"].astype(bool),
        committed=frame["committed"].astype(bool),
    )


def _obligations(ledger: Ledger) -> pd.DataFrame:
    import pandas as pd

    from model.records import RECOGNITION

    table = ledger.obligations
    contract, product, method = (np.asarray(table[name]) for name in ("contract", "product", "method"))
    contracts = ledger.contracts
    frame = _columns(table, ("id", "start_on", "end_on", "agreed_end_on", "booked_on", "description", "raw_id"))
    frame.insert(1, "contract", np.asarray(contracts["id"])[contract])
    frame.insert(2, "kind", np.array(_KINDS, object)[np.asarray(table["kind"])])
    frame.insert(3, "product", np.r_[np.asarray(ledger.products["id"], object), [""]][product])
    frame.insert(4, "method", np.r_[np.array(RECOGNITION, object), [""]][method])
    return frame.assign(
        separate=np.asarray(table["apart"]).astype(bool),
        stated_minor=whole(pd.Series(np.asarray(table["stated"]))),
        currency=np.asarray(contracts["currency"])[contract],
    )


def _months(ledger: Ledger) -> pd.DataFrame:
    """What each month moved of each promise: sums up to a month's end are CONTRACTED, RECOGNIZED, BILLED and COLLECTED.

    Of a contract of which only a notice period counts, the commitment is all that was agreed.
    """
    import pandas as pd

    from engine.balances import FORMULAS
    from engine.clocks import month_first, month_of
    from engine.slices import Slice

    table, contracts = ledger.obligations, ledger.contracts
    contract, size = np.asarray(table["contract"]), len(table["id"])
    first, last = month_of(np.array(ledger.span)).tolist()
    ends = month_first(np.arange(first, last + 2)) - 1  # the eve of the first month, then the last day of each
    parts = []
    step = max(1, _BLOCK // ends.size)
    for low in range(0, size, step):
        rows = np.arange(low, min(low + step, size))
        part = Slice.each(ledger, rows)
        moved = [np.diff(part.figure(FORMULAS[name], ends), axis=1) for name in _MEASURES]
        row, month = np.nonzero(np.logical_or.reduce([values != 0 for values in moved]))
        amounts = {f"{name}_minor": values[row, month] for name, values in zip(_MEASURES, moved, strict=True)}
        parts.append(pd.DataFrame({"obligation": rows[row], "period_end": ends[month + 1], **amounts}))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["obligation", "period_end"])
    at = frame["obligation"].to_numpy(np.int64)
    owner = np.asarray(contracts["customer"])[contract[at]]
    frame.insert(0, "customer", np.asarray(ledger.customers["id"])[owner])
    frame.insert(1, "contract", np.asarray(contracts["id"])[contract[at]])
    return frame.assign(
        obligation=np.asarray(table["id"])[at],
        period_end=days(frame["period_end"]),
        currency=np.asarray(contracts["currency"])[contract[at]],
    )
