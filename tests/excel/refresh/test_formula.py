"""Formulas cut into tokens, read as trees and moved: openpyxl's tokenizer and translator are the judges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.formula import Tokenizer
from openpyxl.formula.translate import Translator

from excel.patch.areas import COLUMNS, ROWS, Area, address
from excel.refresh.formula import formula, moved, reference, sheet_of
from excel.refresh.grammar import NotUnderstood, tree

cells = st.tuples(st.integers(1, ROWS), st.integers(1, COLUMNS)).map(address)
near = st.tuples(st.integers(50, 900), st.integers(30, 300), st.booleans(), st.booleans())
sheets = st.sampled_from(["", "Data!", "'it''s here'!", "'Plan 2026'!"])


@st.composite
def references(draw):
    row, column, row_fixed, column_fixed = draw(near)
    letters = address((1, column))[:-1]
    one = f"{'$' * column_fixed}{letters}{'$' * row_fixed}{row}"
    return draw(sheets) + draw(st.sampled_from([one, f"{one}:$IV$950"]))


operands = st.one_of(
    references(),
    st.integers(0, 10**6).map(str),
    st.sampled_from(["1.5", "2E3", '"a ""quoted"" text"', "TRUE", "#N/A", "#REF!", "as_of", "_x.y", "Deals[Amount]",
                     "Deals[[#This Row],[a ''b'']]", "{1,-2;\"x\",TRUE}"]),
)  # fmt: skip
formulas = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", "&", "=", "<>", "<=", ">"]), inner).map("".join),
        inner.map("-{}".format),
        inner.map("({})%".format),
        st.lists(inner, max_size=4).map(lambda a: f"SUM({','.join(a)})"),
        st.lists(inner, max_size=3).map(lambda a: f"_xlfn.TEXTJOIN({' , '.join(a)})"),
    ),
    max_leaves=12,
)


@given(formulas)
def test_the_tokens_are_those_of_openpyxl(text):
    found = formula(text).tokens
    assert found is not None
    judged = [t for t in Tokenizer("=" + text).items if t.type not in ("WHITE-SPACE",)]
    functions = [t.value.rstrip("(").upper() for t in judged if t.type == "FUNC" and t.subtype == "OPEN"]
    assert [t.text.upper() for t in found if t.kind == "call"] == functions
    ranges = [t.value for t in judged if t.type == "OPERAND" and t.subtype == "RANGE"]
    assert [t.prefix + t.text for t in found if t.kind in ("ref", "word", "table")] == [
        r for r in ranges if r not in ("TRUE", "FALSE")
    ] or any(t.text in ("TRUE", "FALSE") for t in found)
    numbers = [t.value for t in judged if t.type == "OPERAND" and t.subtype == "NUMBER"]
    assert [t.text for t in found if t.kind == "number"] == [n.lstrip("-") for n in numbers]


@given(formulas)
def test_every_such_formula_reads_as_a_tree(text):
    tree(text)


@given(references(), st.integers(0, 40), st.integers(0, 25))
def test_a_formula_moves_as_openpyxl_translates_it(text, rows, columns):
    judged = Translator(f"={text}*2", origin="A1").translate_formula(address((1 + rows, 1 + columns)))
    assert "=" + moved(f"{text}*2", rows, columns) == judged


def test_whole_rows_and_columns_move_too():
    assert moved("SUM(A:C,$B:B,2:5,$3:3)", 2, 1) == "SUM(B:D,$B:C,4:7,$3:5)"
    assert moved('"A1"&A1&Table1[A1]', 1, 1) == '"A1"&B2&Table1[A1]'


@given(cells)
def test_a_reference_is_the_area_it_names(name):
    found = reference(name)
    assert found is not None
    assert str(found.area()) == name


def test_areas_of_whole_rows_and_columns():
    assert reference("A:C").area(5, 0) == Area(1, 1, ROWS, 3)
    assert reference("$2:4").area(1, 9) == Area(2, 1, 5, COLUMNS)
    assert reference("XFE1") is None
    assert reference("A1048577") is None


@pytest.mark.parametrize(
    ("prefix", "sheet"),
    [
        ("Data!", "Data"),
        ("'a ''b'''!", "a 'b'"),
        ("[1]Data!", None),
        ("'[x.xlsx]S'!", None),
        ("A:C!", None),
        ("!", None),
    ],
)
def test_the_sheet_of_a_prefix(prefix, sheet):
    assert sheet_of(prefix) == sheet


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A1:B2 C1:D2",
        "SUM(A1",
        "1+",
        ")",
        "A1#",
        "{1,A1}",
        "1E999",
        "(" * 200 + "1" + ")" * 200,
        "A1" + "+A1" * 3000,
    ],
)
def test_what_is_no_formula_is_told_not_guessed(text):
    with pytest.raises(NotUnderstood):
        tree(text)


def test_the_longest_formula_is_read():
    text = "A1" + "+A1" * ((8192 - 2) // 3)
    assert len(text) <= 8192
    assert len(formula(text).references) == (8192 - 2) // 3 + 1
