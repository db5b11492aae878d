"""Two systems that tell of the same company made one set of facts, however they are matched, in time that grows as they do.

python -m bench.matching [LINES]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial

import pandas as pd

from bench import company
from bench.measure import Line, seconds, table, told
from books.facts import unify
from books.rules import Rules
from engine.build import build
from model.policy import Policy

LINES = 200_000
_SMALLER = 10
_WAYS = {"by deal and shared ids": True, "by domain, amount and day": False}
_IDS = {
    "customers": ("customer_id",),
    "contracts": ("contract_id", "customer_id"),
    "contract_lines": ("line_id", "contract_id"),
    "invoices": ("invoice_id", "contract_id", "customer_id"),
    "invoice_lines": ("invoice_line_id", "invoice_id", "line_id"),
}


def lines(size: int = LINES) -> list[Line]:
    """The rows of the table."""
    found = []
    for way, named in _WAYS.items():
        each = []
        for count in (size // _SMALLER, size):
            one = told_once(count, named=named)
            spent, made = seconds(partial(unify, told_twice(one, named=named), ["crm", "billing"], Rules()))
            for name in _IDS:
                assert made.tables[name].equals(one[name]), name
            assert made.reconciliation.empty
            each.append(spent / count)
        calculated, _ = seconds(partial(build, made.tables, Policy()))
        words = f"{told(each[1] * size)}, {each[1] * 1e6:.1f} µs a line; {each[1] / each[0]:.2f}× that of {size // _SMALLER:,} lines"
        words += f", {each[1] * size / calculated:.1f}× what the ledger of them takes"
        found.append(Line(f"Two systems of {size:,} lines, with their invoices, made one {way}", words))
    return found


def told_once(count: int, *, named: bool) -> dict[str, pd.DataFrame]:
    """A company of so many lines, with its invoices; not `named`: and the domains of its customers."""
    facts = company.facts(count, billed=True)
    facts["invoices"]["number"] = facts["invoices"]["invoice_id"]
    if not named:
        domains = [f"{name.lower()}.test" for name in facts["customers"]["customer_id"]]
        facts["customers"]["domain"] = pd.Series(domains, dtype=object)
    return facts


def told_twice(facts: Mapping[str, pd.DataFrame], *, named: bool) -> dict[str, pd.DataFrame]:
    """The same once more as another system tells it, under ids of its own; `named`: with those of the first beside them."""
    both = dict(facts)
    for name, ids in _IDS.items():
        other = facts[name].assign(source="billing")
        if named and name in ("customers", "contracts"):
            other["shared_id" if name == "customers" else "deal_id"] = facts[name][ids[0]]
        for column in ids:
            own = [f"b_{value}" for value in facts[name][column]]
            other[column] = pd.Series(own, other.index, object)
        both[name] = pd.concat([facts[name], other], ignore_index=True)
    return both


if __name__ == "__main__":
    print(table(lines(*map(int, sys.argv[1:]))))
