"""What events tell."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.stripe.events import Events

RUN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def event(moment: int, kind: str, what: str, key: str, **more: Any) -> dict[str, Any]:
    return {"created": moment, "type": what, "data": {"object": {"id": key, "object": kind, **more}}}


class Feed:
    """A listing of events, newest first, that counts how often it is read."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = sorted(events, key=lambda each: -each["created"])
        self.asked: list[int] = []

    def __call__(self, params: Mapping[str, Any]) -> Iterator[tuple[list[Any], Any]]:
        self.asked.append(params["created[gte]"])
        yield [each for each in self.events if each["created"] >= params["created[gte]"]], None


def test_a_deletion_carries_the_last_words() -> None:
    feed = Feed(
        event(1_000, "customer", "customer.updated", "cus_1", name="Old"),
        event(1_100, "customer", "customer.deleted", "cus_1", name="Last"),
        event(1_200, "customer", "customer.created", "cus_2", name="New"),
    )
    told = Events(feed).since(1_000, RUN)
    found = told.about("customer")
    assert (found["cus_1"] or {})["name"] == "Last"
    assert found["cus_2"] is None
    assert told.latest == 1_200


def test_a_subscription_changes_with_what_belongs_to_it() -> None:
    feed = Feed(
        event(1_000, "invoice", "invoice.voided", "in_1", subscription="sub_1"),
        event(1_000, "invoiceitem", "invoiceitem.deleted", "ii_1", subscription="sub_2"),
        event(1_000, "subscription_schedule", "subscription_schedule.released", "s_1", released_subscription="sub_3"),
        event(1_000, "subscription", "customer.subscription.deleted", "sub_4"),
        event(1_000, "customer", "customer.updated", "cus_1"),
    )
    assert Events(feed).since(1_000, RUN).about("subscription") == dict.fromkeys(("sub_1", "sub_2", "sub_3", "sub_4"))


def test_events_are_read_once_a_run_with_an_overlap() -> None:
    feed = Feed(event(1_000, "customer", "customer.created", "cus_1"))
    events = Events(feed)
    events.since(1_000, RUN)
    events.since(1_500, RUN)
    assert feed.asked == [700]
    events.since(500, RUN)
    events.since(1_000, RUN + dt.timedelta(hours=1))
    assert feed.asked == [700, 200, 700]
