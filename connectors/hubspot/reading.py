"""HubSpot's interfaces for objects, search, associations and owners, as calls that give whole answers.

https://developers.hubspot.com/docs/api-reference/search/guide · …/crm-associations-v4/guide · …/crm-owners-v3/guide
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from connectors.hubspot.deals import Object
from connectors.kit.fields import look
from connectors.kit.incremental import Found, keyset
from connectors.kit.limits import Limit, Pace
from connectors.kit.paging import Position, Token, walk
from connectors.kit.transport import Transport
from model.errors import ConfigNeeded

PAGING = Token(send="after", read="paging.next.after", rows="results")
PAGE = {"list": 100, "search": 200, "batch": 100, "associations": 1000}
SHOWN = 10_000  # what a search shows in all
SEARCHES = 4  # a second, of five


class Crm:
    """The calls. `properties` names the properties to ask for, by kind of object."""

    def __init__(self, api: Transport, properties: Callable[[str], list[str]]) -> None:
        self._api, self._properties = api, properties
        self._pace = Pace(Limit(SEARCHES))
        self._owners: dict[str, str] | None = None

    def close(self) -> None:
        """Ends the pace of searches."""
        self._pace.close()

    def pipelines(self) -> Any:
        """The deal pipelines with their stages."""
        return self._api.get("/crm/v3/pipelines/deals")

    def property_names(self, name: str) -> list[str]:
        """The names of all properties of a kind of object.

        https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
        """
        return [str(each["name"]) for each in look(self._api.get(f"/crm/v3/properties/{name}"), "results") or ()]

    def listing(self, name: str, position: str | None) -> Iterator[tuple[list[Object], Position]]:
        """All objects, then the archived ones, which are a list of their own."""
        archived = (position or "").startswith("archived:")
        if not archived:
            for records, after in self.objects(name, position, False):
                yield records, "archived:" if after is None else after
        start = (position or "").partition(":")[2] if archived else ""
        for records, after in self.objects(name, start or None, True):
            yield records, None if after is None else f"archived:{after}"

    def objects(self, name: str, position: str | None, archived: bool) -> Iterator[tuple[list[Object], Position]]:
        """Pages of the objects of a kind, live or archived."""
        params = {"limit": PAGE["list"], "properties": ",".join(self._properties(name)), "archived": archived}
        return walk(self._api.get, f"/crm/v3/objects/{name}", PAGING, params, position)

    def changed(self, name: str, since: int) -> Iterator[list[Found]]:
        """What changed from a moment on (Unix milliseconds), oldest first."""
        return keyset(partial(self.search, name), since, SHOWN)

    def search(self, name: str, moment: int, after_id: int | None) -> Iterator[list[Found]]:
        """One search: everything from a moment on, or of one moment beyond an id; at most SHOWN hits."""
        changed = {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(moment)}
        beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(after_id)}
        filters = [changed] if after_id is None else [{**changed, "operator": "EQ"}, beyond]
        order = "hs_lastmodifieddate" if after_id is None else "hs_object_id"
        body: dict[str, Any] = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": order, "direction": "ASCENDING"}],
            "properties": self._properties(name), "limit": PAGE["search"],
        }  # fmt: skip
        shown = 0
        while shown < SHOWN:
            self._pace.wait()
            answer = self._api.post(f"/crm/v3/objects/{name}/search", body)
            records = look(answer, "results") or []
            yield [(_changed_at(each), int(each["id"]), each) for each in records]
            shown += len(records)
            body["after"] = look(answer, "paging.next.after")
            if not body["after"]:
                return

    def associated(self, kind: str, to_kind: str, keys: Sequence[str]) -> dict[str, list[Object]]:
        """Which objects of another kind each is associated with, by id."""
        found: dict[str, list[Object]] = {}
        waiting: list[dict[str, str]] = [{"id": key} for key in keys]
        while waiting:
            batch, waiting = waiting[: PAGE["associations"]], waiting[PAGE["associations"] :]
            answer = self._api.post(f"/crm/v4/associations/{kind}/{to_kind}/batch/read", {"inputs": batch})
            for each in look(answer, "results") or ():
                key, after = str(each["from"]["id"]), look(each, "paging.next.after")
                found.setdefault(key, []).extend(each.get("to") or ())
                if after:
                    waiting.append({"id": key, "after": str(after)})
        return found

    def batch(self, name: str, keys: Sequence[str]) -> list[Object]:
        """Objects by their ids; one that is gone is left out."""
        found: list[Object] = []
        for start in range(0, len(keys), PAGE["batch"]):
            inputs = [{"id": key} for key in keys[start : start + PAGE["batch"]]]
            body = {"inputs": inputs, "properties": self._properties(name)}
            found += look(self._api.post(f"/crm/v3/objects/{name}/batch/read", body), "results") or ()
        return found

    def owner(self, key: str) -> str:
        """The name of an owner; the id where names may not be read."""
        if key and self._owners is None:
            self._owners = {}
            try:
                for records, _ in walk(self._api.get, "/crm/v3/owners", PAGING, {"limit": 100}):
                    self._owners |= {str(each["id"]): _name(each) for each in records}
            except ConfigNeeded:
                # The right to read owners is not among the least: without it the id stands for the name.
                self._owners = {}
        return (self._owners or {}).get(key, key)


def _name(owner: Object) -> str:
    names = (owner.get("firstName"), owner.get("lastName"))
    return " ".join(str(part) for part in names if part) or str(owner.get("email") or owner["id"])


def _changed_at(payload: Object) -> int:
    return milliseconds(look(payload, "properties.hs_lastmodifieddate") or payload.get("updatedAt"))


def milliseconds(moment: Any) -> int:
    """Unix milliseconds of a moment in ISO 8601 or already in milliseconds; 0 for none."""
    said = str(moment or "0")
    if said.isdigit():
        return int(said)
    since = dt.datetime.fromisoformat(said) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(milliseconds=1)
