"""October 2026 is closed, and then facts come that should have been known: they are corrections of the first open day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
from october import (
    CUSTOMERS,
    DECEMBER,
    DOUBLED,
    FIRST,
    KNOWN,
    NOVEMBER,
    OCTOBER,
    amendment,
    ask,
    closing,
    contract,
    late,
    line,
    made,
    moves,
)

from engine.build import build
from engine.closing import Closed
from engine.cohorts import waterfall
from engine.explain import explain
from engine.figures import Scope
from model.frames import frame
from model.periods import day_number
from model.policy import Policy
from model.records import TABLES


def test_a_backdated_amendment_is_a_correction_of_the_first_open_day() -> None:
    books = closing(KNOWN, {**KNOWN, "amendments": [DOUBLED]})
    assert ask(books, "contracted", OCTOBER, FIRST) == ["12000.00", "24000.00"]
    assert ask(books, "recognized", OCTOBER, NOVEMBER) == ["1000.00", "4000.00"]
    # 12,000 more committed, 1,000 more earned in October; November earns 2,000 of its own
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000, "prior-period corrections": 11000, "recognized": -2000, "closing": 20000,
    }  # fmt: skip
    assert moves(books, dt.date(2026, 10, 1), OCTOBER) == {"opening": 12000, "recognized": -1000, "closing": 11000}
    assert late(books) == [
        ("2026-11-01", "K1", "L1", "contracted", 12000, "amendment A1"),
        ("2026-11-01", "K1", "L1", "recognized", 1000, "amendment A1"),
    ]


def test_a_contract_that_was_not_known_is_booked_after_the_close() -> None:
    more = {**KNOWN, "contracts": [*KNOWN["contracts"], contract("K2", signed_on=dt.date(2026, 10, 15))],
            "contract_lines": [*KNOWN["contract_lines"], line("L2", "K2", 2400)]}  # fmt: skip
    books = closing(KNOWN, more)
    assert ask(books, "backlog", OCTOBER, NOVEMBER) == ["11000.00", "12000.00"]  # 10,000 and 2,000
    assert ask(books, "bookings", OCTOBER, NOVEMBER) == ["12000.00", "14400.00"], "a late booking is one of November"
    assert moves(books, FIRST, NOVEMBER)["prior-period corrections"] == 2200
    assert "new contracts" not in moves(books, FIRST, NOVEMBER)
    shown = explain(books, Scope(), OCTOBER)
    assert shown["line"].tolist() == ["L1"]
    shown = explain(books, Scope(), FIRST).set_index("line")
    assert shown.loc["L2", "booked_on"] == FIRST
    assert shown.loc["L2", "backlog_minor"] == 220000 - 667  # a day of November: 200.00 ÷ 30 = 6.67


def test_a_late_delivery_is_no_revenue_of_the_closed_month() -> None:
    once = line(amount=5000, recognition="point_in_time")
    known = {**KNOWN, "contract_lines": [once]}
    delivered = {
        "delivery_id": "D1",
        "line_id": "L1",
        "on": dt.date(2026, 10, 20),
        "measure": "delivered",
        "value": Decimal(1),
    }
    books = closing(known, {**known, "deliveries": [delivered]})
    assert ask(books, "recognized", OCTOBER, FIRST) == ["0.00", "5000.00"]
    assert ask(books, "recognized", NOVEMBER, since=np.array([day_number(FIRST)])) == ["5000.00"]
    assert moves(books, FIRST, NOVEMBER) == {"opening": 5000, "prior-period corrections": -5000}


def test_a_late_estimate_is_a_change_of_price_of_the_first_open_day() -> None:
    """1,200 of variable price from 15 October on: a twelfth of it, 100, is earned with October."""
    bonus = {"estimate_id": "E1", "contract_id": "K1", "line_id": "L1", "on": dt.date(2026, 10, 15), "amount": Decimal(1200),
             "currency": "USD"}  # fmt: skip
    books = closing(KNOWN, {**KNOWN, "estimates": [bonus]})
    assert ask(books, "contracted", OCTOBER, FIRST) == ["12000.00", "13200.00"]
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000, "prior-period corrections": 1100, "recognized": -1100, "closing": 11000,
    }  # fmt: skip
    assert [row[3:] for row in late(books)] == [
        ("contracted", 1200, "estimate E1"), ("recognized", 100, "estimate E1"),
    ]  # fmt: skip


def test_each_cohort_keeps_its_own_part_of_what_a_close_saw() -> None:
    """What remained of a late contract at the close is told promise by promise, not as a whole for each of them."""
    added = amendment("A0", kind="add_line", line_id=None, new_line_id="L2", signed_on=dt.date(2026, 10, 1),
                      effective_on=dt.date(2026, 10, 1), amount=Decimal(1200), recognition="straight_line_monthly",
                      start_on=dt.date(2026, 10, 1), end_on=dt.date(2027, 9, 30))  # fmt: skip
    books = closing({**KNOWN, "amendments": [added]}, {**KNOWN, "amendments": [added, DOUBLED]})
    assert len(books.views) > 0
    cohorts = waterfall(books, dt.date(2026, 10, 1), OCTOBER)
    assert cohorts["cohort"].tolist() == ["2026-09-30", "2026-10-31", "total"]
    assert cohorts["remaining_minor"].tolist() == [1100000, 110000, 1210000]
    assert ask(books, "backlog", OCTOBER) == ["12100.00"]


def test_a_contract_that_is_gone_leaves_on_the_first_open_day() -> None:
    more = {**KNOWN, "contracts": [*KNOWN["contracts"], contract("K2", "C2")],
            "contract_lines": [*KNOWN["contract_lines"], line("L2", "K2", 2400)]}  # fmt: skip
    books = closing(more, {**KNOWN})
    assert ask(books, "backlog", OCTOBER, FIRST, customer="Beta") == ["2200.00", "0.00"]
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 13200, "prior-period corrections": -2200, "recognized": -1000, "closing": 10000,
    }  # fmt: skip
    assert late(books) == [
        ("2026-11-01", "K2", "L2", "contracted", -2400, "contract, withdrawn"),
        ("2026-11-01", "K2", "L2", "recognized", -200, "contract, withdrawn"),
    ]


def test_a_contract_of_another_customer_was_the_first_ones_in_the_closed_period() -> None:
    books = closing(KNOWN, {**KNOWN, "contracts": [contract(customer="C2")]})
    assert ask(books, "backlog", OCTOBER, NOVEMBER, customer="Acme") == ["11000.00", "0.00"]
    assert ask(books, "backlog", OCTOBER, NOVEMBER, customer="Beta") == ["0.00", "10000.00"]
    assert ask(books, "backlog", OCTOBER, NOVEMBER) == ["11000.00", "10000.00"]
    assert moves(books, FIRST, NOVEMBER) == {"opening": 11000, "recognized": -1000, "closing": 10000}


def test_customers_that_became_one_keep_what_each_had_in_the_closed_period() -> None:
    two = {**KNOWN, "contracts": [contract(), contract("K2", "C2")], "contract_lines": [line(), line("L2", "K2", 2400)]}
    one = {**two, "customers": CUSTOMERS["customers"][:1], "contracts": [contract(), contract("K2", "C1")]}
    facts = {name: frame(name, one.get(name, ())) for name in TABLES}
    closed = Closed(made(two), day_number(OCTOBER))
    books = build(facts, Policy(), closed=closed, aliases={"C2": "C1", "Beta": "C1"})
    assert ask(books, "backlog", OCTOBER, NOVEMBER, customer="Acme") == ["11000.00", "12000.00"]
    # By its former name the one it became is found, with what stood under that name in the closed period.
    assert ask(books, "backlog", OCTOBER, NOVEMBER, customer="Beta") == ["13200.00", "12000.00"]
    assert ask(books, "backlog", OCTOBER, NOVEMBER) == ["13200.00", "12000.00"]


def test_each_close_keeps_its_own_month() -> None:
    """What is told of October in December is booked in December, for November is closed as well."""
    thrice = amendment("A2", signed_on=dt.date(2026, 10, 20), effective_on=dt.date(2026, 10, 1), amount=Decimal(36000))
    november = closing(KNOWN, {**KNOWN, "amendments": [DOUBLED]})
    books = closing(november, {**KNOWN, "amendments": [DOUBLED, thrice]}, NOVEMBER)
    assert ask(books, "contracted", OCTOBER, NOVEMBER, DECEMBER) == ["12000.00", "24000.00", "36000.00"]
    assert ask(books, "recognized", OCTOBER, NOVEMBER, DECEMBER) == ["1000.00", "4000.00", "9000.00"]
    assert ask(books, "rpo", OCTOBER, NOVEMBER, DECEMBER, months=1) == ["1000.00", "2000.00", "3000.00"]
    assert moves(books, FIRST, NOVEMBER)["prior-period corrections"] == 11000
    december = dt.date(2026, 12, 1)
    # 12,000 more committed; October and November earned 2,000 more
    assert moves(books, december, DECEMBER) == {
        "opening": 20000, "prior-period corrections": 10000, "recognized": -3000, "closing": 27000,
    }  # fmt: skip
    assert [(row[0], row[3], row[4], row[5]) for row in late(books)] == [
        ("2026-11-01", "contracted", 12000, "amendment A1"), ("2026-11-01", "recognized", 1000, "amendment A1"),
        ("2026-12-01", "contracted", 12000, "amendment A2"), ("2026-12-01", "recognized", 2000, "amendment A2"),
    ]  # fmt: skip


def test_books_without_a_single_promise_close_too() -> None:
    cash = {"payment_id": "P1", "customer_id": "C1", "received_on": OCTOBER, "amount": Decimal(100), "currency": "USD",
            "kind": "payment"}  # fmt: skip
    books = closing({**CUSTOMERS, "payments": [cash]}, {**CUSTOMERS, "payments": [cash, {**cash, "payment_id": "P2"}]})
    assert ask(books, "collected", OCTOBER, FIRST) == ["100.00", "200.00"]
    assert ask(closing({}, KNOWN), "backlog", OCTOBER, NOVEMBER) == ["0.00", "10000.00"]


def test_a_contract_whose_lines_are_not_known_yet_stops_nothing() -> None:
    ended = amendment("A1", contract_id="K2", kind="terminate", line_id=None, signed_on=FIRST, effective_on=FIRST)
    alone = {**KNOWN, "contracts": [contract(), contract("K2")], "amendments": [ended]}
    assert ask(closing(KNOWN, alone), "backlog", OCTOBER, NOVEMBER) == ["11000.00", "10000.00"]
