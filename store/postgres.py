"""A store in a PostgreSQL database: how it is reached, who may write, and how a copy to try things on is made.

Readers take one snapshot for all they ask (repeatable read). Writers queue at one advisory lock, as they do at a SQLite
file, and read what is committed once it is theirs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from model.errors import ConfigNeeded, RetryLater
from model.settings import find_secret
from store.schema import RAW, metadata

OLDEST = 15
"""The oldest PostgreSQL that a store is tested on."""

_TURN = 0x6261636B6C6F67  # "backlog": the advisory lock of whoever writes
# A writer that was stopped in the middle of a page gives its turn up, and its page with it.
_STALLED_SECONDS = 60
_ENDED = ("25P03", "57P01", "57P02", "57P03")  # idle for too long in a transaction, stopped, crashed, starting
ALONE = "backlog_alone"
"""An execution option of a copy that only its own session sees."""

_CONNECT: Mapping[str, object] = {
    "application_name": "revenue-backlog",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "prepare_threshold": None,  # a plan made while a table was empty would be kept as it fills
}


def open_engine(url: sa.URL, patience: float) -> sa.Engine:
    """The engine of a database; nothing is asked of it yet. ConfigNeeded without the driver."""
    if url.password is None and (password := find_secret("store", "password")):
        url = url.set(password=password)
    try:
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ", pool_pre_ping=True,
            connect_args=dict(_CONNECT),
        )  # fmt: skip
    except ImportError as error:
        raise ConfigNeeded(
            f"store {shown(url)}: the driver of PostgreSQL is not installed ({error}). "
            "Run: pip install 'revenue-backlog[postgres]'"
        ) from None
    sa.event.listen(engine, "connect", lambda connection, _: _tune(connection, patience))
    sa.event.listen(engine, "handle_error", _ended)
    return engine


def shown(url: sa.URL) -> str:
    """The store's name in messages: without the password, or anything else that may be secret."""
    public = sa.URL.create("postgresql", url.username, host=url.host, port=url.port, database=url.database)
    return public.render_as_string()


def check(connection: sa.Connection) -> None:
    """Refuses a server we do not know, and a database that cannot hold every name."""
    version, encoding = connection.exec_driver_sql(
        "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')"
    ).one()
    where = shown(connection.engine.url)
    if version < OLDEST:
        raise ConfigNeeded(f"store {where}: PostgreSQL {version} is too old. Use {OLDEST} or later")
    if encoding != "UTF8":
        raise ConfigNeeded(
            f"store {where}: the database is encoded as {encoding}. Make one for the store: "
            "CREATE DATABASE backlog ENCODING 'UTF8' TEMPLATE template0"
        )


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """What store.connect.writing promises."""
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
        if not engine.get_execution_options().get(ALONE, False):
            connection.exec_driver_sql(
                f"SELECT set_config('idle_in_transaction_session_timeout', '{_STALLED_SECONDS}s', true), "
                f"pg_advisory_xact_lock({_TURN})"
            )
        yield connection


@contextlib.contextmanager
def scratch(engine: sa.Engine) -> Iterator[sa.Engine]:
    """What store.connect.scratch promises: temporary tables of the same names, which only one session sees.

    Payloads are left out: nothing that is tried on a copy reads them again. Should the session be lost, no other takes
    its place: the copies are gone, and the real tables must not be mistaken for them.
    """
    lent = engine.raw_connection()
    session: Any = lent.driver_connection
    lent.detach()  # it is closed afterwards and never lent to anyone else
    try:
        copied = sa.create_engine(
            engine.url, poolclass=StaticPool, creator=_once(session), isolation_level="REPEATABLE READ",
            execution_options={ALONE: True},
        )  # fmt: skip
        with copied.begin() as connection:
            _copy_tables(connection)
        yield copied
    finally:
        session.close()


def settle(connection: sa.Connection) -> None:
    """After many rows with numbers of their own: counters go on after the highest, and the planner knows the tables."""
    quote = connection.dialect.identifier_preparer.quote
    for table in metadata.sorted_tables:
        number = table.autoincrement_column
        if number is not None:
            name, column = quote(table.name), quote(number.name)
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{name}', '{number.name}'), "  # noqa: S608
                f"coalesce(max({column}), 0) + 1, false) FROM {name}"
            )
        connection.exec_driver_sql(f"ANALYZE {quote(table.name)}")


def _ended(context: Any) -> None:
    """A session that the server has ended is never lent again, even where its socket is not yet seen to be closed."""
    state = getattr(context.original_exception, "sqlstate", None) or ""
    if state in _ENDED or state.startswith("08"):
        context.is_disconnect = True


def _tune(connection: Any, patience: float) -> None:
    connection.execute(f"SET lock_timeout = {round(patience * 1000)}")
    connection.commit()


def _once(session: Any) -> Callable[[], Any]:
    left = [session]

    def create() -> Any:
        if not left:
            raise RetryLater("the connection to the store was lost. Nothing was stored; try again")
        return left.pop()

    return create


def _copy_tables(connection: sa.Connection) -> None:
    quote = connection.dialect.identifier_preparer.quote
    source = quote(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    # From here on an unqualified name is a temporary table, or nothing.
    connection.exec_driver_sql("SET search_path TO pg_temp")
    temporary = sa.MetaData()
    for table in metadata.sorted_tables:
        copied = table.to_metadata(temporary)
        copied._prefixes = [*copied._prefixes, "TEMPORARY"]
        connection.execute(sa.schema.CreateTable(copied))
        names = [column.name for column in table.columns]
        taken = ", ".join("''" if table is RAW and name == "payload" else quote(name) for name in names)
        connection.exec_driver_sql(
            f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))}) "  # noqa: S608
            f"SELECT {taken} FROM {source}.{quote(table.name)}"
        )
        for index in copied.indexes:
            connection.execute(sa.schema.CreateIndex(index))
    settle(connection)
