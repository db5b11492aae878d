"""HubSpot, against the simulated vendor: the contract every connector keeps, and what is HubSpot's own."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from contract import ConnectorContract
from simulation import NOW, Edit, Simulation, Store
from vendor_data import hubspot

from connectors.hubspot import HubSpot
from connectors.hubspot import reading as module
from connectors.kit.connector import Pull
from demo.vendors import hubspot_search
from demo.vendors.exchange import Reply, Request
from demo.vendors.hubspot import HubSpotServer
from model.errors import ConfigNeeded, RetryLater

TOKEN = "pat-eu1-contract"
STAGES = [
    ("appointmentscheduled", "Appointment", "false", "0.2"), ("closedwon", "Closed won", "true", "1.0"),
    ("987654", "Renewal signed", "true", "1.0"), ("closedlost", "Closed lost", "true", "0.0"),
]  # fmt: skip


def pipelines() -> list[dict[str, Any]]:
    stages = [
        {"id": key, "label": label, "metadata": {"isClosed": closed, "probability": probability}}
        for key, label, closed, probability in STAGES
    ]
    return [{"id": "default", "label": "Sales", "stages": stages}]


def won(key: str, **properties: Any) -> dict[str, Any]:
    """A won deal. All are changed in the same millisecond, so that ties fall on every page's edge."""
    given = {
        "dealname": f"Deal {key}", "dealstage": "closedwon", "pipeline": "default", "amount": "1200.00",
        "closedate": "2026-01-05T10:00:00.000Z", "deal_currency_code": "USD", **properties,
    }  # fmt: skip
    return hubspot(key, **given)


def recurring(key: str, **properties: Any) -> dict[str, Any]:
    given = {
        "name": f"Item {key}", "quantity": "1", "price": "100.00", "amount": "100.00",
        "recurringbillingfrequency": "monthly", "hs_recurring_billing_period": "P12M",
        "hs_recurring_billing_start_date": "2026-02-01", **properties,
    }  # fmt: skip
    return hubspot(key, **given)


def account() -> dict[str, Any]:
    """Seven won deals of one company with a line item each, an open one and an archived one."""
    deals = [won(str(n)) for n in range(101, 108)]
    archived = {**won("99"), "archived": True, "archivedAt": "2026-02-01T00:00:00.000Z"}
    return {
        "companies": [hubspot("11", name="Ærø Café", domain="aeroe.example"), hubspot("12", name="東京")],
        "products": [hubspot("21", name="Platform")],
        "deals": [*deals, won("108", dealstage="appointmentscheduled"), archived],
        "line_items": [recurring(f"{n}0") for n in range(101, 108)],
        "associations": [
            *(("deals", str(n), "companies", "11") for n in range(101, 109)),
            *(("deals", str(n), "line_items", f"{n}0") for n in range(101, 108)),
        ],
        "pipelines": pipelines(),
    }


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEARCHES", 5_000)
    monkeypatch.setattr(module, "PAGE", {"list": 3, "search": 3, "batch": 2, "associations": 2})


HUBSPOT = Simulation(HubSpot, HubSpotServer, account, ("access_token", TOKEN), serving={"token": TOKEN})


class TestHubSpot(ConnectorContract):
    simulation = HUBSPOT
    rejects = {"deals": 1}  # the open deal states no days
    expected = {
        "companies": {"11", "12"}, "products": {"21"}, "deals": {str(n) for n in range(101, 109)},
    }  # fmt: skip
    changes = Edit("deals", "103", {"dealname": "Renamed"})

    def remove(self, server: Any) -> tuple[str, str]:
        server.archive("deals", "104")
        return "deals", "104"

    def vanish(self, server: Any) -> tuple[str, str]:
        del server.objects["deals"]["104"]
        return "deals", "104"


@pytest.fixture
def server() -> Iterator[HubSpotServer]:
    with HubSpotServer(account(), token=TOKEN, clock=lambda: NOW.timestamp() + 60) as server:
        yield server


@pytest.fixture
def crm(server: HubSpotServer) -> Iterator[HubSpot]:
    connector = HUBSPOT.connect(server)
    yield connector
    connector.close()


def soon(minutes: int = 10) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def test_an_open_deal_is_a_proposal(crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    (contract,) = store.rows("contracts", "deals", "108")
    assert contract["status"] == "proposal"


def test_a_stage_that_is_closed_and_won_is_a_commitment_whatever_its_id(server: HubSpotServer, crm: HubSpot) -> None:
    server.update("deals", "101", dealstage="987654")
    store = Store()
    store.take(crm)
    (contract,) = store.rows("contracts", "deals", "101")
    assert (contract["status"], contract["signed_on"]) == ("signed", dt.date(2026, 1, 5))


def test_stages_are_configured_by_label_or_id(server: HubSpotServer) -> None:
    connector = HUBSPOT.connect(server, stages={"Appointment": "verbal", "closedwon": "confirmed"})
    store = Store()
    store.take(connector)
    connector.close()
    assert {store.rows("contracts", "deals", key)[0]["status"] for key in ("101", "108")} == {"verbal", "confirmed"}


def test_a_stage_the_account_does_not_have_is_told(server: HubSpotServer) -> None:
    connector = HUBSPOT.connect(server, stages={"closedwonn": "signed"})
    with pytest.raises(ConfigNeeded, match="did you mean 'closedwon'"):
        Store().take(connector)
    connector.close()


def test_a_status_that_does_not_exist_is_told() -> None:
    with pytest.raises(ConfigNeeded, match="did you mean 'signed'"):
        HubSpot("crm", {"access_token": TOKEN, "stages": {"closedwon": "sigend"}})


def test_a_search_that_shows_less_than_there_is_loses_nothing(
    server: HubSpotServer, crm: HubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine deals share a millisecond, and a search shows six."""
    monkeypatch.setattr(module, "SHOWN", 6)
    monkeypatch.setattr(hubspot_search, "CAP", 6)
    store = Store()
    store.take(crm)
    for key in range(101, 109):
        server.update("deals", str(key), hs_lastmodifieddate="2026-03-01T12:05:00.000Z", dealname="Changed together")
    server.create("deals", "140", dealname="Last", dealstage="closedlost")
    server.update("deals", "140", hs_lastmodifieddate="2026-03-01T12:06:00.000Z")
    store.read.clear()
    store.take(crm, soon())
    read = [key for name, key in store.read if name == "deals"]
    assert sorted(read) == sorted([*(str(n) for n in range(101, 109)), "140"])


def test_a_changed_line_item_changes_its_deal(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    server.update("line_items", "1040", amount="150.00")
    store.take(crm, soon())
    (line,) = store.rows("contract_lines", "deals", "104")
    assert line["amount"].minor == 12 * 150_00


def test_an_archived_deal_is_a_tombstone_and_comes_back(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    server.archive("deals", "105")
    store.take(crm, soon())
    assert store.items["deals", "105"].deleted
    server.restore("deals", "105")
    store.take(crm, soon(20))
    assert not store.items["deals", "105"].deleted


def test_merged_deals_are_one(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    server.merge("deals", "101", "102")
    store.take(crm, soon())
    assert store.items["deals", "102"].deleted
    assert store.items["deals", "101"].aliases == [("contracts", "102", "101")]
    assert {row["line_id"] for row in store.rows("contract_lines", "deals", "101")} == {"1010", "1020"}


def test_merged_companies_are_one(server: HubSpotServer, crm: HubSpot) -> None:
    server.merge("companies", "11", "12")
    store = Store()
    store.take(crm)
    assert store.items["companies", "11"].aliases == [("customers", "12", "11")]


def test_a_deal_that_is_purged_is_missed_by_the_next_whole_listing(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    server.purge("deals", "106")
    store.take(crm, NOW + dt.timedelta(days=8))
    assert ("deals", "106") in store.gone


def test_a_change_that_search_finds_late_is_met_by_the_overlap(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    moments = [NOW.timestamp() + 60]
    server.clock = lambda: moments[0]
    server.search_lag = 300
    server.update("deals", "103", dealname="Late")
    store.take(crm, soon(2))
    assert store.rows("contracts", "deals", "103")[0]["number"] == "Deal 103"
    moments[0] += 400
    store.take(crm, soon(9))
    assert store.rows("contracts", "deals", "103")[0]["number"] == "Late"


def test_fields_are_read_from_where_the_configuration_says(server: HubSpotServer) -> None:
    server.update("deals", "101", contract_signed="2026-01-20", our_number="AG-7")
    server.update("companies", "11", zone="EMEA")
    fields = {"contracts": {"signed_on": "contract_signed", "number": "our_number"}, "customers.region": "zone"}
    connector = HUBSPOT.connect(server, fields=fields)
    store = Store()
    store.take(connector)
    connector.close()
    (contract,) = store.rows("contracts", "deals", "101")
    assert (contract["signed_on"], contract["number"]) == (dt.date(2026, 1, 20), "AG-7")
    assert store.rows("customers", "companies", "11")[0]["region"] == "EMEA"


def test_owners_are_named(server: HubSpotServer, crm: HubSpot) -> None:
    server.owners = [{"id": "31", "firstName": "Ana", "lastName": "Ruiz", "email": "a@b.example", "archived": False}]
    server.update("deals", "101", hubspot_owner_id="31")
    store = Store()
    store.take(crm)
    assert store.rows("contracts", "deals", "101")[0]["sales_rep"] == "Ana Ruiz"


def test_a_missing_scope_is_named(server: HubSpotServer, crm: HubSpot) -> None:
    server.denied.add("line_items")
    checks = {check.object: check for check in crm.check(NOW)}
    assert checks["companies"].ok
    assert "crm.objects.line_items.read" in checks["deals"].detail


def test_more_line_items_than_one_answer_names_are_all_read(server: HubSpotServer, crm: HubSpot) -> None:
    for n in range(130):
        server.create("line_items", str(9_000 + n), name="Seat", amount="1.00", price="1.00", quantity="1")
        server.associate("deals", "107", "line_items", str(9_000 + n))
    store = Store()
    store.take(crm)
    assert len(store.rows("contract_lines", "deals", "107")) == 131


def test_a_listing_that_was_cut_still_finds_what_is_gone(server: HubSpotServer, crm: HubSpot) -> None:
    store = Store()
    store.take(crm)
    server.purge("deals", "106")
    later = NOW + dt.timedelta(days=8)
    pages = crm.pull("deals", Pull(store.cursors["deals"], later))
    for page in pages:
        store.keep("deals", page)
        if page.part is not None:
            break  # the process dies after the listing's first page
    store.take(crm, later + dt.timedelta(minutes=1))
    assert store.gone == {("deals", "106")}


def test_a_used_up_day_parks_until_midnight_in_the_accounts_zone() -> None:
    with HubSpotServer(account(), token=TOKEN, clock=lambda: NOW.timestamp() + 60, daily=2) as server:
        crm = HUBSPOT.connect(server, timezone="Pacific/Auckland")
        with pytest.raises(RetryLater, match="its quota is used up") as caught:
            Store().take(crm)
        crm.close()
    assert caught.value.park
    renewed = dt.datetime.now(ZoneInfo("Pacific/Auckland")) + dt.timedelta(seconds=caught.value.seconds or 0)
    assert (renewed.hour, renewed.minute) == (0, 1)


class WithProperties(HubSpotServer):
    """Tells the properties of its objects, too."""

    def answer(self, request: Request) -> Reply:
        if request.path.startswith("/crm/v3/properties/"):
            names = ("hs_object_id", "dealname", "closedate", "service_start", "deal_currency_code", "hubspot_owner_id")
            return Reply(200, {"results": [{"name": name, "type": "string"} for name in names]})
        return super().answer(request)


def test_a_check_holds_configured_fields_against_the_accounts_own_properties() -> None:
    with WithProperties(account(), token=TOKEN) as server:
        crm = HUBSPOT.connect(
            server, fields={"contracts.start_on": "service_start", "contracts.end_on": "service_stop"}
        )
        told = {check.object: check for check in crm.check(NOW)}
        crm.close()
    assert not told["fields of contracts"].ok
    assert (
        "'service_stop': the vendor has no such field (did you mean 'service_start'?)"
        in told["fields of contracts"].detail
    )
    assert "fields of customers" not in told  # none is configured
