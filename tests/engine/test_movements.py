"""Roll-forwards and waterfalls tie: columns sum from opening to closing, cohorts to revenue and backlog, in any currency."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
from compare import DAY, Records, effort, ledger_of
from generate import CURRENCIES, histories
from hypothesis import given
from hypothesis import strategies as st
from october import FIRST, KNOWN, NOVEMBER, contract, made

from engine.cohorts import waterfall
from engine.deferred import deferred_rollforward
from engine.explain import explain
from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.movements import backlog_by, backlog_rollforward
from model.dimensions import DIMENSIONS
from model.periods import day_number
from model.policy import Policy

WINDOWS = st.tuples(st.dates(dt.date(2023, 12, 1), dt.date(2025, 6, 30)), st.integers(0, 400))
POLICIES = st.sampled_from((Policy(), Policy(deferred_basis="paid"), Policy(termination="enforceable")))
RATES = [
    {"on": on, "from_currency": source, "to_currency": "USD", "rate": rate, "kind": "closing"}
    for source, rates in (("EUR", ("1.1", "1.3")), ("JPY", ("0.0070", "0.0066")), ("KWD", ("3.25", "3.3")))
    for on, rate in zip((dt.date(2020, 1, 1), dt.date(2024, 6, 15)), map(Decimal, rates), strict=True)
]


def whole(ledger: Ledger, measure: str, day: dt.date, since: dt.date | None = None) -> int:
    first = None if since is None else np.array([day_number(since)])
    found = answer(ledger, measure, [Scope()], np.array([day_number(day)]), since=first, currency="USD")
    return int(found.minor[0, 0])


def assert_parts_are_the_whole(ledger: Ledger, day: dt.date) -> None:
    """The proof comes to the backlog of each currency; the values of every dimension to the whole, converted each by itself."""
    proof = explain(ledger, Scope(), day).groupby("currency")["backlog_minor"].sum()
    currencies = np.asarray(ledger.contracts["currency"])
    for currency in np.unique(currencies):
        mine = Scope(contracts=np.flatnonzero(currencies == currency))
        backlog = answer(ledger, "backlog", [mine], np.array([day_number(day)]), currency=currency).minor[0, 0]
        assert proof.get(currency, 0) == backlog
    for dimension in set(DIMENSIONS) - {"currency"}:
        rows = backlog_by(ledger, dimension, day, "USD")
        assert abs(rows["backlog_minor"].sum() - whole(ledger, "backlog", day)) <= 2 * (len(rows) + 1), dimension


@effort(15)
@given(histories(), POLICIES, WINDOWS)
def test_movements_tie_in_every_currency(records: Records, policy: Policy, window: tuple[dt.date, int]) -> None:
    assert {r["currency"] for r in records["contracts"]} <= set(CURRENCIES)
    ledger = ledger_of({**records, "fx_rates": RATES}, policy)
    first, last = window[0], window[0] + window[1] * DAY

    assert_parts_are_the_whole(ledger, last)
    deferred = deferred_rollforward(ledger, Scope(), first, last, "USD").set_index("movement")
    for column in ("amount_minor", "current_minor", "noncurrent_minor"):
        moves = deferred[column].drop("closing").sum()
        assert moves == deferred.loc["closing", column], (column, deferred)
    assert (deferred["amount_minor"] == deferred["current_minor"] + deferred["noncurrent_minor"]).all()
    assert deferred.loc["closing", "amount_minor"] == whole(ledger, "deferred", last)
    assert deferred.loc["reclassification", "amount_minor"] == 0

    middle = first + (last - first) // 2
    for measure in ("recognized", "billed", "collected", "bookings", "cancellations"):
        parts = whole(ledger, measure, middle, first) + whole(ledger, measure, last, middle + DAY)
        assert parts == whole(ledger, measure, last, first), measure
        assert parts == whole(ledger, measure, last) - whole(ledger, measure, first - DAY), measure

    cohorts = waterfall(ledger, first, last, "USD").set_index("cohort")
    total = cohorts.loc["total"]
    for name in (name for name in cohorts if name[:2] == "20"):
        end = dt.date.fromisoformat(name.removesuffix("_minor"))
        assert total[name] == whole(ledger, "recognized", end, max(first, end.replace(day=1))), name
    assert total["earlier_minor"] == whole(ledger, "recognized", first - DAY, dt.date(1990, 1, 1))
    assert total["remaining_minor"] == whole(ledger, "backlog", last)
    assert total["recognized_minor"] == sum(total[name] for name in cohorts if name[:2] == "20")
    figures = cohorts.drop(columns="currency").drop(index="total")
    assert (figures.sum() == cohorts.drop(columns="currency").loc["total"]).all()


@effort(18)
@given(histories(), POLICIES, WINDOWS)
def test_one_currency_leaves_no_exchange_difference(
    records: Records, policy: Policy, window: tuple[dt.date, int]
) -> None:
    ledger = ledger_of(records, policy)
    first, last = window[0], window[0] + window[1] * DAY
    for r in records["contracts"]:
        scope = Scope(contracts=ledger.find_contracts(r["contract_id"]))
        for rollforward in (backlog_rollforward, deferred_rollforward):
            moved = rollforward(ledger, scope, first, last).set_index("movement")["amount_minor"]
            assert moved["exchange differences"] == 0, moved


@effort(6)
@given(histories(), POLICIES, WINDOWS)
def test_deferred_revenue_gives_no_more_than_was_recognized(
    records: Records, policy: Policy, window: tuple[dt.date, int]
) -> None:
    ledger = ledger_of(records, policy)
    first, last = window[0], window[0] + window[1] * DAY
    days = np.arange(day_number(first) - 1, day_number(last) + 1)
    for r in records["contracts"]:
        scope = Scope(contracts=ledger.find_contracts(r["contract_id"]))
        moved = deferred_rollforward(ledger, scope, first, last).set_index("movement")["amount_minor"]
        daily = np.diff(answer(ledger, "recognized", [scope], days).minor[0])
        assert daily[daily < 0].sum() <= -moved["recognized from deferred"] <= daily[daily > 0].sum(), moved


def test_two_customers_of_one_name_are_two() -> None:
    day = dt.date(2026, 1, 1)
    line = {"currency": "USD", "recognition": "straight_line_daily", "start_on": day, "end_on": day + 30 * DAY}
    ledger = ledger_of({
        "customers": [{"customer_id": own, "name": "Acme Ltd"} for own in ("C1", "C2")],
        "contracts": [
            {"contract_id": f"K{n}", "customer_id": f"C{n}", "status": "signed", "signed_on": day - 40 * DAY, "currency": "USD"}
            for n in (1, 2)
        ],
        "contract_lines": [
            {"line_id": f"L{n}", "contract_id": f"K{n}", "amount": Decimal(amount), **line} for n, amount in ((1, 100), (2, 40))
        ],
    }, Policy())  # fmt: skip
    rows = backlog_by(ledger, "customer", day + 30 * DAY, "USD", "contracted")
    assert rows[["customer", "contracted_minor"]].to_numpy().tolist() == [["Acme Ltd", 100_00], ["Acme Ltd", 40_00]]
    (told,) = ledger.exceptions_of(np.array([1])).itertuples()  # nothing was ever billed since the service began
    assert (told.contract, told.rule, told.day) == ("K2", "contract_without_billing", day_number(day))


def test_an_evergreen_contract_rolls_forward_by_its_notice_periods() -> None:
    """1,000 a month, 30 days' notice: on 31 October 30 days of November are committed, 1,000.00; on 30 November 30 of the
    31 days of December, 967.74.
    """
    books = made({**KNOWN, "contracts": [contract(evergreen=True, terminable_on_notice_days=30)]})
    rows = backlog_rollforward(books, Scope(), FIRST, NOVEMBER).set_index("movement")["amount_minor"]
    assert rows[["opening", "notice periods", "recognized", "exchange differences", "closing"]].tolist() == [
        100000, 96774, -100000, 0, 96774,
    ]  # fmt: skip
