"""A pull from connector to store: what is counted, what happens twice, what goes wrong, and what is tried only."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Item, Page, Pull, Row, Setting
from model.errors import ConfigNeeded, RetryLater
from store import bulk, language
from store.counts import Counts
from store.read import cursors, data_version, facts, freshness, history, raw, rejects, runs
from sync.run import pull

HOUR = dt.timedelta(hours=1)


def test_a_deal_arrives_as_records(engine: sa.Engine, kit: SimpleNamespace) -> None:
    result = pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    assert (result.state, result.error) == ("complete", None)
    assert result.counts["contract_lines"] == Counts(read=1, added=1)
    line = facts(engine)["contract_lines"].iloc[0]
    assert (line.amount_minor, line.currency) == (1_200_000, "USD")
    assert raw(engine, line.raw_id).payload == '{"line_id":"L1","contract_id":"K1","amount":"12000.00"}'


def test_the_same_again_changes_nothing(engine: sa.Engine, kit: SimpleNamespace) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    before, version = _dump(engine), data_version(engine)
    result = pull(engine, kit.Said(kit.deal()), now=kit.NOW + HOUR)
    assert result.counts["contracts"] == Counts(read=1, unchanged=1)
    assert _dump(engine) == before
    assert data_version(engine) == version


def test_a_change_opens_a_version_and_keeps_the_old_one(engine: sa.Engine, kit: SimpleNamespace) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    result = pull(engine, kit.Said(kit.deal(status="completed")), now=kit.NOW + HOUR)
    assert result.counts["contracts"] == Counts(read=1, changed=1)
    versions = history(engine, "contracts", "books", "K1")
    assert [version.values["status"] for version in versions] == ["signed", "completed"]
    assert versions[0].known_to == versions[1].known_from
    assert facts(engine, kit.NOW + HOUR / 2)["contracts"].status.tolist() == ["signed"]
    assert facts(engine)["contracts"].status.tolist() == ["completed"]
    assert len(facts(engine, kit.NOW - HOUR)["contracts"]) == 0


def test_words_that_mean_the_same_records_are_kept_but_change_nothing(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = kit.deal()
    pull(engine, kit.Said(said), now=kit.NOW)
    version = data_version(engine)
    reworded = dataclasses.replace(said["customers"][0], payload={"customer_id": "C1", "mood": "better"})
    result = pull(engine, kit.Said({"customers": [reworded]}), now=kit.NOW + HOUR)
    assert result.counts["customers"] == Counts(read=1, unchanged=1)
    assert data_version(engine) == version
    assert _count(engine, "raw") == 4


def test_a_line_that_a_deal_no_longer_has_goes_and_its_history_stays(engine: sa.Engine, kit: SimpleNamespace) -> None:
    rows = [Row("products", {"product_id": f"P{n}", "name": f"Product {n}"}) for n in range(3)]
    for at, some in enumerate((rows, rows[:1], rows)):
        pull(engine, kit.Said({"bundles": [Item("B", {"n": at}, some, "bundle B")]}), now=kit.NOW + at * HOUR)
    assert facts(engine)["products"].product_id.tolist() == ["P0", "P1", "P2"]
    assert facts(engine, kit.NOW + 1.5 * HOUR)["products"].product_id.tolist() == ["P0"]
    assert [bool(version.known_to) for version in history(engine, "products", "books", "P2")] == [True, False]


def test_a_deleted_item_leaves_and_may_come_back(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = kit.deal()["customers"][0]
    gone = Item("C1", {"id": "C1"}, place=said.place, deleted=True)
    for at, one in enumerate((said, gone, gone, said)):
        result = pull(engine, kit.Said({"customers": [one]}), now=kit.NOW + at * HOUR)
        assert len(facts(engine)["customers"]) == (one is said)
        expected = [Counts(read=1, added=1), Counts(read=1, removed=1), Counts(read=1, unchanged=1)]
        assert result.counts["customers"] == (expected[at] if at < 3 else Counts(read=1, added=1))


def test_a_sweep_removes_what_a_full_listing_lacks(engine: sa.Engine, kit: SimpleNamespace) -> None:
    customers = [kit.item("customers", customer_id=f"C{n}", name="x") for n in range(5)]
    pull(engine, kit.Said({"customers": customers}), now=kit.NOW)

    def listing(ask: Pull) -> Iterator[Page]:
        yield Page(customers[:2])
        yield Page((), seen=frozenset({"C0", "C1"}))

    result = pull(engine, kit.Said({"customers": listing}), now=kit.NOW + HOUR)
    assert result.counts["customers"] == Counts(read=2, unchanged=2, removed=3)
    assert facts(engine)["customers"].customer_id.tolist() == ["C0", "C1"]
    assert len(facts(engine, kit.NOW + HOUR / 2)["customers"]) == 5
    again = pull(engine, kit.Said({"customers": listing}), now=kit.NOW + 2 * HOUR)
    assert again.counts["customers"] == Counts(read=2, unchanged=2)


def test_the_cursor_is_stored_with_its_page(engine: sa.Engine, kit: SimpleNamespace) -> None:
    def pages(ask: Pull) -> Iterator[Page]:
        start = ask.cursor["n"] if ask.cursor else 0
        for n in range(start, 4):
            if n == 2 and start == 0:
                raise RetryLater("crm: too many requests. Try again later", 30)
            yield Page([kit.item("customers", customer_id=f"C{n}", name="x")], cursor={"n": n + 1})

    said = kit.Said({"customers": pages}, name="crm")
    first = pull(engine, said, now=kit.NOW)
    assert (first.state, first.error) == ("failed", "crm: too many requests. Try again later (it asked for 30 s)")
    assert first.counts["customers"] == Counts(read=2, added=2)
    assert cursors(engine, "crm")["customers"].state == {"n": 2}
    second = pull(engine, said, now=kit.NOW + HOUR)
    assert second.counts["customers"] == Counts(read=2, added=2)
    assert said.asked[-1][1].cursor == {"n": 2}
    pull(engine, said, now=kit.NOW, full=True, since=dt.date(2026, 1, 1))
    assert said.asked[-1][1].cursor is None
    assert runs(engine)[0].asked == "full, since 2026-01-01"


def test_what_the_settings_mean_otherwise_is_read_anew(engine: sa.Engine, kit: SimpleNamespace) -> None:
    """A map of fields or stages that changes counts with the next pull, not with the next whole listing."""

    def pages(ask: Pull) -> Iterator[Page]:
        yield Page([kit.item("customers", customer_id="C1", name="x")], cursor={"n": 1})

    said = kit.Said({"customers": pages}, name="crm")
    said.settings = (Setting("fields", "", kind=dict), Setting("requests_per_second", "", kind=int))
    asked = []
    for options in ({}, {"requests_per_second": 3}, {"fields": {"a": "b"}}, {"fields": {"a": "b"}}, {"fields": {}}):
        said.options = {**options, "schedule": "every 2 hours", "timezone": "UTC"}
        pull(engine, said, now=kit.NOW)
        asked.append(said.asked[-1][1].cursor)
    assert asked == [None, {"n": 1}, None, {"n": 1}, None]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (ConfigNeeded("the key may not read deals. Grant crm.objects.deals.read"), "books: the key may not read deals"),
        (KeyError("amount"), "books: KeyError: 'amount'. This is a fault in the connector"),
    ],
)
def test_an_error_ends_one_connector_and_is_kept_in_its_run(
    engine: sa.Engine, kit: SimpleNamespace, problem: Exception, text: str
) -> None:
    def broken(ask: Pull) -> Iterator[Page]:
        yield Page([kit.item("customers", customer_id="C1", name="x")])
        raise problem

    result = pull(engine, kit.Said({"customers": broken, "contracts": []}), now=kit.NOW)
    assert result.state == "failed"
    assert (result.error or "").startswith(text)
    run = runs(engine)[0]
    assert (run.state, run.error, run.objects["customers"].added) == ("failed", result.error, 1)
    assert freshness(engine) == {}
    assert pull(engine, kit.Said(kit.deal(2), name="other"), now=kit.NOW).state == "complete"
    assert set(freshness(engine)) == {"other"}


def test_a_full_disk_costs_one_page_and_nothing_else(engine: sa.Engine, kit: SimpleNamespace) -> None:
    small = [kit.item("customers", customer_id=f"C{n}", name="x") for n in range(3)]
    large = [kit.item("customers", customer_id=f"D{n}", name="x" * 50_000) for n in range(100)]
    _fill_disk(engine)
    result = pull(engine, kit.Said({"customers": [*small, *large]}, size=3), now=kit.NOW)
    assert "disk is full. Free some space" in (result.error or "")
    stored = result.counts["customers"].added
    assert 3 <= stored < 103
    assert [_count(engine, table) for table in ("customers", "raw", "items")] == [stored, stored, stored]


def _fill_disk(engine: sa.Engine) -> None:
    """Leaves room for some pages: SQLite is given a limit, PostgreSQL made to say what it says then."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            sa.event.listen(engine, "connect", lambda made, _: made.execute(f"PRAGMA max_page_count={pages + 200}"))
        else:
            connection.exec_driver_sql(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " IF (SELECT count(*) > 20 FROM raw) THEN RAISE EXCEPTION 'could not extend file \"base/1\"'"
                " USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER no_room BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
    engine.dispose()


def test_a_dry_run_counts_and_changes_nothing(engine: sa.Engine, kit: SimpleNamespace) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    before = _dump(engine), len(runs(engine)), data_version(engine)
    said = {name: [*kit.deal(status="completed")[name], *kit.deal(2)[name]] for name in kit.deal()}
    tried = pull(engine, kit.Said(said), now=kit.NOW + HOUR, dry_run=True)
    assert (_dump(engine), len(runs(engine)), data_version(engine)) == before
    assert (tried.dry_run, tried.run_id) == (True, None)
    real = pull(engine, kit.Said(said), now=kit.NOW + HOUR)
    assert tried.counts == real.counts
    assert real.counts["contracts"] == Counts(read=2, added=1, changed=1)


def test_progress_hears_of_every_page_and_stop_ends_after_one(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = {"customers": [kit.item("customers", customer_id=f"C{n}", name="x") for n in range(5)]}
    heard: list[tuple[str, int]] = []
    result = pull(
        engine,
        kit.Said(said, size=2),
        now=kit.NOW,
        progress=lambda name, counts: heard.append((name, counts.read)),
        stop=lambda: len(heard) == 2,
    )
    assert heard == [("customers", 2), ("customers", 4)]
    assert (result.state, result.error) == ("stopped", None)
    assert runs(engine)[0].state == "stopped"
    assert len(facts(engine)["customers"]) == 4


def test_every_object_logs_a_line(engine: sa.Engine, kit: SimpleNamespace, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "backlog.sync"):
        pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    line = "books contracts: read 1, added 1, changed 0, unchanged 0, removed 0, rejected 0"
    assert line in caplog.messages


def test_two_pulls_of_one_connector_never_run_at_once(engine: sa.Engine, kit: SimpleNamespace) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(ask: Pull) -> Iterator[Page]:
        begun.set()
        assert go_on.wait(20)
        yield Page([kit.item("customers", customer_id="C1", name="x")])

    results: list[Any] = []
    first = threading.Thread(target=lambda: results.append(pull(engine, kit.Said({"customers": slow}), now=kit.NOW)))
    first.start()
    assert begun.wait(20)
    refused = pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    other = pull(engine, kit.Said(kit.deal(2), name="other"), now=kit.NOW)
    go_on.set()
    first.join()
    assert "books is being pulled by" in (refused.error or "")
    assert (refused.run_id, other.state, results[0].state) == (None, "complete", "complete")


def test_a_merged_record_counts_once(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = kit.deal()
    pull(engine, kit.Said(said), now=kit.NOW)
    heir = dataclasses.replace(
        kit.item("customers", customer_id="C2", name="Customer 1 and 2"), aliases=[("customers", "C1", "C2")]
    )
    late = kit.item(
        "payments", payment_id="P1", customer_id="C1", received_on=dt.date(2026, 2, 1), amount=Decimal(5),
        currency="USD",
    )  # fmt: skip
    result = pull(engine, kit.Said({"customers": [heir], "payments": [late]}), now=kit.NOW + HOUR)
    assert result.counts["payments"] == Counts(read=1, added=1)
    now = facts(engine)
    assert now["customers"].customer_id.tolist() == ["C2"]
    assert now["contracts"].customer_id.tolist() == now["payments"].customer_id.tolist() == ["C2"]
    assert facts(engine, kit.NOW + HOUR / 2)["contracts"].customer_id.tolist() == ["C1"]
    pull(engine, kit.Said(said), now=kit.NOW + 2 * HOUR)
    renamed = kit.item("customers", customer_id="C1", name="an echo of the merged one")
    pull(engine, kit.Said({"customers": [renamed]}), now=kit.NOW + 3 * HOUR)
    assert facts(engine)["customers"].customer_id.tolist() == ["C2"]


def test_a_page_makes_no_statement_that_an_earlier_page_made(engine: sa.Engine, kit: SimpleNamespace) -> None:
    """Making one takes longer than running it: none may be made for each page, former ids or not."""

    def said(first: int) -> list[Item]:
        named = [kit.item("customers", customer_id=f"C{n}", name=f"Customer {n}") for n in range(first, first + 6)]
        return [Item(f"M{first}", {}, aliases=[("customers", f"Z{first}", f"C{first}")]), *named]

    texts = (bulk._in_text, bulk._insert_text, bulk._merge_text, language._text)
    pull(engine, kit.Said({"customers": said(0)}, size=2), now=kit.NOW)
    made = [each.cache_info().misses for each in texts]
    assert pull(engine, kit.Said({"customers": said(6)}, size=2), now=kit.NOW + HOUR).counts["customers"].added == 7
    assert [each.cache_info().misses for each in texts] == made


def test_records_of_one_connector_may_point_at_those_of_another(engine: sa.Engine, kit: SimpleNamespace) -> None:
    share = kit.item(
        "deliveries", delivery_id="D1", line_id="L1", on=dt.date(2026, 3, 1), measure="percent", value=Decimal("0.5")
    )
    early = pull(engine, kit.Said({"deliveries": [share]}, name="files"), now=kit.NOW)
    assert early.counts["deliveries"] == Counts(read=1, rejected=1)
    crm = pull(engine, kit.Said(kit.deal(), name="crm"), now=kit.NOW + HOUR)
    assert crm.counts["files.deliveries"] == Counts(added=1)
    assert facts(engine)["deliveries"].source.tolist() == ["files"]
    assert rejects(engine) == []


def _dump(engine: sa.Engine) -> list[Any]:
    """The whole content of all tables of records, byte for byte."""
    with engine.connect() as connection:
        names = ("customers", "contracts", "contract_lines", "raw", "items", "rejects", "aliases", "cursors")
        return [connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names]  # noqa: S608


def _count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608
