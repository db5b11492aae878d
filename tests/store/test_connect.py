"""A store is made, opened, brought up to date, and refused where it is none."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from model.errors import ConfigNeeded, RetryLater
from store import connect as module
from store.connect import MIGRATIONS, connect, scratch, translated, writing
from store.read import data_version
from store.schema import REVISION, metadata


def test_a_store_is_made_where_there_is_none_and_found_again(url: str) -> None:
    first = connect(url)
    version = data_version(first)
    first.dispose()
    second = connect(url)
    assert data_version(second) == version
    second.dispose()


def test_the_migrations_make_exactly_the_declared_tables(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        made = {
            name: set(re.findall(r"\w+", sql))
            for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        }
    for table in metadata.tables.values():
        wanted = str(sa.schema.CreateTable(table).compile(dialect=engine.dialect))
        assert made[table.name] == set(re.findall(r"\w+", wanted)), table.name


def test_the_newest_step_is_the_one_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_an_installed_wheel_brings_the_migrations() -> None:
    from setuptools import find_packages

    packages = find_packages(str(MIGRATIONS.parents[1]), include=["store*"])
    assert {"store", "store.migrations", "store.migrations.versions", "store.write"} <= set(packages)


def test_tables_are_strict_and_the_log_is_written_ahead(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        kinds = connection.exec_driver_sql("PRAGMA table_list").all()
    assert {row[1] for row in kinds if row[5]} == set(metadata.tables)


def test_a_migration_cut_short_leaves_nothing_and_is_done_next_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(name: str, *_: object, **__: object) -> None:
        if name == "waits_reject":  # the last index of all
            raise KeyboardInterrupt

    monkeypatch.setattr("alembic.op.create_index", cut)
    with pytest.raises(KeyboardInterrupt):
        connect(url)
    monkeypatch.undo()
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as bare:
        assert bare.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    engine = connect(url)
    assert data_version(engine).endswith("-0")
    engine.dispose()


def test_two_programs_may_make_a_store_at_once(url: str, root: Path) -> None:
    program = "import sys; from store.connect import connect; connect(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", program, url], cwd=root) for _ in range(2)]
    assert [child.wait(60) for child in both] == [0, 0]


def test_a_file_that_is_no_store_is_left_alone(url: str) -> None:
    path = Path(url.removeprefix("sqlite:///"))
    path.write_bytes(b"contract,amount\n" * 1000)
    with pytest.raises(ConfigNeeded, match="this file is no store"):
        connect(url)
    assert path.read_bytes() == b"contract,amount\n" * 1000


def test_a_database_of_somebody_else_is_left_alone(url: str) -> None:
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as bare:
        bare.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ConfigNeeded, match="holds other tables"):
        connect(url)


def test_a_store_of_a_newer_version_is_not_touched(url: str) -> None:
    connect(url).dispose()
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as bare:
        bare.execute("UPDATE alembic_version SET version_num = '9999'")
        bare.commit()
    with pytest.raises(ConfigNeeded, match="written by a newer version"):
        connect(url)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("backlog.db", "is no address of a store"),
        ("sqlite://", "a store is a SQLite file"),
        ("sqlite:///:memory:", "a store is a SQLite file"),
        ("mysql://joe:secret@host/db", r"mysql://joe:\*\*\*@host/db: a store is a SQLite file"),
        ("sqlite:////no/such/folder/backlog.db", "does not exist. Create it or change"),
    ],
)
def test_an_address_that_is_none_is_named_with_its_remedy(address: str, text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        connect(address)


def test_a_store_held_for_too_long_says_try_later(engine: sa.Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    impatient = connect(url)
    with (
        writing(engine),
        pytest.raises(RetryLater, match="another program has held it"),
        translated(url),
        writing(impatient),
    ):
        pytest.fail("two writers")
    impatient.dispose()


def test_readers_see_whole_states_while_pages_are_written(engine: sa.Engine) -> None:
    """Each write moves an amount between two rows; their sum is the same in every state a reader may see."""
    table = metadata.tables["cursors"]
    rows = [{"source": name, "object": "o", "cursor": "", "updated_at": "", "run_id": 500} for name in "ab"]
    with writing(engine) as connection:
        connection.execute(sa.insert(table), rows)
    done = threading.Event()

    def write() -> None:
        for n in range(200):
            with writing(engine) as connection:
                for name, value in (("a", n), ("b", 1000 - n)):
                    connection.execute(sa.update(table).where(table.c.source == name).values(run_id=value))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    sums = set(_sums(engine, done))
    writer.join()
    assert sums == {1000}


def _sums(engine: sa.Engine, done: threading.Event) -> Iterator[int]:
    while not done.is_set():
        with engine.connect() as connection:
            first = connection.exec_driver_sql("SELECT run_id FROM cursors WHERE source = 'a'").scalar_one()
            yield first + connection.exec_driver_sql("SELECT run_id FROM cursors WHERE source = 'b'").scalar_one()


def test_a_scratch_copy_is_whole_and_goes(engine: sa.Engine) -> None:
    with scratch(engine) as copied:
        path = Path(str(copied.url.database))
        assert data_version(copied) == data_version(engine)
        with writing(copied) as connection:
            connection.execute(sa.update(metadata.tables["data_version"]).values(version=7))
        assert data_version(copied).endswith("-7")
    assert data_version(engine).endswith("-0")
    assert not path.exists()
