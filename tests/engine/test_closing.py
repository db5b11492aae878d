"""Closed periods by hand: October 2026 is closed, and then the facts come that should have been known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.build import build
from engine.closing import Closed
from engine.cohorts import waterfall
from engine.compare import causes, changed_contracts
from engine.corrections import listed
from engine.explain import explain
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.movements import backlog_rollforward
from engine.saved import open_ledger, save
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


def test_a_backdated_amendment_is_a_correction_of_the_first_open_day() -> None:
    doubled = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    books = closing(KNOWN, {**KNOWN, "amendments": [doubled]})
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


TWENTIETH = dt.date(2026, 11, 20)


def test_a_change_agreed_later_with_effect_in_a_closed_month_is_a_correction_of_its_day() -> None:
    """24,000 from 1 October on, agreed on 20 November: 2,000 a month, of which October had 1,000. Commitment is November's."""
    doubled = amendment("A1", signed_on=TWENTIETH, effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    books = closing(KNOWN, {**KNOWN, "amendments": [doubled]})
    assert ask(books, "recognized", OCTOBER, NOVEMBER) == ["1000.00", "4000.00"]
    assert ask(books, "recognized", NOVEMBER, since=np.array([day_number(FIRST)])) == ["3000.00"]
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000, "amendments": 12000, "prior-period corrections": -1000, "recognized": -2000, "closing": 20000,
    }  # fmt: skip
    assert "prior-period corrections" not in moves(books, FIRST, TWENTIETH - dt.timedelta(1))
    assert late(books) == [("2026-11-20", "K1", "L1", "recognized", 1000, "amendment A1")]
    shown = explain(books, Scope(), TWENTIETH)
    assert (shown["version"].tolist(), shown["recognized_minor"].tolist()) == (["amendment A1"], [333333])
    # Once November is closed, it stays as it was, whatever is told of the contract then.
    again = closing(books, {**KNOWN, "amendments": [doubled], **invoice("I1", NOVEMBER, 100)}, NOVEMBER)
    assert moves(again, FIRST, NOVEMBER) == moves(books, FIRST, NOVEMBER)
    assert moves(again, dt.date(2026, 12, 1), DECEMBER) == {"opening": 20000, "recognized": -2000, "closing": 18000}


def test_what_the_close_knew_of_an_amendment_is_no_correction() -> None:
    """October is closed on a day on which November's amendment is known: nothing of it is late."""
    doubled = amendment("A1", signed_on=TWENTIETH, effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    known = {**KNOWN, "amendments": [doubled]}
    books = closing(known, {**known, **invoice("I1", dt.date(2026, 10, 5), 100)})
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000,
        "amendments": 12000,
        "recognized": -3000,
        "closing": 20000,
    }
    assert [row[3] for row in late(books)] == ["billed"]


HALF_OF_OCTOBER = {"on": dt.date(2026, 10, 16), "line_id": "L1"}
EARNED = {
    "by the day": ({"recognition": "straight_line_daily"}, {}, []),
    "by half months": ({"recognition": "straight_line_half_month", "start_on": dt.date(2026, 9, 10)}, {}, []),
    "month by month": ({"recognition": "straight_line_half_month"}, {"rounding": "last_period"}, []),
    "units": ({"recognition": "units", "quantity": Decimal(12)}, {},
              [{**HALF_OF_OCTOBER, "delivery_id": "D1", "measure": "units", "value": Decimal(5)}]),
    "a share": ({"recognition": "percent_complete"}, {},
                [{**HALF_OF_OCTOBER, "delivery_id": "D1", "measure": "percent", "value": Decimal("0.3")},
                 {"line_id": "L1", "on": dt.date(2026, 11, 3), "delivery_id": "D2", "measure": "percent", "value": Decimal("0.7")}]),
}  # fmt: skip
CHANGES = {
    "changed": {"amount": Decimal("24000.01")},
    "caught up": {"amount": Decimal("24000.01"), "treatment": "catch_up"},
    "ended": {"kind": "terminate", "line_id": None},
    "extended": {"kind": "extend", "end_on": dt.date(2027, 12, 31)},
    "added": {"kind": "add_line", "line_id": None, "new_line_id": "L2", "amount": Decimal(7000), "start_on": dt.date(2026, 10, 5),
              "recognition": "straight_line_daily", "end_on": dt.date(2027, 3, 31)},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("earned", EARNED.values(), ids=EARNED)
def test_it_corrects_by_what_it_would_have_if_it_had_come_late(earned: Any, change: dict[str, Any]) -> None:
    """The correction is that of the same change signed on the last closed day and told after the close; the month's own
    revenue is the rest."""
    terms, policy, deliveries = earned
    known = {**KNOWN, "contract_lines": [line(**terms)], "deliveries": deliveries}
    effective = {"effective_on": dt.date(2026, 10, 11), **change}

    def books(signed: dt.date) -> Ledger:
        changed = {**known, "amendments": [amendment("A1", signed_on=signed, **effective)]}
        closed = Closed(made(known, policy=Policy(**policy)), day_number(OCTOBER))
        return made(changed, closed, Policy(**policy))

    then, now = books(OCTOBER), books(TWENTIETH)
    assert revenue_corrected(then) == revenue_corrected(now)
    rows = {name: backlog_rollforward(each, Scope(), FIRST, NOVEMBER).set_index("movement")["amount_minor"]
            for name, each in (("then", then), ("now", now))}  # fmt: skip
    assert rows["now"]["recognized"] == rows["then"]["recognized"], "the month's own"
    assert rows["now"]["closing"] == rows["then"]["closing"]
    assert rows["now"]["exchange differences"] == 0, "it ties"


def revenue_corrected(books: Ledger) -> dict[str, int]:
    frame = listed(books)
    own = frame[frame["figure"] == "recognized"]
    return dict(own.groupby("line")["amount_minor"].sum())


def test_each_cohort_keeps_its_own_part_of_what_a_close_saw() -> None:
    """What remained of a late contract at the close is told promise by promise, not as a whole for each of them."""
    added = amendment("A0", kind="add_line", line_id=None, new_line_id="L2", signed_on=dt.date(2026, 10, 1),
                      effective_on=dt.date(2026, 10, 1), amount=Decimal(1200), recognition="straight_line_monthly",
                      start_on=dt.date(2026, 10, 1), end_on=dt.date(2027, 9, 30))  # fmt: skip
    doubled = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    books = closing({**KNOWN, "amendments": [added]}, {**KNOWN, "amendments": [added, doubled]})
    assert len(books.views) > 0
    cohorts = waterfall(books, dt.date(2026, 10, 1), OCTOBER)
    assert cohorts["cohort"].tolist() == ["2026-09-30", "2026-10-31", "total"]
    assert cohorts["remaining_minor"].tolist() == [1100000, 110000, 1210000]
    assert ask(books, "backlog", OCTOBER) == ["12100.00"]


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


def test_a_late_invoice_and_its_cash_move_no_closed_balance() -> None:
    bill = invoice("I1", dt.date(2026, 10, 28), 3000, 570, due_on=dt.date(2026, 11, 27))
    cash = {"payment_id": "P1", "customer_id": "C1", "received_on": dt.date(2026, 10, 30), "amount": Decimal(1000),
            "currency": "USD", "invoice_id": "I1", "kind": "payment"}  # fmt: skip
    books = closing(KNOWN, {**KNOWN, **bill, "payments": [cash]})
    assert ask(books, "billed", OCTOBER, FIRST) == ["0.00", "3000.00"]
    assert ask(books, "collected", OCTOBER, FIRST) == ["0.00", "1000.00"]
    assert ask(books, "receivable", OCTOBER, FIRST) == ["0.00", "2570.00"]
    assert ask(books, "receivable", OCTOBER, DECEMBER, bucket="31-60") == ["0.00", "2570.00"]
    assert ask(books, "unbilled", OCTOBER, NOVEMBER) == ["1000.00", "0.00"]
    assert ask(books, "deferred", OCTOBER, NOVEMBER) == ["0.00", "1000.00"]
    assert [row[3:] for row in late(books)] == [
        ("billed", 3000, "invoice R-I1"), ("collected", 1000, "payment on invoice R-I1"),
        ("tax billed", 570, "invoice R-I1"), ("tax collected", 159, "payment on invoice R-I1"),
    ]  # fmt: skip


def test_a_changed_due_day_ages_nothing_in_a_closed_period() -> None:
    was = invoice("I1", dt.date(2026, 9, 1), 3000, due_on=dt.date(2026, 9, 10))
    now = invoice("I1", dt.date(2026, 9, 1), 3000, due_on=dt.date(2026, 10, 25))
    books = closing({**KNOWN, **was}, {**KNOWN, **now})
    assert ask(books, "receivable", OCTOBER, FIRST, bucket="31-60") == ["3000.00", "0.00"]
    assert ask(books, "receivable", OCTOBER, FIRST, bucket="1-30") == ["0.00", "3000.00"]
    assert ask(books, "receivable", OCTOBER, FIRST) == ["3000.00", "3000.00"]


def test_the_current_part_of_a_closed_day_follows_the_terms_known_then() -> None:
    """24,000 over 24 months, billed at once; that the term is a year longer is told after the close."""
    known = {**KNOWN, "contract_lines": [line(amount=24000, end_on=dt.date(2028, 9, 30))],
             **invoice("I1", dt.date(2026, 10, 1), 24000)}  # fmt: skip
    longer = amendment(
        "A1", kind="extend", signed_on=dt.date(2026, 10, 20), effective_on=FIRST, end_on=dt.date(2029, 9, 30)
    )
    books = closing(known, {**known, "amendments": [longer]})
    assert ask(books, "deferred", OCTOBER, part="current") == ["12000.00"]
    assert ask(books, "deferred", OCTOBER, part="noncurrent") == ["11000.00"]
    assert ask(books, "rpo", OCTOBER, months=12) == ["12000.00"]
    # From November 23,000 over 35 months, 657.14 each: 22,342.86 deferred, of which 13 ÷ 35 less 1 ÷ 35 within a year
    assert ask(books, "deferred", NOVEMBER) == ["22342.86"]
    assert ask(books, "deferred", NOVEMBER, part="current") == ["7885.72"]
    assert late(books) == [], "nothing of October has changed"


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


def test_another_policy_reads_the_open_days_only() -> None:
    known = {**KNOWN, **invoice("I1", dt.date(2026, 10, 1), 12000)}
    books = closing(known, known, policy=Policy(deferred_basis="paid"))
    assert ask(books, "deferred", OCTOBER, FIRST) == ["11000.00", "0.00"]
    assert ask(books, "deferred", OCTOBER, FIRST, basis="billed") == ["11000.00", "10966.67"]
    daily = {**KNOWN, "contract_lines": [line(recognition=None)]}
    books = closing(daily, daily, policy=Policy(recognition="straight_line_monthly"))
    # By day, October is 31 of 365: 1,019.18. By month it is 1,000.00, and 19.18 go back on the first open day.
    assert ask(books, "recognized", OCTOBER, NOVEMBER) == ["1019.18", "2000.00"]
    assert late(books) == [("2026-11-01", "K1", "L1", "recognized", -20, "changed policy")]


@pytest.mark.parametrize("then", [Decimal("1.10"), None])
def test_a_rate_corrected_later_converts_no_closed_figure(then: Decimal | None) -> None:
    euros = {**CUSTOMERS, "contracts": [contract(currency="EUR")], "contract_lines": [line(currency="EUR")]}

    def rate(value: Decimal, on: dt.date) -> dict[str, Any]:
        return {"on": on, "from_currency": "EUR", "to_currency": "USD", "rate": value, "kind": "closing"}

    early = rate(Decimal("1.05"), dt.date(2026, 9, 30))
    base = {**euros, "fx_rates": [early, *([rate(then, OCTOBER)] if then else [])]}
    books = closing(base, {**euros, "fx_rates": [early, rate(Decimal("1.20"), OCTOBER)]})
    # 11,000 at the rate of the close; 10,966.67 and 10,000.00 at 1.20
    assert ask(books, "backlog", OCTOBER, FIRST, NOVEMBER, currency="USD") == [
        "12100.00" if then else "11550.00", "13160.00", "12000.00",
    ]  # fmt: skip


def test_flows_of_a_closed_period_keep_the_rates_it_elected() -> None:
    rates = [{"on": dt.date(2026, 10, day), "from_currency": "EUR", "to_currency": "USD", "rate": Decimal(rate), "kind": kind}
             for day, rate, kind in ((1, "1.00", "closing"), (31, "2.00", "average"))]  # fmt: skip
    rates.append({**rates[1], "on": NOVEMBER})
    euros = {**CUSTOMERS, "contracts": [contract(currency="EUR")], "contract_lines": [line(currency="EUR")],
             "fx_rates": rates}  # fmt: skip
    books = closing(euros, euros, policy=Policy(fx_revenue="average"))
    since = np.array([day_number(dt.date(2026, 10, 1))])
    assert ask(books, "recognized", OCTOBER, since=since, currency="USD") == ["1000.00"]
    assert ask(books, "recognized", NOVEMBER, since=since, currency="USD") == ["3000.00"]


def test_each_close_keeps_its_own_month() -> None:
    """What is told of October in December is booked in December, for November is closed as well."""
    doubled = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    thrice = amendment("A2", signed_on=dt.date(2026, 10, 20), effective_on=dt.date(2026, 10, 1), amount=Decimal(36000))
    november = closing(KNOWN, {**KNOWN, "amendments": [doubled]})
    books = closing(november, {**KNOWN, "amendments": [doubled, thrice]}, NOVEMBER)
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


def test_an_evergreen_contract_rolls_forward_by_its_notice_periods() -> None:
    """1,000 a month, 30 days' notice: on 31 October 30 days of November are committed, 1,000.00; on 30 November 30 of the
    31 days of December, 967.74.
    """
    books = made({**KNOWN, "contracts": [contract(evergreen=True, terminable_on_notice_days=30)]})
    rows = backlog_rollforward(books, Scope(), FIRST, NOVEMBER).set_index("movement")["amount_minor"]
    assert rows[["opening", "notice periods", "recognized", "exchange differences", "closing"]].tolist() == [
        100000, 96774, -100000, 0, 96774,
    ]  # fmt: skip


def test_the_terms_in_force_are_told_on_either_side_of_a_close() -> None:
    doubled = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    books = closing(KNOWN, {**KNOWN, "amendments": [doubled]})
    assert explain(books, Scope(), OCTOBER)["version"].tolist() == ["contract"]
    shown = explain(books, Scope(), FIRST)
    assert (shown["version"].tolist(), shown["rule"].tolist()) == (["amendment A1"], ["606-10-25-13(a)"])
    gone = closing(KNOWN, {**CUSTOMERS, "contracts": [contract()], "contract_lines": [line("L9", amount=1)]})
    shown = explain(gone, Scope(), FIRST).set_index("line")
    assert shown.loc["L1", "version"] == "prior-period correction: contract, withdrawn"
    assert shown.loc["L1", "rule"] == "250-10-45-27"


def test_saved_books_open_with_what_the_closes_saw(tmp_path: Path) -> None:
    longer = amendment(
        "A1", kind="extend", signed_on=dt.date(2026, 10, 20), effective_on=FIRST, end_on=dt.date(2029, 9, 30)
    )
    books = closing(KNOWN, {**KNOWN, "amendments": [longer]}, policy=Policy(deferred_basis="paid"))
    save(books, tmp_path / "books.ledger")
    again = open_ledger(tmp_path / "books.ledger")
    assert [view.to_day for view in again.views] == [view.to_day for view in books.views]
    assert again.views[0].ledger.policy == Policy()
    for measure, options in (("rpo", {"months": 12}), ("backlog", {}), ("deferred", {"part": "current"})):
        assert ask(again, measure, OCTOBER, NOVEMBER, **options) == ask(books, measure, OCTOBER, NOVEMBER, **options)
    assert ask(again, "rpo", OCTOBER, months=12) == ["11000.00"]


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


def test_a_comparison_tells_what_a_late_fact_brought_to_closed_books() -> None:
    doubled = amendment("A1", signed_on=dt.date(2026, 10, 10), effective_on=dt.date(2026, 10, 1), amount=Decimal(24000))
    two: Records = {**KNOWN, "contracts": [contract(), contract("K2")], "contract_lines": [line(), line("L2", "K2")]}
    before, after = closing(two, two), closing(two, {**two, "amendments": [doubled]})
    assert changed_contracts(before, closing(two, two)) == []
    assert changed_contracts(after, closing(two, {**two, "amendments": [doubled]})) == []
    assert changed_contracts(before, after) == ["K1"]
    assert causes(before, after, ["K1"])["K1"].names == ("amendment A1",)


def test_a_comparison_sees_contracts_that_another_customer_has_or_nobody_has_any_more() -> None:
    moved: Records = {**KNOWN, "contracts": [contract(customer="C2")]}
    before, after = closing(KNOWN, KNOWN), closing(KNOWN, moved)
    assert changed_contracts(before, after) == ["K1"]
    assert causes(before, after, ["K1"])["K1"].cause != "contracts gone"
    gone = closing(KNOWN, CUSTOMERS)
    assert changed_contracts(before, gone) == ["K1"]
    assert causes(before, gone, ["K1"])["K1"].cause == "contracts gone"
    # Seen otherwise at another close, with the same books today.
    assert changed_contracts(closing(KNOWN, moved), closing(moved, moved)) == ["K1"]
