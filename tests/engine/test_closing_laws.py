"""Laws of closed periods, on generated histories: what was known at a close holds to its last day, for ever."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import numpy as np
from compare import Records, effort, interesting_days
from generate import histories
from generate_knowledge import another
from hypothesis import given
from hypothesis import strategies as st

from engine.build import build
from engine.closing import Closed
from engine.corrections import listed
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.movements import backlog_rollforward
from model.errors import Unanswerable
from model.frames import frame
from model.periods import day_number
from model.policy import Policy
from model.records import TABLES

DAY = dt.timedelta(days=1)
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("contracted", {}), ("recognized", {}), ("backlog", {}), ("billed", {}), ("collected", {}), ("unbilled", {}),
    ("deferred", {}), ("deferred", {"basis": "paid"}), ("deferred", {"part": "current"}), ("rpo", {}),
    ("rpo", {"months": 12}), ("rpo", {"months": 3}), ("receivable", {}), ("receivable", {"bucket": "1-30"}),
    ("receivable", {"bucket": "90+"}), ("bookings", {}), ("cancellations", {}),
)  # fmt: skip
POLICIES = st.sampled_from(
    (Policy(), Policy(rounding="last_period", credit_notes="deferred_first"), Policy(deferred_basis="paid"),
     Policy(termination="enforceable", rpo_expedients=("one_year",)))
)  # fmt: skip
CHANCES = st.randoms(use_true_random=False)


def made(records: Records, policy: Policy, closed: Closed | None = None) -> Ledger:
    return build({name: frame(name, records.get(name, ())) for name in TABLES}, policy, closed=closed)


def figures(ledger: Ledger, kind: str, name: str, product: str, days: list[dt.date]) -> list[list[int]]:
    """Every figure of one scope at those days; of one that the ledger does not know, noughts."""
    try:
        found = {"customers": ledger.find_customers, "contracts": ledger.find_contracts}[kind](name)
        products = ledger.find_products(product) if product else None
    except Unanswerable:
        return [[0] * len(days) for _ in ASKED]
    numbers = np.array([day_number(day) for day in days], np.int64)
    out = []
    for measure, options in ASKED:
        asked = answer(ledger, measure, [Scope(**{kind: found}, products=products)], numbers, **options)
        assert not asked.errors, asked.errors
        out.append([int(value) for value in asked.minor[0]])
    return out


def scopes(*known: Records) -> list[tuple[str, str, str]]:
    """Every contract, and every customer whose amounts are all in one currency, whole and by product."""
    contracts = sorted({r["contract_id"] for records in known for r in records["contracts"]})
    found = [("contracts", name, product) for name in contracts for product in ("", "P0")]
    for name in ("C0", "C1"):
        money = {r["currency"] for records in known for table in ("contracts", "invoices", "payments", "credit_notes")
                 for r in records.get(table, ()) if r["customer_id"] == name}  # fmt: skip
        if len(money) == 1:
            found += [("customers", name, product) for product in ("", "P1")]
    return found


def ends(records: Records, chance: random.Random, count: int) -> list[dt.date]:
    return sorted(chance.sample(interesting_days(records, 60), count))


def around(records: Records, marks: list[dt.date]) -> list[dt.date]:
    return sorted({*interesting_days(records, 30), *(day + n * DAY for day in marks for n in (-1, 0, 1, 2))})


@effort(6)
@given(histories(), POLICIES, POLICIES, CHANCES)
def test_a_closed_day_keeps_its_figures_and_an_open_one_has_those_of_now(
    records: Records, policy: Policy, elected: Policy, chance: random.Random
) -> None:
    then = another(records, chance)
    (end,) = ends(records, chance, 1)
    days = around(records, [end])
    base, now = made(then, policy), made(records, elected)
    books = made(records, elected, Closed(base, day_number(end)))
    assert books.exceptions.equals(now.exceptions)
    for scope in scopes(then, records):
        before, after, got = (figures(ledger, *scope, days) for ledger in (base, now, books))
        for (measure, options), *rows in zip(ASKED, before, after, got, strict=True):
            right = [b if day <= end else a for day, b, a in zip(days, rows[0], rows[1], strict=True)]
            wrong = [(day, g, r) for day, g, r in zip(days, rows[2], right, strict=True) if g != r]
            assert not wrong, (scope, measure, options, end, wrong)


@effort(6)
@given(histories(), POLICIES, CHANCES)
def test_each_of_several_closed_periods_keeps_its_own(records: Records, policy: Policy, chance: random.Random) -> None:
    knowledge = [another(records, chance) for _ in range(3)] + [records]
    closes = ends(records, chance, 3)
    days = around(records, closes)
    plain = [made(known, policy) for known in knowledge]
    books = plain[0]
    for known, end in zip(knowledge[1:], closes, strict=True):
        books = made(known, policy, Closed(books, day_number(end)))
    period = [sum(day > end for end in closes) for day in days]
    for scope in scopes(*knowledge):
        each = [figures(ledger, *scope, days) for ledger in plain]
        got = figures(books, *scope, days)
        for n, (measure, options) in enumerate(ASKED):
            right = [each[which][n][column] for column, which in enumerate(period)]
            assert got[n] == right, (scope, measure, options, closes)


@effort(6)
@given(histories(), CHANCES)
def test_the_roll_forward_ties_with_its_corrections(records: Records, chance: random.Random) -> None:
    def steady(known: Records) -> Records:
        """Without evergreen contracts, whose backlog moves by no entry."""
        return {**known, "contracts": [{**r, "evergreen": False} for r in known["contracts"]]}

    named = {
        r.get(day)
        for rows in (records["contracts"], records["amendments"])
        for r in rows
        for day in ("signed_on", "effective_on")
    }
    end = chance.choice([day for day in interesting_days(records, 60) if day + DAY not in named])
    then, records = steady(another(records, chance)), steady(records)
    base, now = made(then, Policy()), made(records, Policy())
    books = made(records, Policy(), Closed(base, day_number(end)))
    marks = sorted({*ends(records, chance, 3), end})
    # What is agreed on open days and counts from closed ones corrects those on the day it is agreed: revenue of amendments alone.
    told = listed(books)
    told = told[told["day"] > day_number(end) + 1]
    owner = {r["contract_id"]: r["customer_id"] for r in records["contracts"]}
    assert set(told["contract"]) <= {r["contract_id"] for r in records["amendments"]}
    assert set(told["figure"]) <= {"recognized"}
    for kind, name, _ in scopes(then, records):
        try:
            scope = Scope(**{kind: {"customers": books.find_customers, "contracts": books.find_contracts}[kind](name)})
        except Unanswerable:
            continue
        for first, last in itertools.pairwise([marks[0] - 90 * DAY, *marks, marks[-1] + 400 * DAY]):
            moves = backlog_rollforward(books, scope, first + DAY, last).set_index("movement")["amount_minor"]
            assert moves["exchange differences"] == moves["notice periods"] == 0, "the movements alone explain it"
            late = figures(now, kind, name, "", [end])[2][0] - figures(base, kind, name, "", [end])[2][0]
            corrected = late if first < end + DAY <= last else 0
            mine = told[(told["contract"] if kind == "contracts" else told["contract"].map(owner)).eq(name)]
            agreed = mine["amount_minor"][mine["day"].between(day_number(first) + 1, day_number(last))].sum()
            assert moves["prior-period corrections"] == corrected - agreed, (kind, name, first, last, end)


@effort(6)
@given(histories(), CHANCES)
def test_nothing_late_changes_nothing(records: Records, chance: random.Random) -> None:
    (end,) = ends(records, chance, 1)
    base = made(records, Policy())
    books = made(records, Policy(), Closed(base, day_number(end)))
    assert books.views == ()
    for name in ("segments", "versions", "entries", "obligations", "invoices"):
        for column, values in getattr(base, name).items():
            assert list(getattr(books, name)[column]) == list(values), (name, column)
