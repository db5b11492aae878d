"""Laws of the canonical files: what is written as CSV or as a workbook reads back equal; no bytes break the reader."""

import csv
import datetime as dt
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.files import Files
from connectors.kit.connector import Pull
from model.money import EXPONENTS
from model.records import TABLES, Kind, record_id

ASK = Pull(cursor=None, now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs", "Cc")) | st.sampled_from(',";\n'),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip() != "")
AMOUNTS = st.decimals(-(10**12), 10**12, places=2)
VALUES = {
    Kind.TEXT: TEXT,
    Kind.DATE: st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31)),
    Kind.MONEY: AMOUNTS,
    Kind.DECIMAL: AMOUNTS,
    Kind.INTEGER: st.integers(-(10**9), 10**9),
    Kind.FLAG: st.booleans(),
    Kind.MONTH: st.dates().map(lambda day: f"{day.year:04d}-{day.month:02d}"),
    Kind.CURRENCY: st.sampled_from(sorted(EXPONENTS)),
}


@st.composite
def tables(draw):
    """A table and rows of it, every optional column given or not."""
    table = TABLES[draw(st.sampled_from(sorted(TABLES)))]
    row = st.fixed_dictionaries(
        {column.name: _values(column) for column in table.columns if column.required},
        optional={column.name: _values(column) for column in table.columns if not column.required},
    )
    return table, draw(st.lists(row, max_size=6))


def _values(column):
    return st.sampled_from(column.choices) if column.kind is Kind.CHOICE else VALUES[column.kind]


def _with_defaults(table, row):
    return {**{column.name: column.default for column in table.columns if column.default}, **row}


def _text(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _read(folder, table):
    connector = Files("books", {"path": str(folder)})
    items = [item for page in connector.pull(table.name, ASK) for item in page.items]
    connector.close()
    assert [str(problem) for item in items for problem in item.problems] == []
    return items


@given(tables(), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(deadline=None)
def test_records_written_as_csv_read_back_equal(drawn, quoting, line_end, mark):
    table, rows = drawn
    columns = [column.name for column in table.columns]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.csv"
        with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
            writer = csv.writer(file, quoting=quoting, lineterminator=line_end)
            writer.writerow(columns)
            writer.writerows([_text(row[name]) if name in row else "" for name in columns] for row in rows)
        items = _read(folder, table)
    wanted = [_with_defaults(table, row) for row in rows]
    assert [dict(item.rows[0].values) for item in items] == wanted
    assert [item.key for item in items] == [record_id(table, row) for row in wanted]


@given(tables())
@settings(deadline=None, max_examples=40)
def test_records_written_as_a_workbook_read_back_equal(drawn):
    table, rows = drawn
    columns = [column.name for column in table.columns]
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = table.name
    sheet.append(columns)
    for number, row in enumerate(rows, 2):
        for at, name in enumerate(columns, 1):
            value = row.get(name)
            cell = sheet.cell(number, at, float(value) if isinstance(value, Decimal) else value)
            if isinstance(value, str):
                cell.data_type = "s"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "books.xlsx"
        workbook.save(path)
        items = _read(path, table)
    assert [dict(item.rows[0].values) for item in items] == [_with_defaults(table, row) for row in rows]


NASTY = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b"a", b"C1", b"\0", b"\xff", b"\xc3\xa9", b" "]))


@given(NASTY.map(b"".join))
@example(b'"' * 3)
@example(b'C1,"' + b"x" * 1_000_000)
@example(b'C1,"' + (b"x" * 999 + b"\n") * 1_100 + b'"y\nC2,b\n')
@settings(deadline=None, max_examples=400)
def test_no_bytes_break_the_reader_and_a_sound_row_behind_them_loads(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        path.write_bytes(b"customer_id,name\n" + data + b"\nlast,Sound row\n")
        connector = Files("books", {"path": folder})
        items = [item for page in connector.pull("customers", ASK) for item in page.items]
    assert all(bool(item.rows) != bool(item.problems) for item in items)
    assert (items[-1].key, items[-1].problems) == ("last", ())


@given(st.lists(st.lists(TEXT | st.just(""), min_size=2, max_size=2), max_size=8))
@settings(deadline=None)
def test_rows_split_as_the_csv_standard_says(rows):
    text = io.StringIO()
    csv.writer(text).writerows([["customer_id", "name"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "customers.csv").write_bytes(text.getvalue().encode())
        connector = Files("books", {"path": folder})
        items = [item for page in connector.pull("customers", ASK) for item in page.items]
    assert [list(item.payload.values()) for item in items] == [row for row in rows if any(row)]
