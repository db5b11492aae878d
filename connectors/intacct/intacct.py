"""The Intacct connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.intacct import documents
from connectors.intacct.contracts import contract_rows
from connectors.intacct.gateway import Gateway, Login, explained
from connectors.intacct.objects import OBJECTS, PARTS, Catalogue
from connectors.intacct.questions import KEY, Filter, fields_of, lookup, moment, query, records, remaining
from connectors.intacct.reading import FIELDS, Company, Object
from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES, invoice_rows
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.paging import Position
from connectors.kit.rest import OTHER_FIELDS, USUAL

PAGE = 1_000
AUDITED = 2_000  # entries of the audit trail asked for at once
IDS = 500  # of at most 1,000 values in a filter


class Intacct(ListConnector):
    """Reads one Sage Intacct company, or one entity of it, as a Web Services user."""

    kind = "intacct"
    title = "Sage Intacct"
    secret = "password"  # noqa: S105 (the setting's name)
    rights = (
        "a Web Services user with List and View on Customers, Items, Contracts, AR Invoices, AR Adjustments, Receive Payments "
        "and the Audit Trail"
    )
    settings = (
        Setting("company", "the company's id", required=True),
        Setting("user", "the Web Services user's id", required=True),
        Setting("password", "the Web Services user's password", required=True, secret=True),
        Setting("sender_id", "the Web Services sender's id, which the company has authorized", required=True),
        Setting("sender_password", "the sender's password", required=True, secret=True),
        Setting("location", "the entity to read, of a company with several; empty: the whole company", ""),
        Setting("default_currency", "the currency of a company that has only one (ISO 4217)"),
        Setting("base_url", "another address of the gateway, for tests", "https://api.intacct.com/ia/xml/xmlgw.phtml"),
        SALES,
        *USUAL,
    )
    fields = FIELDS
    base_url = "https://api.intacct.com/ia/xml/xmlgw.phtml"
    keeps = ("customers", "items")
    # Times have no zone (developer.intacct.com/web-services/parameter-formats), so they may be of anybody's clock, and the
    # audit trail is up to two hours late: a day is read again, which is more than both.
    back = 86_400
    # One question at a time, which is what the standard level of service allows.
    published = Limit(4)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._gateway = Gateway(name, self.rights, self.api.xml, self._login(), self.address())
        self._catalogue = Catalogue(name, self._define, self.maps, self.options.get(OTHER_FIELDS.name) or {})
        self._read = Company(self.maps, self.zone, self.context, str(self.options.get("default_currency") or ""))

    def _define(self, source: str) -> list[str]:
        return fields_of(self._gateway.call(lookup(source)))

    def _login(self) -> Login:
        said = {name: str(self.options.get(name) or "") for name in
                ("sender_id", "company", "user", "location", "sender_password", "password")}  # fmt: skip
        return Login(**said)

    def auth(self) -> Auth:
        """The sender and the user, who are told in each request's body."""
        return self._login()

    def explain(self, body: Any) -> str:
        """The words of the errors in an answer."""
        return explained(body)

    def objects(self) -> tuple[str, ...]:
        """Customers and items before what points at them."""
        return tuple(OBJECTS)

    def known_fields(self, table: str) -> Iterable[str] | None:
        """The fields of the objects that a table is read from."""
        return self._catalogue.of_table(table)

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, by its number."""
        source, _, table = OBJECTS[name]
        yield from self._pages(source, table, [], str(position or ""))

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, the wholes behind changed parts, and what the audit trail says was deleted."""
        source, key, table = OBJECTS[name]
        changed = [("greaterthanorequalto", "WHENMODIFIED", [moment(since)])]
        met: set[str] = set()
        for found, _ in self._pages(source, table, changed):
            met.update(str(each[key]) for each in found)
            yield found
        if name in PARTS:
            part, whole, own = PARTS[name]
            behind = (
                {str(each.get(whole)) for found, _ in self._pages(part, own, changed) for each in found}
                - met
                - {"None"}
            )
            met |= behind
            for keys in _slices(sorted(behind)):
                yield from (found for found, _ in self._pages(source, table, [("in", key, keys)]))
        yield from self._deleted(source, key, table, since)

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """What a page's records mean; a document with its parts, which are read for the page together."""
        parts = self._parts(name, [each for each in records if "_gone" not in each])
        return [self._item(name, each, parts) for each in records]

    def _item(self, name: str, payload: Object, parts: Mapping[str, list[Object]]) -> Item:
        source, key, _ = OBJECTS[name]
        if gone := payload.get("_gone"):
            return Item(
                str(gone), {key: gone, "deleted": True}, place=f"{source} {gone}", deleted=name not in self.keeps
            )
        mark = str(payload[key])
        said, make = self._meaning(
            name, payload, parts.get(str(payload[PARTS[name][1] if name == "contracts" else KEY]), [])
        )
        return self.item(f"{source} {mark}", mark, said, make)

    def _meaning(self, name: str, payload: Object, parts: list[Object]) -> tuple[Object, Callable[[], Iterable[Row]]]:
        """What is kept of a record, and how its rows are made."""
        read = self._read
        if name == "contracts":
            said: Object = {"contract": payload, "lines": parts}
            return said, partial(contract_rows, said, read)
        if name == "payments":
            said = {"payment": payload, "details": parts}
            return said, partial(documents.payment_rows, said, read)
        if name in ("invoices", "adjustments"):
            said = {"document": payload, "lines": parts}
            return said, partial(self._document, said, credits=name == "adjustments")
        return payload, lambda: [read.row(OBJECTS[name][2], payload)]

    def _document(self, said: Object, *, credits: bool) -> Iterator[Row]:
        if credits and str(said["document"].get("TRX_TOTALENTERED") or "").startswith("-"):
            yield from documents.credit_rows(said, self._read)
            return
        values, lines = documents.document(said, self._read)
        yield from invoice_rows(values, lines, stands=bool(self.options.get(SALES.name)))

    def _parts(self, name: str, wholes: Sequence[Object]) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        if name in PARTS:
            part, whole, table = PARTS[name]
            keys = [str(each[whole if name == "contracts" else KEY]) for each in wholes]
            for some in _slices(keys):
                for page, _ in self._pages(part, table, [("in", whole, some)]):
                    for each in page:
                        found.setdefault(str(each[whole]), []).append(each)
        return found

    def _deleted(self, source: str, key: str, table: str, since: dt.datetime) -> Iterator[list[Object]]:
        """Tombstones of what was deleted and is not there: an order's invoice is deleted and made anew when it changes."""
        asked: list[Filter] = [
            ("equalto", "ACCESSMODE", ["D"]), ("equalto", "OBJECTTYPE", [source.lower()]),
            ("greaterthanorequalto", "ACCESSTIME", [moment(since)]),
        ]  # fmt: skip
        gone: set[str] = set()
        read, left = 0, 1
        while left:  # entries are only added, at the end of this order
            fields = ["OBJECTKEY", "OBJECTTYPE", "ACCESSTIME"]
            result = self._gateway.call(query("AUDITHISTORY", fields, asked, AUDITED, "ACCESSTIME", read))
            found = records(result)
            gone |= {str(each["OBJECTKEY"]) for each in found}
            read, left = read + len(found), remaining(result) if found else 0
        for keys in _slices(sorted(gone)):
            there = {str(each[key]) for page, _ in self._pages(source, table, [("in", key, keys)]) for each in page}
            yield [{"_gone": each} for each in keys if each not in there]

    def _pages(
        self, source: str, table: str, filters: Sequence[Filter], after: str = ""
    ) -> Iterator[tuple[list[Object], Position]]:
        """Pages of an object's records by their number, each with the number that the next begins after."""
        fields = self._catalogue.asked(source, table)
        while True:
            beyond: list[Filter] = [("greaterthan", KEY, [after])] if after else []
            result = self._gateway.call(query(source, fields, [*filters, *beyond], PAGE))
            found: list[Object] = list(records(result))
            last = not remaining(result) or not found
            after = str(found[-1][KEY]) if found else after
            yield found, None if last else after
            if last:
                return


def _slices(keys: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), IDS):
        yield list(keys[start : start + IDS])
