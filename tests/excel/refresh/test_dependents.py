"""Which formulas a change reaches, against a search that looks at every formula again and again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from excel.patch.areas import Area, address
from excel.refresh.dependents import Dependents
from excel.refresh.order import in_order
from excel.refresh.precedents import Reader
from excel.refresh.scope import FormulaIndex, Scope
from excel.refresh.sheets import Held, SheetFormulas

spots = st.tuples(st.integers(1, 40), st.integers(1, 80))
areas = st.one_of(
    st.tuples(spots, st.just((0, 0))),
    st.tuples(spots, st.tuples(st.integers(0, 5), st.integers(0, 3))),
    st.tuples(spots, st.tuples(st.integers(0, 5000), st.integers(0, 90))),
).map(lambda a: Area(*a[0], a[0][0] + a[1][0], a[0][1] + a[1][1]))
formulas = st.dictionaries(
    st.tuples(st.integers(0, 1), spots), st.lists(st.tuples(st.integers(0, 1), areas), max_size=4), max_size=25
)


def made(cells):
    """Sheets of formulas that read those areas."""
    sheets = {0: SheetFormulas(), 1: SheetFormulas()}
    for (sheet, spot), read in cells.items():
        text = "+".join(f"{'AB'[number]}!{area}" for number, area in read) or "1"
        sheets[sheet].cells[spot] = Held(text, spot)
    return sheets


def searched(cells, start):
    """Every formula that reads a changed cell, until there are no more."""
    changed, found = set(start), set()
    while True:
        more = {
            spot for spot, read in cells.items()
            if spot not in found and any(sheet == number and area.holds(place) for number, area in read for sheet, place in changed)
        }  # fmt: skip
        if not more:
            return found
        found |= more
        changed |= more


@settings(max_examples=60, deadline=None)
@given(formulas, st.sets(st.tuples(st.integers(0, 1), spots), min_size=1, max_size=4))
def test_what_is_reached_is_what_a_search_finds(book_of_two_sheets, cells, start):
    sheets = made(cells)
    reader = Reader(book_of_two_sheets)
    assert Dependents(reader, sheets).reached(start) == searched(cells, start)


@settings(max_examples=60, deadline=None)
@given(formulas)
def test_each_formula_follows_those_it_reads_unless_they_go_round(book_of_two_sheets, cells):
    scope = Scope(book_of_two_sheets, made(cells), Reader(book_of_two_sheets), ())
    order, circles = in_order(scope, set(cells))
    assert set(order) | circles == set(cells)
    place = {spot: n for n, spot in enumerate(order)}
    for spot in order:
        for other in scope.read_by(spot):
            assert other in circles or place[other] < place[spot]
    for spot in circles:
        assert spot in searched(cells, {spot})


@given(st.sets(spots, max_size=40), areas)
def test_formula_cells_are_found_by_area(places, area):
    sheets = {0: SheetFormulas({spot: Held("1", spot) for spot in places})}
    assert set(FormulaIndex(sheets).within(0, area)) == {(0, spot) for spot in places if area.holds(spot)}


def test_an_array_formula_is_found_by_what_it_fills():
    sheets = {0: SheetFormulas({(1, 1): Held("1", (1, 1), "array", Area(1, 1, 3, 2))})}
    assert list(FormulaIndex(sheets).within(0, Area(3, 2, 9, 9))) == [(0, (1, 1))]
    assert list(FormulaIndex(sheets).within(0, Area(4, 1, 9, 9))) == []


def test_a_long_chain_needs_no_depth(book_of_two_sheets):
    count = 10_000
    sheets = {
        0: SheetFormulas({(n, 1): Held(f"{address((n - 1, 1))}+1", (n, 1)) for n in range(2, count)}),
        1: SheetFormulas(),
    }
    scope = Scope(book_of_two_sheets, sheets, Reader(book_of_two_sheets), ())
    assert len(scope.graph.reached([(0, (1, 1))])) == count - 2
    order, circles = in_order(scope, set(scope.graph.reached([(0, (1, 1))])))
    assert not circles
    assert order == [(0, (n, 1)) for n in range(2, count)]
