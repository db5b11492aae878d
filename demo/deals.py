"""Deals: what is sold to whom, when, for how much and how it is billed, before any system has seen it.

Every deal is one contract, wherever it is later found: a subscription deal stands in the CRM and in billing, a
self-serve subscription in billing alone, a project in the CRM and in the books, an enterprise agreement in the books.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from demo.calendar import FIRST, LAST, signing_day, stream, whole_term
from demo.catalogue import PRODUCTS, Product
from demo.clients import SALES_REPS, Client

# billing rhythm -> months of one billing period; 0: the whole term at once
RHYTHMS = {"monthly": 1, "quarterly": 3, "annual": 12, "prepaid": 0}
COUNTS = {"cloud": 305, "self_serve": 155, "project": 110, "enterprise": 330}


@dataclass(frozen=True)
class Promise:
    """One line of a deal. `minor`: price of the whole line; `unit_minor`: of one unit (subscriptions: for a month)."""

    key: str
    product: Product
    quantity: int
    unit_minor: int
    minor: int
    start_on: dt.date | None = None
    end_on: dt.date | None = None
    description: str = ""
    recognition: str = ""


@dataclass(frozen=True)
class Charge:
    """What is to be billed on a day: an amount for a line and its service days."""

    on: dt.date
    line: str
    minor: int
    first: dt.date
    last: dt.date


@dataclass
class Deal:
    """One contract to be.

    `changes`: what its price did, by day and in minor units, from its signature on: the arithmetic the generator keeps
    beside the records it writes. `stops`: lines that are no longer billed from a day on; `later`: charges that
    amendments brought. `exact`: False where the committed price is itself a rule of the engine's (usage, evergreen
    contracts), so that no list of changes can state it.
    """

    number: int
    kind: str
    client: Client
    signed_on: dt.date
    start_on: dt.date
    end_on: dt.date
    lines: Sequence[Promise]
    rhythm: str
    rep: str
    shape: str = ""
    status: str = "signed"
    in_metadata: bool = True
    changes: list[tuple[dt.date, int]] = field(default_factory=list)
    exact: bool = True
    stops: dict[str, dt.date] = field(default_factory=dict)
    later: list[Charge] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Its contract id in the books."""
        return f"K-{self.number:04d}"

    @property
    def crm_id(self) -> str:
        """Its deal id in the CRM."""
        return str(70_000_000_000 + self.number * 37)

    @property
    def in_crm(self) -> bool:
        """Whether the CRM knows it."""
        return self.kind in ("cloud", "project")

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.client.currency

    @property
    def months(self) -> int:
        """Whole months of its term."""
        after = self.end_on + dt.timedelta(days=1)
        return (after.year - self.start_on.year) * 12 + after.month - self.start_on.month

    @property
    def minor(self) -> int:
        """Its price when it was signed."""
        return sum(line.minor for line in self.lines)

    def bill_later(self, on: dt.date, line: str, minor: int, first: dt.date, last: dt.date) -> None:
        """An amendment's charge, to be invoiced when it takes effect; `line` is "" where it belongs to no line."""
        self.later.append(Charge(on, line, minor, first, last))

    def committed(self, day: dt.date) -> int:
        """Its committed price at the end of a day, in minor units."""
        return sum(minor for changed, minor in self.changes if changed <= day)


def make_deals(seed: int, clients: Sequence[Client], percent: int = 100) -> list[Deal]:
    """The 900 deals that were signed (or so many percent of each kind), each with a customer that buys that way."""
    deals: list[Deal] = []
    for kind, count in COUNTS.items():
        chance = stream(seed, f"deals:{kind}")
        buyers = _buyers(chance, kind, count * percent // 100, clients)
        maker = {"cloud": _cloud, "self_serve": _self_serve}.get(kind, _agreement)
        deals += [maker(chance, number, kind, client) for number, client in enumerate(buyers, len(deals) + 1)]
    for deal in (each for each in deals if each.kind != "self_serve"):
        deal.changes.append((deal.signed_on, deal.minor))
    return deals


def _buyers(chance: Random, kind: str, count: int, clients: Iterable[Client]) -> list[Client]:
    """Everybody buys once; the rest is repeat business, more of it with the first named."""
    if kind == "project":
        pool = [client for client in clients if client.in_crm]
        return chance.choices(pool, [3 if client.group == "enterprise" else 1 for client in pool], k=count)
    pool = [client for client in clients if client.group == kind]
    weights = [1 / (place + 4) for place in range(len(pool))]
    return pool + chance.choices(pool, weights, k=count - len(pool))


def _cloud(chance: Random, number: int, kind: str, client: Client) -> Deal:
    """A subscription for one to three years: seats of the platform, often with analytics or support."""
    signed = signing_day(chance)
    start = signed + dt.timedelta(days=chance.choice((1, 1, 1, 3, 7, 14, 30)))
    if chance.random() < 0.3:
        start = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    months = chance.choices((12, 24, 36), (70, 18, 12))[0]
    rhythm = chance.choices(("annual", "monthly", "quarterly", "prepaid"), (28, 54, 14, 4))[0]
    if months == 36 and chance.random() < 0.6:
        rhythm = "prepaid"
    end = whole_term(start, months)
    seats = chance.choice((15, 20, 25, 40, 60, 80, 120, 200, 350, 600))
    factor = Decimal(100 - (0 if seats < 60 else 5 if seats < 200 else 12)) / 100
    names = ["P-CORE"] + [
        name for name, share in (("P-ANALYTICS", 0.4), ("P-SUPPORT", 0.35)) if chance.random() < share
    ]
    lines = [
        _seats(PRODUCTS[name], place, number, seats, factor, client, start, end) for place, name in enumerate(names)
    ]
    deal = Deal(number, kind, client, signed, start, end, lines, rhythm, chance.choice(SALES_REPS), "subscription")
    # A few subscriptions were typed in by hand at the billing system, without the deal's id.
    deal.in_metadata = chance.random() >= 0.07
    return deal


def _seats(
    product: Product, place: int, number: int, seats: int, factor: Decimal, client: Client, start: dt.date, end: dt.date
) -> Promise:
    after = end + dt.timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    unit = product.unit_minor(client.currency, factor)
    return Promise(f"K-{number:04d}-{place + 1}", product, seats, unit, unit * seats * months, start, end, product.name)


def _self_serve(chance: Random, number: int, kind: str, client: Client) -> Deal:
    """A subscription bought on the web: month by month or year by year until it is canceled."""
    signed = signing_day(chance, last=LAST - dt.timedelta(days=20))
    seats = chance.choice((2, 3, 5, 5, 8, 10, 12, 20))
    product = PRODUCTS["P-TEAM"]
    rhythm = chance.choices(("monthly", "annual"), (85, 15))[0]
    months = 12 if rhythm == "annual" else 1
    unit = product.unit_minor(client.currency)
    line = Promise(f"K-{number:04d}-1", product, seats, unit, unit * seats * months, signed, None, product.name)
    end = whole_term(signed, months)
    shape = chance.choices(("plain", "metered", "trial", "departments", "upgrade"), (64, 11, 8, 6, 11))[0]
    deal = Deal(number, kind, client, signed, signed, end, [line], rhythm, "", shape)
    # What it comes to is told as its periods begin; usage has a rule of its own.
    deal.exact = shape != "metered"
    return deal


def _agreement(chance: Random, number: int, kind: str, client: Client) -> Deal:
    """An agreement kept in the books; demo.agreements gives it its shape and lines."""
    from demo.agreements import SHAPES, shape_deal

    names = [name for name, shape in SHAPES.items() if kind == "enterprise" or shape.sold_in_crm]
    shape = chance.choices(names, [SHAPES[name].share for name in names])[0]
    signed = signing_day(chance)
    if signed < FIRST + dt.timedelta(days=400) and chance.random() < 0.35:
        # Young companies sell smaller: some of the first year's business comes a little later.
        signed = signing_day(chance, first=FIRST + dt.timedelta(days=300))
    deal = Deal(number, kind, client, signed, signed, signed, [], "annual", chance.choice(SALES_REPS), shape)
    return shape_deal(chance, deal)
