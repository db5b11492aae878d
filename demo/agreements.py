"""Agreements kept in the books: one shape for each way a promise is earned, with the lines such an agreement has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from demo.calendar import whole_term
from demo.catalogue import PRODUCTS
from demo.deals import Deal, Promise

Maker = Callable[[Random, Deal], None]


@dataclass(frozen=True)
class Shape:
    """A kind of agreement: how often it is sold, and whether the sales team keeps it as a deal in the CRM as well."""

    share: int
    make: Maker
    sold_in_crm: bool = False


def shape_deal(chance: Random, deal: Deal) -> Deal:
    """Gives a deal the lines, dates and billing rhythm of its shape."""
    SHAPES[deal.shape].make(chance, deal)
    return deal


def line(
    deal: Deal, product: str, quantity: int, minor: int, unit_minor: int, description: str = "", method: str = ""
) -> Promise:
    """One more line over the whole term of the deal."""
    goods = PRODUCTS[product]
    key = f"{deal.key}-{len(deal.lines) + 1}"
    text = description or goods.name
    made = Promise(key, goods, quantity, unit_minor, minor, deal.start_on, deal.end_on, text, method)
    deal.lines = [*deal.lines, made]
    return made


def _term(chance: Random, deal: Deal, *months: int) -> int:
    length = chance.choice(months)
    deal.start_on = deal.signed_on + dt.timedelta(days=chance.choice((1, 1, 5, 14, 30, 60)))
    if chance.random() < 0.5:
        deal.start_on = (deal.start_on.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    deal.end_on = whole_term(deal.start_on, length)
    return length


def _per_month(deal: Deal, product: str, quantity: int, months: int, factor: Decimal = Decimal(1)) -> Promise:
    unit = PRODUCTS[product].unit_minor(deal.currency, factor)
    return line(deal, product, quantity, unit * quantity * months, unit)


def _licence(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 12, 12, 12, 24, 36)
    deal.rhythm = chance.choice(("annual", "quarterly", "monthly", "monthly", "monthly"))
    seats = chance.choice((50, 80, 100, 150, 250, 400, 800))
    _per_month(deal, "P-CORE", seats, months, Decimal("0.85"))
    if chance.random() < 0.4:
        _per_month(deal, "P-ANALYTICS", seats, months, Decimal("0.9"))
    elif chance.random() < 0.3:
        _per_month(deal, "P-SUPPORT", seats, months)


def _prepaid(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 36)
    deal.rhythm = "prepaid"
    _per_month(deal, "P-CORE", chance.choice((100, 200, 500)), months, Decimal("0.75"))


def _evergreen(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 12)
    deal.rhythm, deal.exact = "monthly", False
    _per_month(deal, "P-CORE", chance.choice((20, 40, 60)), months)


def _terminable(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 24, 36)
    deal.rhythm = "monthly"
    _per_month(deal, "P-CORE", chance.choice((80, 120, 300)), months, Decimal("0.9"))


def _build(chance: Random, deal: Deal) -> None:
    _term(chance, deal, 9, 12, 15)
    deal.rhythm = "events"
    size = Decimal(chance.choice((40, 60, 80, 100, 150, 240))) / 100
    minor = PRODUCTS["P-BUILD"].unit_minor(deal.currency, size)
    line(deal, "P-BUILD", 1, minor, minor)


def _project(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 5, 7, 10, 12)
    deal.rhythm = "events"
    size = Decimal(chance.choice((35, 50, 70, 100, 180, 260))) / 100
    minor = PRODUCTS["P-IMPL"].unit_minor(deal.currency, size)
    line(deal, "P-IMPL", 1, minor, minor)
    if chance.random() < 0.25:
        deal.end_on = whole_term(deal.start_on, months)
        _per_month(deal, "P-SUPPORT", 60, months)


def _training(chance: Random, deal: Deal) -> None:
    _term(chance, deal, 6, 12)
    deal.rhythm = "events"
    days = chance.choice((10, 12, 20, 40))
    unit = PRODUCTS["P-TRAINING"].unit_minor(deal.currency)
    line(deal, "P-TRAINING", days, unit * days, unit)


def _devices(chance: Random, deal: Deal) -> None:
    """Devices, sensors and two years of care, sold together at a discount: the price is allocated over all of them."""
    months = _term(chance, deal, 24)
    deal.rhythm = "prepaid"
    count = chance.choice((4, 10, 25, 40))
    unit = PRODUCTS["P-GATEWAY"].unit_minor(deal.currency)
    line(deal, "P-GATEWAY", count, unit * count, unit)
    packs = count * 12
    unit = PRODUCTS["P-SENSORS"].unit_minor(deal.currency)
    line(deal, "P-SENSORS", packs, unit * packs, unit)
    unit = PRODUCTS["P-CARE"].unit_minor(deal.currency)
    care = line(deal, "P-CARE", count, unit * count, unit, f"Device Care, {months} months")
    if chance.random() < 0.5:
        discount = care.minor * chance.choice((10, 25, 40)) // 100
        line(deal, "P-CARE", 1, -discount, -discount, "Package discount")


def _usage(chance: Random, deal: Deal) -> None:
    months = _term(chance, deal, 12, 24)
    deal.rhythm = "monthly"
    _per_month(deal, "P-TEAM", chance.choice((30, 60)), months)
    line(deal, "P-API", 1, 0, PRODUCTS["P-API"].unit_minor(deal.currency), "API calls, as used")
    deal.exact = False


def _advisory(chance: Random, deal: Deal) -> None:
    _term(chance, deal, 8, 12)
    deal.rhythm = "quarterly"
    minor = PRODUCTS["P-ADVISORY"].unit_minor(deal.currency, Decimal(chance.choice((50, 100, 140))) / 100)
    line(deal, "P-ADVISORY", 1, minor, minor)


def _steady(product: str) -> Maker:
    def make(chance: Random, deal: Deal) -> None:
        months = _term(chance, deal, 12, 24)
        # These conventions differ where a month is not whole, so most of them start inside one.
        deal.start_on += dt.timedelta(days=chance.choice((0, 4, 9, 15, 19)))
        deal.end_on = whole_term(deal.start_on, months)
        deal.rhythm = chance.choice(("monthly", "quarterly"))
        unit = PRODUCTS[product].unit_minor(deal.currency)
        line(deal, product, 1, unit * months, unit)

    return make


def _variable(chance: Random, deal: Deal) -> None:
    """A project with a bonus for finishing early, estimated and estimated again (ASC 606-10-32-5 and after)."""
    _term(chance, deal, 9, 12, 14)
    deal.rhythm = "events"
    minor = PRODUCTS["P-IMPL"].unit_minor(deal.currency, Decimal(chance.choice((120, 200, 300))) / 100)
    line(deal, "P-IMPL", 1, minor, minor, "Implementation with a bonus for early acceptance")


SHAPES: dict[str, Shape] = {
    "licence": Shape(32, _licence, sold_in_crm=True),
    "prepaid": Shape(6, _prepaid, sold_in_crm=True),
    "evergreen": Shape(4, _evergreen),
    "terminable": Shape(4, _terminable),
    "build": Shape(8, _build, sold_in_crm=True),
    "project": Shape(9, _project, sold_in_crm=True),
    "training": Shape(5, _training, sold_in_crm=True),
    "devices": Shape(8, _devices, sold_in_crm=True),
    "usage": Shape(4, _usage),
    "advisory": Shape(3, _advisory),
    "feeds": Shape(3, _steady("P-DATA")),
    "maintenance": Shape(3, _steady("P-MAINT")),
    "hosting": Shape(3, _steady("P-HOSTING")),
    "variable": Shape(5, _variable),
}
