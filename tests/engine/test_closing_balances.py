"""October 2026 is closed: its balances, its rates and its policy stay as they were, whatever is told of its documents."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from october import (
    CUSTOMERS,
    DECEMBER,
    FIRST,
    KNOWN,
    NOVEMBER,
    OCTOBER,
    amendment,
    ask,
    closing,
    contract,
    invoice,
    late,
    line,
)

from model.periods import day_number
from model.policy import Policy


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
