"""The least a pull can do: what a page of invoices leaves in the store, written by hand through sqlite3.

Nothing is looked up, checked or counted: every payload is new and every value is as it should be. What remains is the asking,
the decoding, one payload kept with its digest, and the rows. No pull that keeps as much is quicker.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

import httpx
import msgspec

from store.connect import connect
from store.schema import ITEMS, RAW, RECORDS

_AT = "2026-11-01T00:00:00.000000Z"
_SOURCE, _OBJECT, _RUN = "billing", "invoices", 1
Rows = dict[str, list[tuple[Any, ...]]]


def pulled_by_hand(path: str, url: str) -> None:
    """The invoices of the server, in a store of the usual form."""
    connect(f"sqlite:///{path}").dispose()
    columns = {
        "raw": [c.name for c in RAW.columns],
        "items": [c.name for c in ITEMS.columns],
        **{
            name: [c.name for c in RECORDS[name].columns if c.name not in ("version_id", "known_to")]
            for name in ("invoices", "invoice_lines")
        },
    }
    insert = {
        name: f"INSERT INTO {name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
        for name, names in columns.items()
    }
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-200000", "wal_autocheckpoint=20000"):
        connection.execute(f"PRAGMA {pragma}")
    number = 0
    for said in _pages(url):
        rows = _rows(said, number, {name: len(names) for name, names in columns.items()})
        number += len(said)
        connection.execute("BEGIN IMMEDIATE")
        for name, each in rows.items():
            connection.executemany(insert[name], each)
        connection.execute("COMMIT")
    connection.close()


def _pages(url: str) -> Any:
    decode, after = msgspec.json.Decoder().decode, ""
    with httpx.Client(base_url=url) as client:
        while after is not None:
            body = decode(client.get("/invoices", params={"after": after} if after else {}).content)
            after = body["next"]
            yield body["data"]


def _rows(said: list[dict[str, Any]], number: int, widths: dict[str, int]) -> Rows:
    encode = msgspec.json.Encoder().encode
    rows: Rows = {name: [] for name in widths}
    blank = {name: (None,) * width for name, width in widths.items()}
    for number, invoice in enumerate(said, number + 1):  # noqa: B020 (it goes on)
        key, currency = invoice["id"], invoice["currency"]
        place, text = f"{_OBJECT} {key}", encode(invoice)
        digest = hashlib.blake2b(text, digest_size=16).hexdigest()
        rows["raw"].append((number, _SOURCE, _OBJECT, key, digest, place, "", text.decode(), 0, _AT, _RUN))
        known = (_OBJECT, key, number, _RUN, digest, _AT)
        row = (_SOURCE, key, *known, key, invoice["customer"], invoice["date"], currency, invoice["status"], None,
               invoice["number"])  # fmt: skip
        rows["invoices"].append(row + blank["invoices"][len(row) :])
        sides = []
        for line in invoice["lines"]:
            side = line["id"]
            row = (_SOURCE, side, *known, side, key, line["amount"], None, line["description"])
            rows["invoice_lines"].append((*row, *blank["invoice_lines"][len(row) + 1 :], currency))
            sides.append(f'"{side}"')
        records = f'{{"invoice_lines":[{",".join(sides)}],"invoices":["{key}"]}}'
        rows["items"].append((_SOURCE, _OBJECT, key, digest, "loaded", number, place, records))
    return rows
