"""The tables of the store, generated from model.records, and the books kept beside them.

Records: every version of every normalized record is a row. `known_from` is the instant at which the store was told,
`known_to` the instant at which a later version or a deletion replaced it (null: it still stands). Nothing is updated
in place and nothing is deleted, so any moment of the past can be read again; triggers hold versions and raw payloads
to it.

Instants are UTC text with microseconds (2026-01-31T09:30:00.000000Z), days ISO 8601 text, money whole minor units
beside `currency`, decimals text. Only plain types are used, so that the same schema serves SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from model.records import TABLES, Kind, Table

REVISION = "0023"
"""The newest migration; a store at this revision is used without loading Alembic."""

# Ordered by its bytes in both, whatever the language of the database.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INT = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_WHOLE = frozenset((Kind.MONEY, Kind.INTEGER, Kind.FLAG))

VERSION_COLUMNS = ("source", "record_id", "origin_object", "origin_key", "raw_id", "run_id", "row_hash", "known_from")
"""What every version carries before its own columns; `known_to` follows when it is replaced."""

metadata = sa.MetaData()


def stored_columns(table: Table) -> tuple[str, ...]:
    """The columns of a record as stored, in order: those of model.records, then `currency` where money needs it."""
    names = [column.stored for column in table.columns]
    return (*names, "currency") if table.has_money and "currency" not in names else tuple(names)


def _table(name: str, *parts: Any, rowid: bool = True) -> sa.Table:
    return sa.Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def _text(name: str, *, null: bool = False, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=null, primary_key=key)


def _int(name: str, *, null: bool = False, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INT, nullable=null, primary_key=key)


def _number(name: str) -> sa.Column[Any]:
    """A key the database counts up itself."""
    return sa.Column(name, INT, primary_key=True, autoincrement=True)


def _record_table(table: Table) -> sa.Table:
    """The versions of one kind of record."""
    whole = {column.stored for column in table.columns if column.kind in _WHOLE}
    required = {column.stored for column in table.columns if column.required}
    if table.has_money and any(column.required and column.kind is Kind.MONEY for column in table.columns):
        required.add("currency")
    made = _table(
        table.name,
        _number("version_id"),
        *(_int(name) if name in ("raw_id", "run_id") else _text(name) for name in VERSION_COLUMNS),
        _text("known_to", null=True),
        *((_int if name in whole else _text)(name, null=name not in required) for name in stored_columns(table)),
    )
    current, past = made.c.known_to.is_(None), made.c.known_to.is_not(None)
    sa.Index(
        f"{table.name}_now",
        made.c.record_id,
        made.c.source,
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )
    sa.Index(f"{table.name}_past", made.c.record_id, made.c.source, sqlite_where=past, postgresql_where=past)
    sa.Index(f"{table.name}_ended", made.c.known_to, sqlite_where=past, postgresql_where=past)
    return made


RECORDS: Mapping[str, sa.Table] = {name: _record_table(table) for name, table in TABLES.items()}

# Lookups from a parent to its children, and from a line to the amendment that made it.
for _name, _column in (
    ("contract_lines", "contract_id"),
    ("estimates", "contract_id"),
    ("amendments", "contract_id"),
    ("amendments", "new_line_id"),
    ("schedules", "line_id"),
):
    _now = RECORDS[_name].c.known_to.is_(None)
    sa.Index(f"{_name}_{_column}", RECORDS[_name].c[_column], sqlite_where=_now, postgresql_where=_now)

DATA_VERSION = _table(
    "data_version", _int("id", key=True), _text("store_id"), _int("version"), _text("last_at")
)  # one row: which store this is, how often its data changed, and the last instant it was told anything

RAW = _table(
    "raw", _number("id"), _text("source"), _text("object"), _text("key"), _text("hash"), _text("place"), _text("link"),
    _text("payload"), _int("deleted"), _text("known_from"), _int("run_id"),
)  # fmt: skip

# The last reading of every vendor object: `hash` names its content, `records` the records it stands for (JSON).
ITEMS = _table(
    "items", _text("source", key=True), _text("object", key=True), _text("key", key=True), _text("hash"),
    _text("state"), _int("raw_id"), _text("place"), _text("records"), rowid=False,
)  # fmt: skip

RUNS = _table(
    "runs", _number("id"), _text("source"), _text("started_at"), _text("ended_at", null=True), _text("state"),
    _text("error"), _text("asked"),
)  # fmt: skip

RUN_OBJECTS = _table(
    "run_objects", _int("run_id", key=True), _text("object", key=True), _int("read"), _int("added"), _int("changed"),
    _int("unchanged"), _int("removed"), _int("rejected"), rowid=False,
)  # fmt: skip

CURSORS = _table(
    "cursors", _text("source", key=True), _text("object", key=True), _text("cursor"), _text("updated_at"),
    _int("run_id"), rowid=False,
)  # fmt: skip

# `slot` tells apart what one key has several of (the same id in two rows); `body` is what a retry settles anew; `who` and
# `why` are of the person by whom it was dismissed.
REJECTS = _table(
    "rejects", _number("id"), _text("source"), _text("object"), _text("key"), _text("slot"), _int("raw_id"),
    _text("hash"), _text("place"), _text("table_name"), _text("column_name"), _text("reason"), _text("remedy"),
    _text("body"), _int("first_run"), _int("last_run"), _text("first_at"), _text("last_at"),
    _text("resolved_at", null=True), _text("outcome", null=True), _text("who", null=True), _text("why", null=True),
)  # fmt: skip
_open = REJECTS.c.resolved_at.is_(None)
sa.Index(
    "rejects_open", REJECTS.c.source, REJECTS.c.object, REJECTS.c.key, REJECTS.c.slot,
    unique=True, sqlite_where=_open, postgresql_where=_open,
)  # fmt: skip

# What a reject waits for: the arrival, change or removal of a record, whichever source brings it.
WAITS = _table(
    "waits", _text("table_name", key=True), _text("record_id", key=True), _int("reject_id", key=True), rowid=False
)
sa.Index("waits_reject", WAITS.c.reject_id)

# The newest row of an old id says what it means now.
ALIASES = _table(
    "aliases", _text("source", key=True), _text("table_name", key=True), _text("old_id", key=True),
    _text("known_from", key=True), _text("new_id"), _int("run_id"), rowid=False,
)  # fmt: skip

LEASES = _table(
    "leases", _text("name", key=True), _text("holder"), _text("acquired_at"), _text("expires_at"), rowid=False
)

# What was done to a period, for ever: `action` is close or reopen, `at` the instant up to which facts were known. Each
# row's digest is over all it says and that of the row before, so that none can be changed, added or lost unnoticed.
PERIOD_EVENTS = _table(
    "period_events", _number("id"), _text("action"), _text("period"), _text("ends_on"), _text("at"), _text("who"),
    _text("why"), _text("checks"), _text("ledger"), _text("reading"), _text("figures"), _text("previous"),
    _text("digest"),
)  # fmt: skip

# What a person decided about two records of different systems: `decision` is "same", "apart", or "undone" (the rules
# decide again). Nothing is changed: the last row about a pair counts.
DECISIONS = _table(
    "decisions", _number("id"), _text("table_name"), _text("left_source"), _text("left_id"), _text("right_source"),
    _text("right_id"), _text("decision"), _text("rule"), _text("who"), _text("why"), _text("decided_at"),
)  # fmt: skip

# A listing of a whole object under way: the keys met so far (JSON), a row a page, so that a listing that was cut still
# knows at its end what is gone.
LISTED = _table(
    "listed", _text("source", key=True), _text("object", key=True), _int("part", key=True), _text("met"), rowid=False
)

# The last full reading of an object that is read by changes: how much no change had told of, and the first keys (JSON).
RECONCILES = _table(
    "reconciles", _text("source", key=True), _text("object", key=True), _text("at"), _int("run_id"), _int("added"),
    _int("changed"), _int("removed"), _text("met"), rowid=False,
)  # fmt: skip

# Tokens that a vendor renews, sealed: the key is in the environment or a keyring. `seed`: a mark of the refresh token
# that a person gave, `asked_at`: a renewal began and has not been told the end of.
TOKENS = _table(
    "tokens", _text("name", key=True), _text("sealed"), _text("seed"), _text("asked_at", null=True),
    _text("changed_at"), rowid=False,
)  # fmt: skip

# What the service does at its times: the last time each job began and how it ended. `failures`: in a row.
JOBS = _table(
    "jobs", _text("name", key=True), _text("started_at"), _text("ended_at", null=True), _text("state"),
    _text("error"), _int("failures"), _text("parked_until", null=True), rowid=False,
)  # fmt: skip

# What someone was, or is to be, told of and has not yet ended.
ALERTS = _table(
    "alerts", _text("name", key=True), _text("kind"), _text("since"), _text("text"), _text("told_at", null=True),
    rowid=False,
)  # fmt: skip

# Signals of the backlog that tripped, a row each time; `ended_at` empty: it still does.
SIGNALS = _table(
    "signals",
    _text("name", key=True),
    _text("since", key=True),
    _text("text"),
    _text("ended_at", null=True),
    rowid=False,
)

# Who may ask the server: the digest of a token that was shown once, its role, until when it counts.
ACCESS = _table(
    "access", _number("id"), _text("name"), _text("digest"), _text("role"), _text("created_at"),
    _text("expires_at", null=True), _text("revoked_at", null=True),
)  # fmt: skip
sa.Index("access_digest", ACCESS.c.digest, unique=True)

# The figures a close recorded, a row a contract; `digest` is of the row, `period_events.figures` of all of them.
CLOSED_FIGURES = _table(
    "closed_figures", _int("event_id", key=True), _text("customer_id", key=True), _text("contract_id", key=True),
    _text("currency", key=True), _int("contracted_minor"), _int("recognized_minor"), _int("backlog_minor"),
    _int("billed_minor"), _int("deferred_current_minor"), _int("deferred_noncurrent_minor"), _int("unbilled_minor"),
    _int("receivable_minor"), _text("digest"), rowid=False,
)  # fmt: skip

# How records were read into figures (JSON: policy, reporting currency, matching), from when on.
READINGS = _table("readings", _number("id"), _text("since"), _text("digest"), _text("reading"))

# Exceptions that someone has seen and stands for: `exception` names it, `what` says it in words.
ACKNOWLEDGEMENTS = _table(
    "acknowledgements", _number("id"), _text("exception"), _text("rule"), _text("what"), _text("at"), _text("who"),
    _text("why"),
)  # fmt: skip
sa.Index("acknowledgements_exception", ACKNOWLEDGEMENTS.c.exception)

# How many exceptions of a rule a source had, from when on; a row where the number changed.
QUALITY = _table(
    "quality", _number("id"), _text("at"), _text("source"), _text("rule"), _text("severity"), _int("count")
)  # fmt: skip
sa.Index("quality_source", QUALITY.c.source, QUALITY.c.rule)
