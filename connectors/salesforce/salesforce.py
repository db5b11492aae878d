"""The Salesforce connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.fields import Fields, look, record, worded
from connectors.kit.known import unknown_fields
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint, Granted, jwt_bearer, private_key
from connectors.kit.paging import Position
from connectors.kit.rest import USUAL
from connectors.salesforce.deals import FIELDS, NEEDED, Deal, Object, deal_rows, status_of
from connectors.salesforce.soql import BULK, Soql
from model.errors import ConfigNeeded
from model.records import COMMITTED, UNCOMMITTED

KIND = {"accounts": "Account", "products": "Product2", "opportunities": "Opportunity", "orders": "Order"}
LINES = {"opportunities": ("OpportunityLineItem", "OpportunityId"), "orders": ("OrderItem", "OrderId")}
TABLE = {"Account": "customers", "Product2": "products", "Opportunity": "contracts", "Order": "contracts"}
PARK = 3_600.0  # the daily quota is a rolling one: an hour later there is some of it again


class Salesforce(ListConnector):
    """Reads one Salesforce organization as the user of a connected app."""

    kind = "salesforce"
    title = "Salesforce"
    secret = "private_key"  # noqa: S105 (the setting's name)
    rights = (
        "a connected app with the scope api and a certificate (JWT bearer flow), pre-authorized for an integration user "
        "who may read Account, Product2, Contract, and Opportunity with OpportunityLineItem or Order with OrderItem"
    )
    settings = (
        Setting("base_url", "the organization's My Domain: https://mycompany.my.salesforce.com", required=True),
        Setting("client_id", "the connected app's consumer key", required=True),
        Setting("username", "the integration user's name", required=True),
        Setting("private_key", "the private key (PEM) of the app's certificate", required=True, secret=True),
        Setting(
            "audience", "who gives tokens; a sandbox's is https://test.salesforce.com", "https://login.salesforce.com"
        ),
        Setting("commitments", "where deals are read from", "opportunities", choices=("opportunities", "orders")),
        Setting("stages", "what a stage or an order's status means: a table of it = contract status", kind=dict),
        Setting("default_currency", "the currency of an organization that has only one (ISO 4217)"),
        Setting(
            "default_term_months", "the term, from signing, of deals that state no days; empty: they wait", kind=int
        ),
        Setting("bulk_from", "from how many records on a whole list is read by a bulk job; 0: never", 50_000, kind=int),
        *USUAL,
    )
    keeps = ("accounts", "products")
    # Of 25 long requests at once; the daily quota is the organization's (requests_per_run keeps to a share).
    published = Limit(10)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        self._deals = str(options.get("commitments") or "opportunities")
        super().__init__(name, options, **more)
        self._stages = worded(name, "stages", self.options.get("stages") or {}, COMMITTED + UNCOMMITTED)
        self.soql = Soql(self.api, self.rest)

    def declared(self) -> Mapping[str, Fields]:
        """The maps of what deals are read from."""
        return FIELDS[self._deals]

    def auth(self) -> Auth:
        """A token for a JWT signed with the app's key. Salesforce does not say how long it lasts: the session's time."""
        client, user = str(self.options["client_id"]), str(self.options["username"])
        address = f"{str(self.options['base_url']).rstrip('/')}/services/oauth2/token"
        endpoint = Endpoint(
            self.name, self.title, address, (client, ""), method="none", silence=min(30.0, self.patience.silence)
        )
        audience = str(self.options.get("audience") or "https://login.salesforce.com")

        def form() -> Mapping[str, str]:
            key = private_key(str(self.options["private_key"]), self.name)
            return jwt_bearer(key, issuer=client, subject=user, audience=audience)

        return Granted(endpoint, form, secret=self.secret, lasts=900)

    def explain(self, body: Any) -> str:
        """https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm"""
        return ": ".join(str(part) for part in (look(body, "0.errorCode"), look(body, "0.message")) if part)

    def quota(self, headers: Mapping[str, str], body: Any) -> float | None:
        """REQUEST_LIMIT_EXCEEDED: the requests of the last 24 hours are used up."""
        return PARK if look(body, "0.errorCode") == "REQUEST_LIMIT_EXCEEDED" else None

    def objects(self) -> tuple[str, ...]:
        """Accounts and products before the deals that point at them."""
        return ("accounts", "products", self._deals)

    def known_fields(self, table: str) -> Iterable[str]:
        """The fields the organization's own description lists."""
        kinds = {"customers": "Account", "products": "Product2", "contracts": KIND[self._deals]}
        return self.soql.fields(kinds.get(table, LINES[self._deals][0]))

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, the deleted included; many of them through a bulk job."""
        kind, fields = KIND[name], self._asked(KIND[name])
        bulk = str(position).startswith(BULK)
        if position is None and (least := int(self.options.get("bulk_from") or 0)):
            bulk = self.soql.count(kind) >= least
        yield from (self.soql.bulk if bulk else self.soql.all)(kind, fields, position)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, and deals whose lines, contract or reductions did, which need not change the deal."""
        kind, fields = KIND[name], self._asked(KIND[name])
        met: set[str] = set()
        for records in self.soql.changed(kind, fields, since):
            met.update(str(each["Id"]) for each in records)
            yield records
        if name not in LINES:
            return
        lines, parent = LINES[name]
        behind = {str(each[parent]) for page in self.soql.changed(lines, (parent,), since) for each in page}
        if "ContractId" in self.soql.fields(kind):
            contracts = [str(each["Id"]) for page in self.soql.changed("Contract", (), since) for each in page]
            behind |= {str(each["Id"]) for each in self.soql.where_in(kind, ("Id",), "ContractId", sorted(contracts))}
        if "OriginalOrderId" in fields:
            reductions = self.soql.where_in(
                kind, ("Id", "OriginalOrderId"), "Id", sorted(met | behind), everything=True
            )
            behind |= {str(each["OriginalOrderId"]) for each in reductions if each.get("OriginalOrderId")}
        if wanted := sorted(behind - met):
            yield list(self.soql.where_in(kind, fields, "Id", wanted, everything=True))

    def items(self, name: str, records: Sequence[Object]) -> list[Item]:
        """Items of a page; deals with their lines, which are read for the page together."""
        if name not in LINES:
            return [self._party(KIND[name], each) for each in records]
        live = [str(each["Id"]) for each in records if not each.get("IsDeleted")]
        lines = self._lines(name, live)
        reductions = self._reductions(live) if "OriginalOrderId" in self._asked(KIND[name]) else {}
        return [self._deal(name, each, lines.get(str(each["Id"]), []), reductions) for each in records]

    def _party(self, kind: str, payload: Object) -> Item:
        """An account or product. What was deleted keeps its name: contracts outlive it; a merged account is an alias."""
        key, table = str(payload["Id"]), TABLE[kind]
        master = str(payload.get("MasterRecordId") or "") if payload.get("IsDeleted") else ""
        if master:
            return Item(key, payload, place=f"{kind} {key}", deleted=True, aliases=[(table, key, master)])
        return self.item(f"{kind} {key}", key, payload, partial(self._row, table, payload), link=self._link(key))

    def _row(self, table: str, payload: Object) -> Iterable[Row]:
        yield record(table, self.maps[table], payload, self.context(), f"{table} {payload['Id']}")

    def _deal(self, name: str, payload: Object, lines: Sequence[Object], reductions: Mapping[str, Any]) -> Item:
        key, place = str(payload["Id"]), f"{KIND[name].lower()} {payload['Id']}"
        if payload.get("IsDeleted"):
            return Item(key, payload, place=place, deleted=True)
        taken = reductions.get(key, ())
        said = {
            **payload,
            LINES[name][0]: list(lines),
            **({"reductions": [list(each) for each in taken]} if taken else {}),
        }
        if payload.get("IsReductionOrder"):
            return Item(key, said, place=place)  # part of the order it takes from
        deal = Deal(payload, lines, status_of(payload, self._stages), taken)
        default, months = str(self.options.get("default_currency") or ""), self.options.get("default_term_months")
        rows = partial(deal_rows, deal, self.maps, self.context(), default, int(months or 0))
        return self.item(place, key, said, rows, link=self._link(key))

    def _lines(self, name: str, keys: Sequence[str]) -> dict[str, list[Object]]:
        kind, parent = LINES[name]
        found: dict[str, list[Object]] = {}
        for line in self.soql.where_in(kind, self._asked(kind), parent, keys):
            found.setdefault(str(line[parent]), []).append(line)
        return found

    def _reductions(self, keys: Sequence[str]) -> dict[str, list[tuple[Object, Sequence[Object]]]]:
        """Activated reduction orders by the order they take from."""
        fields = self._asked("Order")
        orders = list(self.soql.where_in("Order", fields, "OriginalOrderId", keys, " AND StatusCode = 'Activated'"))
        lines = self._lines("orders", [str(each["Id"]) for each in orders])
        found: dict[str, list[tuple[Object, Sequence[Object]]]] = {}
        for order in orders:
            found.setdefault(str(order["OriginalOrderId"]), []).append((order, lines.get(str(order["Id"]), [])))
        return found

    def _asked(self, kind: str) -> list[str]:
        """The fields to ask for: those needed and those of the map, as far as the organization has them."""
        table = TABLE.get(kind, "contract_lines")
        known = self.soql.fields(kind)
        if wrong := unknown_fields(self.options.get("fields") or {}, table, known):
            raise ConfigNeeded(f"{self.name}: [connectors.{self.name}.fields] {wrong[0]}")
        mapped = (path for field in self.maps[table].values() for path in field.paths)
        return [path for path in dict.fromkeys((*NEEDED[kind], *mapped)) if path.partition(".")[0] in known]

    def _link(self, key: str) -> str:
        return f"{str(self.options['base_url']).rstrip('/')}/{key}"
