"""Customer × month revenue: the engine's closed form against the script it replaces (explode days or months, group, sum).

Prints the median of several runs of each and the ratio; both must give the same cents first.

    python bench/matrix.py [LINES]
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from engine.build import build
from engine.figures import Scope, answer
from model.frames import NO_AMOUNT, NO_DAY, empty_facts
from model.periods import day_number, month_ends
from model.policy import Policy

RUNS = 5
MONTHS = month_ends(dt.date(2022, 1, 1), dt.date(2026, 12, 31))


def facts(lines: int) -> dict[str, pd.DataFrame]:
    """Contracts of ten lines each, ten to a customer, terms of one to three years."""
    random = np.random.default_rng(606)
    count = max(lines // 10, 1)
    start = day_number(dt.date(2022, 1, 1)) + random.integers(0, 1200, count)
    made = empty_facts()
    customers = max(count // 10, 1)
    made["customers"] = _rows(
        "customers", made, customers, customer_id=_names("C", customers), name=_names("Customer ", customers)
    )
    made["contracts"] = _rows(
        "contracts", made, count, contract_id=_names("K", count), currency="USD", status="signed", signed_on=start, start_on=start,
        customer_id=_names("C", customers)[np.arange(count) % customers], end_on=start + random.integers(300, 1000, count),
        cancelled_on=NO_DAY,
    )  # fmt: skip
    made["contract_lines"] = _rows(
        "contract_lines", made, lines, line_id=_names("L", lines), contract_id=_names("K", count)[np.arange(lines) % count],
        amount_minor=random.integers(1_00, 50_000_00, lines), currency="USD",
    )  # fmt: skip
    return made


def _names(prefix: str, count: int) -> np.ndarray:
    return np.array([f"{prefix}{n:07}" for n in range(count)], object)


def _rows(table: str, made: dict[str, pd.DataFrame], count: int, **given: object) -> pd.DataFrame:
    missing = {"object": "", "int64": 0, "bool": False}
    columns = {}
    for name, dtype in made[table].dtypes.items():
        value = given.get(str(name), missing.get(str(dtype), ""))
        if name not in given and str(dtype) == "int64":
            value = NO_DAY if str(name).endswith("_on") else (0 if name == "raw_id" else NO_AMOUNT)
        if name in ("quantity", "unit_price", "unit_cost"):
            value = None
        columns[name] = np.array([value] * count, object) if value is None or isinstance(value, str) else value
    return pd.DataFrame(columns, index=range(count))


def exploded(made: dict[str, pd.DataFrame]) -> np.ndarray:
    """The script: every line repeated for every month it touches, then grouped."""
    table = made["contract_lines"].merge(made["contracts"], on="contract_id", suffixes=("", "_of"))
    ends = np.array([day_number(day) for day in MONTHS])
    first, last = np.searchsorted(ends, table["start_on_of"]), np.searchsorted(ends, table["end_on_of"])
    rows = table.index.repeat(np.minimum(last, len(ends) - 1) - first + 1)
    long = table.loc[rows]
    long["month"] = first[rows] + long.groupby(level=0).cumcount()
    days = long["end_on_of"] - long["start_on_of"] + 1
    done = np.minimum(ends[long["month"]], long["end_on_of"]) - long["start_on_of"] + 1
    before = np.where(long["month"] > first[rows], ends[np.maximum(long["month"] - 1, 0)] - long["start_on_of"] + 1, 0)
    amount = long["amount_minor"]
    long["revenue"] = (2 * amount * done + days) // (2 * days) - (2 * amount * before + days) // (2 * days)
    return long.pivot_table(
        index="customer_id", columns="month", values="revenue", aggfunc="sum", fill_value=0
    ).to_numpy()


def median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    made = facts(lines)
    begin = time.perf_counter()
    ledger = build(made, Policy())
    built = time.perf_counter() - begin
    days = np.array([day_number(day) for day in MONTHS])
    since = np.array([day_number(day.replace(day=1)) for day in MONTHS])
    scopes = [Scope(customers=np.array([n])) for n in range(len(made["customers"]))]

    def ours() -> np.ndarray:
        return answer(ledger, "recognized", scopes, days, since=since).minor

    expected = exploded(made)
    assert np.array_equal(ours()[:, : expected.shape[1]], expected), "the two disagree"
    mine, theirs = median(ours), median(lambda: exploded(made))
    print(
        f"{lines:,} lines, {len(scopes):,} customers, {len(MONTHS)} months; medians of {RUNS} runs, equal to the cent"
    )
    print(f"ledger built in {built:.2f} s ({lines / built:,.0f} lines a second)")
    print(f"matrix {mine * 1000:,.0f} ms; explode and group {theirs * 1000:,.0f} ms; ratio {theirs / mine:.1f}")


if __name__ == "__main__":
    main()
