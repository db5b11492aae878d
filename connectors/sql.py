"""Any database that SQLAlchemy reads: one query per table, whose columns are the columns of the record.

    [connectors.warehouse]
    kind = "sql"
    url = "postgresql://reader@db.example/finance"
    [connectors.warehouse.queries]
    customers = "SELECT id AS customer_id, name FROM customers"
    contracts = "SELECT … FROM deals WHERE updated_at >= :since"

A query with `:since` is asked for what changed (a moment, UTC, some hours back); one without it is read whole every time,
and changes nothing where nothing changed. https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from connectors.kit.connector import Check, Connector, Item, Page, Pull, Row, Setting
from connectors.kit.fields import BY_KIND, Context, nearest, zone_named
from connectors.kit.rest import RECONCILE
from model.errors import BacklogError, ConfigNeeded, RecordRejected, RetryLater
from model.records import TABLES, Kind, record_id
from model.redaction import redacted, remember

PAGE_ROWS = 5_000
OVERLAP = dt.timedelta(hours=6)
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_READS = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_SINCE = re.compile(r"(?<![:\w]):since\b")


class Sql(Connector):
    """Reads the results of queries."""

    kind = "sql"
    title = "A database, by queries"
    rights = "a user that may only read the tables of the queries"
    settings = (
        Setting("url", "the database's address without a password: postgresql://reader@host/name", required=True),
        Setting("password", "the user's password, if it needs one", secret=True),
        Setting("queries", "a query for each table of records: a table of table = SELECT", kind=dict, required=True),
        Setting("missing", "what a row that a query no longer has means: keep its record, or delete it", "keep",
                choices=("keep", "delete")),
        RECONCILE,
    )  # fmt: skip

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        self.zone = zone_named(str(self.options.get("timezone") or "UTC"), f"[connectors.{name}] ")
        self._queries = _checked(name, self.options.get("queries") or {})
        self._engine = self._connected()

    def objects(self) -> tuple[str, ...]:
        """The tables that have a query, those that others point at first."""
        return tuple(name for name in TABLES if name in self._queries)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The rows of one query, 5,000 a page; the cursor moves after the last."""
        query, state = self._queries[name], dict(ask.cursor or {})
        follows = bool(_SINCE.search(query))
        days = dt.timedelta(days=int(self.options.get("reconcile_days") or 7))
        read = dt.datetime.fromisoformat(str(state["since"])) if state.get("since") else None
        full_at = dt.datetime.fromisoformat(str(state["full_at"])) if state.get("full_at") else None
        whole = not follows or ask.full or read is None or full_at is None or ask.now - full_at >= days
        since = LONG_AGO if whole or read is None else read
        if ask.since is not None and not whole:
            since = min(since, dt.datetime.combine(ask.since, dt.time(), self.zone).astimezone(dt.UTC))
        seen: set[str] | None = set() if whole and self.options.get("missing") == "delete" else None
        for items in self._read(name, query, since if follows else None):
            if seen is not None:
                # A row nobody can identify may be any of them: then nothing is known to be gone.
                seen = (
                    None if any(item.key.startswith("row ") for item in items) else seen | {item.key for item in items}
                )
            yield Page(items)
        full_at = ask.now if whole or full_at is None else full_at
        cursor = {"since": (ask.now - OVERLAP).isoformat(), "full_at": full_at.isoformat()} if follows else None
        yield Page([], cursor, seen=None if seen is None else frozenset(seen))

    def check(self, now: dt.datetime) -> list[Check]:
        """Asks each query and tells the first problem."""
        checks = []
        for name in self.objects():
            try:
                page = next(self.pull(name, Pull(None, now, full=True)))
            except BacklogError as error:
                checks.append(Check(name, False, str(error)))
                continue
            problems = [str(problem) for item in page.items for problem in item.problems]
            read = f"{len(page.items)} on the first page"
            checks.append(Check(name, not problems, f"{read}; {problems[0]}" if problems else read))
        return checks

    def close(self) -> None:
        """Lets go of connections."""
        self._engine.dispose()

    def _read(self, name: str, query: str, since: dt.datetime | None) -> Iterator[list[Item]]:
        number = 0
        try:
            with self._engine.connect() as connection:
                asked = {"since": self._moment(since)} if since is not None else {}
                result = connection.execution_options(yield_per=PAGE_ROWS).execute(sa.text(query), asked)
                columns = _columns(self.name, name, list(result.keys()))
                for rows in result.partitions(PAGE_ROWS):
                    items = [self._item(name, columns, tuple(row), number + at + 1) for at, row in enumerate(rows)]
                    number += len(rows)
                    yield items
        except sa.exc.OperationalError as error:
            raise self._refused(name, error) from None
        except sa.exc.SQLAlchemyError as error:
            why = redacted(str(getattr(error, "orig", None) or error)).strip().partition("\n")[0]
            raise ConfigNeeded(
                f"{self.name}: the query {name} fails ({why}). Correct [connectors.{self.name}.queries]"
            ) from None

    def _refused(self, name: str, error: sa.exc.OperationalError) -> BacklogError:
        """SQLite and PostgreSQL call a wrong column operational as well as a database that is away."""
        why = redacted(str(error.orig)).strip().partition("\n")[0]
        if re.search(
            r"no such|syntax|does not exist|authentication|password|denied|unable to open", why, re.IGNORECASE
        ):
            return ConfigNeeded(
                f"{self.name}: the query {name} fails ({why}). Correct url, queries or the password (backlog secrets set "
                f"{self.name}.password), then run: backlog connectors test {self.name}"
            )
        return RetryLater(
            f"{self.name}: the database cannot be asked now ({why}). Later, run: backlog sync {self.name}"
        )

    def _item(self, table: str, columns: tuple[str, ...], row: tuple[Any, ...], number: int) -> Item:
        place = f"query {table} row {number}"
        told = dict(zip(columns, row, strict=True))
        values: dict[str, Any] = {}
        problems = []
        for column in TABLES[table].columns:
            said = told.get(column.name)
            if said is None or said == "":
                continue
            try:
                values[column.name] = self._value(column.kind, said)
            except RecordRejected as error:
                problems.append(RecordRejected(error.reason, place=place, column=column.name, remedy=error.remedy))
        key = record_id(TABLES[table], values)
        payload = {name: _plain(value) for name, value in told.items()}
        rows = () if problems else (Row(table, values),)
        return Item(key if key.strip("/") else f"row {number}", payload, rows, place, problems=tuple(problems))

    def _value(self, kind: Kind, said: Any) -> Any:
        if isinstance(said, dt.datetime):
            said = (said.replace(tzinfo=self.zone) if said.tzinfo is None else said.astimezone(self.zone)).date()
        if isinstance(said, dt.date):
            return said if kind is Kind.DATE else f"{said:%Y-%m}" if kind is Kind.MONTH else said.isoformat()
        if isinstance(said, float):
            raise RecordRejected(
                f"{said!r} is a float, which is not exact", remedy="Let the query CAST it to a decimal or a text"
            )
        if kind is Kind.FLAG and isinstance(said, (bool, int)):
            return bool(said)
        return str(said) if kind is Kind.TEXT else BY_KIND[kind.value](said, Context(self.zone))

    def _moment(self, since: dt.datetime) -> Any:
        """Text for SQLite, which has no moments of its own; UTC without a zone for the others."""
        plain = since.replace(tzinfo=None)
        return plain.isoformat(sep=" ") if self._engine.dialect.name == "sqlite" else plain

    def _connected(self) -> sa.Engine:
        try:
            url = sa.make_url(str(self.options["url"]))
        except sa.exc.ArgumentError:
            raise ConfigNeeded(
                f"[connectors.{self.name}] url = {redacted(str(self.options['url']))!r} is no database address. "
                "Write it as postgresql://user@host/name or sqlite:///file.db"
            ) from None
        if url.password:
            raise ConfigNeeded(
                f"[connectors.{self.name}] url holds a password. Take it out and run: backlog secrets set {self.name}.password"
            )
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if password := self.options.get("password"):
            remember(str(password))
            url = url.set(password=str(password))
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise ConfigNeeded(
                f"[connectors.{self.name}] url: {redacted(str(error))}. Install the driver it names, or name another"
            ) from None


def _checked(name: str, queries: Mapping[str, Any]) -> dict[str, str]:
    if not queries:
        raise ConfigNeeded(f"[connectors.{name}] needs queries: [connectors.{name}.queries] with one for each table")
    for table, query in queries.items():
        if table not in TABLES:
            raise ConfigNeeded(
                f"[connectors.{name}.queries] {table!r} is no table of records{nearest(table, TABLES)}. "
                f"Allowed: {', '.join(TABLES)}"
            )
        if not isinstance(query, str) or not _READS.match(query):
            raise ConfigNeeded(f"[connectors.{name}.queries] {table}: write a query that reads: SELECT …")
    return {str(table): str(query) for table, query in queries.items()}


def _columns(name: str, table: str, columns: list[str]) -> tuple[str, ...]:
    """The columns of an answer in small letters; those a record needs must be among them."""
    found = tuple(column.lower() for column in columns)
    missing = [column.name for column in TABLES[table].columns if column.required and column.name not in found]
    if missing:
        near = nearest(missing[0], found)
        raise ConfigNeeded(
            f"{name}: the query {table} has no column {', '.join(missing)}{near}. Name it: SELECT … AS {missing[0]}"
        )
    return found


def _plain(value: Any) -> Any:
    """A value as it is kept in the payload."""
    if isinstance(value, (str, int, bool, type(None))):
        return value
    return str(value) if isinstance(value, (Decimal, dt.date, dt.datetime)) else repr(value)
