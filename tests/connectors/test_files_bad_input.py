"""Bad input to the canonical files: the words a person reads, and that everything else loads."""

import datetime as dt
import tracemalloc

import pytest

from connectors.files import Files
from connectors.kit.connector import Page, Pull
from model.errors import ConfigNeeded

ASK = Pull(cursor=None, now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
LINES = "line_id,contract_id,amount,start_on,description\n"


@pytest.fixture
def items(tmp_path):
    def read(table, data):
        (tmp_path / f"{table}.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
        connector = Files("books", {"path": str(tmp_path)})
        return [item for page in connector.pull(table, ASK) for item in page.items]

    return read


def told(items):
    return [str(problem) for item in items for problem in item.problems]


def loaded(items):
    return [item.key for item in items if not item.problems]


CELLS = [
    ("amount", "12,000.00", "'12,000.00' is no amount. Write digits with a point: 12000.00"),
    ("amount", "$5", "'$5' is no amount. Write digits with a point: 12000.00"),
    ("amount", "1e5", "'1e5' is no amount. Write digits with a point: 12000.00"),
    ("amount", "NaN", "'NaN' is no amount. Write digits with a point: 12000.00"),
    ("amount", "(5.00)", "'(5.00)' is no amount. Write digits with a point: 12000.00"),
    ("amount", "", "nothing is given. Fill it in: every row needs it"),
    ("amount", "9" * 80, f"'{'9' * 20}'… (80 characters) is too long for this column. Correct the cell"),
    ("start_on", "31/01/2026", "'31/01/2026' is no date. Write it as YYYY-MM-DD, such as 2026-01-31"),
    ("start_on", "2026-1-31", "'2026-1-31' is no date. Write it as YYYY-MM-DD, such as 2026-01-31"),
    ("start_on", "x" * 80, f"'{'x' * 20}'… (80 characters) is too long for a date. Correct the cell"),
    (
        "start_on",
        "2027-02-29",
        "2027-02-29 is not a day of the calendar (day is out of range for month). Correct the date",
    ),
]


@pytest.mark.parametrize(("column", "text", "words"), CELLS, ids=[f"{c[0]}={c[1][:12]}" for c in CELLS])
def test_a_cell_that_means_nothing_is_named_and_the_other_rows_load(items, column, text, words):
    row = {"line_id": "L1", "contract_id": "K1", "amount": "1.00", "start_on": "", "description": "x", column: text}
    read = items("contract_lines", LINES + ",".join(f'"{value}"' for value in row.values()) + "\nL2,K1,5,,y\n")
    assert told(read) == [f"contract_lines.csv row 2, column {column}: {words}"]
    assert loaded(read) == ["L2"]
    assert read[0].key == "L1"
    assert read[0].payload == row


@pytest.mark.parametrize(
    ("header", "cell", "words"),
    [
        (
            "contract_id,customer_id,status,currency",
            "K1,C1,signed,XBT",
            "column currency: 'XBT' is not a currency. Use an ISO 4217 code in capitals, such as USD",
        ),
        (
            "contract_id,customer_id,status,currency",
            "K1,C1,sigend,USD",
            "column status: 'sigend' is not a status we know. Did you mean signed? Write one of: signed, active, "
            "confirmed, completed, cancelled, draft, verbal, proposal, negotiation",
        ),
        (
            "contract_id,customer_id,status,currency",
            "K1,,draft,USD",
            "column customer_id: nothing is given. Fill it in: every row needs it",
        ),
        (
            "contract_id,customer_id,status,currency,evergreen",
            "K1,C1,draft,USD,maybe",
            "column evergreen: 'maybe' is neither yes nor no. Write true or false",
        ),
        (
            "contract_id,customer_id,status,currency,payment_terms_days",
            "K1,C1,draft,USD,30.5",
            "column payment_terms_days: '30.5' is no whole number. Write digits only, such as 30",
        ),
        (
            "contract_id,customer_id,status,currency,payment_terms_days",
            "K1,C1,draft,USD,99999999999999999999",
            "column payment_terms_days: 99999999999999999999 is beyond any count. Correct the number",
        ),
    ],
    ids=["currency", "status", "customer", "flag", "whole number", "count"],
)
def test_a_contract_that_breaks_a_rule(items, header, cell, words):
    assert told(items("contracts", f"{header}\n{cell}\n")) == [f"contracts.csv row 2, {words}"]


def test_a_month_that_is_none(items):
    assert told(items("capacity", "month,family,amount\n2026-13,platform,5\n")) == [
        "capacity.csv row 2, column month: '2026-13' is no month. Write it as YYYY-MM, such as 2026-10"
    ]


def test_a_row_of_several_problems_names_them_all(items):
    assert told(items("contract_lines", LINES + "L1,,x,y,\n")) == [
        "contract_lines.csv row 2, column contract_id: nothing is given. Fill it in: every row needs it",
        "contract_lines.csv row 2, column amount: 'x' is no amount. Write digits with a point: 12000.00",
        "contract_lines.csv row 2, column start_on: 'y' is no date. Write it as YYYY-MM-DD, such as 2026-01-31",
    ]


def test_a_row_without_id_is_known_by_its_place(items):
    read = items("customers", "customer_id,name\nC1,Acme\n,Beta\n")
    assert [(item.key, item.payload["name"]) for item in read if item.problems] == [("customers.csv:3", "Beta")]
    assert loaded(read) == ["C1"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "L1,K1,5",
            "the row has 3 cells where the header has 5. "
            "Fill it up with commas; if a text holds a line break, check its quotes",
        ),
        (
            "L1,K1,12,000.00,,consulting",
            "the row has 6 cells where the header has 5. Put quotes around a text or amount that holds a comma",
        ),
        ("L1,K1,5,,a\0b", "the row holds a NUL character. Export the file again, or delete the character"),
        (
            'L1,K1,5,,"a" b',
            "a quote that is opened in this row closes in the middle of a text. "
            'Close it before the next comma; a quote within a text is written twice ("")',
        ),
        (
            "L1,K1,5,,a\rb",
            "a line break stands outside quotes. Put quotes around a text of several lines",
        ),
    ],
    ids=["too few cells", "too many cells", "NUL", "text after a quote", "lone carriage return"],
)
def test_a_broken_row_is_rejected_by_its_id_and_the_others_load(items, row, words):
    read = items("contract_lines", f"{LINES}L0,K1,5,,\n{row}\nL2,K1,5,,\n")
    assert told(read) == [f"contract_lines.csv row 3: {words}"]
    assert [item.key for item in read] == ["L0", "L1", "L2"]
    assert loaded(read) == ["L0", "L2"]
    assert "\0" not in "".join(read[1].payload.values())


def test_a_quote_that_is_never_closed_spoils_its_own_row_only(items):
    read = items("contract_lines", LINES + 'L1,K1,5,,"open\nL2,K1,5,,\nL3,K1,5,,\n')
    assert told(read) == [
        "contract_lines.csv row 2: a quote is opened in this row and never closed. "
        'Close it before the next comma; a quote within a text is written twice ("")'
    ]
    assert [(item.key, item.place) for item in read[1:]] == [
        ("L2", "contract_lines.csv row 3"),
        ("L3", "contract_lines.csv row 4"),
    ]


def test_a_quote_that_meets_the_next_quoted_text_spoils_its_own_row_only(items):
    read = items("contract_lines", LINES + 'L1,K1,5,,"open\nL2,K1,5,,"well, closed"\nL3,K1,5,,\n')
    assert [item.place for item in read if item.problems] == ["contract_lines.csv row 2"]
    assert loaded(read) == ["L2", "L3"]


def test_a_row_that_is_not_utf8_is_named_with_the_byte_and_the_others_load(items):
    read = items("customers", "customer_id,name\nC1,Café\n".encode("cp1252") + b"C2,Beta\n")
    assert told(read) == [
        "customers.csv row 2: the row is not UTF-8 (byte 0xE9, which is 'é' in Windows-1252). "
        'Save it as "CSV UTF-8 (comma delimited)"'
    ]
    assert read[0].payload == {"customer_id": "C1", "name": "Caf\\xe9"}
    assert loaded(read) == ["C2"]


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted with line breaks"])
def test_a_cell_of_forty_megabytes_is_rejected_without_holding_it(items, quote):
    line = "x" * 99 + ("\n" if quote else "x")
    data = f"{LINES}L1,K1,5,,{quote}{line * 400_000}{quote}\nL2,K1,5,,\n".encode()
    tracemalloc.start()
    read = items("contract_lines", data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = len(data) - len(LINES) - len("L2,K1,5,,\n")
    assert told(read) == [
        f"contract_lines.csv row 2: the row has {size:,} bytes, or a cell of more than 100,000 characters. "
        "Shorten the cell: no column of ours holds a document"
    ]
    assert loaded(read) == ["L2"]
    assert read[0].key == "L1"
    assert sum(len(text) for text in read[0].payload.values()) < 3_000
    assert peak < 12_000_000


def test_a_cell_beyond_what_a_spreadsheet_holds_is_rejected(items):
    read = items(
        "contract_lines", f'{LINES}L1,K1,5,,{"x" * 100_001}\nL2,K1,5,,{"x" * 100_000}\nL3,K1,5,,"{"x" * 200_000}"\n'
    )
    assert [problem.reason for item in read for problem in item.problems] == [
        "the row has 100,011 bytes, or a cell of more than 100,000 characters",
        "the row has 200,011 bytes, or a cell of more than 100,000 characters",
    ]
    assert loaded(read) == ["L2"]


SAVE = 'Save it as "CSV UTF-8 (comma delimited)"'
COMMAS = f"{SAVE}; where Excel writes semicolons even so, save the tables as sheets of one .xlsx and name that as path"
FILES = {
    "empty": (b"", "the file is empty. Write the column names in row 1; remove the file if there is nothing to tell"),
    "only blanks": (
        b"\xef\xbb\xbf \r\n",
        "the file is empty. Write the column names in row 1; remove the file if there is nothing to tell",
    ),
    "a workbook": (
        b"PK\x03\x04\x14\x00\x06\x00",
        f"the file is a workbook, not CSV. {SAVE}, or set path to an .xlsx that has a sheet per table",
    ),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00",
        "the file is an old or a password-protected workbook, not CSV. "
        f"{SAVE}, or set path to an .xlsx that has a sheet per table",
    ),
    "UTF-16": ("customer_id,name\nC1,Acme\n".encode("utf-16"), f"the file is UTF-16 text, not UTF-8. {SAVE}"),
    "UTF-16 without a mark": (
        "customer_id,name\nC1,Acme\n".encode("utf-16-le"),
        f"the file is UTF-16 text, not UTF-8. {SAVE}",
    ),
    "binary": (bytes(range(256)) * 10, f"the file is binary, not text. Export it again. {SAVE}"),
    "a picture": (
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        f"the file is binary, not text. Export it again. {SAVE}",
    ),
    "old Macintosh": (
        b"customer_id,name\rC1,Acme\r",
        f"its lines end in a lone carriage return, as on an old Macintosh. {SAVE}",
    ),
    "a header in Latin-1": (
        "customer_id,name,ort der Übergabe\n".encode("latin-1"),
        f"the header is not UTF-8 (byte 0xDC, which is 'Ü' in Windows-1252). {SAVE}",
    ),
    "semicolons": (
        b"customer_id;name\nC1;Acme\n",
        f"the header has no columns customer_id, name: its cells are separated by semicolons. {COMMAS}",
    ),
    "tabs": (
        b"customer_id\tname\nC1\tAcme\n",
        f"the header has no columns customer_id, name: its cells are separated by tabs. {COMMAS}",
    ),
    "a missing column": (
        b"customer_id,segment\nC1,x\n",
        "the header has no column name (it reads: customer_id, segment). "
        "Row 1 must name the columns: add what is missing",
    ),
    "a misspelt column": (
        b"Customer ID,name\nC1,Acme\n",
        "the header has no column customer_id (it reads: Customer ID, name). Rename Customer ID to customer_id",
    ),
    "a column named twice": (
        b"customer_id,name,Name\nC1,Acme,Acme\n",
        "the header names Name and name more than once. Rename or remove one of them",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_table_of_ours_is_one_problem_under_its_name(items, kind):
    data, words = FILES[kind]
    (item,) = items("customers", data)
    assert told([item]) == [f"customers.csv: {words}"]
    assert (item.key, item.place, item.rows, item.payload) == (
        "customers.csv", "customers.csv", (), {"file": "customers.csv"},
    )  # fmt: skip


def test_a_header_with_a_broken_quote_is_a_problem_of_the_file(items):
    (item,) = items("customers", 'customer_id,"name\nC1,Acme\n')
    assert item.key == "customers.csv"
    assert told([item])[0].startswith("customers.csv row 1: a quote is opened in this row and never closed")


def test_a_broken_file_does_not_stop_the_others(tmp_path, items):
    items("customers", b"PK\x03\x04")
    assert loaded(items("contracts", "contract_id,customer_id,status,currency\nK1,C1,draft,USD\n")) == ["K1"]


@pytest.mark.parametrize("other", ["customers.xlsx", "customers.txt", "customer.csv", "customers.csv.txt"])
def test_a_file_that_is_nearly_named_right_is_told(tmp_path, items, other):
    items("contracts", "contract_id,customer_id,status,currency\nK1,C1,draft,USD\n")
    (tmp_path / other).write_bytes(b"customer_id,name\n")
    (page,) = Files("books", {"path": str(tmp_path)}).pull("customers", ASK)
    assert told(page.items) == [
        f"customers.csv: the file is absent, but there is {other}. "
        'Save it as customers.csv, in the form "CSV UTF-8 (comma delimited)"'
    ]


def test_a_folder_in_place_of_a_file_is_no_file(tmp_path, items):
    items("contracts", "contract_id,customer_id,status,currency\n")
    (tmp_path / "customers.csv").mkdir()
    assert list(Files("books", {"path": str(tmp_path)}).pull("customers", ASK)) == [Page([])]


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere", "{path} does not exist"), ("customers.csv", "{path} is a single file")],
)
def test_a_path_that_is_neither_folder_nor_workbook(tmp_path, name, words):
    (tmp_path / "customers.csv").write_text("customer_id,name\n", encoding="utf-8")
    path = tmp_path / name
    with pytest.raises(ConfigNeeded) as raised:
        list(Files("books", {"path": str(path)}).pull("customers", ASK))
    assert str(raised.value) == (
        f"{words.format(path=path)}. Set path under [connectors.books] to a folder of CSV files or to one .xlsx"
    )
