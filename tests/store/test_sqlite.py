"""What only a store in a SQLite file has: its tuning, and files that are no store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from model.errors import ConfigNeeded
from store.connect import connect, scratch
from store.schema import metadata


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backlog.db"


@pytest.fixture
def engine(file: Path) -> Iterator[sa.Engine]:
    made = connect(f"sqlite:///{file}")
    yield made
    made.dispose()


def test_tables_are_strict_and_the_log_is_written_ahead(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        kinds = connection.exec_driver_sql("PRAGMA table_list").all()
    assert {row[1] for row in kinds if row[5]} == set(metadata.tables)


def test_a_file_that_is_no_store_is_left_alone(file: Path) -> None:
    file.write_bytes(b"contract,amount\n" * 1000)
    with pytest.raises(ConfigNeeded, match="this file is no store"):
        connect(f"sqlite:///{file}")
    assert file.read_bytes() == b"contract,amount\n" * 1000


def test_a_damaged_file_is_said_to_be_damaged(engine: sa.Engine, file: Path) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    whole = bytearray(file.read_bytes())
    whole[100:4096] = b"\xff" * 3996  # the page that lists the tables
    file.write_bytes(whole)
    with pytest.raises(ConfigNeeded, match=r"the file is damaged .* Bring back a backup: backlog store restore"):
        connect(f"sqlite:///{file}")


def test_a_scratch_copy_leaves_no_file(engine: sa.Engine) -> None:
    with scratch(engine) as copied:
        path = Path(str(copied.url.database))
        assert path.exists()
    assert not path.exists()
