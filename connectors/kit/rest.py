"""A connector to a vendor's HTTP API: what all of them do alike, so that a vendor's file keeps to its facts.

A subclass names its base URL, limit, headers, maps and how it authenticates. `[connectors.NAME.fields]` lays other
vendor fields under its maps; `timezone` decides which day a moment belongs to.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from connectors.kit.auth import Auth
from connectors.kit.connector import Check, Connector, Item, Payload, Row, Setting
from connectors.kit.fields import Context, Fields, zone_named
from connectors.kit.known import Configured, unknown_fields
from connectors.kit.limits import Limit
from connectors.kit.maps import override
from connectors.kit.oauth import Endpoint
from connectors.kit.reading import Reading
from connectors.kit.tokens import Rotating, slot_of
from connectors.kit.transport import Patience, Transport, Vendor
from model.errors import ConfigNeeded, RecordRejected
from model.money import Money

_log = logging.getLogger("backlog.sync")
_LOOK_SECONDS = 0.25  # how soon a wait notices that we are to end
RECONCILE = Setting(
    "reconcile_days", "after how many days everything is read again, to find what no change told of", 7, kind=int
)
OTHER_FIELDS = Setting("fields", "other vendor fields for columns: a table of table.column = vendor field", kind=dict)
BUDGET = Setting(
    "requests_per_run", "asks at most so often in one run and goes on in the next; empty: without end", kind=int
)
PACE = Setting("requests_per_second", "asks at most so often; empty: the vendor's published limit", kind=int)
USUAL = (RECONCILE, OTHER_FIELDS, PACE, BUDGET)
"""The settings with which most connectors end."""

OTHER_FORM = (KeyError, TypeError, ValueError, AttributeError)
"""What reading a record raises that is not what its vendor's records were."""


class RestConnector(Connector):
    """The common ground of connectors that ask over HTTP.

    `api` is the transport, `maps` the field maps in force, `published` the limit that the vendor has published.
    """

    base_url: ClassVar[str]
    secret: ClassVar[str] = "api_key"  # noqa: S105 (the setting's name)
    headers: ClassVar[Mapping[str, str]] = {}
    published: ClassVar[Limit]
    fields: ClassVar[Mapping[str, Fields]] = {}

    def __init__(self, name: str, options: Mapping[str, Any], patience: Patience | None = None) -> None:
        super().__init__(name, options)
        self.zone = zone_named(str(self.options.get("timezone") or "UTC"), f"[connectors.{name}] ")
        self.maps = override(self.declared(), self.options.get("fields") or {}, name)
        self.patience = patience or Patience()
        vendor = Vendor(name, self.title, self.rights, self.secret, self.explain, self.quota)
        self.api = Transport(
            vendor, self.address(), self.auth(), limit=self.limit(), headers=self.headers, patience=self.patience,
            rest=self.rest, budget=int(self.options.get(BUDGET.name) or 0) or None,
        )  # fmt: skip

    def address(self) -> str:
        """Where the API is."""
        return str(self.options.get("base_url") or self.base_url)

    def declared(self) -> Mapping[str, Fields]:
        """The maps before the configuration's own fields; a setting may have a say in them."""
        return self.fields

    def rotating(self, token_url: str) -> Auth:
        """A token renewed by a refresh token of one use; the setting `token_url` may name another place."""
        client = (str(self.options["client_id"]), str(self.options["client_secret"]))
        address = str(self.options.get("token_url") or token_url)
        endpoint = Endpoint(self.name, self.title, address, client, silence=min(30.0, self.patience.silence))
        return Rotating(endpoint, slot_of(self.options["refresh_token"]))

    @abstractmethod
    def auth(self) -> Auth:
        """How this vendor is told who asks, from the secret settings."""

    def limit(self) -> Limit:
        """How fast this vendor may be asked: as configured, else as it has published; its headers count either way."""
        asked = self.options.get(PACE.name)
        return self.published.at(int(asked)) if asked else self.published

    def explain(self, body: Any) -> str:
        """The vendor's own error text in a decoded body."""
        return ""

    def quota(self, headers: Mapping[str, str], body: Any) -> float | None:
        """Seconds until a used-up quota is renewed, None where a refusal is of another kind. See Vendor."""
        return None

    def rest(self, seconds: float) -> bool:
        """Waits, unless `stop` says that we are to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stop():
                return False
            time.sleep(min(left, _LOOK_SECONDS))
        return not self.stop()

    def minor_units(self, amount: int, currency: str) -> Money:
        """What a whole amount of the vendor means; most count in ISO 4217 minor units."""
        return Money(amount, currency)

    def context(self, currency: str = "") -> Context:
        """What readings need: the zone, a currency, the rule for minor units."""
        return Context(self.zone, currency.upper(), self.minor_units)

    def reading(self) -> Reading:
        """What rows are made with."""
        return Reading(self.maps, self.zone, self.context)

    def known_fields(self, table: str) -> Iterable[str] | None:
        """The vendor's own list of the fields that a table may be read from, None where it has none."""
        return None

    def custom_fields(self, table: str) -> Iterable[str]:
        """The custom fields of a table, where the vendor has a list of those alone."""
        return ()

    def check(self, now: dt.datetime) -> list[Check]:
        """The first page of each object, and the configured fields against what the vendor has."""
        configured = Configured(self.options.get(OTHER_FIELDS.name) or {})
        configured.watch(self.maps)
        checks = super().check(now)
        return [*checks, *(self._check_fields(configured, table) for table in configured.tables())]

    def _check_fields(self, configured: Configured, table: str) -> Check:
        name = f"fields of {table}"
        try:
            known = self.known_fields(table)
            custom = self.custom_fields(table) if known is None else ()
        except ConfigNeeded as error:
            return Check(name, False, str(error))
        if known is None:
            wrong = configured.wrong(table, custom)
            return Check(name, not wrong, "; ".join(wrong) or configured.proof(table, self.title))
        wrong = unknown_fields(self.options[OTHER_FIELDS.name], table, known)
        return Check(name, not wrong, "; ".join(wrong) or "all known to the vendor")

    def item(
        self,
        place: str,
        key: str,
        payload: Payload,
        rows: Callable[[], Iterable[Row]],
        *,
        link: str = "",
        aliases: Sequence[tuple[str, str, str]] = (),
    ) -> Item:
        """An item whose rows are read now; a broken rule becomes its problem, told with its place.

        So does a field that is not there or not what it was: the vendor has changed it, and the others are read all the same.
        """
        try:
            found = tuple(rows())
        except RecordRejected as error:
            problem = RecordRejected(error.reason, place=place, column=error.column, remedy=error.remedy)
        except OTHER_FORM as error:
            what = (
                f"sends no {error.args[0]!r}" if isinstance(error, KeyError) else f"sends what cannot be read ({error})"
            )
            problem = RecordRejected(f"{self.title} {what}, which was always there", place=place, remedy=self.stays)
            _log.debug("%s %s", self.name, place, exc_info=True)
        else:
            return Item(key, payload, found, place, link, aliases=aliases)
        return Item(key, payload, place=place, link=link, problems=(problem,))

    @property
    def stays(self) -> str:
        """What to say and do where the vendor sends something in another form than it did."""
        return f"What was read before stays. See: backlog connectors preview {self.name}; and report it"

    def day_start(self, day: dt.date) -> dt.datetime:
        """The moment a day begins in the account's zone."""
        return dt.datetime.combine(day, dt.time(), self.zone)

    def close(self) -> None:
        """Hangs up."""
        self.api.close()
