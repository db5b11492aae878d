"""The configured connector: who asks, how pages turn, and what a record means, as its block says."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth, BasicKey, Bearer, HeaderKey, Nobody
from connectors.kit.connector import Check, Item, Page, Row, Setting
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint, Granted
from connectors.kit.paging import Position
from connectors.kit.rest import BUDGET, PACE, RECONCILE
from connectors.rest.described import Described, Listed
from connectors.rest.reader import Reader
from model.errors import ConfigNeeded

AUTHS = ("none", "bearer", "basic", "header", "client_credentials")


class Rest(ListConnector):
    """Reads an API as its block describes it."""

    kind = "rest"
    title = "Any REST API"
    rights = "read access to the objects named"
    settings = (
        Setting("base_url", "the API's address", required=True),
        Setting("auth", 'who asks: { kind = "none", "bearer", "basic", "header" or "client_credentials" } with header, '
                "username, token_url, client_id, scope where the kind needs them", kind=dict),
        Setting("api_key", "the token, key, password or client secret that `auth` needs", secret=True),
        Setting("objects", "what is read and what it means: see the guide", kind=dict, required=True),
        Setting("error", "the JMESPath of the text in an error's body", "message || error.message || error"),
        Setting("default_currency", "the currency of amounts that name none (ISO 4217)"),
        RECONCILE,
        PACE,
        BUDGET,
    )  # fmt: skip
    # A courtesy: most APIs allow more.
    published = Limit(5)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        self._block = Described(name)
        self._error = self._block.compiled(str(options.get("error") or "message"), "error")
        given = options.get("objects") or {}
        if not given:
            raise ConfigNeeded(f"[connectors.{name}] needs objects: at least one [connectors.{name}.objects.NAME]")
        self._objects = {key: self._block.listed(key, each) for key, each in given.items()}
        self._found: Counter[str] = Counter()
        super().__init__(name, options, **more)
        money = str(options.get("default_currency") or "").upper()
        self._readers = {
            key: [Reader(meaning, self.zone, money) for meaning in each.meanings] for key, each in self._objects.items()
        }
        self.keeps = tuple(key for key, each in self._objects.items() if each.keeps)  # type: ignore[misc]

    def auth(self) -> Auth:
        """As `auth` says."""
        told = dict(self.options.get("auth") or {"kind": "none"})
        kind, key = (
            self._block.word(told.get("kind", "none"), AUTHS, "auth.kind"),
            str(self.options.get("api_key") or ""),
        )
        if kind == "none":
            return Nobody()
        if not key:
            raise ConfigNeeded(
                f"{self.name}: auth of the kind {kind!r} needs a secret. Run: backlog secrets set {self.name}.api_key"
            )
        if kind == "bearer":
            return Bearer(key)
        if kind == "basic":
            return BasicKey(str(told["username"]), key) if told.get("username") else BasicKey(key)
        if kind == "header":
            return HeaderKey(str(told.get("header") or "X-API-Key"), key)
        if not told.get("token_url") or not told.get("client_id"):
            raise ConfigNeeded(f"[connectors.{self.name}] auth of the kind {kind!r} needs token_url and client_id")
        client = (str(told["client_id"]), key)
        endpoint = Endpoint(
            self.name, self.title, str(told["token_url"]), client, silence=min(30.0, self.patience.silence)
        )
        form = {"grant_type": "client_credentials", **({"scope": str(told["scope"])} if told.get("scope") else {})}
        return Granted(endpoint, lambda: form, secret="api_key")  # noqa: S106 (the setting's name)

    def check(self, now: dt.datetime) -> list[Check]:
        """The first page of each object, and the fields that nothing was found for in its records."""
        self._found.clear()
        checks = super().check(now)
        for table, columns in self._columns().items():
            if rows := self._found[table]:
                bare = [column for column in columns if not self._found[f"{table}.{column}"]]
                what = f"nothing in the records read ({rows}) for: {', '.join(bare)}. Correct the path, or give one a value"
                checks.append(Check(f"fields of {table}", not bare, what if bare else "found in the records read"))
        return checks

    def tried(self, page: Page) -> None:
        """Counts what was found."""
        for item in page.items:
            for row in item.rows:
                self._found.update((row.table, *(f"{row.table}.{column}" for column in row.values)))

    def _columns(self) -> dict[str, list[str]]:
        """The columns that the configuration fills, by table."""
        found: dict[str, list[str]] = {}
        for meaning in (each for listed in self._objects.values() for each in listed.meanings):
            known = found.setdefault(meaning.table, [])
            known += [column for column in meaning.columns if column not in known]
        return found

    def explain(self, body: Any) -> str:
        """As `error` says."""
        found = self._error(body)
        return found if isinstance(found, str) else ""

    def objects(self) -> tuple[str, ...]:
        """In the order of the configuration: those that others point at come first."""
        return tuple(self._objects)

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Any], Position]]:
        """The pages from a position on."""
        yield from self._pages(self._objects[name], {}, position)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Any]]:
        """What changed, where the API can be asked for that; else the whole list."""
        listed = self._objects[name]
        asked = {listed.changed["send"]: _moment(since, listed.changed["form"], self.zone)} if listed.changed else {}
        for records, _ in self._pages(listed, asked, None):
            yield records

    def items(self, name: str, records: Sequence[Any]) -> list[Item]:
        """What a page's records mean."""
        return [self._item(name, self._objects[name], each) for each in records]

    def _item(self, name: str, listed: Listed, payload: Any) -> Item:
        key = listed.key(payload)
        if key is None:
            raise ConfigNeeded(f"{self.name}: a record of {name} has nothing at its key. Correct objects.{name}.key")
        place = f"{name} {key}"
        if listed.deleted is not None and listed.deleted(payload):
            return Item(str(key), payload, place=place, deleted=not listed.keeps)
        return self.item(place, str(key), payload, partial(self._rows, self._readers[name], payload))

    def _rows(self, readers: Sequence[Reader], payload: Any) -> Iterator[Row]:
        for reader in readers:
            yield from reader.rows(payload)

    def _pages(
        self, listed: Listed, asked: Mapping[str, Any], position: Position
    ) -> Iterator[tuple[Sequence[Any], Position]]:
        paging, style = listed.paging, listed.paging["style"]
        first = {"offset": 0, "page": int(paging.get("first", 1))}.get(style)
        here: Position = first if position is None else position
        while True:
            linked = style == "link" and here is not None
            turned = {} if here is None or linked else {str(paging["send"]): here}
            body = self.api.get(
                str(here) if linked else listed.path, None if linked else {**listed.params, **asked, **turned}
            )
            records = listed.rows(body)
            records = records if isinstance(records, list) else [] if records is None else [records]
            here = self._after(listed, body, records, here)
            yield records, here
            if here is None:
                return

    def _after(self, listed: Listed, body: Any, records: Sequence[Any], here: Position) -> Position:
        style, full = listed.paging["style"], len(records) >= int(listed.paging.get("size", 1)) and bool(records)
        if style == "offset":
            return int(here or 0) + len(records) if full else None
        if style == "page":
            return int(here or 0) + 1 if full else None
        if style == "after_id":
            more = listed.read(body) if listed.read else full
            return listed.key(records[-1]) if records and more else None
        return (listed.read(body) if listed.read else None) or None


def _moment(since: dt.datetime, form: str, zone: dt.tzinfo) -> Any:
    if form == "date":
        return str(since.astimezone(zone).date())
    if form == "iso":
        return since.strftime("%Y-%m-%dT%H:%M:%SZ")
    seconds = int(since.timestamp())
    return seconds if form == "unix" else seconds * 1000
