"""A pull, from the vendor's answers to normalized records in the store, against merely fetching and parsing the same answers,
against the least that leaves as much in the store (bench.least), and against dlt's rest_api source into SQLite.

Invoices of two lines each, in pages, from a server in a process of its own on this machine. The connector is the one that is
described in the configuration, as dlt's is. The server's own time does not count.

python -m bench.pulling [INVOICES]
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import sqlalchemy as sa

from bench.least import pulled_by_hand
from bench.measure import Line, ratio, table, told
from bench.places import RUNS, Spent
from cli.main import look_for_garbage_less_often
from connectors.rest import Rest
from store.connect import connect
from store.schema import ITEMS, RAW, RECORDS
from sync.run import pull

PAGE, COUNT = 100, 20_000
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_PAGING = {"style": "cursor", "send": "after", "read": "next"}
_OBJECTS = {
    "customers": {"path": "/customers", "rows": "data", "paging": _PAGING, "records": [
        {"table": "customers", "fields": {"customer_id": "id", "name": "name"}}]},
    "invoices": {"path": "/invoices", "rows": "data", "paging": _PAGING, "records": [
        {"table": "invoices", "fields": {"invoice_id": "id", "customer_id": "customer", "issued_on": "date",
                                         "currency": "currency", "status": "status", "number": "number"}},
        {"table": "invoice_lines", "each": "lines[]", "minor": ["amount"], "currency": "parent.currency",
         "fields": {"invoice_line_id": "id", "invoice_id": "parent.id", "amount": "amount", "description": "description"}},
    ]},
}  # fmt: skip


def lines(count: int = COUNT) -> list[Line]:
    """The rows of the table: medians of runs that take turns, of dlt one run, its libraries imported before."""
    ours, bare, least, theirs = Spent(), Spent(), Spent(), Spent()
    with tempfile.TemporaryDirectory(prefix="backlog-bench-") as name, _serving(count) as url:
        folder = Path(name)
        for turn in range(RUNS):
            with bare.more():
                _fetched(url)
            with ours.more():
                _pulled(f"sqlite:///{folder / str(turn)}.db", url, count)
            with least.more():
                pulled_by_hand(f"{folder / str(turn)}-least.db", url)
            assert _held(f"{folder / str(turn)}.db") == _held(f"{folder / str(turn)}-least.db"), "the two differ"
        with _serving(PAGE) as first:
            _by_dlt(folder / "first", first, PAGE)
        with theirs.more():
            _by_dlt(folder / "then", url, count)
    rate, against, clock = bare.processor / ours.processor, theirs.processor / ours.processor, theirs.clock / ours.clock
    return [
        Line(f"{count:,} invoices of two lines, {PAGE} a page, from the vendor's answers to records in the store",
             f"{told(ours.processor)}: {count / ours.processor:,.0f} invoices a second"),
        Line("the same answers merely fetched and parsed",
             f"{told(bare.processor)}: the pull runs at {rate:.2f}× the rate", *ratio(rate, least=0.5)),
        Line("as much left in the store by hand through sqlite3, nothing looked up or checked",
             f"{told(least.processor)}: {bare.processor / least.processor:.2f}× the rate of fetching and parsing; the pull takes "
             f"{ours.processor / least.processor:.1f}× as long"),
        Line("the same by dlt, rest_api into SQLite", f"{told(theirs.processor)}: the pull runs at {against:.1f}× the rate, "
             f"{clock:.1f}× by the clock", *ratio(against, least=8)),
    ]  # fmt: skip


def _pulled(store: str, url: str, count: int) -> None:
    engine, connector = connect(store), Rest("billing", {"base_url": url, "auth": {"kind": "none"}, "objects": _OBJECTS,
                                                      "requests_per_second": 10_000})  # fmt: skip
    result = pull(engine, connector, now=NOW)
    connector.close()
    engine.dispose()
    assert result.error is None, result.error
    assert result.counts["invoices"].added == count


def _held(path: str) -> list[Any]:
    """What a pull of invoices leaves, but for digests, numbers and times: payloads, items and records."""
    apart = {"hash", "row_hash", "run_id", "known_from", "id", "raw_id", "version_id"}
    found = []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for each in (RAW, ITEMS, RECORDS["invoices"], RECORDS["invoice_lines"]):
            names = [column.name for column in each.columns if column.name not in apart]
            of = "object" if "object" in names else "origin_object"
            asked = f"SELECT {', '.join(names)} FROM {each.name} WHERE {of} = 'invoices' ORDER BY 1, 2, 3"  # noqa: S608
            found.append(connection.execute(asked).fetchall())
    return found


def _fetched(url: str) -> None:
    with httpx.Client(base_url=url) as client:
        after = ""
        while after is not None:
            after = client.get("/invoices", params={"after": after} if after else {}).json()["next"]


def _by_dlt(folder: Path, url: str, count: int) -> None:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # before it is imported
    import dlt
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source({
        "client": {"base_url": url, "paginator": {"type": "cursor", "cursor_path": "next", "cursor_param": "after"}},
        "resources": [{"name": "invoices", "endpoint": {"path": "invoices", "data_selector": "data"}}],
    })  # fmt: skip
    folder.mkdir()
    where = f"sqlite:///{folder / 'dlt.db'}"
    pipeline = dlt.pipeline(
        "backlog_bench",
        destination=dlt.destinations.sqlalchemy(where),
        dataset_name="main",
        pipelines_dir=str(folder / "dlt"),
    )
    pipeline.run(source)
    with sa.create_engine(where).connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM invoices__lines")).scalar() == 2 * count


@contextlib.contextmanager
def _serving(count: int) -> Iterator[str]:
    words = [sys.executable, "-m", "bench.pulling", "--serve", str(count)]
    with subprocess.Popen(words, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        try:
            yield job.stdout.readline().strip()
        finally:
            job.terminate()


def _invoice(n: int) -> dict[str, Any]:
    """As vendors send them: of many fields, most of which nobody asks for."""
    key, amount = f"in_{n:08}", n % 999_900 + 100
    sides = [
        {"id": f"{key}_{side}", "amount": amount, "description": f"Service {n % 12}", "quantity": 1,
         **{f"detail_{m}": f"{key}-{m}" if m % 3 else n + m for m in range(16)}}
        for side in (1, 2)
    ]  # fmt: skip
    return {"id": key, "customer": "C1", "date": "2026-01-31", "currency": "USD", "status": "open", "number": f"{n}",
            "total": 2 * amount, "lines": sides, **{f"field_{m}": f"{key}/{m}" if m % 3 else m for m in range(28)}}  # fmt: skip


class _Answers(BaseHTTPRequestHandler):
    """Pages made beforehand."""

    protocol_version = "HTTP/1.1"
    pages: ClassVar[dict[tuple[str, str], bytes]] = {}

    def do_GET(self) -> None:
        """Answers with a page."""
        asked = urlsplit(self.path)
        body = self.pages[asked.path, parse_qs(asked.query).get("after", [""])[0]]
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _serve(count: int) -> None:
    pages = _Answers.pages
    pages["/customers", ""] = json.dumps({"data": [{"id": "C1", "name": "Acme"}], "next": None}).encode()
    for start in range(0, count, PAGE):
        end = min(start + PAGE, count)
        said = {"data": [_invoice(n) for n in range(start, end)], "next": str(end) if end < count else None}
        pages["/invoices", str(start or "")] = json.dumps(said).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        _serve(int(sys.argv[2]))
    else:
        look_for_garbage_less_often()
        print(table(lines(*map(int, sys.argv[1:]))))
