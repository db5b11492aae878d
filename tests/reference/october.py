"""Books of October 2026 closed: what was known then, and the facts that came when they should have been known before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from engine.build import build
from engine.closing import Closed
from engine.corrections import listed
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.movements import backlog_rollforward
from model.frames import frame
from model.periods import day_number, day_of
from model.policy import Policy
from model.records import TABLES

Records = Mapping[str, Sequence[Mapping[str, Any]]]
OCTOBER, NOVEMBER, DECEMBER = dt.date(2026, 10, 31), dt.date(2026, 11, 30), dt.date(2026, 12, 31)
FIRST = dt.date(2026, 11, 1)
CUSTOMERS = {"customers": [{"customer_id": "C1", "name": "Acme"}, {"customer_id": "C2", "name": "Beta"}]}


def contract(key: str = "K1", customer: str = "C1", **more: Any) -> dict[str, Any]:
    return {"contract_id": key, "customer_id": customer, "status": "signed", "currency": "USD",
            "signed_on": dt.date(2026, 9, 1), **more}  # fmt: skip


def line(key: str = "L1", owner: str = "K1", amount: int = 12000, **more: Any) -> dict[str, Any]:
    """1,000.00 a month from October 2026 to September 2027, if nothing else is said."""
    return {"line_id": key, "contract_id": owner, "amount": Decimal(amount), "currency": "USD",
            "recognition": "straight_line_monthly", "start_on": dt.date(2026, 10, 1), "end_on": dt.date(2027, 9, 30),
            **more}  # fmt: skip


def amendment(key: str, **more: Any) -> dict[str, Any]:
    return {"amendment_id": key, "contract_id": "K1", "line_id": "L1", "kind": "change_line", "currency": "USD", **more}


def invoice(key: str, on: dt.date, amount: int, tax: int = 0, **more: Any) -> dict[str, list[dict[str, Any]]]:
    head = {"invoice_id": key, "number": f"R-{key}", "customer_id": "C1", "contract_id": "K1", "issued_on": on,
            "currency": "USD", "status": "open", **more}  # fmt: skip
    row = {"invoice_line_id": f"{key}-1", "invoice_id": key, "line_id": "L1", "amount": Decimal(amount),
           "tax": Decimal(tax), "currency": "USD"}  # fmt: skip
    return {"invoices": [head], "invoice_lines": [row]}


KNOWN: Records = {**CUSTOMERS, "contracts": [contract()], "contract_lines": [line()]}
DOUBLED = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
"""What was known costs twice as much from the beginning on, as was agreed while October was open."""


def made(records: Records, closed: Closed | None = None, policy: Policy | None = None) -> Ledger:
    facts = {name: frame(name, records.get(name, ())) for name in TABLES}
    return build(facts, policy or Policy(), closed=closed)


def closing(base: Records | Ledger, now: Records, end: dt.date = OCTOBER, **policy: Policy) -> Ledger:
    """The books of `now`, after `base` was closed."""
    books = base if isinstance(base, Ledger) else made(base)
    return made(now, Closed(books, day_number(end)), **policy)


def ask(
    ledger: Ledger, measure: str, *days: dt.date, customer: str = "", currency: str = "", **options: Any
) -> list[str]:
    scope = Scope(customers=ledger.find_customers(customer)) if customer else Scope()
    numbers = np.array([day_number(day) for day in days], np.int64)
    found = answer(ledger, measure, [scope], numbers, currency=currency, **options)
    assert not found.errors
    return [f"{value / 100:.2f}" for value in found.minor[0]]


def moves(ledger: Ledger, first: dt.date, last: dt.date) -> dict[str, int]:
    """The lines of the roll-forward that are not nothing, in whole units."""
    frame = backlog_rollforward(ledger, Scope(), first, last)
    return {name: minor // 100 for name, minor in zip(frame["movement"], frame["amount_minor"], strict=True) if minor}


def late(ledger: Ledger) -> list[tuple[str, str, str, str, int, str]]:
    frame = listed(ledger)
    return [
        (str(day_of(r.day)), r.contract, r.line, r.figure, r.amount_minor // 100, r.cause) for r in frame.itertuples()
    ]
