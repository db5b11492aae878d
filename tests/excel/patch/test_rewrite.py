"""What a patch may do besides changing values: make cells and rows, move the reach of a spill, drop a formula."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from excel.patch.areas import Area, Areas, Spans, address, place
from excel.patch.cells import cells_at, cells_of, formulas_of, read
from excel.patch.rewrite import Edit, rewrite
from excel.patch.rows import rows_of
from excel.patch.values import CellError, stored
from excel.patch.words import Row

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(rows: str, before: str = "", after: str = "") -> str:
    data = f"<sheetData>{rows}</sheetData>" if rows != "empty" else "<sheetData/>"
    return f'<worksheet xmlns="{MAIN}">{before}{data}{after}</worksheet>'


def edited(source: str, **edits: Edit) -> str:
    target = io.BytesIO()
    places = {place(name): edit for name, edit in edits.items()}
    assert rewrite(io.BytesIO(source.encode()), target, places) == set(places)
    return target.getvalue().decode()


def made(value: object, **more: object) -> Edit:
    return Edit(stored(value), made=True, **more)


def test_a_cell_is_made_at_its_place_in_a_row():
    before = sheet('<row r="2" spans="2:4"><c r="B2"><v>1</v></c><c r="D2"><v>3</v></c></row>')
    after = edited(before, C2=made(2), E2=made("x", spilled=True), A2=made(CellError("#N/A")))
    assert after == sheet(
        '<row r="2" spans="1:5"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>1</v></c><c r="C2"><v>2</v></c>'
        '<c r="D2"><v>3</v></c><c r="E2" t="str"><v>x</v></c></row>'
    )


def test_rows_are_made_before_between_and_after_those_that_are_there():
    before = sheet('<row r="3"><c r="A3"><v>3</v></c></row><row r="5"/>', after="<pageMargins/>")
    after = edited(before, A1=made(1), A4=made(4), B5=made(5), A9=made(9))
    assert after == sheet(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>'
        '<row r="4"><c r="A4"><v>4</v></c></row><row r="5"><c r="B5"><v>5</v></c></row>'
        '<row r="9"><c r="A9"><v>9</v></c></row>',
        after="<pageMargins/>",
    )


def test_a_sheet_without_rows_gets_them():
    assert edited(sheet("empty"), B2=made(7)) == sheet('<row r="2"><c r="B2"><v>7</v></c></row>')


def test_a_new_cell_has_the_style_of_its_row_or_else_of_its_column():
    columns = '<cols><col min="2" max="3" width="9" style="7"/><col min="4" max="4" width="9"/></cols>'
    rows = '<row r="1" s="4" customFormat="1"><c r="A1"/></row><row r="2" s="4"><c r="A2"/></row>'
    after = edited(sheet(rows, columns), B1=made(1), B2=made(2), D2=made(3), C3=made(4))
    assert re.findall(r'<c r="(?:B1|B2|D2|C3)"[^>]*>', after) == [
        '<c r="B1" s="4">', '<c r="B2" s="7">', '<c r="D2">', '<c r="C3" s="7">',
    ]  # fmt: skip


def test_the_stated_dimension_grows_with_new_cells_and_only_then():
    before = sheet('<row r="1"><c r="A1"><v>1</v></c></row>', '<dimension ref="A1:B2"/>')
    assert '<dimension ref="A1:D5"/>' in edited(before, D5=made(1))
    assert '<dimension ref="A1:B2"/>' in edited(before, B2=made(1))


def test_prefixed_sheets_get_prefixed_cells():
    source = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"/></x:row></x:sheetData></x:worksheet>'
    )
    after = edited(source, B1=made("b"), A2=made(2))
    assert '<x:c r="B1" t="inlineStr"><x:is><x:t>b</x:t></x:is></x:c></x:row>' in after
    assert '<x:row r="2"><x:c r="A2"><x:v>2</x:v></x:c></x:row></x:sheetData>' in after


def test_a_spill_s_reach_moves_and_its_formula_stays():
    before = sheet(
        '<row r="1"><c r="A1" cm="1"><f t="array" ref="A1:B2">CUSTOMERS(&quot;*&quot;)</f><v>old</v></c></row>'
    )
    after = edited(before, A1=Edit(stored("id"), reach=Area(1, 1, 4, 3)))
    assert after == before.replace('ref="A1:B2"', 'ref="A1:C4"').replace('cm="1"', 'cm="1" t="str"').replace(
        "old", "id"
    )


def test_a_frozen_cell_keeps_its_style_and_loses_formula_and_metadata():
    before = sheet(
        '<row r="1"><c r="A1" s="3" cm="1" t="str"><f t="array" ref="A1:A2">X()</f><v>a</v></c>'
        '<c r="B1" s="2"><f t="shared" si="0"/><v>1</v></c></row>'
    )
    after = edited(before, A1=Edit(stored("b"), frozen=True), B1=Edit(stored(Decimal("2.50")), frozen=True))
    assert after == sheet('<row r="1"><c r="A1" s="3" t="str"><v>b</v></c><c r="B1" s="2"><v>2.50</v></c></row>')


def test_a_blank_leaves_an_empty_cell_with_its_style():
    before = sheet('<row r="1"><c r="A1" s="3" t="str"><v>a</v></c></row>')
    assert edited(before, A1=Edit(stored(None))) == sheet('<row r="1"><c r="A1" s="3"/></row>')


cell = st.tuples(st.integers(1, 30), st.sampled_from(["", "<v>1</v>", "<f>A1</f><v>2</v>", "<is><t>x</t></is>"]))


@given(
    st.dictionaries(st.integers(1, 60), st.dictionaries(*[st.integers(1, 30), cell.map(lambda c: c[1])]), max_size=12),
    st.booleans(),
    st.sets(st.tuples(st.integers(1, 60), st.integers(1, 30)), min_size=1, max_size=6),
)
def test_numbered_or_not_the_same_cells_are_found(rows, stated, wanted):
    """Where rows and cells tell their addresses, most are jumped over; the answer is that of looking at each."""
    text = ""
    for number in range(1, 61):
        cells = rows.get(number, {})
        inner = "".join(
            f'<c r="{address((number, column))}">{cells[column]}</c>' if stated else f"<c>{cells.get(column, '')}</c>"
            for column in (sorted(cells) if stated else range(1, 31))
        )
        if not stated or number in rows:
            text += f'<row r="{number}">{inner}</row>' if stated else f"<row>{inner}</row>"
    source = sheet(text, after="<x/>").encode()
    areas = Areas(Area(*spot, *spot) for spot in wanted)
    found = read(io.BytesIO(source), areas)
    there = {spot: rows[spot[0]][spot[1]] for spot in wanted if spot[1] in rows.get(spot[0], {})}
    assert {spot: c.text for spot, c in found.items() if c.text} == {
        spot: re.sub("<[^>]*>|A1", "", inner) for spot, inner in there.items() if inner
    }
    pieces = list(rows_of(io.BytesIO(source), areas.rows, holding=b"f"))
    assert b"".join(p if isinstance(p, bytes) else p.raw for p in pieces) == source
    held = {(p.number, c.column) for p in pieces if isinstance(p, Row) for c in formulas_of(p)}
    assert held == {(n, c) for n, cells in rows.items() for c, inner in cells.items() if "<f>" in inner}
    for piece in pieces:
        if isinstance(piece, Row):
            every = list(cells_of(piece))
            assert list(cells_at(piece, range(1, 31))) == every


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 9)), max_size=8), st.integers(1, 100), st.integers(1, 100))
def test_spans_are_the_rows_they_were_made_from(given_spans, first, last):
    rows = {row for start, more in given_spans for row in range(start, start + more + 1)}
    spans = Spans((start, start + more) for start, more in given_spans)
    assert {row for row in range(1, 110) if row in spans} == rows
    assert spans.following(first) == min((row for row in rows if row >= first), default=None)
    assert spans.count(first, last, 10**6) == len([row for row in rows if first <= row <= last])
    assert bool(spans) is bool(rows)


@pytest.mark.parametrize("text", ["A1", "B2:D9", "XFD1048576"])
def test_areas_read_as_they_are_written(text):
    assert str(Area.of(text)) == text
    assert Area.of("D9:B2") == Area.of("B2:D9")
