"""A bulk upsert takes at most 1.2 times as long as the same statements by hand through sqlite3, with an equal result.

Items arrive in pages: all of them new, then all of them again with a fifth changed. Each brings a payload, a version of a
record and the state of its item; what is replaced is ended.

    python -m bench.bulk_upsert [ITEMS]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import sys
from typing import Any

import sqlalchemy as sa

from bench.measure import Line, ratio, table, told
from bench.places import RUNS, Spent, places
from store.connect import connect
from store.schema import ITEMS, RAW, RECORDS
from store.write import ItemState, page_transaction

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
AT = "2026-11-01T00:00:00.000000Z"
PAGE = 10_000
LINES = [c.name for c in RECORDS["invoice_lines"].columns if c.name not in ("version_id", "known_to")]

Offer = tuple[str, str, str, tuple[Any, ...]]
"""An item: its key, what names its content, its payload, and the row it stands for."""


def offered(items: int, version: int) -> list[Offer]:
    made = []
    for n in range(items):
        turn = version if n % 5 == 0 else 0
        key, amount = f"il_{n:09}", n * 7 + turn
        row = (key, f"in_{n // 2:08}", amount, f"si_{n % 5000}", f"Service {n % 12}", None, "2026-01-01", "2026-12-31",
               "USD")  # fmt: skip
        made.append((key, f"{n:024x}{turn:08x}", f'{{"id": "{key}", "amount": {amount}, "note": "{"x" * 200}"}}', row))
    return made


def by_the_store(engine: sa.Engine, items: list[Offer], run: int) -> None:
    for start in range(0, len(items), PAGE):
        page = items[start : start + PAGE]
        with page_transaction(engine, run, NOW) as writer:
            known = writer.items("billing", "lines", [item[0] for item in page])
            changed = [item for item in page if item[0] not in known or known[item[0]].hash != item[1]]
            standing = writer.standing("billing", "invoice_lines", [item[0] for item in changed])
            for key, content, payload, row in changed:
                raw_id = writer.add_raw("billing", "lines", key, content, key, "", payload)
                if key in standing:
                    writer.close_version("invoice_lines", standing[key].version_id)
                writer.open_version("billing", "invoice_lines", "lines", key, key, raw_id, content, row)
                state = ItemState(key, content, "loaded", raw_id, key, "{}")
                writer.put_item("billing", "lines", state, known=key in known)


def by_hand(path: str, items: list[Offer], run: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-200000", "wal_autocheckpoint=20000"):
        connection.execute(f"PRAGMA {pragma}")
    insert = {
        name: f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        for name, names in (
            ("raw", [c.name for c in RAW.columns]),
            ("invoice_lines", LINES),
            ("items", [c.name for c in ITEMS.columns]),
        )
    }
    for start in range(0, len(items), PAGE):
        page = items[start : start + PAGE]
        connection.execute("BEGIN IMMEDIATE")
        marks = ", ".join("?" * len(page))
        mine = f"source = 'billing' AND object = 'lines' AND key IN ({marks})"
        keys = [item[0] for item in page]
        known = dict(connection.execute(f"SELECT key, hash FROM items WHERE {mine}", keys))  # noqa: S608
        first = (connection.execute("SELECT max(id) FROM raw").fetchone()[0] or 0) + 1
        changed = list(enumerate((item for item in page if known.get(item[0]) != item[1]), first))
        connection.executemany(
            insert["raw"],
            [(n, "billing", "lines", i[0], i[1], i[0], "", i[2], 0, AT, run) for n, i in changed],
        )
        connection.executemany(
            "UPDATE invoice_lines SET known_to = ? WHERE record_id = ? AND source = 'billing' AND known_to IS NULL",
            [(AT, i[0]) for _, i in changed if i[0] in known],
        )
        connection.executemany(
            insert["invoice_lines"],
            [("billing", i[0], "lines", i[0], n, run, i[1], AT, *i[3]) for n, i in changed],
        )
        connection.executemany(
            f"{insert['items']} ON CONFLICT (source, object, key) DO UPDATE SET hash = excluded.hash, "
            "state = excluded.state, raw_id = excluded.raw_id",
            [("billing", "lines", i[0], i[1], "loaded", n, i[0], "{}") for n, i in changed],
        )
        connection.execute("UPDATE data_version SET version = version + 1, last_at = ?", (AT,))
        connection.execute("COMMIT")
    connection.close()


def held(path: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3").fetchall()  # noqa: S608
            for name in ("raw", "invoice_lines", "items")
        ]


def lines(count: int = 60_000) -> list[Line]:
    """The rows of the table."""
    versions = [offered(count, version) for version in (0, 1)]
    rows = count * 3 + count // 5 * 4
    store, hand, server = Spent(), Spent(), Spent()
    with places() as kinds:
        for attempt in range(RUNS):
            engine, by = connect(kinds["sqlite"](f"store{attempt}")), kinds["sqlite"](f"hand{attempt}")
            connect(by).dispose()
            with store.more():
                for run, items in enumerate(versions):
                    by_the_store(engine, items, run)
            with hand.more():
                for run, items in enumerate(versions):
                    by_hand(by.removeprefix("sqlite:///"), items, run)
            engine.dispose()
            if attempt == 0:
                assert held(str(engine.url.database)) == held(by.removeprefix("sqlite:///")), "the two differ"
            if "postgresql" in kinds:
                other = connect(kinds["postgresql"](f"store{attempt}"))
                with server.more():
                    for run, items in enumerate(versions):
                        by_the_store(other, items, run)
                other.dispose()
    ours, theirs = store.processor, hand.processor
    found = [
        Line(f"Bulk upsert, SQLite: {count:,} items with payload and record, then again with a fifth changed",
             f"{told(ours)} ({rows / ours:,.0f} rows a second): {ours / theirs:.2f}× the statements by hand through sqlite3 "
             f"({told(theirs)})", *ratio(ours / theirs, most=1.2)),
    ]  # fmt: skip
    if server.clocks:
        words = f"{told(server.clock)} ({rows / server.clock:,.0f} rows a second)"
        found.append(Line("the same, PostgreSQL, by the clock", words))
    return found


if __name__ == "__main__":
    print(table(lines(*map(int, sys.argv[1:]))))
