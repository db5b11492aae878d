"""The compiled kernel and the plain one give the same whole numbers, on generated ledgers and at the edges of exactness."""

import datetime as dt
import itertools
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from compare import effort, ledger_of
from generate import histories
from hypothesis import given
from hypothesis import strategies as st

from engine import compiled, kernel
from engine.balances import BACKLOG, DEFERRED, FORMULAS, RECEIVABLE
from engine.clocks import MONTH_PARTS, coordinate
from engine.figures import Rows, answer
from engine.kernel import CHOICE, Formula
from engine.ledger import Ledger
from engine.points import Points
from model.errors import BacklogError
from model.money import Money
from model.periods import day_number
from model.policy import Policy

POLICIES = st.builds(Policy, rounding=st.sampled_from(("cumulative", "last_period")))
MEASURED = [*FORMULAS.values(), BACKLOG, *DEFERRED.values(), RECEIVABLE, Formula(revenue=-1, floor=True)]
DAYS = np.arange(day_number(dt.date(2023, 6, 1)), day_number(dt.date(2028, 1, 1)), 13)


@pytest.fixture(autouse=True)
def as_chosen() -> Iterator[None]:
    before = vars(CHOICE).copy()
    yield
    vars(CHOICE).update(before)


def both(ledger: Ledger, rows: Rows, formula: Formula, days: np.ndarray, since: np.ndarray | None = None) -> None:
    answers = []
    for CHOICE.compiled in (False, True):
        answers.append(kernel.grid(ledger, rows.blocks, formula, days, since))
    assert np.array_equal(*answers), formula


def selections(ledger: Ledger) -> list[Rows]:
    contracts = np.arange(ledger.size("contracts"))
    each = Rows(ledger, contracts, np.arange(contracts.size + 1))
    overlapping = Rows(
        ledger, np.r_[contracts, contracts], np.array([0, contracts.size, contracts.size, 2 * contracts.size])
    )
    return [Rows.customers(ledger), each, overlapping, Rows(ledger, contracts, each.bounds, np.array([0]))]


@effort(12)
@given(histories(), POLICIES)
def test_a_grid_is_the_same_compiled(records: object, policy: Policy) -> None:
    ledger = ledger_of(records, policy)
    for rows, formula in itertools.product(selections(ledger), MEASURED):
        both(ledger, rows, formula, DAYS)
        both(ledger, rows, formula, DAYS[::-3], DAYS[::-3] - 30)


@effort(12)
@given(histories(), POLICIES, st.data())
def test_scattered_cells_are_the_cells_of_the_grid(records: object, policy: Policy, data: st.DataObject) -> None:
    ledger = ledger_of(records, policy)
    for rows, formula in itertools.product(selections(ledger), MEASURED):
        size = data.draw(st.integers(0, 20))
        at = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=size, max_size=size)), np.int64)
        day = np.array(data.draw(st.lists(st.sampled_from(DAYS.tolist()), min_size=size, max_size=size)), np.int64)
        CHOICE.compiled = False
        grid = kernel.grid(ledger, rows.blocks, formula, DAYS)
        expected = grid[at, np.searchsorted(DAYS, day)]
        for CHOICE.compiled in (False, True):
            assert np.array_equal(kernel.cells(ledger, rows.blocks, formula, at, day), expected)


@pytest.mark.parametrize("bits", [50, 51, 52, 53, 54, 61, 62, 63])
@pytest.mark.parametrize("method", ["straight_line_daily", "straight_line_monthly", "straight_line_30_360"])
def test_amounts_at_the_edges_of_exactness(bits: int, method: str) -> None:
    """Twice the product of amount and length just below and above what a float64 and an int64 hold."""
    start, end = dt.date(2024, 1, 17), dt.date(2026, 12, 3)
    length = {"straight_line_daily": 1052, "straight_line_monthly": 35 * MONTH_PARTS, "straight_line_30_360": 1037}[
        method
    ]
    for near in (-3, -1, 0, 1, 3):
        amounts = {"up": 2**bits // (2 * length) + near, "down": -(2**bits // (2 * length) + near)}
        contract = {"status": "signed", "signed_on": start, "start_on": start, "end_on": end, "currency": "USD"}
        records = {
            "customers": [{"customer_id": side, "name": side} for side in amounts],
            "contracts": [{"contract_id": side, "customer_id": side, **contract} for side in amounts],
            "contract_lines": [
                {"line_id": side, "contract_id": side, "amount": Money(amount, "USD"), "recognition": method}
                for side, amount in amounts.items()
            ],
        }
        ledger = ledger_of(records, Policy())
        for formula in (FORMULAS["recognized"], FORMULAS["contracted"], BACKLOG):
            both(ledger, Rows.customers(ledger), formula, DAYS)


@effort(7)
@given(histories())
def test_threads_share_the_rows(records: object) -> None:
    ledger = ledger_of(records, Policy())
    CHOICE.compiled = True
    for rows, formula in itertools.product(selections(ledger), MEASURED):
        CHOICE.threads, CHOICE.worth_a_thread = 1, 2**60
        alone = kernel.grid(ledger, rows.blocks, formula, DAYS)
        CHOICE.threads, CHOICE.worth_a_thread = 3, 1
        assert np.array_equal(kernel.grid(ledger, rows.blocks, formula, DAYS), alone)


@effort(7)
@given(histories())
def test_points_are_the_figures_of_a_table(records: object) -> None:
    ledger = ledger_of(records, Policy())
    for measure in ("backlog", "recognized", "deferred", "rpo"):
        try:
            table = answer(ledger, measure, Rows.customers(ledger), DAYS[::7])
        except BacklogError:
            continue
        for CHOICE.compiled in (False, True):
            points = Points(ledger, measure)
            for (row, column), figure in np.ndenumerate(table.minor):
                if (row, column) not in table.errors:
                    assert points(row, int(DAYS[::7][column])) == figure


@effort(5)
@given(histories())
def test_where_numba_is_absent_the_figures_are_the_same(records: object) -> None:
    ledger = ledger_of(records, Policy())
    rows = Rows.customers(ledger)
    CHOICE.compiled = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        kernel._load.cache_clear()
        without = {name: kernel.grid(ledger, rows.blocks, formula, DAYS) for name, formula in FORMULAS.items()}
        assert kernel._load() is None
    kernel._load.cache_clear()
    assert kernel._load() is compiled
    for name, formula in FORMULAS.items():
        assert np.array_equal(kernel.grid(ledger, rows.blocks, formula, DAYS), without[name]), name


def test_every_clock_reads_the_same_compiled() -> None:
    days = np.arange(-200_000, 400_000)
    for clock in (0, 1, 2):
        assert [compiled.reading(clock, int(day)) for day in days[::997]] == coordinate(clock, days[::997]).tolist()
    turns = np.arange(day_number(dt.date(1899, 1, 1)), day_number(dt.date(2101, 12, 31)))
    for clock in (1, 2):
        assert [compiled.reading(clock, int(day)) for day in turns] == coordinate(clock, turns).tolist()
