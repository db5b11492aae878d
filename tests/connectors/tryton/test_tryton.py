"""Tryton, a real one: seeded by its own client, pulled from over its own interface, cut and refused by a relay before it."""

import base64
import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tryton_server
from contract import ConnectorContract
from simulation import ONCE, QUICK, Store
from tryton_server import DATABASE, PASSWORD, USER
from vendors.relay import Relay

from connectors.files import Files
from connectors.kit.transport import Patience
from connectors.tryton import Tryton
from connectors.tryton import tryton as module
from demo.vendors.server import Fault, VendorServer
from engine.build import build
from engine.figures import Scope, answer
from model.errors import ConfigNeeded, RetryLater
from model.money import Money
from model.periods import add_months, day_number
from model.policy import Policy
from store.connect import connect as database
from store.read import facts
from sync.run import pull

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    binaries = tryton_server.programs()
    if binaries is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("trytond is not installed (scripts/setup dev)")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with tryton_server.running(binaries, shared) as address:
        yield address


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)


def connect(address: str, patience: Patience = QUICK, secret: str = PASSWORD, **options: Any) -> Tryton:
    given = {
        "base_url": address,
        "database": DATABASE,
        "username": USER,
        "password": secret,
        "requests_per_second": 5_000,
    }
    return Tryton("erp", {**given, "default_term_months": 12, **options}, patience=patience)


def call(address: str, method: str, *params: Any) -> Any:
    """Someone works in Tryton."""
    coded = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    context = {"company": 1, "companies": [1], "employee": None, "employees": []}
    body = {"id": 1, "method": method, "params": [*params, context]}
    said = httpx.post(
        f"{address}/{DATABASE}/rpc/", json=body, headers={"Authorization": f"Basic {coded}"}, timeout=60
    ).json()
    assert "error" not in said, said
    return said["result"]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def taken(address: str, **options: Any) -> Store:
    store, connector = Store(), connect(address, Patience(attempts=2), **options)
    store.take(connector, now())
    connector.close()
    return store


def test_what_was_sold_is_read(tryton: str) -> None:
    store = taken(tryton)
    contracts = store.of("contracts", "contract_id")
    known = {"sale-1": "active", "subscription-1": "active", "opportunity-1": "proposal"}
    assert {key: contracts[key]["status"] for key in known} == known
    assert (contracts["sale-1"]["signed_on"], contracts["sale-1"]["end_on"]) == (
        dt.date(2026, 1, 5),
        dt.date(2027, 1, 4),
    )
    lines = store.of("contract_lines", "line_id")
    # 3 × 1,333.20, and twelve months at 100.00.
    assert (lines["sale-line-1"]["amount"], lines["sale-line-1"]["quantity"]) == (Money(399_960, "USD"), Decimal("3.0"))
    assert (lines["subscription-line-1"]["amount"], lines["subscription-line-1"]["end_on"]) == (
        Money(120_000, "USD"), dt.date(2027, 1, 31),
    )  # fmt: skip
    assert "Ærø 東京" in {row["name"] for row in store.rows("customers")}
    (invoice,) = store.rows("invoices")
    assert (invoice["status"], invoice["issued_on"]) == ("open", dt.date(2026, 1, 31))
    assert store.rows("invoice_lines")[0]["amount"] == Money(100_000, "USD")
    assert store.rows("credit_notes")[0]["amount"] == Money(20_000, "USD")


def test_a_cancelled_invoice_and_a_changed_line_arrive(tryton: str) -> None:
    store, connector = Store(), connect(tryton, Patience(attempts=2))
    store.take(connector, now())
    made = {"company": 1, "party": 2, "description": "Another", "amount": {"__class__": "Decimal", "decimal": "75.00"}}
    (key,) = call(tryton, "model.sale.opportunity.create", [made])
    store.take(connector, now())
    assert f"opportunity-{key}" in {row["contract_id"] for row in store.rows("contracts")}
    call(tryton, "model.sale.opportunity.lost", [key])
    store.take(connector, now())
    assert {row["contract_id"]: row["status"] for row in store.rows("contracts")}[f"opportunity-{key}"] == "draft"
    day = {"__class__": "date", "year": 2026, "month": 3, "day": 1}
    call(tryton, "model.sale.sale.write", [2], {"sale_date": day})
    (line,) = call(tryton, "model.sale.line.search", [["sale", "=", 2]], 0, None, None)
    call(tryton, "model.sale.line.write", [line], {"unit_price": {"__class__": "Decimal", "decimal": "12.0000"}})
    store.take(connector, now())
    connector.close()
    assert {row["line_id"]: row["amount"].minor for row in store.rows("contract_lines")}[f"sale-line-{line}"] == 1_200
    (other,) = call(tryton, "model.sale.opportunity.create", [made])
    gone = Store()
    connector = connect(tryton, Patience(attempts=2))
    gone.take(connector, now())
    assert ("opportunities", str(other)) in gone.items
    call(tryton, "model.sale.opportunity.cancel", [other])
    call(tryton, "model.sale.opportunity.delete", [other])
    gone.take(connector, now(), full=True)
    connector.close()
    assert ("opportunities", str(other)) in gone.gone


def test_trytons_own_deferral_agrees_with_our_schedule_to_the_cent(tryton: str, tmp_path: Path) -> None:
    """1,000.00 from 15 March to 20 August 2026, by day, each month rounded by itself.

    Its last month is left out: where the months' rounding comes to a cent too much, it adds that cent and takes none away.
    """
    first, last = dt.date(2026, 3, 15), dt.date(2026, 8, 20)
    amount = {"__class__": "Decimal", "decimal": "1000.0000"}
    (line,) = call(tryton, "model.account.invoice.line.search", [["unit_price", "=", amount]], 0, None, None)
    (journal,) = call(tryton, "model.account.journal.search", [["type", "=", "revenue"]], 0, 1, None)
    days = {name: {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}
            for name, day in (("start_date", first), ("end_date", last))}  # fmt: skip
    made = {"type": "out", "company": 1, "journal": journal, "invoice_line": line, **days,
            "amount": {"__class__": "Decimal", "decimal": "1000.00"}}  # fmt: skip
    (key,) = call(tryton, "model.account.invoice.deferred.create", [made])
    call(tryton, "model.account.invoice.deferred.run", [key])
    asked = [
        ["move.origin", "=", f"account.invoice.deferred,{key}"],
        ["move.period.start_date", ">=", days["start_date"] | {"day": 1}],
    ]
    posted = call(
        tryton, "model.account.move.line.search_read", asked, 0, None, None, ["credit", "move.period.end_date"]
    )
    theirs = {}
    for each in posted:
        end = each["move."]["period."]["end_date"]
        if Decimal(each["credit"]["decimal"]):
            theirs[end["year"], end["month"]] = Decimal(each["credit"]["decimal"])
    ours = recognized_by_month(tmp_path, "1000.00", first, last)
    assert sum(ours.values()) == Decimal("1000.00")
    assert len(theirs) == len(ours) == 6
    assert {month: theirs[month] for month in sorted(theirs)[:-1]} == {
        month: ours[month] for month in sorted(ours)[:-1]
    }


def recognized_by_month(folder: Path, amount: str, first: dt.date, last: dt.date) -> dict[tuple[int, int], Decimal]:
    """Revenue of a line by month, from a file to the ledger, where the last period takes what rounding leaves."""
    (folder / "customers.csv").write_text("customer_id,name\nC1,Acme\n", encoding="utf-8")
    head = "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
    (folder / "contracts.csv").write_text(
        f"{head}K1,C1,signed,{first.replace(day=1)},{first},{last},USD\n", encoding="utf-8"
    )
    (folder / "contract_lines.csv").write_text(f"line_id,contract_id,amount\nL1,K1,{amount}\n", encoding="utf-8")
    engine = database(f"sqlite:///{folder / 'backlog.db'}")
    assert pull(engine, Files("books", {"path": str(folder)}), now=now()).error is None
    ledger = build(facts(engine), Policy(rounding="last_period"))
    engine.dispose()
    ends = [
        first.replace(day=1),
        *(add_months(first.replace(day=1), step) - dt.timedelta(days=1) for step in range(1, 7)),
    ]
    left = answer(ledger, "backlog", [Scope()], np.array([day_number(day) for day in ends])).minor[0]
    return {(end.year, end.month): Decimal(int(before - after)).scaleb(-2)
            for end, before, after in zip(ends[1:], left[:-1], left[1:], strict=True)}  # fmt: skip


class TestTryton(ConnectorContract):
    """The contract, on the parts of it that a server without a clock of ours can keep."""

    secret = PASSWORD
    expected = {"parties": {"1", "2"}, "products": {"1"}, "sales": {"1", "2"}, "subscriptions": {"1"}}

    @pytest.fixture
    def vendor(self, tryton: str) -> Iterator[VendorServer]:
        with Relay(tryton) as relay:
            yield relay

    def connect(self, server: VendorServer, patience: Patience = QUICK, secret: str = "", **options: Any) -> Tryton:
        # A real server takes its time where the machine is busy.
        patience = replace(patience, silence=max(patience.silence, 3.0))
        return connect(server.url, patience, secret or PASSWORD, **options)

    def change(self, server: VendorServer) -> tuple[str, str]:
        behind = str(server._client.base_url).rstrip("/")  # type: ignore[attr-defined]
        call(behind, "model.party.party.write", [1], {"name": f"Own {now().timestamp()}"})
        return "parties", "1"

    # A cut at each of the requests takes a real server minutes; the kit's own contract holds it for the others.
    test_goes_on_after_a_cut_at_any_request = None

    @pytest.mark.parametrize("kind", ["truncated", "cut", "hang"])
    def test_a_passing_fault_is_outlived(self, vendor: VendorServer, kind: str) -> None:
        """What a real server's own answers may end in; what a status means is told by the kit, to every connector alike."""
        fault = Fault(kind, times=1 if kind == "hang" else 2, seconds=5)
        super().test_a_passing_fault_is_outlived(vendor, fault)

    def test_goes_on_after_a_cut(self, vendor: VendorServer) -> None:
        whole = self.pulled(vendor)
        for cut in range(1, len(vendor.requests), 7):
            vendor.faults[:] = [Fault("drop", after=cut, times=10**6)]
            store, connector = Store(), self.connect(vendor, ONCE)
            with pytest.raises(RetryLater):
                store.take(connector)
            vendor.faults.clear()
            store.take(connector)
            connector.close()
            assert store.said() == whole.said(), f"cut at request {cut}"

    # Tryton deletes drafts only, which leaves no trace but in a whole list: tested above. It lets a wrong password wait
    # for longer each time and then answers 429 to everybody: tested last.
    test_a_deletion_arrives = None
    test_what_vanished_without_a_word_is_found_gone_by_the_reconcile = None
    test_changes_that_share_a_moment_all_arrive = None  # its clock is its own
    test_a_wrong_secret_is_told_with_the_remedy = None

    def test_a_sync_stores_all_of_it_and_the_next_changes_nothing(
        self, connector: Any, new_place: Callable[..., str]
    ) -> None:
        engine = database(new_place("sqlite", ready=True))
        first = pull(engine, connector, now=now())
        assert first.error is None
        assert {name: count.rejected for name, count in first.counts.items() if name in ("sales", "invoices")} == {
            "sales": 0, "invoices": 0,
        }  # fmt: skip
        again = pull(engine, connector, now=now() + dt.timedelta(hours=2))
        assert [count for count in again.counts.values() if count.added or count.changed or count.removed] == []
        engine.dispose()


def test_a_wrong_password_is_told_with_the_remedy(tryton: str) -> None:
    """The last test: the server is slow to answer the next after it."""
    connector = connect(tryton, ONCE, secret="a-wrong-password-4711")
    with pytest.raises((ConfigNeeded, RetryLater)) as caught:
        Store().take(connector, now())
    connector.close()
    assert "backlog" in str(caught.value)
    assert "a-wrong-password-4711" not in str(caught.value)
