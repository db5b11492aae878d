"""Canonical files: what a folder of CSV says, row by row."""

import datetime as dt
from decimal import Decimal

import pytest

from connectors.files import PAGE_ROWS, Files
from connectors.kit.connector import Page, Pull
from model.errors import ConfigNeeded
from model.records import TABLES

ASK = Pull(cursor=None, now=dt.datetime(2026, 1, 31, tzinfo=dt.UTC))


@pytest.fixture
def pages(tmp_path):
    def read(table, text, **options):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / f"{table}.csv").write_bytes(data)
        return list(Files("books", {"path": str(tmp_path), **options}).pull(table, ASK))

    return read


@pytest.fixture
def items(pages):
    return lambda table, text, **options: [item for page in pages(table, text, **options) for item in page.items]


@pytest.fixture
def values(items):
    def read(table, text):
        read = items(table, text)
        assert [str(problem) for item in read for problem in item.problems] == []
        return [dict(item.rows[0].values) for item in read]

    return read


def test_a_row_becomes_a_record_of_its_table(values):
    text = (
        "contract_id,customer_id,status,signed_on,currency,evergreen,terminable_on_notice_days\n"
        "K1,C1,signed,2025-12-31,USD,no,30\n"
    )
    assert values("contracts", text) == [
        {
            "contract_id": "K1",
            "customer_id": "C1",
            "status": "signed",
            "signed_on": dt.date(2025, 12, 31),
            "currency": "USD",
            "evergreen": False,
            "terminable_on_notice_days": 30,
        }
    ]


def test_amounts_are_exact_decimals(values):
    text = "line_id,contract_id,amount,quantity\nL1,K1,12000.10,0.1\nL2,K1,-0.01,3\n"
    assert [(row["amount"], row["quantity"]) for row in values("contract_lines", text)] == [
        (Decimal("12000.10"), Decimal("0.1")),
        (Decimal("-0.01"), Decimal("3")),
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [("true", True), ("Yes", True), ("1", True), ("FALSE", False), ("no", False), ("0", False)],
)
def test_a_flag_is_yes_or_no_in_any_of_the_usual_words(values, text, meant):
    rows = f"contract_id,customer_id,status,currency,evergreen\nK1,C1,draft,USD,{text}\n"
    assert values("contracts", rows)[0]["evergreen"] is meant


def test_a_month_is_text_and_a_first_of_the_month_means_its_month(values):
    rows = "month,family,amount\n2026-10,platform,5000\n2026-11-01,platform,6000\n"
    assert [row["month"] for row in values("capacity", rows)] == ["2026-10", "2026-11"]


def test_a_word_of_a_choice_is_known_in_any_case(values):
    rows = "contract_id,customer_id,status,currency\nK1,C1,Signed,USD\n"
    assert values("contracts", rows)[0]["status"] == "signed"


def test_blank_means_not_given_and_outer_blanks_are_none_of_a_value(values):
    assert values("customers", "customer_id,name,region,segment\n C1 , Acme Ltd ,  ,\n") == [
        {"customer_id": "C1", "name": "Acme Ltd"}
    ]


def test_an_absent_reason_is_the_default_of_its_column(values):
    rows = "credit_note_id,customer_id,issued_on,currency,amount\nN1,C1,2026-01-31,USD,10.00\n"
    assert values("credit_notes", rows)[0]["reason"] == "billing_correction"


def test_the_header_is_known_in_any_case_and_order(values):
    assert values("customers", "NAME, Customer_Id\nAcme,C1\n") == [{"customer_id": "C1", "name": "Acme"}]


def test_unknown_columns_stay_with_the_payload_and_are_ignored_otherwise(items):
    (item,) = items("customers", "customer_id,name,mood\nC1,Acme,sunny\n")
    assert item.payload == {"customer_id": "C1", "name": "Acme", "mood": "sunny"}
    assert set(item.rows[0].values) == {"customer_id", "name"}


def test_a_column_without_a_name_is_kept_under_its_place(items):
    (item,) = items("customers", "customer_id,name,\nC1,Acme,remark\n")
    assert item.payload == {"customer_id": "C1", "name": "Acme", "column 3": "remark"}


def test_blank_cells_beyond_the_header_are_nothing(values):
    assert values("customers", "customer_id,name\nC1,Acme,,\n") == [{"customer_id": "C1", "name": "Acme"}]


def test_the_payload_is_the_row_as_read(items):
    (item,) = items("contract_lines", "line_id,contract_id,amount\nL1, K1 ,0012000.10\n")
    assert item.payload == {"line_id": "L1", "contract_id": " K1 ", "amount": "0012000.10"}


def test_a_record_is_known_by_its_id_and_found_by_file_and_row(items):
    (item,) = items("customers", "customer_id,name\nC1,Acme\n")
    assert (item.key, item.place) == ("C1", "customers.csv row 2")


@pytest.mark.parametrize(
    ("table", "text", "key"),
    [
        ("schedules", "line_id,on,amount\nL1,2026-01-31,5\n", "L1/2026-01-31"),
        ("fx_rates", "on,from_currency,to_currency,rate\n2026-01-31,EUR,USD,1.1\n", "2026-01-31/EUR/USD/closing"),
        ("financials", "period_end,measure,amount,currency\n2026-01-31,revenue,5,USD\n", "2026-01-31/revenue/USD"),
        ("capacity", "month,family,amount\n2026-10,platform,5\n", "2026-10/platform/"),
        ("targets", "month,measure,amount,currency\n2026-10,bookings,5,USD\n", "2026-10/bookings/USD"),
    ],
)
def test_a_table_without_an_id_column_is_known_by_what_names_its_rows(items, table, text, key):
    assert [item.key for item in items(table, text)] == [key]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(items):
    text = 'customer_id,name\r\nC1,"Acme\r\nLtd, ""the"" one"\r\n\r\n,\r\nC2,Beta\r\n'
    assert [(item.place, item.payload["name"]) for item in items("customers", text)] == [
        ("customers.csv row 2", 'Acme\r\nLtd, "the" one'),
        ("customers.csv row 5", "Beta"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfcustomer_id,name\nC1,Caf\xc3\xa9\n",
        b"customer_id,name\r\nC1,Caf\xc3\xa9\r\n",
        b"customer_id,name\nC1,Caf\xc3\xa9",
        b'"customer_id","name"\n"C1","Caf\xc3\xa9"',
    ],
    ids=["byte-order mark", "windows line ends", "no line end at the end", "all quoted"],
)
def test_every_usual_form_of_csv_reads_alike(values, data):
    assert values("customers", data) == [{"customer_id": "C1", "name": "Café"}]


def test_a_quote_within_a_plain_text_is_a_quote(values):
    text = 'customer_id,name,region\nC1,12" pipes,"a ""b"""\nC2,6" and 8" pipes,\n'
    assert [(row["name"], row.get("region")) for row in values("customers", text)] == [
        ('12" pipes', 'a "b"'),
        ('6" and 8" pipes', None),
    ]


def test_a_file_is_read_in_pages_of_five_thousand_rows(pages):
    text = "customer_id,name\n" + "".join(f"C{n},Acme {n}\n" for n in range(12_001))
    assert [len(page.items) for page in pages("customers", text)] == [PAGE_ROWS, PAGE_ROWS, 2_001]


def test_two_rows_of_one_id_are_both_handed_on(items):
    read = items("customers", "customer_id,name\nC1,Acme\nC1,Beta\n")
    assert [(item.key, item.place) for item in read] == [("C1", "customers.csv row 2"), ("C1", "customers.csv row 3")]


def test_a_lone_header_has_no_rows_and_no_problems(items):
    assert items("customers", "customer_id,name\n") == []


def test_an_absent_file_has_nothing_to_read_and_nothing_that_has_gone(pages, tmp_path):
    pages("customers", "customer_id,name\n")
    connector = Files("books", {"path": str(tmp_path), "missing": "delete"})
    assert list(connector.pull("contracts", ASK)) == [Page([])]


def test_objects_are_the_tables_parents_before_children():
    order = Files("books", {"path": "."}).objects()
    assert set(order) == set(TABLES)
    for table in TABLES.values():
        for column in table.columns:
            if column.refers and not column.loosely:
                assert order.index(column.refers) < order.index(table.name), (table.name, column.name)


def test_a_row_that_has_gone_is_no_deletion(pages):
    assert all(page.seen is None for page in pages("customers", "customer_id,name\nC1,Acme\n"))


def test_a_row_that_has_gone_is_a_deletion_where_the_connector_says_so(pages):
    text = "customer_id,name\n" + "".join(f"C{n},Acme {n}\n" for n in range(5_001))
    read = pages("customers", text, missing="delete")
    assert [page.seen for page in read[:-1]] == [None, None]
    assert read[-1].seen == {f"C{n}" for n in range(5_001)}


def test_a_file_of_no_rows_deletes_all_of_its_records_where_the_connector_says_so(pages):
    assert [page.seen for page in pages("customers", "customer_id,name\n", missing="delete")] == [frozenset()]


@pytest.mark.parametrize(
    "text",
    ["customer_id,name\nC1,Acme\n,Beta\n", "name\nAcme\n", 'customer_id,name\nC1,Acme\n"C2,Beta\n', ""],
    ids=["a row without id", "a file without ids", "a broken quote", "an empty file"],
)
def test_nothing_is_deleted_while_a_row_cannot_be_identified(pages, text):
    assert all(page.seen is None for page in pages("customers", text, missing="delete"))


def test_a_rejected_row_with_an_id_has_not_gone(pages):
    read = pages("contracts", "contract_id,customer_id,status,currency\nK1,C1,signed,XXX\n", missing="delete")
    assert read[-1].seen == {"K1"}


def test_the_name_of_a_file_is_known_in_any_case(tmp_path):
    (tmp_path / "Customers.CSV").write_text("customer_id,name\nC1,Acme\n", encoding="utf-8")
    (page,) = Files("books", {"path": str(tmp_path)}).pull("customers", ASK)
    assert [item.place for item in page.items] == ["Customers.CSV row 2"]


def test_a_trial_read_names_the_rows_and_the_first_problem(tmp_path):
    (tmp_path / "customers.csv").write_text("customer_id,name\nC1,Acme\nC2,Beta\n", encoding="utf-8")
    (tmp_path / "contracts.csv").write_text("contract_id\nK1\n", encoding="utf-8")
    checks = {check.object: check for check in Files("books", {"path": str(tmp_path)}).check(ASK.now)}
    assert (checks["customers"].ok, checks["customers"].detail) == (True, "2 on the first page")
    assert (checks["products"].ok, checks["products"].detail) == (True, "nothing to read")
    assert not checks["contracts"].ok
    assert "contracts.csv: the header has no columns customer_id, status, currency" in checks["contracts"].detail


def test_a_trial_read_of_a_folder_that_is_not_there_fails_for_every_object(tmp_path):
    checks = Files("books", {"path": str(tmp_path / "none")}).check(ASK.now)
    assert not any(check.ok for check in checks)


def test_a_folder_without_any_of_our_files_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    with pytest.raises(ConfigNeeded) as told:
        list(Files("books", {"path": str(tmp_path)}).pull("customers", ASK))
    assert str(told.value) == (
        f"{tmp_path} holds no file such as customers.csv or contracts.csv. "
        "Set path under [connectors.books] to a folder of CSV files or to one .xlsx"
    )
