"""The reference implementation, part 5: a contract as it stands in the books, and how it began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from oracle_evidence import Event, Evidence, Invoiced
from oracle_price import Allocation, Promise, allocate
from oracle_terms import Terms, earned
from oracle_time import round_half_away

from model.money import Money, exponent, to_minor
from model.policy import Policy
from model.records import COMMITTED

Record = Mapping[str, Any]
Records = Mapping[str, Sequence[Record]]


def rows(records: Records, table: str, **where: object) -> list[Record]:
    """The rows of a table whose columns have these values."""
    return [r for r in records.get(table, ()) if all(r.get(name) == value for name, value in where.items())]


def minor(value: Money | Decimal | None, currency: str) -> int:
    """An amount in whole minor units; nothing given is 0."""
    if value is None:
        return 0
    return value.minor if isinstance(value, Money) else to_minor(value, currency)


def optional_minor(value: Money | Decimal | None, currency: str) -> Fraction | None:
    return None if value is None else Fraction(minor(value, currency))


@dataclass
class Line:
    """One performance obligation: its terms from day to day, and what moved its contracted price, by cause.

    `apart`: added or renewed as a contract of its own.
    """

    line_id: str
    product_id: str
    evidence: Evidence
    ssp: Fraction | None = None
    discount: bool = False
    apart: bool = False
    terms: list[tuple[dt.date, Terms]] = field(default_factory=list)
    contracted: list[tuple[dt.date, int, str]] = field(default_factory=list)

    @property
    def now(self) -> Terms:
        """The terms as far as the books have been written."""
        return self.terms[-1][1]

    def change(self, day: dt.date, terms: Terms) -> None:
        self.terms.append((day, terms))

    def commit(self, day: dt.date, amount: int, cause: str) -> None:
        self.contracted.append((day, amount, cause))


@dataclass
class Contract:
    """A contract in the books.

    `removed`: what removals took out of it, line by line, with the day they were signed. `freed`: what credits took of what
    it held, by day. `answered`: revenue that was asked for before, which is the one thing kept from question to question.
    """

    record: Record
    currency: str
    signed_on: dt.date | None
    policy: Policy
    lines: dict[str, Line] = field(default_factory=dict)
    allocation: Allocation | None = None
    removed: list[tuple[dt.date, str, int]] = field(default_factory=list)
    freed: dict[dt.date, int] = field(default_factory=dict)
    answered: dict[tuple[str, dt.date], int] = field(default_factory=dict)

    @property
    def contract_id(self) -> str:
        return str(self.record["contract_id"])

    @property
    def counts(self) -> bool:
        """A commitment, and signed (606-10-25-1)."""
        return self.record["status"] in COMMITTED and self.signed_on is not None

    def recognized(self, line: Line, day: dt.date) -> int:
        """Revenue by the end of a day, under the terms in force that day; nothing before there is a contract (25-2)."""
        if self.signed_on is None or day < self.signed_on:
            return 0
        if (line.line_id, day) not in self.answered:
            in_force = [terms for since, terms in line.terms if since <= day]
            figure = earned(in_force[-1], line.evidence, self.policy, day) if in_force else 0
            self.answered[line.line_id, day] = figure
        return self.answered[line.line_id, day]

    def used(self, line: Line, day: dt.date) -> int | None:
        """What use of a usage line comes to by the end of a day, less concessions: it is committed as it is used."""
        in_force = [terms for since, terms in line.terms if since <= day]
        if not in_force or in_force[-1].method != "usage" or in_force[-1].settled:
            return None
        return line.evidence.used(min(day, in_force[-1].used_until)) - in_force[-1].conceded


def standalone_price(record: Record, product: Record | None, currency: str) -> Fraction | None:
    """The line's own price when sold alone, else its product's times the quantity, as an amount of money."""
    if record.get("ssp") is not None:
        return Fraction(minor(record["ssp"], currency))
    if product is None or product.get("ssp") is None:
        return None
    quantity = record.get("quantity")
    exact = Fraction(product["ssp"]) * 10 ** exponent(currency) * (1 if quantity is None else Fraction(quantity))
    return Fraction(round_half_away(exact))


def evidence_of(records: Records, line_id: str, currency: str) -> Evidence:
    """What deliveries, schedules and finalised invoices say of a line."""
    invoices = {
        r["invoice_id"]: r["issued_on"]
        for r in records.get("invoices", ())
        if r["status"] in ("open", "paid", "uncollectible") and r["currency"] == currency
    }
    return Evidence(
        [
            Event(r["on"], r["delivery_id"], r["measure"], r["value"])
            for r in rows(records, "deliveries", line_id=line_id)
        ],
        [(r["on"], minor(r["amount"], currency)) for r in rows(records, "schedules", line_id=line_id)],
        [
            Invoiced(
                invoices[r["invoice_id"]], minor(r["amount"], currency), r.get("service_start"), r.get("service_end")
            )
            for r in rows(records, "invoice_lines", line_id=line_id)
            if r["invoice_id"] in invoices
        ],
        10 ** exponent(currency),
    )


def product_of(records: Records, record: Record) -> Record | None:
    found = rows(records, "products", product_id=record.get("product_id")) if record.get("product_id") else []
    return found[0] if found else None


def terms_of(record: Record, contract: Contract, product: Record | None, price: int) -> Terms:
    """A line's terms as first agreed: method from the line, its product or the policy; dates from line or contract."""
    method = record.get("recognition") or (product or {}).get("recognition") or contract.policy.recognition
    quantity = record.get("quantity")
    return Terms(
        price,
        method,
        record.get("start_on") or contract.record.get("start_on"),
        record.get("end_on") or contract.record.get("end_on"),
        None if quantity is None else Fraction(quantity),
        optional_minor(record.get("expected_cost"), contract.currency),
    )


def expected_at_signing(records: Records, contract: Contract) -> int:
    """The estimate for the contract as a whole that is in force when it is signed."""
    found = [
        r
        for r in rows(records, "estimates", contract_id=contract.contract_id)
        if not r.get("line_id") and contract.signed_on is not None and r["on"] <= contract.signed_on
    ]
    latest = max(found, key=lambda r: (r["on"], r["estimate_id"]), default=None)
    return 0 if latest is None else minor(latest["amount"], contract.currency)


def begin(records: Records, record: Record, policy: Policy) -> Contract:
    """The contract as signed: its lines at their allocated prices (606-10-32-28)."""
    currency = str(record["currency"])
    contract = Contract(record, currency, record.get("signed_on"), policy)
    if not contract.counts or contract.signed_on is None:
        return contract
    given = sorted(rows(records, "contract_lines", contract_id=contract.contract_id), key=lambda r: str(r["line_id"]))
    promises = []
    for r in given:
        bundle_ssp = None if r.get("bundle_ssp") is None else minor(r["bundle_ssp"], currency)
        residual = r.get("ssp_method") == "residual"
        ssp = standalone_price(r, None if residual else product_of(records, r), currency)
        promises.append(
            Promise(r["line_id"], minor(r["amount"], currency), ssp, residual, r.get("bundle") or "", bundle_ssp)
        )
    contract.allocation = allocate(promises, expected_at_signing(records, contract))
    for r, promise in zip(given, promises, strict=True):
        price = contract.allocation.prices[promise.line_id]
        product = product_of(records, r)
        line = Line(promise.line_id, r.get("product_id") or "", evidence_of(records, promise.line_id, currency))
        line.ssp = promise.ssp
        line.discount = promise.amount < 0 and price == 0
        terms = terms_of(r, contract, product, price)
        line.evidence.minimum, line.evidence.begins = promise.amount != 0, terms.start
        if line.discount:
            # A discount is never recognized alone: the line stays in the books with nothing to earn.
            terms = Terms(0, "straight_line_daily", None, None, settled=True)
        line.change(contract.signed_on, terms)
        line.commit(contract.signed_on, price, "booking")
        contract.lines[line.line_id] = line
    return contract
