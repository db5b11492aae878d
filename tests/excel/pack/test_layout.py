"""The words of a formula become the addresses of the cells around it."""

from __future__ import annotations

import datetime as dt

import pytest
from openpyxl import Workbook

from excel.pack.breaks import keep_tables
from excel.pack.layout import formula_text, layout
from excel.pack.printing import set_up
from excel.pack.sheet import Block, Column, Row, Sheet

BLOCK = Block(
    "months",
    (
        Column("what", "What"),
        Column("jan", dt.date(2026, 1, 31), "money"),
        Column("feb", dt.date(2026, 2, 28), "money"),
    ),
    (Row({}, "opening"), Row({}, "added"), Row({}, "gone")),
    (Row({}, "closing"),),
    title="Movements",
)


@pytest.fixture
def placed():
    return layout(Sheet("Moves", "Moves", "", (BLOCK,))).placed["months"]


@pytest.mark.parametrize(
    ("words", "row", "key", "address"),
    [
        ("{jan}+1", 7, "feb", "=$B7+1"),
        ("SUM({jan~feb})", 7, "feb", "=SUM($B7:$C7)"),
        ("{head}", 7, "feb", "=C$5"),
        ("SUM({above})", 9, "feb", "=SUM(C6:C8)"),
        ("{@opening}", 9, "jan", "=B6"),
        ("SUM({@opening~gone})", 9, "jan", "=SUM(B6:B8)"),
        ("{<closing}", 6, "feb", "=B9"),
        ("as_of", 6, "feb", "=as_of"),
    ],
)
def test_words_become_addresses(placed, words, row, key, address):
    assert formula_text(words, placed, row, key) == address


def test_a_block_without_rows_keeps_a_line_for_saying_so():
    empty = Block("none", BLOCK.columns, (), (Row({}, "total"),))
    found = layout(Sheet("None", "None", "", (empty, BLOCK))).placed
    assert [number for number, _ in found["none"].rows()] == [6]
    assert found["months"].title == 8


def test_a_column_s_body_is_an_absolute_range(placed):
    assert placed.body("feb") == "$C$6:$C$8"
    assert placed.body("feb", limit=2) == "$C$6:$C$7"


def test_pages_end_before_a_table_that_would_be_cut():
    # Each table takes 27 rows of 15 points: only one of them fits the 485 points of a page.
    rows = tuple(Row({"a": "x"}) for _ in range(25))
    blocks = tuple(Block(key, (Column("a", "A"),), rows, title=key) for key in ("one", "two", "three"))
    where, page = layout(Sheet("S", "H", "s", blocks)), Workbook().active
    set_up(page, where, "", "USD", "")
    keep_tables(page, where, {})
    assert [each.id for each in page.row_breaks.brk] == [where.placed[key].title - 1 for key in ("two", "three")]
