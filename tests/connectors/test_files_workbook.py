"""Canonical files as one workbook: dates, numbers and doubtful cells of an .xlsx."""

import datetime as dt
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from connectors.files import Files
from connectors.kit.connector import Pull
from connectors.kit.tabular_xlsx import cell_text
from model.errors import ConfigNeeded, RecordRejected

ASK = Pull(cursor=None, now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
CONTRACT = ["contract_id", "customer_id", "status", "currency", "signed_on", "evergreen", "payment_terms_days"]


@pytest.fixture
def book(tmp_path):
    def write(sheets, epoch=None):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        if epoch:
            workbook.epoch = epoch
        for name, rows in sheets.items():
            sheet = workbook.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "books.xlsx"
        workbook.save(path)
        return path

    return write


def read(path, table):
    connector = Files("books", {"path": str(path)})
    items = [item for page in connector.pull(table, ASK) for item in page.items]
    connector.close()
    return items


def told(items):
    return [str(problem) for item in items for problem in item.problems]


def test_cells_are_read_by_what_they_are(book):
    row = ["K1", 1001, "signed", "USD", dt.date(2025, 12, 31), True, 30]
    (item,) = read(book({"contracts": [CONTRACT, row]}), "contracts")
    assert dict(item.rows[0].values) == {
        "contract_id": "K1",
        "customer_id": "1001",
        "status": "signed",
        "currency": "USD",
        "signed_on": dt.date(2025, 12, 31),
        "evergreen": True,
        "payment_terms_days": 30,
    }
    assert (item.key, item.place) == ("K1", "books.xlsx sheet contracts row 2")
    assert item.payload["signed_on"] == "2025-12-31"


def test_a_workbook_that_counts_days_from_1904_has_the_same_dates(book):
    row = ["K1", "C1", "signed", "USD", dt.date(2025, 12, 31), False, 30]
    (item,) = read(book({"contracts": [CONTRACT, row]}, CALENDAR_MAC_1904), "contracts")
    assert item.rows[0].values["signed_on"] == dt.date(2025, 12, 31)


def test_text_cells_are_text_and_dates_written_as_text_are_dates(book):
    row = ["007", "C1", "signed", "USD", "2025-12-31", "yes", "30"]
    (item,) = read(book({"contracts": [CONTRACT, row]}), "contracts")
    assert (item.key, item.rows[0].values["signed_on"]) == ("007", dt.date(2025, 12, 31))


def test_amounts_are_the_decimals_that_the_cells_show(book):
    rows = [["L1", "K1", 0.1], ["L2", "K1", 1198.8000000000002], ["L3", "K1", -12000.5], ["L4", "K1", 12000]]
    items = read(book({"contract_lines": [["line_id", "contract_id", "amount"], *rows]}), "contract_lines")
    assert [item.rows[0].values["amount"] for item in items] == [
        Decimal("0.1"), Decimal("1198.8"), Decimal("-12000.5"), Decimal("12000"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.1 + 0.2, "0.3"),
        (1.1 * 3, "3.3"),
        (100 * 1.1, "110"),
        (4.35 * 100, "435"),
        (2.675, "2.675"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (123456789012345.0, "123456789012345"),
        (1234567890.12, "1234567890.12"),
    ],
)
def test_a_number_is_its_shortest_decimal_without_binary_noise(number, shown):
    assert cell_text(number) == shown


def test_a_number_of_more_digits_than_a_cell_keeps_is_refused():
    with pytest.raises(RecordRejected) as refused:
        cell_text(12345678901234567.0)
    assert str(refused.value) == (
        "12345678901234568 has more digits than a cell keeps exactly (15). "
        "Format the cell as text and type the digits again"
    )


def test_a_date_cell_in_a_month_column_is_its_month(book):
    rows = [["month", "family", "amount"], [dt.date(2026, 10, 1), "platform", 5]]
    (item,) = read(book({"capacity": rows}), "capacity")
    assert item.rows[0].values["month"] == "2026-10"


def test_a_time_of_day_is_no_date(book):
    row = ["K1", "C1", "signed", "USD", dt.datetime.fromisoformat("2025-12-31T23:30"), True, 30]
    assert told(read(book({"contracts": [CONTRACT, row]}), "contracts")) == [
        "books.xlsx sheet contracts row 2, column signed_on: '2025-12-31 23:30:00' is no date. "
        "Write it as YYYY-MM-DD, such as 2026-01-31"
    ]


def test_a_cell_that_shows_an_error_is_named(book):
    row = ["K1", "C1", "signed", "USD", "#REF!", True, 30]
    items = read(book({"contracts": [CONTRACT, row, ["K2", *row[1:4], None, None, None]]}), "contracts")
    assert told(items) == [
        "books.xlsx sheet contracts row 2, column signed_on: cell E2 shows an error. Correct its formula"
    ]
    assert [item.key for item in items] == ["K1", "K2"]


def test_a_formula_that_was_never_calculated_is_named(book):
    row = ["K1", "C1", "signed", "USD", "=DATE(2025,12,31)", True, 30]
    assert told(read(book({"contracts": [CONTRACT, row]}), "contracts")) == [
        "books.xlsx sheet contracts row 2, column signed_on: cell E2 holds a formula that was never calculated. "
        "Open and save the workbook in Excel"
    ]


def test_an_error_in_a_column_we_do_not_know_is_no_matter(book):
    rows = [["customer_id", "name", "mood"], ["C1", "Acme", "#DIV/0!"]]
    assert told(read(book({"customers": rows}), "customers")) == []


def test_a_formula_that_was_calculated_is_its_value(book, tmp_path):
    path = book({"contract_lines": [["line_id", "contract_id", "amount"], ["L1", "K1", "=0.1+0.2"]]})
    calculated = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(calculated, "w") as out:
        for part in parts.namelist():
            data = parts.read(part)
            if part.endswith("sheet1.xml"):
                assert b"<v></v>" in data or b"<v />" in data or b"<v/>" in data
                for blank in (b"<v></v>", b"<v />", b"<v/>"):
                    data = data.replace(blank, b"<v>0.30000000000000004</v>")
            out.writestr(part, data)
    (item,) = read(calculated, "contract_lines")
    assert item.rows[0].values["amount"] == Decimal("0.3")


def test_a_sheet_may_begin_beside_its_first_column(tmp_path):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = " Customers "
    for place, text in (("C1", "customer_id"), ("D1", "name"), ("C4", "C1"), ("D4", "#N/A"), ("C5", "C2"), ("D5", "B")):
        sheet[place] = text
    workbook.save(tmp_path / "books.xlsx")
    items = read(tmp_path / "books.xlsx", "customers")
    assert [(item.key, item.place) for item in items] == [
        ("C1", "books.xlsx sheet  Customers  row 4"),
        ("C2", "books.xlsx sheet  Customers  row 5"),
    ]
    assert told(items) == [
        "books.xlsx sheet  Customers  row 4, column name: cell D4 shows an error. Correct its formula"
    ]


def test_sheets_that_are_none_of_ours_are_left_alone_and_absent_ones_say_nothing(book):
    path = book({"customers": [["customer_id", "name"], ["C1", "Acme"]], "Notes": [["hello"]]})
    assert [item.key for item in read(path, "customers")] == ["C1"]
    assert read(path, "contracts") == []


def test_an_empty_sheet_is_a_problem_of_that_sheet(book):
    path = book({"customers": [["customer_id", "name"], ["C1", "Acme"]], "contracts": []})
    assert told(read(path, "contracts")) == [
        "books.xlsx sheet contracts: the sheet is empty. "
        "Write the column names in row 1; remove the sheet if there is nothing to tell"
    ]
    assert [item.key for item in read(path, "customers")] == ["C1"]


def test_a_sheet_whose_header_is_not_in_row_one_is_told(book):
    path = book({"customers": [["Our customers", None], ["customer_id", "name"], ["C1", "Acme"]]})
    assert told(read(path, "customers")) == [
        "books.xlsx sheet customers: the header has no columns customer_id, name "
        "(it reads: Our customers, column 2). Row 1 must name the columns: add what is missing"
    ]


def test_a_workbook_without_any_of_our_sheets_is_told(book):
    path = book({"Sheet1": [["a"]]})
    with pytest.raises(ConfigNeeded) as raised:
        read(path, "customers")
    assert str(raised.value) == (
        f"{path} has no sheet such as customers or contracts (it has: Sheet1). "
        "Set path under [connectors.books] to a folder of CSV files or to one .xlsx"
    )


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not a workbook", b"hello"], ids=["empty", "damaged", "text"])
def test_a_file_that_is_no_workbook_is_told(tmp_path, data):
    path = tmp_path / "books.xlsx"
    path.write_bytes(data)
    with pytest.raises(ConfigNeeded) as raised:
        read(path, "customers")
    assert str(raised.value).startswith(f"{path} cannot be read as a workbook (")
    assert str(raised.value).endswith("). Save it as .xlsx, or set path to a folder of CSV files")


def test_a_cell_of_a_whole_document_is_refused(book, tmp_path):
    path = book({"customers": [["customer_id", "name"], ["C1", "MARK"], ["C2", "Beta"]]})
    large = tmp_path / "large.xlsx"
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as out:
        for part in parts.namelist():
            out.writestr(part, parts.read(part).replace(b"MARK", b"x" * 40_000_000))
    items = read(large, "customers")
    assert told(items) == [
        "large.xlsx sheet customers row 2, column name: a cell has 40,000,000 characters, more than 100,000. "
        "Shorten it: no column of ours holds a document"
    ]
    assert [item.key for item in items] == ["C1", "C2"]
    assert len(items[0].payload["name"]) == 200
