"""What every connector to a vendor's API promises, each promise a test against a real HTTP server on loopback.

A subclass states facts: its simulated vendor with data (`server`), how its connector is made (`connect`), what is
there to read (`expected`: object → keys), the secret (and a `wrong` one, where it has a form), how many
records lack what a contract needs (`rejects`), and how someone changes
(`change`) and deletes (`remove`) a record there.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.kit.connector import Item, Page, Pull
from connectors.kit.rest import RestConnector
from connectors.kit.transport import Patience
from demo.vendors.server import Fault, VendorServer
from model.errors import BacklogError, ConfigNeeded, RetryLater
from store.connect import connect as database
from sync.run import pull

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
QUICK = Patience(attempts=4, first=0.001, longest=0.01, parks_after=5, silence=0.5)
ONCE = Patience(attempts=1, first=0.001, longest=0.01, silence=0.5)
FOREVER = 10**6


class Store:
    """What a sync would keep: the last item of each key and the cursor, page by page."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.cursors: dict[str, Any] = {}
        self.read: list[tuple[str, str]] = []
        self.gone: set[tuple[str, str]] = set()
        self.listed: dict[str, set[str]] = {}

    def take(self, connector: RestConnector, now: dt.datetime = NOW, full: bool = False) -> None:
        for name in connector.objects():
            for page in connector.pull(name, Pull(self.cursors.get(name), now, full=full)):
                self.keep(name, page)

    def keep(self, name: str, page: Page) -> None:
        for item in page.items:
            self.read.append((name, item.key))
            self.items[name, item.key] = item
        if page.part is not None and page.part.sweeps:
            listed = set() if page.part.first else self.listed.get(name, set())
            self.listed[name] = listed | {item.key for item in page.items}
            if page.part.last:
                self.gone |= {key for key in self.items if key[0] == name and key[1] not in self.listed[name]}
        if page.cursor is not None:
            self.cursors[name] = dict(page.cursor)

    def rows(self) -> list[tuple[str, str]]:
        return sorted(
            (row.table, repr(sorted(row.values.items(), key=str)))
            for item in self.items.values()
            if not item.deleted
            for row in item.rows
        )

    def counted(self, name: str) -> set[str]:
        """Keys of what still counts: neither told to be gone, nor swept, nor without any record but a void one."""
        return {
            key
            for key in self.keys(name) - {key for each, key in self.gone if each == name}
            if self.items[name, key].rows
            and not any(row.values.get("status") == "void" for row in self.items[name, key].rows)
        }

    def keys(self, name: str) -> set[str]:
        return {key for (each, key), item in self.items.items() if each == name and not item.deleted}


class ConnectorContract:
    """The promises. See the module's docstring for what a subclass gives."""

    secret = ""
    wrong = ""
    rejects: Mapping[str, int] = {}
    expected: Mapping[str, set[str]] = {}

    def server(self, **options: Any) -> VendorServer:
        raise AssertionError("a subclass gives its server")

    def connect(self, server: VendorServer, patience: Patience = QUICK, secret: str = "") -> RestConnector:
        raise AssertionError("a subclass makes its connector")

    def change(self, server: VendorServer) -> tuple[str, str]:
        raise AssertionError("a subclass changes a record and names it")

    def remove(self, server: VendorServer) -> tuple[str, str]:
        raise AssertionError("a subclass deletes or voids a record and names it")

    @pytest.fixture
    def vendor(self) -> Iterator[VendorServer]:
        with self.server() as server:
            yield server

    @pytest.fixture
    def connector(self, vendor: VendorServer) -> Iterator[RestConnector]:
        connector = self.connect(vendor)
        yield connector
        connector.close()

    def pulled(self, vendor: VendorServer, patience: Patience = QUICK) -> Store:
        store, connector = Store(), self.connect(vendor, patience)
        try:
            store.take(connector)
        finally:
            connector.close()
        return store

    def test_reads_every_page(self, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        assert {name: store.keys(name) for name in self.expected} == self.expected

    def test_reads_each_record_once(self, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        assert len(store.read) == len(set(store.read))

    def test_has_no_record_that_breaks_a_rule(self, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        assert [str(problem) for item in store.items.values() for problem in item.problems] == []

    def test_a_sync_stores_all_of_it_and_the_next_changes_nothing(
        self, connector: RestConnector, tmp_path: Path
    ) -> None:
        engine = database(f"sqlite:///{tmp_path / 'backlog.db'}")
        first = pull(engine, connector, now=NOW)
        assert (first.error, {name: count.rejected for name, count in first.counts.items() if count.rejected}) == (
            None,
            self.rejects,
        )
        again = pull(engine, connector, now=NOW + dt.timedelta(hours=2))
        assert [count for count in again.counts.values() if count.added or count.changed or count.removed] == []
        engine.dispose()

    def test_a_second_run_brings_nothing_new(self, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        before = store.rows()
        store.take(connector, NOW + dt.timedelta(hours=2))
        assert store.rows() == before

    def test_goes_on_after_a_cut_at_any_request(self, vendor: VendorServer) -> None:
        whole = self.pulled(vendor)
        requests = len(vendor.requests)
        for cut in range(requests):
            vendor.faults[:] = [Fault("drop", after=cut, times=FOREVER)]
            store, connector = Store(), self.connect(vendor, ONCE)
            with pytest.raises(RetryLater):
                store.take(connector)
            vendor.faults.clear()
            store.take(connector)
            connector.close()
            assert store.rows() == whole.rows(), f"cut at request {cut}"

    def test_a_change_arrives(self, vendor: VendorServer, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        before = store.rows()
        name, key = self.change(vendor)
        store.read.clear()
        store.take(connector, NOW + dt.timedelta(minutes=10))
        assert (name, key) in store.read
        assert store.rows() != before

    def test_a_deletion_arrives(self, vendor: VendorServer, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        name, key = self.remove(vendor)
        store.take(connector, NOW + dt.timedelta(minutes=10))
        assert key not in store.counted(name)

    def test_a_missing_right_is_told_with_the_right(self, vendor: VendorServer, connector: RestConnector) -> None:
        Store().take(connector)  # the token, if it needs one, is there
        vendor.faults[:] = [Fault("status", status=403, times=FOREVER)]
        with pytest.raises(ConfigNeeded) as caught:
            Store().take(connector)
        assert connector.rights in str(caught.value)

    def test_what_changed_in_no_order_and_in_the_past_is_found_by_the_reconcile(
        self, vendor: VendorServer, connector: RestConnector
    ) -> None:
        store = Store()
        store.take(connector)
        self.change(vendor)
        store.take(connector, NOW + dt.timedelta(days=8))
        fresh = Store()
        fresh.take(connector, NOW + dt.timedelta(days=8))
        assert store.rows() == fresh.rows()

    @pytest.mark.parametrize(
        "fault",
        [
            Fault("status", status=500, times=2),
            Fault("status", status=503, times=2, payload={"error": {"message": "busy"}}),
            Fault("status", status=429, times=2),
            Fault("status", status=429, headers={"Retry-After": "0"}, times=2),
            Fault("truncated", times=2),
            Fault("cut", times=2),
            Fault("html", times=2),
            Fault("drop", times=2),
            Fault("hang", times=1, seconds=2),
        ],
        ids=lambda fault: f"{fault.kind} {fault.status} {dict(fault.headers)}",
    )
    def test_a_passing_fault_is_outlived(self, vendor: VendorServer, fault: Fault) -> None:
        whole = self.pulled(vendor)
        fault.seen = 0
        vendor.faults[:] = [fault]
        assert self.pulled(vendor).rows() == whole.rows()

    @pytest.mark.parametrize("kind", ["truncated", "html", "drop", "hang"])
    def test_a_lasting_fault_asks_for_patience(self, vendor: VendorServer, kind: str) -> None:
        vendor.faults[:] = [Fault(kind, times=FOREVER, seconds=1)]
        with pytest.raises(RetryLater) as caught:
            self.pulled(vendor, ONCE)
        assert "backlog sync" in str(caught.value)

    def test_waits_as_long_as_the_vendor_asks(self, vendor: VendorServer) -> None:
        vendor.faults[:] = [Fault("status", status=429, headers={"Retry-After": "1"})]
        begun = time.monotonic()
        self.pulled(vendor)
        assert time.monotonic() - begun >= 1

    def test_parks_where_a_daily_quota_is_used_up(self, vendor: VendorServer) -> None:
        vendor.faults[:] = [Fault("status", status=429, headers={"Retry-After": "3600"}, times=FOREVER)]
        with pytest.raises(RetryLater) as caught:
            self.pulled(vendor)
        assert (caught.value.park, caught.value.seconds) == (True, 3600)

    def test_a_wrong_secret_is_told_with_the_remedy(self, vendor: VendorServer) -> None:
        wrong = self.wrong or f"{self.secret}-revoked-0815"
        connector = self.connect(vendor, secret=wrong)
        with pytest.raises(ConfigNeeded) as caught:
            Store().take(connector)
        connector.close()
        assert "backlog secrets set" in str(caught.value)
        assert wrong not in str(caught.value)

    def test_no_secret_in_any_log_error_or_payload(
        self, vendor: VendorServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        said = []
        for status in (400, 401, 403, 404, 429, 500):
            told = {"error": {"message": f"for {self.secret}"}, "message": f"for {self.secret}"}
            vendor.faults[:] = [Fault("status", status=status, payload=told, times=FOREVER)]
            with pytest.raises(BacklogError) as caught:
                self.pulled(vendor, ONCE)
            said.append(str(caught.value))
        vendor.faults.clear()
        store, connector = Store(), self.connect(vendor)
        store.take(connector)
        connector.close()
        said += [repr(item) for item in store.items.values()] + [repr(connector.api.auth)]
        assert [text for text in (*said, caplog.text) if self.secret in text] == []

    def test_a_check_tells_each_object(self, connector: RestConnector) -> None:
        checks = connector.check(NOW)
        assert [(check.object, check.ok) for check in checks] == [(name, True) for name in connector.objects()]
