"""Stripe's events, read once a run: which objects changed, and the last words of those that were deleted.

https://docs.stripe.com/api/events/list: newest first, kept for 30 days. All types are read in one listing, because the
lists we keep span more types than one request may name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.stripe import shapes
from connectors.stripe.shapes import Object

KEPT_DAYS = 29  # a day less than Stripe keeps them, for the time a listing takes
SKEW = 3_600  # how far our clock and Stripe's may be apart
OVERLAP = 300  # events that appeared late are met again

# Kinds of object that are part of a subscription's contract.
_PARTS = ("invoice", "invoiceitem", "subscription_schedule")
Listing = Callable[[Mapping[str, Any]], Iterator[tuple[list[Any], Any]]]


@dataclass(frozen=True)
class Told:
    """What events tell: (kind, id, subscription, last words or None), oldest first; `latest` event's moment."""

    changes: tuple[tuple[str, str, str, Object | None], ...]
    latest: int

    def about(self, kind: str) -> dict[str, Object | None]:
        """Ids of a kind that changed, with the last words of those deleted. A subscription also changes with its
        schedule, its invoices and what waits to be invoiced."""
        found: dict[str, Object | None] = {}
        for each, key, subscription, gone in self.changes:
            if each == kind:
                found[key] = gone
            elif kind == "subscription" and each in _PARTS and subscription:
                found[subscription] = None
        return found


class Events:
    """The events of one run, shared by all objects."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._run: dt.datetime | None = None
        self._from = 0
        self._told = Told((), 0)

    def since(self, moment: int, run: dt.datetime) -> Told:
        """What events tell since a moment; one listing a run, as far back as the first that asks."""
        if self._run != run or moment < self._from:
            self._told = self._read(moment)
            self._run, self._from = run, moment
        return self._told

    def _read(self, moment: int) -> Told:
        found: list[tuple[str, str, str, Object | None]] = []
        latest = 0
        for events, _ in self._listing({"created[gte]": moment - OVERLAP}):
            for event in events:
                latest = max(latest, int(event["created"]))
                subject = event["data"]["object"]
                kind = str(subject.get("object", ""))
                # A cancelled subscription's event is called deleted; the subscription can still be read.
                gone = subject if str(event["type"]).endswith(".deleted") and kind != "subscription" else None
                subscription = shapes.subscription_of(subject) or shapes.ident(subject.get("released_subscription"))
                found.append((kind, str(subject.get("id", "")), subscription, gone))
        return Told(tuple(reversed(found)), latest)
