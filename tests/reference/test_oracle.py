"""The reference implementation against figures from outside: the standard, vendors' pages, plain arithmetic."""

from __future__ import annotations

import datetime as dt

import examples
import pytest
from oracle import Oracle, Scope

DAY = dt.timedelta(days=1)
CASES = [(example, q) for example in examples.load() for q in example.questions]


def answer(books: Oracle, q: examples.Question) -> int:
    """The oracle's answer to a question about the one customer of an example."""
    scope = Scope(customer_id="C1")
    if q.name in ("RECOGNIZED", "BILLED", "COLLECTED"):
        figure = {"RECOGNIZED": books.recognized, "BILLED": books.billed, "COLLECTED": books.collected}[q.name]
        return figure(scope, q.last) - (figure(scope, q.first - DAY) if q.first else 0)
    if q.name in ("BOOKINGS", "CANCELLATIONS"):
        return {"BOOKINGS": books.bookings, "CANCELLATIONS": books.cancellations}[q.name](scope, q.first, q.last)
    if q.name == "DEFERRED":
        return books.deferred(scope, q.last, q.extra or "total")
    if q.name == "RPO":
        return books.rpo(scope, q.last, int(q.extra) if q.extra else None)
    if q.name == "RECEIVABLE":
        return books.receivable(scope, q.last, q.extra or "total")
    figures = {"BACKLOG": books.backlog, "CONTRACTED": books.contracted, "UNBILLED": books.unbilled}
    return figures[q.name](scope, q.last)


@pytest.mark.parametrize(("example", "q"), CASES, ids=[f"{e.name}-{q.name}-{q.last}-{q.extra}" for e, q in CASES])
def test_worked_examples(example: examples.Example, q: examples.Question) -> None:
    if q.minor is None:
        known = {r["name"] for r in example.records["customers"]}
        assert q.customer not in known, "an example without an answer asks about nobody"
    else:
        assert answer(Oracle(example.records, example.policy), q) == q.minor
