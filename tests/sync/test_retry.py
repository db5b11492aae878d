"""Rejects taken up again, or let go, by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Item, Row
from model.errors import Unanswerable
from model.money import Grouped, Money
from store.read import facts, freshness, rejects, runs
from store.write import Waiting
from sync.parcels import Parcel, body, parcel, reopened
from sync.retry import Retried, dismiss, retry
from sync.run import pull

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def quarantined(engine: sa.Engine, kit: SimpleNamespace) -> sa.Engine:
    """A store with a line without dates, its amendment, and a row that only its file can mend."""
    said = kit.deal(end_on=None)
    day = dt.date(2026, 4, 1)
    said["estimates"] = [
        kit.item("estimates", estimate_id="E1", contract_id="K1", line_id="L1", on=day, amount=Decimal(5))
    ]
    said["products"] = [kit.item("products", product_id="P1")]
    pull(engine, kit.Said(said), now=kit.NOW)
    assert [reject.key for reject in rejects(engine)] == ["L1", "E1", "P1"]
    return engine


def test_a_retry_under_another_policy_loads_the_line_and_what_it_frees(
    quarantined: sa.Engine, kit: SimpleNamespace
) -> None:
    seen = freshness(quarantined)
    result = retry(quarantined, now=kit.NOW + HOUR, method="point_in_time")
    assert result == Retried(loaded=2, still=1, unread=0)
    assert [reject.key for reject in rejects(quarantined)] == ["P1"]
    assert facts(quarantined)["estimates"].amount_minor.tolist() == [500]
    assert (runs(quarantined)[0].state, freshness(quarantined)) == ("retried", seen)


def test_one_reject_is_retried_by_its_number(quarantined: sa.Engine, kit: SimpleNamespace) -> None:
    line = rejects(quarantined)[0]
    assert retry(quarantined, line.id, now=kit.NOW + HOUR) == Retried(loaded=0, still=1, unread=0)
    assert retry(quarantined, line.id, now=kit.NOW + HOUR, method="units") == Retried(loaded=1, still=0, unread=0)
    with pytest.raises(Unanswerable, match=f"no open reject {line.id}. List them with: backlog rejected list"):
        retry(quarantined, line.id, now=kit.NOW + HOUR)


def test_what_the_connector_could_not_read_must_be_read_again(engine: sa.Engine, kit: SimpleNamespace) -> None:
    from model.errors import RecordRejected

    broken = Item("x", {"a": "b"}, (), "file row 2", problems=(RecordRejected("no amount"),))
    pull(engine, kit.Said({"products": [broken]}), now=kit.NOW)
    assert retry(engine, now=kit.NOW + HOUR) == Retried(loaded=0, still=0, unread=1)


def test_a_dismissed_reject_comes_back_only_if_it_is_read_again(engine: sa.Engine, kit: SimpleNamespace) -> None:
    said = {"products": [kit.item("products", product_id="P1")]}
    pull(engine, kit.Said(said), now=kit.NOW)
    dismiss(engine, rejects(engine)[0].id, now=kit.NOW + HOUR, who="ann", why="sold as a service now")
    assert rejects(engine) == []
    (rested,) = rejects(engine, resolved=True)
    assert (rested.outcome, rested.who, rested.why) == ("dismissed", "ann", "sold as a service now")
    assert rested.resolved_at == kit.NOW + HOUR
    pull(engine, kit.Said(said), now=kit.NOW + 2 * HOUR)
    assert [reject.reason for reject in rejects(engine)] == ["nothing is given"]
    with pytest.raises(Unanswerable, match="no open reject 77"):
        dismiss(engine, 77, now=kit.NOW, who="ann")


def test_a_quarantined_item_is_read_back_as_it_was() -> None:
    values: dict[str, Any] = {
        "line_id": "L1", "contract_id": "K1", "amount": Money(-5, "KWD"), "ssp": Decimal("1.10"), "expected_cost": Grouped("1.500"),
        "start_on": dt.date(2028, 2, 29), "quantity": Decimal("0.3"), "description": "Ünï \u2028 =1+1",
    }  # fmt: skip
    flags = {"contract_id": "K1", "evergreen": True, "payment_terms_days": 30, "end_on": None}
    rows = (Row("contract_lines", values), Row("contracts", flags))
    one: Parcel = parcel(Item("k", {}, rows, aliases=[("customers", "a", "b")]))
    again = reopened(Waiting(1, "s", "o", "k", "", one.hash, 7, "place", "link", body(one), 3))
    assert (again.rows, again.aliases) == (list(rows), [("customers", "a", "b")])
    assert type(again.rows[0].values["expected_cost"]) is Grouped
    assert (again.raw_id, again.reject_id, again.reject_run, again.hash) == (7, 1, 3, one.hash)
