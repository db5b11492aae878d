"""Sheets as other programs write them: prefixes, missing addresses, shared and array formulas, every kind of value."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from excel.patch.areas import Area, Areas, place
from excel.patch.cells import read
from excel.patch.rewrite import Edit, rewrite
from excel.patch.text import escape, unescape
from excel.patch.values import CellError, stored

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def patched(rows: str, root: str = f'<worksheet xmlns="{MAIN}">', **values: object) -> str:
    """The sheet's rows after the values went in."""
    prefix = "x:" if root.startswith("<x:") else ""
    closing = f"</{prefix}sheetData></{prefix}worksheet>"
    source = io.BytesIO(f"{root}<{prefix}sheetData>{rows}{closing}".encode())
    target = io.BytesIO()
    wanted = {place(address): Edit(stored(value)) for address, value in values.items()}
    assert rewrite(source, target, wanted) == set(wanted)
    return target.getvalue().decode().split("sheetData>", 1)[1].removesuffix(closing)


def test_a_number_takes_the_place_of_the_old_one_with_its_digits_as_given():
    row = '<row r="1"><c r="A1" s="4"><f>BACKLOG("A",B1)</f><v>1</v></c></row>'
    exact = Decimal("90071992547409.93")
    assert patched(row, A1=exact) == row.replace("<v>1</v>", "<v>90071992547409.93</v>")


def test_text_is_str_beside_a_formula_and_inline_without_one():
    rows = '<row r="1"><c r="A1"><f>X()</f><v>1</v></c><c r="B1" t="s" s="2"><v>7</v></c></row>'
    assert patched(rows, A1="a & b", B1=" b") == (
        '<row r="1"><c r="A1" t="str"><f>X()</f><v>a &amp; b</v></c>'
        '<c r="B1" s="2" t="inlineStr"><is><t xml:space="preserve"> b</t></is></c></row>'
    )


def test_errors_and_truths_have_their_own_kinds_and_a_number_drops_them():
    rows = '<row r="1"><c r="A1"/><c r="B1"/><c r="C1" t="e" vm="2"><f>X()</f><v>#SPILL!</v></c></row>'
    assert patched(rows, A1=CellError("#N/A"), B1=False, C1=3) == (
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="b"><v>0</v></c><c r="C1"><f>X()</f><v>3</v></c></row>'
    )


def test_a_blank_empties_a_value_and_leaves_a_formula_an_empty_text():
    rows = '<row r="1"><c r="A1" t="s"><v>3</v></c><c r="B1"><f>X()</f><v>1</v></c></row>'
    assert patched(rows, A1=None, B1=None) == ('<row r="1"><c r="A1"/><c r="B1" t="str"><f>X()</f><v></v></c></row>')


def test_prefixed_elements_stay_prefixed():
    rows = '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>old</x:t></x:is></x:c></x:row>'
    assert patched(rows, f'<x:worksheet xmlns:x="{MAIN}">', A1="new") == (
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>new</x:t></x:is></x:c></x:row>'
    )


def test_rows_and_cells_without_addresses_are_counted():
    rows = '<row/><row><c><v>1</v></c><c/><c r="E2"/><c><v>6</v></c></row><row r="9"/><row><c><v>10</v></c></row>'
    assert patched(rows, B2=2, F2=7, A10=11) == (
        '<row/><row><c><v>1</v></c><c><v>2</v></c><c r="E2"/><c><v>7</v></c></row>'
        '<row r="9"/><row><c><v>11</v></c></row>'
    )


def test_shared_and_array_formulas_keep_their_words():
    rows = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">BACKLOG(B1,C1)</f><v>1</v></c>'
        '<c r="B1" cm="1"><f t="array" ref="B1:B2">CUSTOMERS("*")</f><v>0</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>1</v></c><c r="B2"><v>0</v></c></row>'
    )
    assert patched(rows, A2=5, B1="Acme", B2="Globex") == (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">BACKLOG(B1,C1)</f><v>1</v></c>'
        '<c r="B1" cm="1" t="str"><f t="array" ref="B1:B2">CUSTOMERS("*")</f><v>Acme</v></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/><v>5</v></c><c r="B2" t="str"><v>Globex</v></c></row>'
    )


def test_words_in_comments_and_cdata_are_not_structure():
    rows = (
        '<!-- <row r="1"><c r="A1"/></row> --><row r="1">'
        '<c r="A1" t="inlineStr"><is><t><![CDATA[</c><c r="B1">]]></t></is></c>'
        '<c r="B1" note="a>b"><v>1</v><extLst/></c></row>'
    )
    assert patched(rows, B1=2) == rows.replace("<v>1</v>", "<v>2</v>")


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_the_size_of_the_pieces_read_does_not_matter(chunk, monkeypatch):
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><!-- <row --></row>' for n in range(1, 60))
    whole = patched(rows, A1=0, A30=Decimal("0.5"), A59="x")
    monkeypatch.setattr("excel.patch.rows.CHUNK", chunk)
    monkeypatch.setattr("excel.patch.rows._head", lambda source: (source.read(150), False))
    assert patched(rows, A1=0, A30=Decimal("0.5"), A59="x") == whole
    assert len(re.findall("<row r", whole)) == 59


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.text(max_size=60),
    st.sampled_from([CellError("#N/A"), CellError("#VALUE!")]),
)


@given(st.lists(values, min_size=1, max_size=8), st.booleans())
@example(["_x0041_", "\r\n\t\x00", "=1+1", "]]>", "&lt;"], True)
def test_every_value_reads_back_as_it_was_given(given_values, formula):
    inner = "<f>BACKLOG(1)</f><v>0</v>" if formula else "<v>0</v>"
    rows = "".join(f'<row r="{n}"><c r="C{n}" s="1">{inner}</c></row>' for n in range(1, len(given_values) + 1))
    source = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    wanted = {(n, 3): Edit(stored(value)) for n, value in enumerate(given_values, 1)}
    target = io.BytesIO()
    rewrite(io.BytesIO(source), target, wanted)
    back = read(io.BytesIO(target.getvalue()), Areas(Area(*spot, *spot) for spot in wanted))
    assert [cell.text for cell in back.values()] == [edit.value.text for edit in wanted.values()]
    assert all(cell.formula is formula for cell in back.values())
    assert re.sub(rb'<v>.*?</v>|<is>.*?</is>| t="\w+"', b"", target.getvalue(), flags=re.DOTALL).replace(
        b"></c>", b"/>"
    ) == re.sub(rb"<v>.*?</v>", b"", source).replace(b"></c>", b"/>")


@given(st.text())
def test_escaped_text_is_the_same_text(text):
    assert unescape(escape(text)) == text
    assert "<" not in escape(text)


@pytest.mark.parametrize("value", [1.5, object()])
def test_a_float_is_refused(value):
    with pytest.raises(TypeError, match="cannot stand in a cell"):
        stored(value)


def test_what_a_cell_cannot_hold_is_said():
    with pytest.raises(ValueError, match="32,767"):
        stored("x" * 32_768)
    with pytest.raises(ValueError, match="no number"):
        stored(Decimal("NaN"))
    with pytest.raises(ValueError, match="no Excel error"):
        CellError("#OOPS")
    with pytest.raises(ValueError, match="no cell address"):
        place("B0")
