"""Canonical files into the store: read twice, changed, broken, mended and removed."""

import datetime as dt
import shutil

import openpyxl
import pytest

from connectors.files import Files
from store import read
from store.connect import connect
from sync.run import pull

CUSTOMERS = "customer_id,name\nC1,Acme\nC2,Beta\n"
CONTRACTS = "contract_id,customer_id,status,signed_on,currency\nK1,C1,signed,2026-01-01,USD\n"


@pytest.fixture
def books(tmp_path, empty_store):
    """Reads the files given (None removes one) and tells the counts of the pull, the records and the open rejects."""
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    engine = connect(f"sqlite:///{(tmp_path / 'backlog.db').as_posix()}")
    folder = tmp_path / "import"
    folder.mkdir()
    days = iter(range(1, 28))

    class Books:
        missing = "keep"

        def sync(self, **files):
            for name, text in files.items():
                path = folder / f"{name}.csv"
                if text is None:
                    path.unlink()
                else:
                    path.write_bytes(text if isinstance(text, bytes) else text.encode())
            connector = Files("books", {"path": str(folder), "missing": self.missing})
            result = pull(engine, connector, now=dt.datetime(2026, 1, next(days), tzinfo=dt.UTC))
            connector.close()
            assert result.error is None
            return {
                name: (counts.added, counts.changed, counts.unchanged, counts.removed, counts.rejected)
                for name, counts in result.counts.items()
                if counts.read or counts.removed
            }

        def names(self):
            return dict(read.facts(engine)["customers"][["record_id", "name"]].itertuples(index=False))

        def rejects(self):
            return [(reject.place, reject.column, reject.reason) for reject in read.rejects(engine)]

    yield Books()
    engine.dispose()


def test_reading_the_same_files_twice_changes_nothing(books):
    assert books.sync(customers=CUSTOMERS, contracts=CONTRACTS) == {
        "customers": (2, 0, 0, 0, 0),
        "contracts": (1, 0, 0, 0, 0),
    }
    assert books.sync() == {"customers": (0, 0, 2, 0, 0), "contracts": (0, 0, 1, 0, 0)}


def test_a_changed_row_is_an_update_and_a_new_order_is_none(books):
    books.sync(customers=CUSTOMERS)
    assert books.sync(customers="customer_id,name\nC2,Beta\nC1,Acme Ltd\n") == {"customers": (0, 1, 1, 0, 0)}
    assert books.names() == {"C1": "Acme Ltd", "C2": "Beta"}


def test_a_row_that_has_gone_stays_unless_the_connector_deletes(books):
    books.sync(customers=CUSTOMERS)
    books.sync(customers="customer_id,name\nC1,Acme\n")
    assert set(books.names()) == {"C1", "C2"}
    books.missing = "delete"
    assert books.sync() == {"customers": (0, 0, 1, 1, 0)}
    assert set(books.names()) == {"C1"}


def test_a_file_that_is_absent_deletes_nothing(books):
    books.missing = "delete"
    books.sync(customers=CUSTOMERS, contracts=CONTRACTS)
    books.sync(customers=None)
    assert set(books.names()) == {"C1", "C2"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04\x14\x00", "the file is a workbook, not CSV"),
        (CUSTOMERS.encode("utf-16"), "the file is UTF-16 text, not UTF-8"),
        (b"id,name\nC1,Acme\n", "the header has no column customer_id (it reads: id, name)"),
    ],
    ids=["empty", "workbook", "UTF-16", "header"],
)
@pytest.mark.parametrize("missing", ["keep", "delete"])
def test_a_broken_file_changes_nothing_that_is_stored_and_stops_nothing_else(books, broken, reason, missing):
    books.missing = missing
    books.sync(customers=CUSTOMERS)
    assert books.sync(customers=broken, contracts=CONTRACTS) == {
        "customers": (0, 0, 0, 0, 1),
        "contracts": (1, 0, 0, 0, 0),
    }
    assert books.names() == {"C1": "Acme", "C2": "Beta"}
    assert books.rejects() == [("customers.csv", "", reason)]


@pytest.mark.parametrize("mended", [CUSTOMERS, "customer_id,name\n", None], ids=["right", "no rows", "removed"])
def test_a_broken_file_is_forgotten_once_it_is_mended_or_removed(books, mended):
    books.sync(customers=CUSTOMERS, contracts=CONTRACTS)
    books.sync(customers=b"PK\x03\x04")
    books.sync(customers=mended)
    assert books.rejects() == []
    assert books.names() == {"C1": "Acme", "C2": "Beta"}


def test_a_broken_row_keeps_its_stored_version_and_loads_when_mended(books):
    books.sync(contracts=CONTRACTS, customers=CUSTOMERS)
    counts = books.sync(customers='customer_id,name\nC1,"Acme\nC2,Beta & Co\n')
    assert counts["customers"] == (0, 1, 0, 0, 1)
    assert books.names() == {"C1": "Acme", "C2": "Beta & Co"}
    assert [place for place, _, _ in books.rejects()] == ["customers.csv row 2"]
    books.sync(customers="customer_id,name\nC1,Acme Ltd\nC2,Beta\n")
    assert (books.rejects(), books.names()["C1"]) == ([], "Acme Ltd")


def test_a_row_without_id_is_forgotten_once_it_has_one(books):
    books.sync(customers="customer_id,name\nC1,Acme\n,Beta\n")
    assert books.rejects() == [("customers.csv row 3", "customer_id", "nothing is given")]
    books.sync(customers=CUSTOMERS)
    assert (books.rejects(), set(books.names())) == ([], {"C1", "C2"})


def test_the_second_row_of_an_id_with_other_content_is_set_aside(books):
    books.sync(customers="customer_id,name\nC1,Acme\nC1,Other\n")
    assert books.names() == {"C1": "Acme"}
    assert [(place, reason) for place, _, reason in books.rejects()] == [
        ("customers.csv row 3", "'C1' is also in customers.csv row 2, with other content")
    ]


def test_a_cell_of_forty_megabytes_is_set_aside_and_the_rest_loads(books):
    assert books.sync(customers="customer_id,name\nC1," + "x" * 40_000_000 + "\nC2,Beta\n") == {
        "customers": (1, 0, 0, 0, 1)
    }
    assert books.names() == {"C2": "Beta"}


def test_a_workbook_and_a_folder_of_the_same_rows_store_the_same(books, tmp_path):
    books.sync(customers=CUSTOMERS, contracts=CONTRACTS)
    workbook = openpyxl.Workbook()
    for name, text in (("customers", CUSTOMERS), ("contracts", CONTRACTS)):
        sheet = workbook.create_sheet(name)
        for line in text.splitlines():
            sheet.append(line.split(","))
    workbook.save(tmp_path / "books.xlsx")
    engine = connect(f"sqlite:///{(tmp_path / 'other.db').as_posix()}")
    connector = Files("books", {"path": str(tmp_path / "books.xlsx")})
    assert pull(engine, connector, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).error is None
    connector.close()
    facts = read.facts(engine)
    assert facts["customers"]["name"].tolist() == ["Acme", "Beta"]
    assert facts["contracts"][["contract_id", "status", "currency"]].to_numpy().tolist() == [["K1", "signed", "USD"]]
    engine.dispose()
