"""The sheets for steering: measures, sales, signals and scenarios of the small company, as stored and as the functions answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal

import pytest
from pack_cells import with_formulas, with_values

from engine.metrics.inputs import Inputs
from engine.scenario.overlay import Scenario, Shock
from excel.answers import single
from excel.catalogue import call
from excel.pack.build import new
from model.errors import Unanswerable
from model.frames import frame
from model.money import Money, to_decimal

LAST = dt.date(2026, 10, 31)


class Host:
    today, zone = dt.date(2030, 1, 1), dt.UTC

    def __init__(self, ledger, inputs):
        self._ledger, self._inputs = ledger, inputs

    def ledger(self, known_at):
        return self._ledger

    def inputs(self, known_at=None):
        return self._inputs


@pytest.fixture(scope="module")
def inputs():
    nothing = Inputs.none()
    stated = [("current_assets", "300"), ("current_liabilities", "200")]
    rows = [{"period_end": LAST, "measure": m, "amount": Decimal(a), "currency": "USD"} for m, a in stated]
    shocks = {
        "downturn": Scenario("downturn", (Shock(cancel=Decimal("0.25")),), about="a quarter of what is left"),
        "late": Scenario("late", (Shock(delay_months=1),)),
    }
    aims = [("2026-10", "backlog", "10000"), ("2026-11", "revenue", "2000"), ("2026-11", "bookings", "500")]
    targets = [{"month": m, "measure": what, "amount": Decimal(a), "currency": "USD"} for m, what, a in aims]
    return dataclasses.replace(
        nothing, financials=frame("financials", rows), targets=frame("targets", targets), incentive_rate=Decimal("0.1"),
        scenarios=shocks,
    )  # fmt: skip


@pytest.fixture(scope="module")
def books(ledger_of):
    return ledger_of(yen_rate="0.0070")


@pytest.fixture(scope="module")
def path(books, inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("steering") / "pack.xlsx"
    return new(books, {}, out, dt.date(2026, 10, 1), LAST, "Northwind", inputs=inputs)


def rows(path, title, opened=with_formulas):
    sheet = opened(path)[title]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_measures_show_value_formula_and_amounts(path):
    # Backlog 2,000 + 2,300 + 4,000 EUR at 1.10 + 110,000 JPY at 0.0070 = 9,470; three months' revenue 3,000 + 100 +
    # 1,500 EUR and 10,000 JPY: 4,820.
    found = {row[0]: row for row in rows(path, "Measures", with_values)}
    assert found["burn_down_months"][1] == pytest.approx(9470 * 3 / 4820, abs=1e-6)
    assert found["burn_down_months"][5] == (
        "backlog at 2026-10-31 9,470.00 USD ÷ recognized from 2026-08-01 to 2026-10-31 4,820.00 USD × 3"
    )
    assert found["current_ratio"][1] == 1.5
    assert found["quick_ratio"][1] == "#N/A"
    assert "inventory is not stated for 2026-10-31" in found["quick_ratio"][5]
    # Backlog was 3,000 and 4,500 EUR, 7,950, at the end of September: a tenth of 1,520.
    assert (found["incentive_credit"][3], found["incentive_credit"][2]) == ("USD", pytest.approx(152.0))


def test_every_measure_and_scenario_is_what_the_function_answers(path, books, inputs):
    count = 0
    for title, ours in (("Measures", "METRIC"), ("Measures by part", "METRIC"), ("Scenarios", "SCENARIO")):
        sheet, stored = with_formulas(path)[title], with_values(path)[title]
        for row in sheet.iter_rows():
            for cell in row:
                asked = re.fullmatch(rf"={ours}\((.*)\)", str(cell.value))
                if not asked:
                    continue
                words = [word.strip('"') for word in asked[1].split(",")]
                named = {"as_of": LAST, "period_start": dt.date(2026, 10, 1), "trailing_start": dt.date(2025, 11, 1)}
                given = [named.get(w, sheet[w.replace("$", "")].value if w.startswith("$") else w) for w in words]
                value = single(call(ours, given, Host(books, inputs)))
                value = to_decimal(*value) if isinstance(value, Money) else value
                shown = stored[cell.coordinate].value
                if isinstance(value, Unanswerable):
                    assert shown == value.excel
                else:
                    assert float(value) == pytest.approx(shown, abs=1e-9), cell.value
                count += 1
    # Fourteen measures twice, six of them in twelve months and of three customers; two scenarios of four figures.
    assert count == 2 * 14 + 6 * (12 + 3) + 2 * 4


def test_measures_of_parts_stand_beside_those_of_the_whole(path):
    found = rows(path, "Measures by part", with_values)
    start = next(n for n, row in enumerate(found) if row[0] == "By segment")
    part = {row[0]: row for row in found[start + 2 : start + 4]}
    # Of the enterprises, Acme and Tanaka, 10,100 and 10,000 JPY are earned of 14,400 and 120,000 JPY; 4,300 and 110,000 JPY
    # are left of three months' 3,100 and 10,000 JPY.
    assert part["Enterprise"][2] == pytest.approx(10_170 / 15_240, abs=1e-6)
    assert part["Enterprise"][5] == pytest.approx(5_070 * 3 / 3_170, abs=1e-6)
    assert part["Mid-market"][2] == pytest.approx(1 / 3, abs=1e-6)


def test_scenarios_show_base_shocked_and_the_year_ahead(path):
    found = rows(path, "Scenarios", with_values)
    assert next(row[2:5] for row in found if row[:2] == ["downturn", "backlog"]) == [9470, 7102.5, -2367.5]
    start = next(n for n, row in enumerate(found) if row[0] == "downturn: the months ahead")
    # November: 1,000 + 100 + 500 EUR + 10,000 JPY, and three quarters of it.
    assert found[start + 2][1:4] == [1720, 1290, -430]


def test_gaps_to_targets_stand_beside_what_came_and_what_is_committed(path):
    # Backlog of 9,470 against 10,000; 1,720 committed in November against 2,000, and nothing booked that could be measured.
    found = rows(path, "Trend", with_values)
    start = next(n for n, row in enumerate(found) if row[0] == "Against targets")
    heads, lines = found[start + 1], found[start + 2 :]
    october, november = (next(row for row in lines if row[0].date() == dt.date(2026, n, 1)) for n in (10, 11))
    assert (october[2], november[2]) == ("actual", "committed")
    backlog, revenue = heads.index("Backlog (USD)"), heads.index("Revenue (USD)")
    assert october[backlog : backlog + 3] == [9470, 10000, -530]
    assert november[revenue : revenue + 3] == [1720, 2000, -280]
    assert november[3:6] == [None, 500, None]


def test_sales_hold_what_their_contracts_hold(path):
    # Ann: 2,000 of K1 and 4,400 of K3 are left. Bo booked 2,400, of which 2,300 are left; K4 has nobody.
    found = {row[0]: row for row in rows(path, "Sales", with_values)[4:8]}
    assert found["Ann Lee"][4] == 6400
    assert found["Bo Chen"][1:5] == [2400, 0, 0, 2300]
    assert found["(none)"][1] == 840  # 120,000 JPY


def test_signals_name_what_tripped_them(path):
    told = rows(path, "Signals", with_values)
    assert any(row[0] == "concentration" and row[1] == "Globex & Sons" for row in told)
    assert any(
        str(row[0]).startswith("Not looked at: backlog outgrows capacity: no capacity is stated") for row in told
    )
