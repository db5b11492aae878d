"""What a connector is, in five minutes: it turns a vendor's objects into pages of items, and each item into records.

A connector states a vendor's facts: which objects there are, how a page is asked for, what a payload means. It never
writes: `sync` stores each page in one transaction (raw payloads, records, rejects and the cursor together), so a pull
can be cut after any page and goes on from the cursor that page carried.

An *item* is one payload in the vendor's own words and the records it yields. The records of an item are replaced as a
set: a line that a later version of the deal no longer has disappears from the store (its history stays).
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from model.errors import RecordRejected

Payload = Mapping[str, Any]
Cursor = Mapping[str, Any]


class Row(NamedTuple):
    """One normalized record: `table` of model.records and its `values` by column name."""

    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One payload as the vendor sent it and what it means.

    `key`: the vendor's id, unique within the object. `payload`: the vendor's own words (JSON-able, decimals kept as
    they were written). `place`: where a person finds it ("contracts.csv row 7", "invoice in_123"). `link`: the
    vendor's page for it, if there is one. `deleted`: the vendor says it is gone: its records become tombstones.
    `aliases`: former ids that now mean this one (merged records), as (table, old id, new id).
    `problems`: rules it breaks; an item with problems is quarantined whole, with its payload.
    """

    key: str
    payload: Payload
    rows: Sequence[Row] = ()
    place: str = ""
    link: str = ""
    deleted: bool = False
    aliases: Sequence[tuple[str, str, str]] = ()
    problems: Sequence[RecordRejected] = ()


@dataclass(frozen=True)
class Part:
    """A page's place in a listing of a whole object that may be cut and gone on with: the `first`, the `last`, both.

    `sweeps`: what the store has beyond the keys of all its parts is gone at the vendor. `reconciles`: changes were read
    before, so what the listing adds, changes or removes is what no change told of, and is reported.
    """

    first: bool
    last: bool
    sweeps: bool = True
    reconciles: bool = False


@dataclass(frozen=True)
class Page:
    """Items read together, and the cursor that is true once they are stored.

    `cursor` None means: keep the one that is stored (a newest-first list advances only on its last page).
    `seen`: this page ends a listing that was read in one go, and these are all its keys, so that what the store has
    beyond them is gone at the vendor (a sweep). `part`: the place of this page in a listing that may be cut.
    """

    items: Sequence[Item]
    cursor: Cursor | None = None
    seen: frozenset[str] | None = None
    part: Part | None = None


@dataclass(frozen=True)
class Setting:
    """One key of `[connectors.NAME]`: its name, what it is for, its default, and whether it is a secret.

    A secret is never in the file: it is read from the environment (BACKLOG_<NAME>_<KEY>) or the keyring. One that
    `rotates` is a refresh token that the vendor replaces: the option holds the Slot of its successors (kit.tokens).
    """

    name: str
    help: str
    default: Any = None
    required: bool = False
    secret: bool = False
    kind: type = str
    choices: tuple[str, ...] = ()
    rotates: bool = False


@dataclass(frozen=True)
class Check:
    """The outcome of reading one object on trial: `ok`, or the vendor's own error in `detail`."""

    object: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Pull:
    """What is asked of a connector for one object.

    `cursor`: the stored state, None on the first pull. `since`: read again from this day. `full`: read everything.
    `now`: the moment of the run (UTC), so that no connector looks at a clock of its own.
    """

    cursor: Cursor | None
    now: dt.datetime
    since: dt.date | None = None
    full: bool = False


class Connector(ABC):
    """One source of records, made from the settings of its `[connectors.NAME]` block.

    `kind` is the word in the configuration; `title` the vendor's name; `settings` the keys it understands (besides
    kind, schedule and timezone, which every connector has); `rights` the least an admin must grant at the vendor.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    rights: ClassVar[str] = ""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.options = dict(options)
        self.stop: Callable[[], bool] = lambda: False
        """Asked while a vendor keeps us waiting; whoever pulls may set it."""

    @abstractmethod
    def objects(self) -> tuple[str, ...]:
        """The vendor's objects, those that others point at first."""

    @abstractmethod
    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The object's pages, oldest change first where the vendor allows it.

        Raises RetryLater when the vendor stays unavailable, ConfigNeeded when only a person can help.
        """

    def check(self, now: dt.datetime) -> list[Check]:
        """Reads the first page of each object and says what came, for `backlog connectors test`."""
        from model.errors import BacklogError

        results = []
        for name in self.objects():
            try:
                page = next(iter(self.pull(name, Pull(None, now, full=True))), None)
            except BacklogError as error:
                results.append(Check(name, False, str(error)))
            else:
                if page:
                    self.tried(page)
                results.append(Check(name, True, f"{len(page.items) if page else 0} on the first page"))
        return results

    def tried(self, page: Page) -> None:
        """Hears of each page that `check` reads."""

    def close(self) -> None:
        """Lets go of connections. Called once, after the last pull."""


@dataclass(frozen=True)
class Described:
    """A connector class with its settings, for listings. See connectors.registry."""

    kind: str
    title: str
    settings: tuple[Setting, ...] = field(default=())
