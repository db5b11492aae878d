"""Worked examples with figures from outside this repository, as records for the reference implementation and engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from model.money import Money, to_minor
from model.policy import Policy
from model.records import TABLES, Kind, Table

TABLES_OF_K1 = ("contract_lines", "estimates", "amendments")
TABLES_OF_C1 = ("contracts", "invoices", "credit_notes", "payments")


@dataclass(frozen=True)
class Question:
    """One figure: its function, the arguments by name, and the answer in minor units; None where there is none."""

    name: str
    customer: str
    first: dt.date | None
    last: dt.date
    extra: str
    minor: int | None


@dataclass(frozen=True)
class Example:
    """One worked example."""

    name: str
    records: dict[str, list[dict[str, Any]]]
    policy: Policy
    questions: tuple[Question, ...]


def load(path: Path | None = None) -> Iterator[Example]:
    """The examples of a file (default: the one beside this module)."""
    text = (path or Path(__file__).with_name("examples.yaml")).read_text(encoding="utf-8")
    for case in yaml.safe_load(text):
        head = dict(case["contract"])
        currency = head.get("currency", "USD")
        given = {name: [dict(r) for r in case.get(name, [])] for name in TABLES}
        given["customers"].insert(0, {"customer_id": "C1", "name": "Acme Ltd"})
        given["contracts"].insert(0, {"contract_id": "K1", "status": "signed", **head})
        given["contract_lines"] += [dict(r) for r in case.get("lines", [])]
        for name in TABLES_OF_K1:
            given[name] = [{"contract_id": "K1", **r} for r in given[name]]
        for name in TABLES_OF_C1:
            given[name] = [{"customer_id": "C1", "currency": currency, **r} for r in given[name]]
        records = {name: [record(TABLES[name], r, currency) for r in found] for name, found in given.items()}
        policy = Policy(**case.get("policy", {}))
        yield Example(case["id"], records, policy, tuple(question(*q, currency) for q in case["expected"]))


def record(table: Table, row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A typed record from a row of plain YAML values."""
    out: dict[str, Any] = {}
    for column in table.columns:
        value = row.get(column.name, column.default or None)
        if value is not None and column.kind is Kind.MONEY:
            value = Money(to_minor(Decimal(str(value)), row.get("currency", currency)), row.get("currency", currency))
        elif value is not None and column.kind is Kind.DECIMAL:
            value = Decimal(str(value))
        out[column.name] = value
    if "cancelled_on" in row:
        out["cancelled_on"] = (row["cancelled_on"] - dt.date(1970, 1, 1)).days
    return out


def question(call: list[Any], answer: str, currency: str) -> Question:
    """A call of the function catalogue: flows have from and to, balances a date and one more argument."""
    name, customer, *rest = call
    flows = ("RECOGNIZED", "BILLED", "COLLECTED", "BOOKINGS", "CANCELLATIONS")
    first = (rest[0] or None) if name in flows else None
    last = rest[1] if name in flows else rest[0]
    extra = "" if name in flows or len(rest) < 2 else str(rest[1])
    minor = None if answer == "!NA" else to_minor(Decimal(answer), currency)
    return Question(name, customer, first, last, extra, minor)
