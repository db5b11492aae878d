"""The configured connector, against a simulated API: the contract every connector keeps, and its configuration."""

import datetime as dt
import gc
from collections import deque
from typing import Any

import jmespath
import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendors.shop import ShopServer

from connectors.kit.connector import Pull
from connectors.rest import Rest
from connectors.rest.described import Described
from connectors.rest.reader import Reader
from demo.vendors.exchange import Reply
from demo.vendors.server import VendorServer
from model.errors import ConfigNeeded
from model.money import Money

TOKEN = "shop-token-0815"
MANY = 100_000
TIE = "2026-02-01T10:00:00Z"
PAGING: dict[str, dict[str, Any]] = {
    "cursor": {"style": "cursor", "send": "after", "read": "next"},
    "offset": {"style": "offset", "send": "offset", "size": 3},
    "page": {"style": "page", "send": "page", "size": 3},
    "link": {"style": "link", "read": "next"},
    "after_id": {"style": "after_id", "send": "after", "read": "more"},
}


def order(key: int, **more: Any) -> dict[str, Any]:
    items = [
        {"id": f"o{key}-1", "cents": 120_050, "name": "Größe 契約"},
        {"id": f"o{key}-2", "cents": -50, "name": "off"},
    ]
    return {"id": f"o{key}", "customer": {"id": "c1"}, "state": "placed", "currency": "usd", "items": items,
            "placed_at": 1_767_571_200, "from": "2026-02-01", "to": "2027-01-31", "updated_at": TIE, **more}  # fmt: skip


def shop() -> dict[str, list[dict[str, Any]]]:
    return {
        "customers": [{"id": f"c{n}", "name": f"Ærø {n} 東京", "updated_at": TIE} for n in range(1, 8)],
        "orders": [*(order(n) for n in range(1, 8)), order(8, deleted_at="2026-01-01")],
    }


def objects(style: str = "cursor") -> dict[str, Any]:
    listed = {"rows": "data", "paging": PAGING[style], "changed": {"send": "updated_since"}, "deleted": "deleted_at"}
    contract = {
        "table": "contracts", "words": {"status": {"placed": "signed"}}, "unix": ["signed_on"],
        "fields": {"contract_id": "id", "customer_id": "customer.id", "status": "state", "currency": "currency",
                   "signed_on": "placed_at", "start_on": '"from"', "end_on": "to"},
    }  # fmt: skip
    line = {
        "table": "contract_lines", "each": "items[]", "minor": ["amount"], "currency": "parent.currency",
        "fields": {"line_id": "id", "contract_id": "parent.id", "amount": "cents", "description": "name"},
    }  # fmt: skip
    party = {"table": "customers", "fields": {"customer_id": "id", "name": "name"}}
    return {"customers": {"path": "/customers", **listed, "keeps": True, "records": [party]},
            "orders": {"path": "/orders", **listed, "records": [contract, line]}}  # fmt: skip


SHOP = Simulation(
    Rest, ShopServer, shop, ("api_key", TOKEN), serving={"token": TOKEN},
    options={"auth": {"kind": "bearer"}, "objects": objects()},
)  # fmt: skip


class TestRest(ConnectorContract):
    simulation = SHOP
    expected = {"customers": {f"c{n}" for n in range(1, 8)}, "orders": {f"o{n}" for n in range(1, 8)}}
    changes = Edit("customers", "c3", {"name": "Renamed Ltd"})
    removes = Edit("orders", "o4")

    def test_a_check_finds_a_misspelt_field(self, vendor: VendorServer) -> None:
        told = objects()
        told["orders"]["records"][1]["fields"]["description"] = "nmae"
        connector = self.connect(vendor, objects=told)
        checks = {check.object: check for check in connector.check(NOW)}
        connector.close()
        assert checks["fields of contract_lines"].detail.startswith(
            "nothing in the records read (6) for: description. Correct"
        )
        assert checks["fields of customers"].ok


@pytest.mark.parametrize("style", sorted(PAGING))
def test_every_way_of_turning_pages(style: str) -> None:
    with SHOP.serve(style=style) as server:
        connector = SHOP.connect(server, objects=objects(style))
        store = Store()
        store.take(connector)
        connector.close()
    assert store.keys("orders") == {f"o{n}" for n in range(1, 8)}


def test_a_record_becomes_rows_by_the_configuration() -> None:
    with SHOP.serve() as server:
        connector = SHOP.connect(server, timezone="America/New_York")
        store = Store()
        store.take(connector)
        connector.close()
    contract, first, second = (dict(row.values) for row in store.items["orders", "o1"].rows)
    # 1 767 571 200 is the midnight UTC of 5 January 2026: still the 4th in New York.
    assert (contract["status"], contract["currency"], contract["signed_on"]) == ("signed", "USD", dt.date(2026, 1, 4))
    assert (first["amount"], second["amount"]) == (Money(120_050, "USD"), Money(-50, "USD"))
    assert first["contract_id"] == "o1"


@pytest.mark.parametrize("path", ["a", "a.b", "a.b.c", '"from"', '"x y"', "l.a", "z.q", "a.gone", 'a."b".c', "l[].a"])
def test_a_path_finds_what_jmespath_finds(path: str) -> None:
    find = Described("shop").compiled(path, "fields")
    deep = {"a": {"b": {"c": 1}}, "from": 2, "x y": 3, "l": [{"a": 4}], "z": None}
    for payload in (deep, {"a": "text"}, {"a": [1]}, {}, None, 5, "text"):
        assert find(payload) == jmespath.search(path, payload)


@pytest.mark.parametrize(
    "path", ["id", "parent", "parent.id", "parent.to.id", "a.b", '"x y"', "parent.l[0].a", "l[].a"]
)
def test_a_path_in_a_row_finds_what_jmespath_finds(path: str) -> None:
    seek = Described("shop").in_row(path, "fields")
    payload = {"id": "o1", "to": {"id": 2}, "l": [{"a": 3}], "parent": "not it"}
    for own in ({"id": "l1", "a": {"b": 4}, "x y": 5, "l": [{"a": 6}], "parent": "nor this"}, {"value": 7}, {}):
        assert seek(own, payload) == jmespath.search(path, {**own, "parent": payload})


@pytest.mark.parametrize("path", ["l[]", "a.l[]", "l[?a]", "l", '"l"[]'])
@pytest.mark.parametrize(
    "rows", [[{"a": 1}, {"a": 2}], [[{"a": 1}], {"a": 2}], [{"a": 1}, None, 5], [], {"a": 1}, "text", None]
)
def test_rows_are_what_jmespath_finds(path: str, rows: Any) -> None:
    find = Described("shop").several(path, "each")
    for payload in ({"l": rows, "a": {"l": rows}}, {}):
        assert find(payload) == jmespath.search(path, payload)


def test_a_word_may_stand_for_nothing_and_nothing_for_a_word() -> None:
    told = {"table": "contracts", "fields": {"contract_id": "id", "status": "state", "owner": "owner"},
            "words": {"status": {"": "draft", "won": "signed"}, "owner": {"nobody": ""}}}  # fmt: skip
    reader = Reader(Described("shop").meaning(told, "records"), dt.UTC, "")
    rows = [
        next(iter(reader.rows({"id": 1, "state": state, "owner": "nobody"}))).values
        for state in ("", "won", "lost", None)
    ]
    assert [row.get("status") for row in rows] == ["draft", "signed", "lost", None]
    assert not any("owner" in row for row in rows)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"pathh": "/x"}, "'pathh' is not known .did you mean 'path'"),
        ({"paging": {"style": "cursors"}}, "'cursors' is not known .did you mean 'cursor'"),
        ({"paging": {"style": "cursor", "send": "after"}}, "needs 'read'"),
        ({"rows": "data["}, "is no JMESPath"),
        ({"records": [{"table": "contract", "fields": {}}]}, "did you mean 'contracts'"),
        ({"records": [{"table": "contracts", "fields": {"signed": "x"}}]}, "did you mean 'signed_on'"),
        ({"records": []}, "needs 'records'"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(change: dict[str, Any], text: str) -> None:
    told = objects()
    told["orders"] = {**told["orders"], **change}
    with pytest.raises(ConfigNeeded, match=text):
        Rest("shop", {"base_url": "http://127.0.0.1:9", "api_key": TOKEN, "objects": told})


def test_a_secret_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigNeeded, match=r"backlog secrets set shop\.api_key"):
        Rest("shop", {"base_url": "http://127.0.0.1:9", "auth": {"kind": "bearer"}, "objects": objects()})


def test_an_amount_that_cannot_be_read_is_a_reject_with_its_column() -> None:
    tables = shop()
    tables["orders"] = [order(1, currency=None), order(2)]
    with ShopServer(tables, token=TOKEN) as server:
        connector = SHOP.connect(server)
        store = Store()
        store.take(connector)
        connector.close()
    (problem,) = store.items["orders", "o1"].problems
    assert "has no currency" in str(problem)
    assert store.items["orders", "o2"].problems == ()


class ManyOrders(ShopServer):
    """A hundred thousand customers, made as they are asked for, so that the server keeps none of them."""

    def answer(self, request: Any) -> Any:
        start = int(request.one("after") or 0)
        told = [{"id": f"c{n}", "name": f"Customer {n}", "updated_at": TIE} for n in range(start, start + 1_000)]
        return Reply(200, {"data": told, "next": str(start + 1_000) if start + 1_000 < MANY else None})


def test_memory_stays_flat_over_a_hundred_thousand_records() -> None:
    """What is held after the last page is no more than after the first ten: a record kept would be a hundred thousand."""
    held: list[int] = []
    with ManyOrders({}, token=TOKEN) as server:
        server.requests = deque(maxlen=1)  # type: ignore[assignment]
        connector = SHOP.connect(server, objects={"customers": objects()["customers"]})
        count = 0
        for page in connector.pull("customers", Pull(None, NOW)):
            count += len(page.items)
            if count in (10_000, MANY):
                gc.collect()
                held.append(len(gc.get_objects()))
        connector.close()
    assert count == MANY
    assert held[1] - held[0] < 9_000
