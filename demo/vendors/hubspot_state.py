"""What a simulated HubSpot knows, and how it changes as someone at the vendor would change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from demo.vendors.server import VendorServer

Object = dict[str, Any]
OBJECTS = ("companies", "deals", "line_items", "products", "contacts")


class HubSpotState(VendorServer):
    """A HubSpot account in memory; `data` is described at demo.vendors.hubspot.HubSpotServer."""

    def __init__(self, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        super().__init__(**options)
        data = data or {}
        self.objects: dict[str, dict[str, Object]] = {
            kind: {str(each["id"]): dict(each) for each in data.get(kind, ())} for kind in OBJECTS
        }
        self.merged: dict[str, dict[str, str]] = {kind: {} for kind in OBJECTS}
        self.owners = list(data.get("owners", ()))
        self.pipelines = list(data.get("pipelines", ()))
        self.account = dict(data.get("account", {"portalId": 20000001, "timeZone": "UTC", "companyCurrency": "USD"}))
        self.links: dict[tuple[str, str, str], list[str]] = {}
        for link in data.get("associations", ()):
            self.associate(*link)

    def associate(self, kind: str, key: str, to_kind: str, to_key: str) -> None:
        """Associates two objects, both ways."""
        with self.lock:
            for a, b, c, d in ((kind, key, to_kind, to_key), (to_kind, to_key, kind, key)):
                found = self.links.setdefault((a, str(b), c), [])
                if str(d) not in found:
                    found.append(str(d))

    def create(self, kind: str, key: str, /, **properties: Any) -> Object:
        """Adds an object, created and changed now."""
        with self.lock:
            now = self.now()
            self.objects[kind][key] = {
                "id": key, "properties": properties, "createdAt": now, "updatedAt": now, "archived": False,
            }  # fmt: skip
            return self.objects[kind][key]

    def update(self, kind: str, key: str, /, **properties: Any) -> Object:
        """Sets properties (None clears one); the object is changed now, or at `hs_lastmodifieddate` if that is set."""
        with self.lock:
            found = self.objects[kind][key]
            found["properties"] = {**found["properties"], **properties}
            found["updatedAt"] = properties.get("hs_lastmodifieddate") or self.now()
            return found

    def archive(self, kind: str, key: str) -> Object:
        """Deletes an object as a user does: from then on it is only in lists with `archived=true`."""
        with self.lock:
            moment = self.now()
            self.objects[kind][key].update(archived=True, archivedAt=moment, updatedAt=moment)
            return self.objects[kind][key]

    def restore(self, kind: str, key: str) -> Object:
        """Brings an archived object back."""
        with self.lock:
            found = self.objects[kind][key]
            found.pop("archivedAt", None)
            found.update(archived=False, updatedAt=self.now())
            return found

    def purge(self, kind: str, key: str) -> None:
        """Deletes an object for good: it is in no list at all."""
        with self.lock:
            del self.objects[kind][key]
            for link in [link for link in self.links if link[:2] == (kind, key)]:
                del self.links[link]

    def merge(self, kind: str, primary: str, *others: str) -> Object:
        """Merges objects into `primary`: the others leave every list, and their ids answer with the primary."""
        with self.lock:
            found = self.objects[kind][primary]
            gone = [value for value in (found["properties"].get("hs_merged_object_ids") or "").split(";") if value]
            for other in others:
                del self.objects[kind][other]
                self.merged[kind][other] = primary
                gone.append(other)
                for (_, _, to_kind), keys in [link for link in self.links.items() if link[0][:2] == (kind, other)]:
                    for key in list(keys):
                        self.links[(to_kind, key, kind)].remove(other)
                        self.associate(kind, primary, to_kind, key)
            return self.update(kind, primary, hs_merged_object_ids=";".join(gone))

    def now(self) -> str:
        """The vendor's time, as its payloads write it."""
        moment = dt.datetime.fromtimestamp(self.clock(), dt.UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
