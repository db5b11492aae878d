"""The books: everything the finance team keeps in files, as canonical tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from demo.calendar import LAST, signing_day, stream
from demo.catalogue import PRODUCTS
from demo.clients import Client
from demo.deals import Charge, Deal, Promise
from demo.events import write_events
from demo.invoicing import customer_id, write_invoices
from demo.ledger_rows import Rows, money
from demo.references import write_references

# Offers that were never signed: they stand in the books and never count.
OFFERS = {"draft": 6, "verbal": 4, "proposal": 10, "negotiation": 6}


def write_books(seed: int, clients: Sequence[Client], deals: Sequence[Deal]) -> Rows:
    """Customers, products, contracts and all that belongs to them, invoices and cash, and the reference tables."""
    rows = Rows()
    kept = [deal for deal in deals if deal.kind in ("project", "enterprise")]
    known = {deal.client.number for deal in kept} | {
        client.number for client in clients if client.group == "enterprise"
    }
    for client in clients:
        if client.number in known:
            _customer(rows, client)
    for product in PRODUCTS.values():
        rows.add(
            "products", product_id=product.key, name=product.name, family=product.family,
            recognition=product.recognition, ssp=f"{product.price}.00" if product.ssp else "",
            unit_cost=f"{product.unit_cost}.00",
        )  # fmt: skip
    chance = stream(seed, "books")
    for deal in kept:
        _agreement(chance, deal, rows)
    _offers(stream(seed, "offers"), rows, [client for client in clients if client.group == "enterprise"])
    write_references(seed, rows)
    return rows


def _customer(rows: Rows, client: Client) -> None:
    rows.add(
        "customers", customer_id=f"C-{client.number:04d}", name=client.name, domain=client.domain,
        parent_id=f"C-{client.parent:04d}" if client.parent else "", tax_id=client.tax_id, region=client.region,
        segment=client.segment,
    )  # fmt: skip


def _agreement(chance: Random, deal: Deal, rows: Rows) -> None:
    with_ssp = deal.shape == "licence" and deal.lines[-1].product.key == "P-SUPPORT" and chance.random() < 0.5
    for line in deal.lines:
        _line(rows, deal, line, with_ssp)
    write_events(chance, deal, rows)
    rows.add(
        "contracts", contract_id=deal.key, customer_id=customer_id(deal), status=_status(chance, deal),
        signed_on=deal.signed_on, start_on=deal.start_on, end_on=deal.end_on, currency=deal.currency,
        number=f"AG-{deal.signed_on.year}-{deal.number:04d}", evergreen="yes" if deal.shape == "evergreen" else "",
        terminable_on_notice_days=_notice(chance, deal), sales_rep=deal.rep, payment_terms_days=30,
        deal_id=deal.crm_id if deal.in_crm else "",
    )  # fmt: skip
    write_invoices(chance, deal, rows, _used(rows, deal))


def _line(rows: Rows, deal: Deal, line: Promise, with_ssp: bool) -> None:
    # Fixed dates only where the promise has a term of its own; devices are handed over, not served.
    dated = line.product.recognition not in ("point_in_time",)
    # A unit of the platform is a seat for the whole term, so that quantity × unit price is the amount.
    unit = line.minor // line.quantity if line.quantity else 0
    discount = line.minor < 0
    rows.add(
        "contract_lines", line_id=line.key, contract_id=deal.key, amount=money(line.minor, deal.currency),
        product_id="" if discount else line.product.key, description=line.description, quantity=line.quantity,
        unit_price=money(unit, deal.currency), start_on=line.start_on if dated else "",
        end_on=line.end_on if dated else "", recognition=line.recognition,
        ssp=money(line.minor * (100 if line.product.family == "Platform" else 125) // 100, deal.currency)
        if with_ssp else "",
        expected_cost=_cost(rows, deal, line),
    )  # fmt: skip


def _cost(rows: Rows, deal: Deal, line: Promise) -> str:
    if line.product.recognition not in ("percent_complete", "milestone"):
        return ""
    return money(rows.expected_cost(line), deal.currency)


def _status(chance: Random, deal: Deal) -> str:
    if deal.status == "cancelled":
        return "cancelled"
    if deal.end_on < LAST and deal.shape != "evergreen":
        return "completed"
    return chance.choice(("signed", "active", "active", "confirmed"))


def _notice(chance: Random, deal: Deal) -> object:
    if deal.shape == "evergreen":
        return chance.choice((30, 60, 90))
    return chance.choice((60, 90)) if deal.shape == "terminable" else ""


def _used(rows: Rows, deal: Deal) -> list[Charge]:
    """Usage is billed in arrears: what a month's delivery says, on the day after."""
    charges = []
    if deal.shape == "usage":
        line = deal.lines[1]
        for row in rows["deliveries"][-deal.months :]:
            if row["line_id"] == line.key:
                minor = int(Decimal(str(row["value"])).scaleb(0 if deal.currency == "JPY" else 2))
                on = row["on"]
                charges.append(Charge(on, line.key, minor, on.replace(day=1), on))  # type: ignore[attr-defined,arg-type]
    return charges


def _offers(chance: Random, rows: Rows, clients: Sequence[Client]) -> None:
    number = 0
    for status, count in OFFERS.items():
        for _ in range(count):
            number += 1
            client, seats = chance.choice(clients), chance.choice((50, 100, 300))
            unit = PRODUCTS["P-CORE"].unit_minor(client.currency) * 12
            offered = signing_day(chance, first=LAST.replace(month=7, day=1))
            key = f"Q-{number:03d}"
            rows.add(
                "contracts", contract_id=key, customer_id=f"C-{client.number:04d}", status=status,
                signed_on="", start_on=offered.replace(year=2027), end_on=offered.replace(year=2028),
                currency=client.currency, number=f"QU-2026-{number:03d}",
            )  # fmt: skip
            rows.add(
                "contract_lines", line_id=f"{key}-1", contract_id=key, amount=money(unit * seats, client.currency),
                product_id="P-CORE", description="Platform Core, offered", quantity=seats,
                unit_price=money(unit, client.currency),
            )  # fmt: skip
