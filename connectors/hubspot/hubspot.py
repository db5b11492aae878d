"""The HubSpot connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.hubspot.deals import FIELDS, TERMS, Deal, Object, deal_rows
from connectors.hubspot.reading import Crm, milliseconds
from connectors.hubspot.stages import Stages
from connectors.kit.auth import Auth, Bearer
from connectors.kit.connector import Item, Page, Pull, Row, Setting
from connectors.kit.fields import look, record
from connectors.kit.incremental import Clockwork, read, whole
from connectors.kit.limits import Limit
from connectors.kit.paging import Position
from connectors.kit.rest import OTHER_FIELDS, PACE, RECONCILE, RestConnector

TABLE = {"companies": "customers", "products": "products", "deals": "contracts"}
WORD = {"companies": "company", "products": "product", "deals": "deal"}
OVERLAP_MS = 600_000  # a change is found by search after a while
DAY_MS = 86_400_000
PRIMARY = 5  # the association type "deal to primary company"


class HubSpot(RestConnector):
    """Reads one HubSpot account with a private app's token."""

    kind = "hubspot"
    title = "HubSpot"
    secret = "access_token"  # noqa: S105 (the setting's name)
    rights = (
        "a private app with crm.objects.companies.read, crm.objects.deals.read, crm.objects.line_items.read, "
        "crm.objects.products.read (and crm.objects.owners.read for the names of sales reps)"
    )
    settings = (
        Setting("access_token", "a private app's access token: pat-…", required=True, secret=True),
        Setting("base_url", "another address of the API, for tests", "https://api.hubapi.com"),
        Setting(
            "stages",
            "what a deal stage means: a table of stage (id, label or pipeline.id) = contract status",
            kind=dict,
        ),
        Setting("default_currency", "the currency of deals that name none (ISO 4217)"),
        RECONCILE,
        OTHER_FIELDS,
        PACE,
    )
    base_url = "https://api.hubapi.com"
    # Of 190 in ten seconds; smaller accounts have 100, which their headers tell.
    published = Limit(180, 10.0, "X-HubSpot-RateLimit-Remaining", "X-HubSpot-RateLimit-Interval-Milliseconds")
    fields = FIELDS

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._stages = Stages(name, self.options.get("stages") or {})
        self.crm = Crm(self.api, self._properties)

    def auth(self) -> Auth:
        """The token of a private app (https://developers.hubspot.com/docs/apps/legacy-apps/private-apps/overview)."""
        return Bearer(str(self.options["access_token"]))

    def explain(self, body: Any) -> str:
        """https://developers.hubspot.com/docs/api-reference/error-handling"""
        scopes = look(body, "errors.0.context.requiredGranularScopes") or ()
        wanted = f" Scopes: {', '.join(scopes)}" if scopes else ""
        return f"{look(body, 'message') or ''}{wanted}"

    def quota(self, headers: Mapping[str, str], body: Any) -> float | None:
        """The daily limit, which is renewed at midnight in the account's zone.

        https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
        """
        if look(body, "policyName") != "DAILY":
            return None
        now = dt.datetime.now(self.zone)
        return (self.day_start(now.date() + dt.timedelta(days=1)) - now).total_seconds() + 60

    def objects(self) -> tuple[str, ...]:
        """Companies and products before the deals that point at them."""
        return tuple(TABLE)

    def known_fields(self, table: str) -> Iterable[str]:
        """The account's own properties, custom ones included."""
        objects = {
            "customers": "companies",
            "products": "products",
            "contracts": "deals",
            "contract_lines": "line_items",
        }
        return self.crm.property_names(objects[table])

    def close(self) -> None:
        """Hangs up."""
        self.crm.close()
        super().close()

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """The whole list the first time and every `reconcile_days`; else what a search finds changed."""
        if name == "deals":
            self._stages.learn(self.crm.pipelines)
        now = int(ask.now.timestamp() * 1000)
        clock = Clockwork(
            now, DAY_MS, OVERLAP_MS, int(self.options.get("reconcile_days") or 7),
            asked=int(self.day_start(ask.since).timestamp() * 1000) if ask.since else None,
        )  # fmt: skip
        yield from read(
            ask, clock, partial(self._whole, name), partial(self._changes, name, now), f"{self.name} {name}"
        )

    def _whole(self, name: str, begun: Mapping[str, Any], position: Position) -> Iterator[Page]:
        pages = self.crm.listing(name, None if position is None else str(position))
        make = partial(self._items, name)
        yield from whole(pages, make, begun=begun, resumed=position is not None, sweeps=name == "deals")

    def _changes(self, name: str, now: int, since: int, state: Mapping[str, Any]) -> Iterator[Page]:
        """What changed since, oldest first; the cursor follows each page. Then what only others tell of."""
        latest = since
        for found in self.crm.changed(name, since - OVERLAP_MS):
            latest = max([latest, *(changed for changed, _, _ in found)])
            # A search may yet find what changed a moment ago: the cursor stays below now.
            yield Page(self._items(name, [each for _, _, each in found]), {**state, "since": min(latest, now)})
        asked = since < int(state.get("since", since))  # by a person, further back than we are
        told = since if asked else int(state.get("told", since))
        if name == "deals":
            yield from self._by_line_items(told)
        yield from self._archived(name, told)
        yield Page((), {**state, "since": min(max(latest, since), now), "told": max(told, now - DAY_MS // 24)})

    def _by_line_items(self, since: int) -> Iterator[Page]:
        """Deals whose line items changed, which need not change the deal itself."""
        for found in self.crm.changed("line_items", since - OVERLAP_MS):
            linked = self.crm.associated("line_items", "deals", [str(key) for _, key, _ in found])
            keys = sorted({str(to["toObjectId"]) for ends in linked.values() for to in ends})
            yield Page(self._items("deals", self.crm.batch("deals", keys)))

    def _archived(self, name: str, since: int) -> Iterator[Page]:
        for records, _ in self.crm.objects(name, None, True):
            recent = [each for each in records if milliseconds(each.get("archivedAt")) >= since - OVERLAP_MS]
            if recent:
                yield Page(self._items(name, recent))

    def _items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """Items of a page; a deal with its line items and company, which are read for the page together."""
        if name != "deals":
            return [self._plain(name, each) for each in records]
        keys = [str(each["id"]) for each in records if not each.get("archived")]
        lines = self.crm.associated("deals", "line_items", keys)
        companies = self.crm.associated("deals", "companies", keys)
        wanted = [str(to["toObjectId"]) for ends in lines.values() for to in ends]
        items = {str(each["id"]): each for each in self.crm.batch("line_items", wanted)}
        made: list[Item] = []
        for each in records:
            key = str(each["id"])
            made += _former(each)
            own = [items[str(to["toObjectId"])] for to in lines.get(key, ()) if str(to["toObjectId"]) in items]
            made.append(self._deal(each, own, _company(companies.get(key, ()))))
        return made

    def _plain(self, name: str, payload: Object) -> Item:
        """A company or product. Archived ones keep their name: contracts outlive them."""
        key = str(payload["id"])
        return self.item(
            f"{WORD[name]} {key}", key, payload, partial(self._row, TABLE[name], payload),
            aliases=_merged(payload, TABLE[name]),
        )  # fmt: skip

    def _row(self, table: str, payload: Object) -> Iterable[Row]:
        yield record(table, self.maps[table], _values(payload), self.context(), f"{table} {payload['id']}")

    def _deal(self, payload: Object, items: Sequence[Object], company: str) -> Item:
        key = str(payload["id"])
        place, aliases = f"deal {key}", _merged(payload, "contracts")
        if payload.get("archived"):
            return Item(key, payload, place=place, deleted=True, aliases=aliases)
        values = _values(payload)
        status = self._stages.status(str(values.get("pipeline") or ""), str(values.get("dealstage") or ""))
        rep = self.crm.owner(str(values.get("hubspot_owner_id") or ""))
        deal = Deal(values, [_values(each) for each in items], company, status, rep)
        said = {"deal": payload, "line_items": list(items), "company": company}
        default = str(self.options.get("default_currency") or "")
        rows = partial(deal_rows, deal, self.maps, self.context(), default)
        return self.item(place, key, said, rows, aliases=aliases)

    def _properties(self, name: str) -> list[str]:
        """The properties that are asked for: those the maps name, and those that every object needs."""
        fields = list(self.maps[TABLE.get(name, "contract_lines")].values())
        more = {
            "deals": ["amount", "dealstage", "pipeline"],
            "line_items": ["hs_line_item_currency_code", *(path for field in TERMS for path in field.paths)],
        }
        paths = [path for field in fields for path in field.paths]
        return sorted({"hs_object_id", "hs_lastmodifieddate", "hs_merged_object_ids", *paths, *more.get(name, [])})


def _values(payload: Object) -> Object:
    return {**(payload.get("properties") or {}), "hs_object_id": str(payload["id"])}


def _merged(payload: Object, table: str) -> list[tuple[str, str, str]]:
    """Former ids of a merged record. https://knowledge.hubspot.com/records/merge-records"""
    former = str(look(payload, "properties.hs_merged_object_ids") or "").split(";")
    return [(table, old.strip(), str(payload["id"])) for old in former if old.strip() not in ("", str(payload["id"]))]


def _former(payload: Object) -> list[Item]:
    """Deals that were merged into this one are gone, so that nothing counts twice."""
    merged = _merged(payload, "contracts")
    return [Item(old, {"id": old, "merged_into": new}, place=f"deal {old}", deleted=True) for _, old, new in merged]


def _company(ends: Sequence[Object]) -> str:
    """The primary company, else the one with the smallest id."""
    primary = [to for to in ends if any(kind.get("typeId") == PRIMARY for kind in to.get("associationTypes") or ())]
    found = primary or sorted(ends, key=lambda to: int(to["toObjectId"]))
    return str(found[0]["toObjectId"]) if found else ""
