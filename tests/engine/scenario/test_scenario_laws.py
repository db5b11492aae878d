"""Laws of scenarios, for every history: nothing is nothing, parts add, the identity holds, months follow the figures."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
from compare import Records, effort, interesting_days, ledger_of
from generate import histories
from hypothesis import given
from hypothesis import strategies as st

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from engine.scenario.months import by_month
from engine.scenario.overlay import Scenario, Shock
from engine.scenario.shocked import MEASURES, shocked
from model.periods import day_number
from model.policy import Policy

BALANCES = ("backlog", "contracted", "billed", "deferred", "unbilled")
SHARES = st.sampled_from(("0", "0.1", "0.333333", "0.5", "1")).map(Decimal)


@st.composite
def shocks(draw: Any) -> Shock:
    return Shock(
        customer=draw(st.sampled_from(("", "C0", "C1"))),
        product=draw(st.sampled_from(("", "P0", "Product 1"))),
        cancel=draw(SHARES),
        price_cut=draw(SHARES),
        delay_months=draw(st.integers(0, 5)),
    )


def contracts(ledger: Ledger) -> list[Scope]:
    return [Scope(contracts=np.array([n])) for n in range(len(ledger.contracts["id"]))]


@effort(10)
@given(histories(), st.data())
def test_no_shock_is_the_figure_itself(records: Records, data: st.DataObject) -> None:
    ledger, day = ledger_of(records, Policy()), data.draw(st.sampled_from(interesting_days(records)))
    nothing = Scenario(
        "nothing", (Shock(), Shock(product="P0")), on=data.draw(st.none() | st.just(day - dt.timedelta(40)))
    )
    for scope in contracts(ledger):
        for measure in MEASURES:
            figure = int(answer(ledger, measure, [scope], np.array([day_number(day)])).minor[0, 0])
            found = shocked(ledger, nothing, measure, scope, day)
            assert (found.base, found.shocked, found.difference) == (figure, figure, 0), measure


@effort(15)
@given(histories(), st.lists(shocks(), min_size=1, max_size=3), st.data())
def test_the_identity_of_the_balances_holds_under_any_shock(
    records: Records, shocks: list[Shock], data: st.DataObject
) -> None:
    ledger, day = ledger_of(records, Policy()), data.draw(st.sampled_from(interesting_days(records)))
    scenario = Scenario("any", tuple(shocks), on=data.draw(st.none() | st.just(day - dt.timedelta(100))))
    for scope in contracts(ledger):
        after = {measure: shocked(ledger, scenario, measure, scope, day).shocked for measure in BALANCES}
        balances = after["contracted"] - after["billed"] + after["deferred"] - after["unbilled"]
        assert after["backlog"] == balances


@effort(10)
@given(histories(), shocks(), st.data())
def test_what_a_shock_cancels_is_what_leaves_the_commitment(
    records: Records, shock: Shock, data: st.DataObject
) -> None:
    ledger, day = ledger_of(records, Policy()), data.draw(st.sampled_from(interesting_days(records)))
    scenario = Scenario("s", (dataclasses.replace(shock, price_cut=Decimal(0)),))
    for scope in contracts(ledger):
        lost, left, booked = (
            shocked(ledger, scenario, measure, scope, day).difference
            for measure in ("cancellations", "contracted", "bookings")
        )
        assert (lost, booked) == (-left, 0)


@effort(10)
@given(histories(), shocks(), shocks(), st.data())
def test_shocks_on_different_customers_add(records: Records, one: Shock, other: Shock, data: st.DataObject) -> None:
    records = {**records, "contracts": [{**row, "currency": "USD"} for row in records["contracts"]]}
    records = recoined(records)
    ledger, day = ledger_of(records, Policy()), data.draw(st.sampled_from(interesting_days(records)))
    one, other = dataclasses.replace(one, customer="C0"), dataclasses.replace(other, customer="C1")
    start = data.draw(st.none() | st.just(day - dt.timedelta(100)))
    for measure in MEASURES:
        both, first, second = (
            shocked(ledger, Scenario("s", shocks, on=start), measure, Scope(), day).difference
            for shocks in ((one, other), (one,), (other,))
        )
        assert both == first + second, measure


def recoined(records: Records) -> Records:
    """The same history with every amount in one currency, so that everything has a sum."""
    from model.money import Money

    def plain(value: Any) -> Any:
        return Money(value.minor, "USD") if isinstance(value, Money) else value

    return {
        name: [{key: "USD" if key == "currency" else plain(value) for key, value in row.items()} for row in rows]
        for name, rows in records.items()
    }


@effort(12)
@given(histories(), shocks(), st.data())
def test_the_months_ahead_bring_what_is_left(records: Records, shock: Shock, data: st.DataObject) -> None:
    ledger, day = ledger_of(records, Policy()), data.draw(st.sampled_from(interesting_days(records)))
    for scope in contracts(ledger):
        ahead = by_month(ledger, Scenario("s", (shock,)), scope, day, 24)
        backlog = shocked(ledger, Scenario("s"), "backlog", scope, day).base
        assert backlog - ahead["base_revenue_minor"].sum() == ahead["base_backlog_minor"].iloc[-1]
        assert (ahead["difference_minor"] == ahead["shocked_revenue_minor"] - ahead["base_revenue_minor"]).all()
        if not shock.bites:
            assert (ahead["difference_minor"] == 0).all()
        if shock.cancel == 1 and not shock.customer and not shock.product:
            signed = int(ledger.contracts["signed_on"][scope.contracts[0]]) <= day_number(day)  # type: ignore[index]
            assert not signed or (ahead["shocked_revenue_minor"] == 0).all()


def test_inputs_without_scenarios_have_none() -> None:
    assert Inputs.none().scenarios == {}
