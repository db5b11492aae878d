"""A company of any size to measure on: customers with two contracts each, ten lines a customer, a fifth of them amended."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from model.frames import EXTRA, column_values
from model.periods import day_number
from model.records import NO_DAY, TABLES, Kind

FIRST = day_number(dt.date(2022, 1, 1))
MONTHS = 60
ENDS = np.array([day_number(dt.date(2022 + n // 12, n % 12 + 1, 1)) - 1 for n in range(1, MONTHS + 1)])
SINCE = np.r_[FIRST, ENDS[:-1] + 1]


def facts(lines: int, amendments: int | None = None, billed: bool = False) -> dict[str, pd.DataFrame]:
    """Facts as the store gives them. Terms of one to three years that begin anywhere in five; amendments change the total
    of a line somewhere within its term, from that day on. `billed`: with an invoice a contract and a line a line."""
    random = np.random.default_rng(606)
    amendments = lines // 5 if amendments is None else amendments
    customers, contracts = max(lines // 10, 1), max(lines // 5, 1)
    start = FIRST + random.integers(-300, 1700, contracts)
    end = start + random.choice([364, 364, 364, 729, 1094], contracts)
    of, whose = np.arange(lines) % contracts, np.arange(contracts) % customers
    amount = random.integers(1_00, 50_000_00, lines)
    changed = np.sort(random.choice(lines, min(amendments, lines), replace=False))
    effective = start[of[changed]] + random.integers(30, 330, changed.size)
    made = {name: _rows(name, 0) for name in TABLES}
    made["customers"] = _rows(
        "customers", customers, customer_id=_ids("C", customers), name=_ids("Customer ", customers)
    )
    made["contracts"] = _rows(
        "contracts", contracts, contract_id=_ids("K", contracts), customer_id=_ids("C", whose), currency="USD",
        status="signed", signed_on=start - 10, start_on=start, end_on=end,
    )  # fmt: skip
    made["contract_lines"] = _rows("contract_lines", lines, line_id=_ids("L", lines), contract_id=_ids("K", of),
                                   amount_minor=amount, currency="USD")  # fmt: skip
    made["amendments"] = _rows(
        "amendments", changed.size, amendment_id=_ids("A", changed.size), contract_id=_ids("K", of[changed]),
        signed_on=effective - 5, effective_on=effective, kind="change_line", line_id=_ids("L", changed), currency="USD",
        amount_minor=amount[changed] + random.integers(-50_00, 10_000_00, changed.size),
    )  # fmt: skip
    if billed:
        made["invoices"] = _rows(
            "invoices", contracts, invoice_id=_ids("I", contracts), customer_id=_ids("C", whose), status="open",
            contract_id=_ids("K", contracts), issued_on=start, due_on=start + 30, currency="USD",
        )  # fmt: skip
        made["invoice_lines"] = _rows(
            "invoice_lines", lines, invoice_line_id=_ids("IL", lines), line_id=_ids("L", lines), currency="USD",
            invoice_id=_ids("I", of), amount_minor=amount,
        )  # fmt: skip
    return made


def _ids(prefix: str, numbers: int | np.ndarray) -> list[str]:
    numbers = np.arange(numbers) if isinstance(numbers, int) else numbers
    return [f"{prefix}{n:07}" for n in numbers.tolist()]


def _rows(named: str, count: int, /, **given: Any) -> pd.DataFrame:
    """A frame of model.frames with those columns; the others say nothing. Every text is an object of its own, as a
    database gives it."""
    table = TABLES[named]
    kinds = {**dict.fromkeys(EXTRA, Kind.TEXT), **{column.stored: column.kind for column in table.columns}}
    if table.has_money:
        kinds.setdefault("currency", Kind.CURRENCY)
    given |= {"raw_id": np.arange(count), "known_on": np.zeros(count, np.int64), "source": "crm"}
    given["record_id"] = list(given.get(table.key[0], [""] * count))
    if named == "contracts":
        given["cancelled_on"] = NO_DAY
        kinds["cancelled_on"] = Kind.DATE
    frame = pd.DataFrame(index=range(count))
    for column, kind in kinds.items():
        values = given.get(column, column_values(kind, [None])[0])
        if isinstance(values, str) and values:
            values = [values.encode().decode() for _ in range(count)]
        if isinstance(values, list | str) or values is None:
            values = pd.Series(values if isinstance(values, list) else [values] * count, frame.index, object)
        frame[column] = values
    return frame
