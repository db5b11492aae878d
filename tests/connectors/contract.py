"""What every connector to a vendor's API promises, each promise a test against a real HTTP server on loopback.

A subclass states facts: its `simulation`, what is there to read (`expected`: object → keys), a `wrong` secret where it has
a form, how many records lack what a contract needs (`rejects`), and how someone changes (`changes`) and deletes (`removes`)
a record there.
"""

from __future__ import annotations

import datetime as dt
import gc
import logging
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from simulation import NOW, ONCE, QUICK, Edit, Simulation, Store

from connectors.kit.connector import Pull
from connectors.kit.rest import RestConnector
from connectors.kit.transport import Patience
from demo.vendors.faults import Fault
from demo.vendors.server import VendorServer
from model.errors import BacklogError, ConfigNeeded, RetryLater
from store.connect import connect as database
from sync.run import pull

FOREVER = 10**6
SILENCE = 0.2  # seconds that are waited for a server that hangs


class ConnectorContract:
    """The promises. See the module's docstring for what a subclass gives."""

    simulation: Simulation
    wrong = ""
    rejects: Mapping[str, int] = {}
    expected: Mapping[str, set[str]] = {}
    changes: Edit
    removes: Edit

    @property
    def secret(self) -> str:
        return self.simulation.secret[1]

    def server(self) -> VendorServer:
        return self.simulation.serve()

    def connect(
        self, server: VendorServer, patience: Patience = QUICK, secret: str = "", **options: Any
    ) -> RestConnector:
        return self.simulation.connect(server, patience, secret, **options)

    def change(self, server: Any) -> tuple[str, str]:
        """Someone changes a record; names it."""
        return self.changes.done(server)

    def remove(self, server: Any) -> tuple[str, str]:
        """Someone deletes or voids a record; names it."""
        return self.removes.done(server)

    def vanish(self, server: Any) -> tuple[str, str]:
        """A record is gone, and nothing tells of it; names it."""
        table, key = self.removes.table or self.removes.object, self.removes.key
        server.tables[table].remove(server.find(table, key))
        return self.removes.object, key

    @contextmanager
    def back(self, vendor: VendorServer, seconds: float) -> Iterator[None]:
        """The vendor notes what happens meanwhile as done so much earlier."""
        clock, vendor.clock = vendor.clock, lambda: clock() - seconds
        try:
            yield
        finally:
            vendor.clock = clock

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
        """Each record once, none that breaks a rule, every script as it was written."""
        store = Store()
        store.take(connector)
        assert {name: store.keys(name) for name in self.expected} == self.expected
        assert len(store.read) == len(set(store.read))
        assert store.problems() == []
        assert re.search("契約|東京|株式会社", repr(store.said()))

    def test_keeps_nothing_of_the_pages_it_has_told(self, connector: RestConnector) -> None:
        """Memory is then flat however many there are (tests/connectors/rest tries a hundred thousand)."""
        told = [
            weakref.ref(item)
            for name in connector.objects()
            for page in connector.pull(name, Pull(None, NOW))
            for item in page.items
        ]
        if any(each() is not None for each in told):
            gc.collect()  # what refers to itself goes thus alone, and only then is it worth the half second
        assert [each for each in told if each() is not None] == []

    def test_a_sync_stores_all_of_it_and_the_next_changes_nothing(
        self, connector: RestConnector, new_place: Callable[..., str]
    ) -> None:
        engine = database(new_place("sqlite", ready=True))
        first = pull(engine, connector, now=NOW)
        assert (first.error, {name: count.rejected for name, count in first.counts.items() if count.rejected}) == (
            None,
            self.rejects,
        )
        again = pull(engine, connector, now=NOW + dt.timedelta(hours=2))
        assert [count for count in again.counts.values() if count.added or count.changed or count.removed] == []
        engine.dispose()

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
            assert store.said() == whole.said(), f"cut at request {cut}"

    def test_changes_that_share_a_moment_all_arrive(self, vendor: Any, connector: RestConnector) -> None:
        """There are more of them than a page holds, so that ties lie at its edge."""
        store = Store()
        store.take(connector)
        keys = self.expected[self.changes.object]
        for key in keys:
            replace(self.changes, key=key).done(vendor)
        store.read.clear()
        store.take(connector, NOW + dt.timedelta(minutes=10))
        assert {(self.changes.object, key) for key in keys} <= set(store.read)

    def test_a_change_that_commits_late_arrives(self, vendor: VendorServer, connector: RestConnector) -> None:
        """Its moment lies before the last pull, which could not see it."""
        store = Store()
        store.take(connector)
        before = store.said()
        with self.back(vendor, 120):
            changed = self.change(vendor)
        store.read.clear()
        store.take(connector, NOW + dt.timedelta(minutes=10))
        assert changed in store.read
        assert store.said() != before

    def test_a_deletion_arrives(self, vendor: VendorServer, connector: RestConnector) -> None:
        store = Store()
        store.take(connector)
        name, key = self.remove(vendor)
        store.take(connector, NOW + dt.timedelta(minutes=10))
        assert key not in store.counted(name)

    def test_what_vanished_without_a_word_is_found_gone_by_the_reconcile(
        self, vendor: VendorServer, connector: RestConnector
    ) -> None:
        store = Store()
        store.take(connector)
        name, key = self.vanish(vendor)
        store.take(connector, NOW + dt.timedelta(days=8))
        assert key not in store.counted(name)

    @pytest.mark.parametrize("status", [403, 404])
    def test_a_missing_right_or_place_is_told_in_one_line_with_the_remedy(
        self, vendor: VendorServer, connector: RestConnector, status: int
    ) -> None:
        Store().take(connector)  # the token, if it needs one, is there
        vendor.faults[:] = [Fault("status", status=status, times=FOREVER)]
        with pytest.raises(ConfigNeeded) as caught:
            Store().take(connector)
        said = str(caught.value)
        assert said.startswith(f"{connector.name}: ")
        assert f"backlog connectors test {connector.name}" in said
        assert (connector.rights if status == 403 else f"[connectors.{connector.name}]") in said
        assert "\n" not in said

    def test_what_changed_in_no_order_and_in_the_past_is_found_by_the_reconcile(
        self, vendor: VendorServer, connector: RestConnector
    ) -> None:
        store = Store()
        store.take(connector)
        with self.back(vendor, 3 * 86_400):
            self.change(vendor)
        store.take(connector, NOW + dt.timedelta(days=8))
        fresh = Store()
        fresh.take(connector, NOW + dt.timedelta(days=8))
        assert store.said() == fresh.said()

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
            Fault("hang", times=1, seconds=5),
        ],
        ids=lambda fault: f"{fault.kind} {fault.status} {dict(fault.headers)}",
    )
    def test_a_passing_fault_is_outlived(self, vendor: VendorServer, fault: Fault) -> None:
        whole = self.pulled(vendor)
        fault.seen = 0
        vendor.faults[:] = [fault]
        patience = replace(QUICK, silence=SILENCE, attempts=9) if fault.kind == "hang" else QUICK
        assert self.pulled(vendor, patience).said() == whole.said()

    @pytest.mark.parametrize("kind", ["truncated", "html", "drop", "hang"])
    def test_a_lasting_fault_asks_for_patience(self, vendor: VendorServer, kind: str) -> None:
        vendor.faults[:] = [Fault(kind, times=FOREVER, seconds=5)]
        with pytest.raises(RetryLater) as caught:
            self.pulled(vendor, replace(ONCE, silence=SILENCE) if kind == "hang" else ONCE)
        assert "backlog sync" in str(caught.value)

    def test_waits_as_long_as_the_vendor_asks(self, vendor: VendorServer, monkeypatch: pytest.MonkeyPatch) -> None:
        waited: list[float] = []
        monkeypatch.setattr(RestConnector, "rest", lambda _, seconds: waited.append(seconds) or True)
        vendor.faults[:] = [Fault("status", status=429, headers={"Retry-After": "4"})]
        self.pulled(vendor)
        assert waited == [4]

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
        assert [check.object for check in checks][: len(connector.objects())] == list(connector.objects())
        assert [check for check in checks if not check.ok] == []

    def test_a_check_finds_a_misspelt_field(self, vendor: VendorServer) -> None:
        connector = self.connect(vendor, fields={"customers": {"segment": "no_such_field_0815"}})
        told = {check.object: check for check in connector.check(NOW)}["fields of customers"]
        connector.close()
        assert (told.ok, "no_such_field_0815" in told.detail) == (False, True)
