"""Quarantine: what waits, what comes twice, what is mended, and that a good version survives a bad one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Item, Page, Pull, Row
from model.errors import RecordRejected
from store.counts import Counts
from store.read import Reject, facts, history, rejects
from sync.run import pull

HOUR = dt.timedelta(hours=1)


def only(found: list[Reject]) -> Reject:
    assert len(found) == 1, found
    return found[0]


def test_an_orphan_waits_and_loads_with_its_parent_in_a_later_sync(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = kit.deal()
    early = pull(engine, kit.Said({"contract_lines": said["contract_lines"]}), now=kit.NOW)
    assert early.counts["contract_lines"] == Counts(read=1, rejected=1)
    waiting = only(rejects(engine))
    assert (waiting.place, waiting.column, waiting.waits) == ("contract_lines L1", "contract_id", True)
    assert waiting.reason == "contracts has no 'K1'"
    later = pull(engine, kit.Said({name: said[name] for name in ("customers", "contracts")}), now=kit.NOW + HOUR)
    assert later.counts["contract_lines"] == Counts(added=1)
    assert rejects(engine) == []
    rested = only(rejects(engine, resolved=True))
    assert (rested.outcome, rested.first_run, rested.last_run) == ("loaded", 1, 1)
    line = facts(engine)["contract_lines"].iloc[0]
    assert (line.amount_minor, line.raw_id) == (1_200_000, 1)


def test_a_whole_chain_is_freed_within_one_sync(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = kit.deal()
    backwards = {name: said[name] for name in reversed(said)}
    result = pull(engine, kit.Said(backwards), now=kit.NOW)
    assert result.counts == {name: Counts(read=1, added=1) for name in backwards}
    assert rejects(engine) == []


def test_a_line_that_comes_with_a_bad_version_of_its_contract_stands_by_the_good_one(
    engine: sa.Engine, kit: SimpleNamespace
) -> None:
    said = kit.deal()
    pull(engine, kit.Said({name: said[name] for name in ("customers", "contracts")}), now=kit.NOW)
    bad = kit.deal(currency="EUR", signed_on=None)["contracts"][0]
    result = pull(engine, kit.Said({"contracts": [*said["contract_lines"], bad]}), now=kit.NOW + HOUR)
    assert result.counts["contracts"] == Counts(read=2, added=1, rejected=1)
    assert facts(engine)["contract_lines"].currency.tolist() == ["USD"]


def test_a_line_waits_for_dates_and_loads_when_its_contract_gets_them(engine: sa.Engine, kit: SimpleNamespace) -> None:
    first = pull(engine, kit.Said(kit.deal(end_on=None)), now=kit.NOW)
    assert first.counts["contract_lines"] == Counts(read=1, rejected=1)
    assert "needs end_on, and contract K1 has none either" in only(rejects(engine)).reason
    assert "Give the line or its contract the dates" in only(rejects(engine)).remedy
    dated = {"contracts": kit.deal()["contracts"]}
    assert pull(engine, kit.Said(dated), now=kit.NOW + HOUR).counts["contract_lines"] == Counts(added=1)


def test_the_policys_method_decides_whether_dates_are_needed(engine: sa.Engine, kit: SimpleNamespace) -> None:
    result = pull(engine, kit.Said(kit.deal(end_on=None)), now=kit.NOW, method="point_in_time")
    assert result.counts["contract_lines"] == Counts(read=1, added=1)


def test_a_bad_version_leaves_the_good_one_standing(engine: sa.Engine, kit: SimpleNamespace) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    bad = pull(engine, kit.Said(kit.deal(status="sined")), now=kit.NOW + HOUR)
    assert bad.counts["contracts"] == Counts(read=1, rejected=1)
    assert facts(engine)["contracts"].status.tolist() == ["signed"]
    assert '"sined"' in only(rejects(engine)).payload
    pull(engine, kit.Said(kit.deal(status="sined")), now=kit.NOW + 2 * HOUR)
    assert only(rejects(engine)).last_run == 3
    mended = pull(engine, kit.Said(kit.deal()), now=kit.NOW + 3 * HOUR)
    assert mended.counts["contracts"] == Counts(read=1, unchanged=1)
    assert len(history(engine, "contracts", "books", "K1")) == 1
    assert rejects(engine) == []


def test_a_contract_in_another_currency_settles_its_lines_anew(engine: sa.Engine, kit: SimpleNamespace) -> None:
    pull(engine, kit.Said(kit.deal()), now=kit.NOW)
    result = pull(engine, kit.Said(kit.deal(currency="JPY")), now=kit.NOW + HOUR)
    assert result.counts["contract_lines"] == Counts(read=1, changed=1)
    line = facts(engine)["contract_lines"].iloc[0]
    assert (line.amount_minor, line.currency) == (12_000, "JPY")


def test_a_problem_the_connector_found_is_kept_in_its_words(engine: sa.Engine, kit: SimpleNamespace) -> None:
    problems = (
        RecordRejected("2027-02-29 is not a day of the calendar", place="x", column="on", remedy="Correct the date"),
        RecordRejected("nothing is given", place="x", column="value", remedy="Fill it in"),
    )
    item = Item("D1", {"on": "2027-02-29"}, (), "deliveries.csv row 3", problems=problems)
    pull(engine, kit.Said({"deliveries": [item]}), now=kit.NOW)
    found = only(rejects(engine))
    assert (found.place, found.column) == ("deliveries.csv row 3", "on, value")
    assert found.reason == "on: 2027-02-29 is not a day of the calendar; value: nothing is given"
    assert found.remedy == "Correct the date; Fill it in"
    assert found.payload == '{"on":"2027-02-29"}'


def test_the_same_id_with_other_content_is_refused_and_the_first_stands(
    engine: sa.Engine, kit: SimpleNamespace
) -> None:
    rows = [
        kit.item("customers", "customers.csv row 2", customer_id="C1", name="Acme"),
        kit.item("customers", "customers.csv row 3", customer_id="C1", name="Acme"),
        kit.item("customers", "customers.csv row 4", customer_id="C1", name="Acme Ltd"),
        kit.item("customers", "customers.csv row 5", customer_id="C1", name="Acme Inc"),
    ]
    for size in (1, 100):
        for expected in (Counts(read=3, added=1, rejected=2), Counts(read=3, unchanged=1, rejected=2)):
            name = f"in pages of {size}"
            result = pull(engine, kit.Said({"customers": rows}, name=name, size=size), now=kit.NOW)
            assert result.counts["customers"] == expected
        first, second = rejects(engine, name)
        assert (first.place, second.place) == ("customers.csv row 4", "customers.csv row 5")
        assert first.reason == "'C1' is also in customers.csv row 2, with other content"
        assert first.remedy == "Keep one of the two, or give one another id"
        assert [version.values["name"] for version in history(engine, "customers", name, "C1")] == ["Acme"]
        mended = pull(engine, kit.Said({"customers": rows[:1]}, name=name), now=kit.NOW + HOUR)
        assert mended.counts["customers"] == Counts(read=1, unchanged=1)
        assert rejects(engine, name) == []


def test_what_a_vendor_changes_while_we_read_is_no_duplicate(engine: sa.Engine, kit: SimpleNamespace) -> None:
    versions = [kit.item("customers", "company 7", customer_id="7", name=name) for name in ("old", "new")]
    for size in (1, 100):
        pull(engine, kit.Said({"customers": versions}, name=f"crm{size}", size=size), now=kit.NOW)
    assert facts(engine)["customers"].name.tolist() == ["new", "new"]
    assert rejects(engine) == []


def test_a_record_two_items_state_differently_is_refused_until_one_lets_go(
    engine: sa.Engine, kit: SimpleNamespace
) -> None:
    def owner(key: str, name: str) -> Item:
        return Item(key, {"name": name}, (Row("products", {"product_id": "P", "name": name}),), f"price {key}")

    pull(engine, kit.Said({"prices": [owner("a", "Core"), owner("b", "Core"), owner("c", "Other")]}), now=kit.NOW)
    assert only(rejects(engine)).reason == "'P' in products already comes from price a, with other content"
    empty = Item("a", {"name": ""}, (), "price a")
    result = pull(engine, kit.Said({"prices": [empty]}), now=kit.NOW + HOUR)
    assert result.counts["prices"] == Counts(read=1, added=1, changed=1)
    assert facts(engine)["products"].name.tolist() == ["Other"]


def test_two_records_of_one_item_with_one_id_must_agree(engine: sa.Engine, kit: SimpleNamespace) -> None:
    rows = [Row("products", {"product_id": "P", "name": name}) for name in ("Core", "Other")]
    pull(engine, kit.Said({"prices": [Item("a", {}, rows), Item("b", {"n": 1}, rows[:1] * 2)]}), now=kit.NOW)
    assert only(rejects(engine)).reason == "it has two records 'P' that differ"
    assert facts(engine)["products"].name.tolist() == ["Core"]


def test_an_item_loads_whole_or_not_at_all(engine: sa.Engine, kit: SimpleNamespace) -> None:
    good = Row("products", {"product_id": "P", "name": "Core"})
    bad = Row("products", {"product_id": "Q", "name": None})
    result = pull(engine, kit.Said({"prices": [Item("a", {}, (good, bad))]}), now=kit.NOW)
    assert result.counts["prices"] == Counts(read=1, rejected=1)
    assert len(facts(engine)["products"]) == 0


def test_what_cannot_be_written_down_is_quarantined_alone(engine: sa.Engine, kit: SimpleNamespace) -> None:
    broken: list[dict[str, Any]] = [{"name": "\ud800"}, {"n": object()}, {"what": iter(())}]
    items = [Item(str(n), payload, (), f"row {n}") for n, payload in enumerate(broken)]
    good = kit.item("customers", customer_id="C1", name="x")
    result = pull(engine, kit.Said({"customers": [*items, good]}), now=kit.NOW)
    assert result.counts["customers"] == Counts(read=4, added=1, rejected=3)
    assert all("it cannot be written down" in reject.reason for reject in rejects(engine))


def test_rejects_of_rows_that_are_gone_are_let_go_but_orphans_go_on_waiting(
    engine: sa.Engine, kit: SimpleNamespace
) -> None:
    bad = kit.item("contracts", contract_id="K8", customer_id="C8", status="sined")
    orphan = kit.deal()["contracts"][0]
    pull(engine, kit.Said({"contracts": [bad, orphan]}), now=kit.NOW)
    assert len(rejects(engine)) == 2
    pull(engine, kit.Said({"contracts": []}), now=kit.NOW + HOUR)
    assert len(rejects(engine)) == 2
    pull(engine, kit.Said({"contracts": [kit.item("contracts", contract_id="K9")]}), now=kit.NOW + HOUR)
    assert {reject.key for reject in rejects(engine)} == {"K1", "K9"}

    def listing(ask: Pull) -> Iterator[Page]:
        yield Page((), seen=frozenset({"K9"}))

    pull(engine, kit.Said({"contracts": listing}), now=kit.NOW + 2 * HOUR)
    assert {reject.key for reject in rejects(engine)} == {"K9"}


def test_a_deleted_orphan_waits_no_more(engine: sa.Engine, kit: SimpleNamespace) -> None:
    orphan = kit.deal()["contracts"][0]
    pull(engine, kit.Said({"contracts": [orphan]}), now=kit.NOW)
    gone = dataclasses.replace(orphan, rows=(), deleted=True)
    pull(engine, kit.Said({"contracts": [gone]}), now=kit.NOW + HOUR)
    assert rejects(engine) == []
    pull(engine, kit.Said({"customers": kit.deal()["customers"]}), now=kit.NOW + 2 * HOUR)
    assert len(facts(engine)["contracts"]) == 0


def test_lines_added_by_amendments_take_deliveries_and_schedules(engine: sa.Engine, kit: SimpleNamespace) -> None:
    day = dt.date(2026, 4, 1)
    said = kit.deal()
    said["schedules"] = [kit.item("schedules", line_id="L2", on=day, amount=Decimal("1.50"))]
    said["amendments"] = [
        kit.item(
            "amendments", amendment_id="A", contract_id="K1", signed_on=day, effective_on=day, kind="add_line",
            new_line_id="L2", amount=Decimal(5), recognition="manual",
        )
    ]  # fmt: skip
    result = pull(engine, kit.Said(said), now=kit.NOW)
    assert result.counts["schedules"] == Counts(read=1, added=1)
    assert facts(engine)["schedules"].amount_minor.tolist() == [150]


@pytest.mark.parametrize("deleted", [False, True])
def test_a_cancellation_counts_from_the_day_it_arrived(engine: sa.Engine, kit: SimpleNamespace, deleted: bool) -> None:
    day = dt.timedelta(days=1)
    story = ["signed", "cancelled", "active", "cancelled", "cancelled"]
    for at, status in enumerate(story):
        pull(engine, kit.Said(kit.deal(status=status, number=f"v{at}")), now=kit.NOW + at * day)
    first = (kit.NOW.date() - dt.date(1970, 1, 1)).days
    assert facts(engine)["contracts"].cancelled_on.tolist() == [first + 3]
    assert facts(engine, kit.NOW + 1.5 * day)["contracts"].cancelled_on.tolist() == [first + 1]
    assert facts(engine, kit.NOW + 2.5 * day)["contracts"].cancelled_on.tolist() == [-(2**40)]
    if deleted:
        gone = dataclasses.replace(kit.deal()["contracts"][0], rows=(), deleted=True)
        pull(engine, kit.Said({"contracts": [gone]}), now=kit.NOW + 5 * day)
        pull(engine, kit.Said(kit.deal(status="cancelled")), now=kit.NOW + 6 * day)
        assert facts(engine)["contracts"].cancelled_on.tolist() == [first + 6]


@pytest.mark.parametrize("sign", ["\x00", "\ud800"], ids=["NUL", "half a sign"])
def test_signs_no_database_holds_spoil_their_own_row_only(engine: sa.Engine, kit: SimpleNamespace, sign: str) -> None:
    good = kit.item("customers", customer_id="C1", name="Acme")
    bad = kit.item("customers", f"place {sign}", customer_id=f"C{sign}2", name=f"B{sign}")
    said = RecordRejected(f"the text {sign} is odd", column=f"name{sign}", remedy=f"Mend {sign}")
    told = Item(f"C{sign}3", {"name": sign}, (), f"row {sign}", f"https://x/{sign}", problems=(said,))
    moved = Item("C4", {"name": "x"}, (), aliases=(("customers", f"C{sign}5", "C1"),))
    for _ in range(2):
        result = pull(engine, kit.Said({"customers": [good, bad, told, moved]}), now=kit.NOW)
        assert result.error is None
        assert result.counts["customers"].rejected == 2
    assert facts(engine)["customers"].customer_id.tolist() == ["C1"]
    assert {reject.key for reject in rejects(engine)} == {"C\N{REPLACEMENT CHARACTER}2", "C\N{REPLACEMENT CHARACTER}3"}
