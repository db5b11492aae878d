"""Parquet files beside CSV files in a folder, written by the library that everybody writes them with."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.files import Files
from connectors.kit.connector import Item, Pull
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Customers in CSV, contracts and their lines in Parquet, with amounts as decimals, text, and floats."""
    made = tmp_path / "import"
    made.mkdir()
    (made / "customers.csv").write_text("customer_id,name\nC1,Ærø 東京\n", encoding="utf-8")
    contracts = pa.table({
        "contract_id": ["K1", "K2"], "customer_id": ["C1", "C1"], "status": ["signed", "signed"],
        "signed_on": pa.array([dt.date(2026, 1, 5), dt.date(2026, 1, 6)]), "currency": ["USD", "JPY"],
        "start_on": pa.array([dt.date(2026, 1, 1), None]).cast(pa.timestamp("ms")), "evergreen": pa.array([True, None]),
        "end_on": ["2026-12-31", None], "payment_terms_days": pa.array([30, None], pa.int32()),
    })  # fmt: skip
    pq.write_table(contracts, made / "contracts.parquet")
    amounts = pa.array([Decimal("99999999999999.99"), Decimal("9000.00")], pa.decimal128(18, 2))
    lines = pa.table({"line_id": ["L1", "L2"], "contract_id": ["K1", "K2"], "amount": amounts, "quantity": [0.1, None],
                      "recognition": ["straight_line_daily", "point_in_time"]})  # fmt: skip
    pq.write_table(lines, made / "contract_lines.parquet", row_group_size=1)
    return made


def items(folder: Path, table: str) -> list[Item]:
    connector = Files("books", {"path": str(folder)})
    found = [item for page in connector.pull(table, Pull(None, NOW)) for item in page.items]
    connector.close()
    return found


def test_values_are_what_was_written(folder: Path) -> None:
    contract, other = (dict(item.rows[0].values) for item in items(folder, "contracts"))
    assert (contract["signed_on"], contract["start_on"], contract["end_on"], contract["evergreen"]) == (
        dt.date(2026, 1, 5), dt.date(2026, 1, 1), dt.date(2026, 12, 31), True,
    )  # fmt: skip
    assert contract["payment_terms_days"] == 30
    assert "start_on" not in other
    first, second = (dict(item.rows[0].values) for item in items(folder, "contract_lines"))
    assert (first["amount"], first["quantity"], second["amount"]) == (
        Decimal("99999999999999.99"), Decimal("0.1"), Decimal("9000.00"),
    )  # fmt: skip


def test_a_number_of_three_decimals_leaves_no_doubt(folder: Path) -> None:
    """Where a person writes 1.500 its point may group thousands; where a program keeps a number it cannot."""
    lines = pa.table(
        {"line_id": ["L1"], "contract_id": ["K1"], "amount": pa.array([Decimal("1.500")], pa.decimal128(18, 3))}
    )
    pq.write_table(lines, folder / "contract_lines.parquet")
    assert type(items(folder, "contract_lines")[0].rows[0].values["amount"]) is Decimal


def test_a_folder_of_both_kinds_is_stored(folder: Path, tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'store.db'}")
    run = pull(engine, Files("books", {"path": str(folder)}), now=NOW)
    counts = {
        name: (count.added, count.rejected) for name, count in run.counts.items() if count.added or count.rejected
    }
    assert (run.error, counts) == (None, {"customers": (1, 0), "contracts": (2, 0), "contract_lines": (2, 0)})
    engine.dispose()


def test_a_file_that_is_no_parquet_is_told_and_the_others_load(folder: Path) -> None:
    (folder / "products.parquet").write_bytes(b"PAR1 but not really")
    (broken,) = items(folder, "products")
    assert "no Parquet" in str(broken.problems[0])
    assert "products.parquet" in str(broken.problems[0])
    assert len(items(folder, "contracts")) == 2


def test_a_row_that_breaks_a_rule_is_told_with_its_place(folder: Path) -> None:
    bad = pa.table({"line_id": ["L1"], "contract_id": ["K1"], "amount": ["12,000"]})
    pq.write_table(bad, folder / "contract_lines.parquet")
    (item,) = items(folder, "contract_lines")
    assert "contract_lines.parquet row 2, column amount" in str(item.problems[0])
