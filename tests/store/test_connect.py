"""A store is made, opened, brought up to date, and refused where it is none; in either kind of database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from model.errors import ConfigNeeded, RetryLater
from store import connect as module
from store.connect import connect, scratch, shown, translated, writing
from store.migrate import MIGRATIONS
from store.read import data_version
from store.schema import REVISION, metadata


@pytest.fixture
def bare(url: str) -> Callable[..., list[tuple[Any, ...]]]:
    """bare(sql): runs a statement at `url` without opening a store there."""

    def run(*statements: str) -> list[tuple[Any, ...]]:
        engine = sa.create_engine(sa.make_url(url.replace("postgresql:", "postgresql+psycopg:")))
        with engine.begin() as connection:
            results = [connection.exec_driver_sql(statement) for statement in statements]
            rows = [tuple(row) for row in results[-1]] if results[-1].returns_rows else []
        engine.dispose()
        return rows

    return run


def test_a_store_is_made_where_there_is_none_and_found_again(url: str) -> None:
    first = connect(url)
    version = data_version(first)
    first.dispose()
    second = connect(url)
    assert data_version(second) == version
    second.dispose()


def test_the_migrations_make_exactly_the_declared_tables(engine: sa.Engine, new_url: Callable[[], str]) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    declared = sa.create_engine(new_url().replace("postgresql:", "postgresql+psycopg:"))
    metadata.create_all(declared)
    assert _form(engine) == _form(declared)
    declared.dispose()


def _form(engine: sa.Engine) -> dict[str, Any]:
    """Every table as the database itself describes it: its words, or its columns with type, collation and index."""
    if engine.dialect.name == "sqlite":
        query = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'table' OR sql LIKE '%INDEX%'"
    else:
        query = (
            "SELECT table_name, concat_ws(' ', column_name, data_type, collation_name, is_nullable, column_default)"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for name, text in connection.exec_driver_sql(query):
            if name in metadata.tables:
                found.setdefault(name, []).append(sorted(text.replace("\n", " ").replace('"', "").split()))
    return {name: sorted(texts) for name, texts in found.items()}


def test_the_newest_step_is_the_one_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_an_installed_wheel_brings_the_migrations() -> None:
    from setuptools import find_packages

    packages = find_packages(str(MIGRATIONS.parents[1]), include=["store*"])
    assert {"store", "store.migrations", "store.migrations.versions", "store.write"} <= set(packages)


def test_every_step_can_be_gone_back(url: str, bare: Callable[..., list[tuple[Any, ...]]]) -> None:
    from alembic import command

    engine = connect(url)
    before = _form(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(sa.inspect(engine).get_table_names()) == {"alembic_version"}
    engine.dispose()
    again = connect(url)
    assert _form(again) == before
    again.dispose()


@pytest.mark.parametrize("last", ["waits_reject", "aliases_before"])
def test_a_migration_cut_short_leaves_nothing_and_is_done_next_time(
    url: str, bare: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Cut at the last index of the first step, and in the middle of the last step."""

    def cut(name: str, *_: object, **__: object) -> None:
        if name == last:
            raise KeyboardInterrupt

    monkeypatch.setattr("alembic.op.create_index" if last == "waits_reject" else "alembic.op.drop_table", cut)
    with pytest.raises(KeyboardInterrupt):
        connect(url)
    monkeypatch.undo()
    tables = (
        "SELECT name FROM sqlite_master"
        if url.startswith("sqlite")
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    assert bare(tables) == []
    engine = connect(url)
    assert data_version(engine).endswith("-0")
    engine.dispose()


def test_a_migration_killed_half_way_is_done_next_time(url: str, root: Path, bare: Callable[..., Any]) -> None:
    program = (
        "import os, signal, sys, alembic.op\n"
        "alembic.op.drop_table = lambda *_: os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
        "from store.connect import connect\n"
        "connect(sys.argv[1])"
    )
    assert subprocess.run([sys.executable, "-c", program, url], cwd=root, check=False, timeout=60).returncode != 0
    engine = connect(url)
    assert data_version(engine).endswith("-0")
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())
    engine.dispose()


def test_two_programs_may_make_a_store_at_once(url: str, root: Path) -> None:
    program = "import sys; from store.connect import connect; connect(sys.argv[1])"
    both = [subprocess.Popen([sys.executable, "-c", program, url], cwd=root) for _ in range(2)]
    assert [child.wait(60) for child in both] == [0, 0]


def test_a_database_of_somebody_else_is_left_alone(url: str, bare: Callable[..., Any]) -> None:
    bare("CREATE TABLE theirs (a int)")
    with pytest.raises(ConfigNeeded, match="holds other tables"):
        connect(url)


def test_a_store_of_a_newer_version_is_not_touched(url: str, bare: Callable[..., Any]) -> None:
    connect(url).dispose()
    bare("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigNeeded, match="written by a newer version"):
        connect(url)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("backlog.db", "is no address of a store"),
        ("sqlite://", "a store is a file"),
        ("sqlite:///:memory:", "a store is a file"),
        ("mysql://joe:secret@host/db", "mysql holds no store: a store is a SQLite file or a PostgreSQL database"),
        ("sqlite:////no/such/folder/backlog.db", "does not exist. Create it or change"),
        ("postgresql://joe:secret@host", "postgresql://joe@host names no database"),
        ("postgresql://joe:secret@host:port/db", "is no address of a store"),
        ("postgresql+psycopg2://joe:secret@host/db", "holds no store"),
    ],
)
def test_an_address_that_is_none_is_named_with_its_remedy(address: str, text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text) as caught:
        connect(address)
    assert "secret" not in str(caught.value)


def test_an_address_is_shown_without_what_is_secret() -> None:
    assert shown("postgresql://joe:secret@db.example:5433/books?sslpassword=secret") == (
        "postgresql://joe@db.example:5433/books"
    )
    assert shown("postgres:///books") == "postgresql:///books"
    assert shown("sqlite:///backlog.db") == "backlog.db"


def test_a_store_held_for_too_long_says_try_later(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.1)
    impatient = connect(engine.url.render_as_string(hide_password=False))
    with (
        writing(engine),
        pytest.raises(RetryLater, match=r"another program has held it for 0\.1 s"),
        translated("x"),
        writing(impatient),
    ):
        pytest.fail("two writers")
    impatient.dispose()


def test_a_scratch_copy_is_whole_and_goes(engine: sa.Engine) -> None:
    with scratch(engine) as copied:
        assert data_version(copied) == data_version(engine)
        for _ in range(2):
            with writing(copied) as connection:
                connection.execute(sa.update(metadata.tables["data_version"]).values(version=7))
            assert data_version(copied).endswith("-7")
        # Nobody waits for it, and it sees nothing of what others do.
        with writing(engine) as connection:
            connection.execute(sa.update(metadata.tables["data_version"]).values(version=3))
        assert data_version(copied).endswith("-7")
    assert data_version(engine).endswith("-3")
