"""What only a store in PostgreSQL has: a server that may be away, users, rights, and sessions that may be lost."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest
import sqlalchemy as sa
from postgres_server import Server

from model.errors import BacklogError, ConfigNeeded, RetryLater
from store import columns
from store import postgres as module
from store.connect import connect, explain, scratch, translated, writing
from store.read import data_version, facts
from store.schema import DATA_VERSION, RECORDS, metadata

_numbers = itertools.count(1)
PASSWORD = "s3cret-wörd"


@pytest.fixture
def place(postgres: Server) -> Iterator[SimpleNamespace]:
    """An empty database and a user without rights: `name`, `url`, `user`."""
    name, user = f"place{next(_numbers)}", f"clerk{next(_numbers)}"
    postgres.run(f"CREATE DATABASE {name}", f"CREATE USER {user} PASSWORD '{PASSWORD}'")
    yield SimpleNamespace(name=name, url=postgres.url(name), user=user)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)", f"DROP USER {user}")


def refused(url: str, kind: type[BacklogError]) -> str:
    """What connecting says; never the password."""
    with pytest.raises(kind) as caught:
        connect(url)
    text = str(caught.value)
    assert PASSWORD not in text
    assert "wrong" not in text
    return text


def test_a_server_that_is_down_is_a_reason_to_try_later() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = refused(f"postgresql://joe:{PASSWORD}@127.0.0.1:{port}/books", RetryLater)
    assert text.startswith(f"store postgresql://joe@127.0.0.1:{port}/books: no server answers (")
    assert "Start it, or check host and port in [store] url" in text


def test_an_unknown_host_is_named() -> None:
    text = refused(f"postgresql://joe:{PASSWORD}@no-such-host.invalid/books", ConfigNeeded)
    assert "there is no such host. Check the host in [store] url" in text


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_or_missing_password_says_how_to_give_it(
    postgres: Server, place: SimpleNamespace, password: str
) -> None:
    text = refused(postgres.url(place.name, place.user, password), ConfigNeeded)
    assert "the server refuses this user or password" in text
    assert "set BACKLOG_STORE_PASSWORD, or run: backlog secrets set store.password" in text


def test_the_password_may_come_from_the_environment(
    postgres: Server, place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKLOG_STORE_PASSWORD", postgres.password)
    engine = connect(f"postgresql://admin@127.0.0.1:{postgres.port}/{place.name}")
    assert data_version(engine).endswith("-0")
    assert postgres.password not in repr(engine)
    engine.dispose()


def test_a_missing_database_says_how_to_make_it(postgres: Server) -> None:
    text = refused(postgres.url("nowhere"), ConfigNeeded)
    assert "the server has no such database. Have it made: createdb --owner USER" in text


def test_a_missing_right_is_named_with_the_grant(postgres: Server, place: SimpleNamespace) -> None:
    text = refused(postgres.url(place.name, place.user, PASSWORD), ConfigNeeded)
    assert "permission denied for schema public" in text
    assert "GRANT USAGE, CREATE ON SCHEMA public TO user" in text
    postgres.run(f"GRANT USAGE, CREATE ON SCHEMA public TO {place.user}", database=place.name)
    connect(postgres.url(place.name, place.user, PASSWORD)).dispose()


def test_the_rights_the_guide_gives_are_enough_and_no_more(postgres: Server, place: SimpleNamespace) -> None:
    """A reader that may only select sees everything and changes nothing."""
    connect(place.url).dispose()
    postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {place.user}", database=place.name)
    reader = connect(postgres.url(place.name, place.user, PASSWORD))
    assert data_version(reader).endswith("-0")
    with (
        pytest.raises(ConfigNeeded, match="permission denied for table data_version"),
        translated("x"),
        writing(reader) as connection,
    ):
        connection.execute(sa.update(DATA_VERSION).values(version=9))
    reader.dispose()


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    name = f"latin{next(_numbers)}"
    postgres.run(f"CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    assert "is encoded as LATIN1. Make one for the store" in refused(postgres.url(name), ConfigNeeded)


def test_a_server_too_old_is_refused(place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST", 99)
    assert "is too old. Use 99 or later" in refused(place.url, ConfigNeeded)


def test_text_is_ordered_by_its_bytes_whatever_the_language(place: SimpleNamespace) -> None:
    """The order of ids decides the order of a ledger: it must be the one SQLite has."""
    engine = connect(place.url)
    with engine.connect() as connection:
        columns = connection.exec_driver_sql(
            "SELECT table_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'text'"
        ).all()
    assert {name for name, _ in columns} == set(metadata.tables)
    assert {collation for _, collation in columns} == {"C"}
    engine.dispose()


def test_a_schema_of_its_own_may_be_named(place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    public = connect(place.url)
    with public.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA team")
    ours = connect(f"{place.url}?options=-c%20search_path%3Dteam%20-c%20statement_timeout%3D60000")
    assert data_version(ours) != data_version(public)
    assert set(metadata.tables) <= set(sa.inspect(ours).get_table_names(schema="team"))
    with scratch(ours) as copied:
        assert data_version(copied) == data_version(ours)
    with writing(ours) as connection:
        row = {column.name: 1 if isinstance(column.type, sa.BigInteger) else "x" for column in RECORDS["customers"].c}
        connection.execute(sa.insert(RECORDS["customers"]), {**row, "known_to": None, "known_from": "2026-01-31"})
    for large in (0, 10**9):
        monkeypatch.setattr(columns, "LARGE", {"postgresql": large})
        assert (len(facts(ours)["customers"]), len(facts(public)["customers"])) == (1, 0)
    ours.dispose()
    public.dispose()


def test_a_scratch_copy_whose_session_is_lost_touches_nothing(place: SimpleNamespace, postgres: Server) -> None:
    engine = connect(place.url)

    def write(copied: sa.Engine) -> None:
        with translated("x"), writing(copied) as connection:
            connection.execute(sa.update(DATA_VERSION).values(version=9))

    with scratch(engine) as copied:
        postgres.cut(place.name)
        for _ in range(3):
            with pytest.raises(RetryLater):
                write(copied)
    assert data_version(engine).endswith("-0")
    engine.dispose()


def test_a_writer_stopped_in_the_middle_gives_its_turn_up(
    place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STALLED_SECONDS", 1)
    engine = connect(place.url)

    def stop() -> None:
        with translated("x"), writing(engine) as connection:
            connection.execute(sa.update(DATA_VERSION).values(version=9))
            monkeypatch.setattr(module, "_STALLED_SECONDS", 60)  # the second is not to be lost to a busy machine
            with writing(engine) as other:  # waits until the first has lost its turn
                other.execute(sa.update(DATA_VERSION).values(version=5))
            connection.execute(sa.select(DATA_VERSION)).all()

    with pytest.raises(RetryLater, match="stopped for too long"):
        stop()
    assert data_version(engine).endswith("-5")
    engine.dispose()


@pytest.mark.parametrize(
    ("state", "kind", "text"),
    [
        ("53100", ConfigNeeded, "disk is full"),
        ("53300", RetryLater, "no connection left"),
        ("57P01", RetryLater, "being stopped or started"),
        ("25006", ConfigNeeded, "only reads"),
        ("40P01", RetryLater, "in the way"),
        ("08006", RetryLater, "was lost or refused"),
        ("22P02", ConfigNeeded, "Run: backlog doctor"),
    ],
)
def test_states_mean_the_same_in_every_language(state: str, kind: type[BacklogError], text: str) -> None:
    made = psycopg.errors.lookup(state)("FEHLER: auf Deutsch")
    said = explain(made, "x")
    assert type(said) is kind
    assert text in str(said)


@pytest.mark.parametrize("large", [0, 10**9], ids=["arrow", "driver"])
def test_a_reader_whose_connection_is_lost_is_told_to_try_again(
    place: SimpleNamespace, postgres: Server, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    engine = connect(place.url)
    monkeypatch.setattr(columns, "LARGE", {"postgresql": large})

    def cut_first(*_: object) -> str:
        postgres.cut(place.name)
        return "SELECT 1"

    for where in ("store.columns._kept", "store.arrow.text_of"):
        monkeypatch.setattr(where, cut_first)
    with pytest.raises(BacklogError, match=r"[Tt]ry again"):
        facts(engine)
    engine.dispose()
