"""A tap that others publish (tap-rest-api, see tests/others.txt), run as a program of its own against an API on loopback."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import others
import pytest
from vendors.shop import ShopServer

from connectors.singer import Singer
from store.connect import connect
from store.read import facts
from sync.run import RunResult, pull

PROGRAM = others.program("tap-rest-api")
pytestmark = pytest.mark.tool(PROGRAM)
TOKEN = "shop-token-0815-4711"
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TYPES = {
    "customers": {"id": "string", "name": "string", "updated_at": "string"},
    "payments": {
        "id": "string", "customer": "object", "day": "string", "currency": "string", "total": "number", "updated_at": "string",
    },
}  # fmt: skip
STREAMS = {
    "customers": {"table": "customers", "key": "id", "fields": {"customer_id": "id", "name": "name"}},
    "payments": {
        "table": "payments", "key": "id",
        "fields": {"payment_id": "id", "customer_id": "customer.id", "received_on": "day", "currency": "currency",
                   "amount": "total"},
    },
}  # fmt: skip


def payment(number: int) -> dict[str, Any]:
    return {
        "id": f"p{number}", "customer": {"id": f"c{number % 2 + 1}"}, "day": "2026-01-05", "currency": "usd",
        "total": number + 0.07, "updated_at": f"2026-02-01T10:00:{number:02}Z",
    }  # fmt: skip


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    names = [{"id": f"c{n}", "name": f"Ærø {n} 東京", "updated_at": f"2026-02-01T10:00:0{n}Z"} for n in (1, 2)]
    tables = {"customers": names, "payments": [payment(number) for number in range(1, 9)]}
    with ShopServer(tables, token=TOKEN, style="page", clock=NOW.timestamp) as server:
        yield server


def tap(folder: Path, shop: ShopServer, token: str = TOKEN, streams_read: Any = STREAMS) -> Singer:
    """The connector, with what this tap wants: its settings, a catalog, and a schema of each stream in a file."""
    streams = []
    for name, types in TYPES.items():
        schema = {"type": "object", "properties": {key: {"type": ["null", each]} for key, each in types.items()}}
        (folder / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
        streams.append({"stream": name, "tap_stream_id": name, "schema": {**schema, "selected": True},
                        "key_properties": ["id"]})  # fmt: skip
    asked = f"{shop.url}/{{}}?page={{{{current_page_one_base}}}}&updated_since={{{{start_datetime}}}}"
    settings = {
        "streams": ",".join(TYPES), "url": shop.url, "urls": {name: asked.format(name) for name in TYPES},
        "record_list_level": "data[*]", "items_per_page": 3, "filter_by_schema": False, "schema_dir": str(folder),
        "datetime_key": "updated_at", "start_datetime": "2026-01-01T00:00:00Z",
        "end_datetime": "2027-01-01T00:00:00Z", "http_headers": {"Authorization": f"Bearer {token}"},
    }  # fmt: skip
    files = {"settings_file": folder / "tap.json", "catalog_file": folder / "catalog.json"}
    files["settings_file"].write_text(json.dumps(settings), encoding="utf-8")
    files["catalog_file"].write_text(json.dumps({"streams": streams}), encoding="utf-8")
    given = {"command": [PROGRAM], "streams": streams_read, **{key: str(file) for key, file in files.items()}}
    return Singer("legacy", given)


def told(report: RunResult) -> tuple[int, int, int, int]:
    counts = report.counts["streams"]
    return counts.added, counts.changed, counts.unchanged, counts.rejected


def test_a_published_tap_fills_the_store_and_goes_on_where_it_stopped(tmp_path: Path, shop: ShopServer) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'store.db'}")
    first = pull(engine, tap(tmp_path, shop), now=NOW)
    assert (first.error, told(first)) == (None, (10, 0, 0, 0))
    # 1.07 + 2.07 + … + 8.07 = 36.56, to the cent, though the tap writes them as numbers.
    assert facts(engine)["payments"]["amount_minor"].sum() == 36_56
    shop.update("payments", "p2", total=99.01)
    shop.add("payments", payment(9))
    before = len(shop.requests)
    second = pull(engine, tap(tmp_path, shop), now=NOW + dt.timedelta(hours=1))
    assert (second.error, told(second)[:2]) == (None, (1, 1))
    assert all(each.one("updated_since").startswith("2026-02-01T10:00:0") for each in shop.requests[before:])
    engine.dispose()


def test_a_check_compares_fields_with_the_schema_that_a_tap_tells(tmp_path: Path, shop: ShopServer) -> None:
    misspelt = {"customers": {**STREAMS["customers"], "fields": {"customer_id": "id", "name": "nmae"}}}
    told = {check.object: check for check in tap(tmp_path, shop, streams_read=misspelt).check(NOW)}
    assert told["streams"].ok
    assert told["fields of customers"].detail == (
        "customers.name = 'nmae': the vendor has no such field (did you mean 'name'?)"
    )


def test_a_published_tap_that_is_refused_says_why_without_its_token(tmp_path: Path, shop: ShopServer) -> None:
    (check,) = tap(tmp_path, shop, token="revoked-token-4711").check(NOW)
    assert not check.ok
    assert "401" in check.detail
    assert "revoked-token-4711" not in check.detail
