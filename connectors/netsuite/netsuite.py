"""The NetSuite connector: what is asked for, in which order, and what each object becomes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from connectors.kit.auth import Auth
from connectors.kit.connector import Item, Row, Setting
from connectors.kit.documents import SALES
from connectors.kit.fields import exact, look, record
from connectors.kit.limits import Limit
from connectors.kit.lists import ListConnector
from connectors.kit.oauth import Endpoint, Granted, private_key
from connectors.kit.paging import Position
from connectors.kit.rest import USUAL
from connectors.kit.statements import MONTHS, closed_months, is_due
from connectors.kit.statements import figures as statement_rows
from connectors.netsuite import questions, records
from connectors.netsuite.records import ASKED, FIELDS, Object

PATH = "/services/rest/query/v1/suiteql"
PAGE = 1_000  # rows of an answer, at most
TABLE = {
    "customers": "customers", "items": "products", "sales_orders": "contracts", "invoices": "invoices",
    "cash_sales": "invoices", "credits": "credit_notes", "payments": "payments",
}  # fmt: skip
LINES = {"contracts": "contract_lines", "invoices": "invoice_lines"}
IDS = 200  # transactions whose lines are asked for together


class NetSuite(ListConnector):
    """Reads one NetSuite account with a certificate."""

    kind = "netsuite"
    title = "NetSuite"
    secret = "private_key"  # noqa: S105 (the setting's name)
    rights = (
        "an integration record with client credentials and the scope REST Web Services, mapped to a role with View on "
        "Customers, Items, Transactions (Find Transaction, Sales Order, Invoice, Credit Memo, Payment), Currency, "
        "Accounts, Deleted Records, and with REST Web Services and SuiteAnalytics Workbook"
    )
    settings = (
        Setting("account", "the account's id: 1234567, or 1234567_SB1 for a sandbox", required=True),
        Setting("client_id", "the integration record's consumer key", required=True),
        Setting("certificate_id", "the id of the certificate in the client credentials' mapping", required=True),
        Setting("private_key", "the private key (PEM) of the certificate", required=True, secret=True),
        Setting("base_url", "another address of the API, for tests"),
        Setting(
            "default_term_months", "the term, from its day, of an order that states no days; empty: it waits", kind=int
        ),
        Setting("base_currency", "the currency of the books where there are no subsidiaries (ISO 4217)"),
        MONTHS,
        SALES,
        *USUAL,
    )
    fields = FIELDS
    back = 7_200  # moments are the account's own: an hour comes twice when its clocks go back
    keeps = ("customers", "items", "financials")
    # An account answers few requests at once; one after the other never meets that limit.
    published = Limit(10)

    def address(self) -> str:
        """Of the account."""
        host = str(self.options["account"]).lower().replace("_", "-")
        return str(self.options.get("base_url") or f"https://{host}.suitetalk.api.netsuite.com")

    def auth(self) -> Auth:
        """A token for an assertion signed with the certificate's key (PS256)."""
        address = f"{self.address().rstrip('/')}/services/rest/auth/oauth2/v1/token"
        key = partial(private_key, str(self.options["private_key"]), self.name)
        endpoint = Endpoint(
            self.name, self.title, address, (str(self.options["client_id"]), ""), method="private_key_jwt", key=key,
            algorithm="PS256", claims={"scope": ["rest_webservices"]}, header={"kid": str(self.options["certificate_id"])},
            silence=min(30.0, self.patience.silence),
        )  # fmt: skip
        return Granted(endpoint, lambda: {"grant_type": "client_credentials"}, secret=self.secret, lasts=3600)

    def explain(self, body: Any) -> str:
        """The details of an error."""
        return str(look(body, "o:errorDetails.0.detail") or look(body, "title") or "")

    def objects(self) -> tuple[str, ...]:
        """Customers, items and orders before the documents that point at them."""
        return (*TABLE, *(("financials",) if self._months() else ()))

    def known_fields(self, table: str) -> Iterable[str]:
        """The columns that the account answers for: SuiteQL has no list of them, so those that are configured are asked for.

        Raises ConfigNeeded with NetSuite's own words where it does not have one.
        """
        more = self._more(table)
        if more:
            self._ask(questions.columns(table, more))
        return {path.partition(".")[0] for each in self.maps[table].values() for path in each.paths}

    def listing(self, name: str, position: Position) -> Iterator[tuple[Sequence[Object], Position]]:
        """Every record, by id."""
        if name == "financials":
            yield self._statements(), None
        else:
            yield from self._pages(name, str(position or ""), None)

    def changed(self, name: str, since: dt.datetime) -> Iterator[Sequence[Object]]:
        """What changed, and ids of what was deleted."""
        if name == "financials":
            if is_due(since, self.now, self.zone):
                yield self._statements()
            return
        moment = since.astimezone(self.zone)
        for rows, _ in self._pages(name, "", moment):
            yield rows
        if name in questions.TYPES:
            # Ids of transactions are their own; records of other kinds may have the same ones.
            gone = [each for each in self._ask(questions.deleted(moment)) if _is_transaction(each)]
            keys = [str(each["recordid"]) for each in gone]
            alive = self._alive(keys)  # asked for itself before it is believed
            yield [{"id": key, "deleted": True} for key in keys if key not in alive]

    def items(self, name: str, records_: Sequence[Object]) -> list[Item]:
        """Items of a page; transactions with their lines and links, which are read for the page together."""
        if name == "financials":
            return [Item(str(each["period_end"]), each, tuple(self._figures(each)), place=f"ledger {each['period_end']}")
                    for each in records_]  # fmt: skip
        keys = [str(each["id"]) for each in records_ if not each.get("deleted")]
        lines = self._lines(name, keys) if name not in ("customers", "items", "payments") else {}
        links = self._links(keys) if name in ("payments", "credits") else {}
        return [
            self._item(name, each, lines.get(str(each["id"]), []), links.get(str(each["id"]), [])) for each in records_
        ]

    def _item(self, name: str, payload: Object, lines: Sequence[Object], links: Sequence[Object]) -> Item:
        key, place = str(payload["id"]), f"{name.removesuffix('s').replace('_', ' ')} {payload['id']}"
        if payload.get("deleted"):
            return Item(key, payload, place=place, deleted=True)
        said = {**payload, **({"lines": list(lines)} if lines else {}), **({"links": list(links)} if links else {})}
        context = self.context(str(payload.get("currency") or ""))
        stands, months = bool(self.options.get(SALES.name)), int(self.options.get("default_term_months") or 0)
        rows: Any
        if name in ("customers", "items"):
            rows = partial(self._party, TABLE[name], payload)
        elif name == "sales_orders":
            rows = partial(records.order, payload, lines, self.maps, context, months)
        elif name in ("invoices", "cash_sales"):
            rows = partial(records.invoice, payload, lines, self.maps, context, stands, cash=name == "cash_sales")
        elif name == "credits":
            rows = partial(records.credit, payload, lines, self.maps, context, links)
        else:
            rows = partial(records.payment, payload, links, self.maps, context)
        return self.item(place, key, said, rows)

    def _party(self, table: str, payload: Object) -> Iterable[Row]:
        yield record(table, self.maps[table], payload, self.context())

    def _pages(self, name: str, last: str, since: dt.datetime | None) -> Iterator[tuple[Sequence[Object], Position]]:
        while True:
            rows = self._ask(questions.listing(name, last, since, self._more(TABLE[name])))
            last = str(rows[-1]["id"]) if rows else last
            over = len(rows) < PAGE
            yield rows, None if over else last
            if over:
                return

    def _lines(self, name: str, keys: Sequence[str]) -> dict[str, list[Object]]:
        more = self._more(LINES[TABLE[name]]) if TABLE[name] in LINES else []
        found: dict[str, list[Object]] = {}
        for start in range(0, len(keys), IDS):
            last = ""
            while True:
                rows = self._ask(questions.lines(keys[start : start + IDS], last, more))
                for line in rows:
                    found.setdefault(str(line["transaction"]), []).append(line)
                if len(rows) < PAGE:
                    break
                last = str(rows[-1]["uniquekey"])
        return found

    def _links(self, keys: Sequence[str]) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for start in range(0, len(keys), IDS):
            for link in self._ask(questions.applied(keys[start : start + IDS])):
                found.setdefault(str(link["nextdoc"]), []).append(link)
        return found

    def _alive(self, keys: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(keys), IDS):
            asked = (
                f"SELECT r.id FROM transaction r WHERE r.id IN ({', '.join(keys[start : start + IDS])}) ORDER BY r.id"
            )
            found |= {str(each["id"]) for each in self._ask(asked)}
        return found

    def _ask(self, question: str) -> list[Object]:
        """The first rows of an answer."""
        body = self.api.post(PATH, {"q": question}, {"limit": PAGE, "offset": 0}, {"Prefer": "transient"})
        return [{name: value for name, value in row.items() if name != "links"} for row in look(body, "items") or ()]

    def _more(self, table: str) -> list[str]:
        """Columns that the maps name beyond those that are asked for anyway."""
        paths = (path for field in self.maps[table].values() for path in field.paths)
        return [path for path in dict.fromkeys(paths) if path not in ASKED]

    def _months(self) -> int:
        return int(self.options.get(MONTHS.name, 24) or 0)

    def _statements(self) -> list[Object]:
        """The ledger's figures of the months that are over, a record a month."""
        rows = self._ask(questions.figures(str(self.options.get("base_currency") or "")))
        months = [end for _, end in closed_months(self.now.astimezone(self.zone).date(), self._months())]
        found: dict[str, dict[str, Any]] = {}
        for (end, money), measures in records.figures(rows, months).items():
            told = {name: str(amount) for name, amount in measures.items()}
            found.setdefault(end, {"period_end": end, "amounts": {}})["amounts"][money] = told
        return list(found.values())

    def _figures(self, month: Object) -> Iterator[Row]:
        for money, measures in month["amounts"].items():
            amounts = {name: exact(cell) for name, cell in measures.items()}
            yield from statement_rows(dt.date.fromisoformat(month["period_end"]), money, amounts)


def _is_transaction(deleted: Object) -> bool:
    """Whether what was deleted may be a transaction: parties and items are named by their kind."""
    return str(deleted.get("type") or "").lower() not in (
        "customer",
        "item",
        "contact",
        "employee",
    )
