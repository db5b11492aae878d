"""What a scenario does to each promise: how much of what is undelivered stays, and how much later it is delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.currency import Rates
from engine.each import each_contract
from engine.ledger import Ledger
from model.errors import Unanswerable
from model.periods import add_months, day_number

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Shock:
    """What happens to the promises that all the given words select (a blank one selects all).

    `customer`, `product`: as in a function's argument; `segment`, `family`: in any case. `cancel`, `price_cut`: shares of
    what is undelivered, 0..1; `delay_months`: what is undelivered comes so many months later; `lose_largest`: so many
    customers with the largest backlog cancel all of it.
    """

    customer: str = ""
    segment: str = ""
    product: str = ""
    family: str = ""
    cancel: Decimal = NOTHING
    price_cut: Decimal = NOTHING
    delay_months: int = 0
    lose_largest: int = 0

    @property
    def bites(self) -> bool:
        """Whether it changes anything."""
        return bool(self.cancel or self.price_cut or self.delay_months or self.lose_largest)


@dataclass(frozen=True)
class Scenario:
    """Shocks that come together on the day `on` (None: on the day that is asked about).

    `fx`: by currency, the change of its rate as a share (−0.1 = ten per cent less).
    """

    name: str
    shocks: tuple[Shock, ...] = ()
    fx: Mapping[str, Decimal] = field(default_factory=dict)
    on: dt.date | None = None
    about: str = ""


@dataclass(frozen=True)
class Effect:
    """On some contracts: the share of the undelivered that stays, the months of delay, and the share that no cancellation
    takes (`stay`; a price cut may lower it further).
    """

    keep: Fraction
    delay: int
    stay: Fraction = Fraction(1)


@dataclass(frozen=True)
class Part:
    """The promises of some products (None: all), and which of `effects` each of the contracts has in them."""

    products: IntArray | None
    effects: tuple[Effect, ...]
    code: IntArray


def parts(ledger: Ledger, scenario: Scenario, contracts: IntArray, day: int) -> list[Part]:
    """The promises of those contracts, apart where a shock tells products apart, each contract with its effect.

    Contracts that are signed after `day` (a day number) are not there yet to be shocked.
    """
    there = np.asarray(ledger.contracts["signed_on"])[contracts] <= day
    hit = [there & _customers(ledger, shock, contracts, day) for shock in scenario.shocks]
    groups = _product_groups(ledger, scenario.shocks)
    found = []
    for products, counts in groups:
        active = [n for n, counted in enumerate(counts) if counted]
        pattern = np.zeros(contracts.size, np.int64)
        for n in active:
            pattern = pattern * 2 + hit[n]
        used, code = np.unique(pattern, return_inverse=True)
        effects = tuple(_effect([scenario.shocks[n] for n in _bits(int(value), active)]) for value in used)
        found.append(Part(products, effects, code.reshape(contracts.shape)))
    return found


def fx_ratio(scenario: Scenario, source: str, target: str) -> Fraction:
    """By what the rate from `source` to `target` is multiplied."""
    if source == target:
        return Fraction(1)
    up, down = (1 + Fraction(scenario.fx.get(code, NOTHING)) for code in (source, target))
    return up / down


def _effect(shocks: Sequence[Shock]) -> Effect:
    stay, price = Fraction(1), Fraction(1)
    for shock in shocks:
        stay *= 1 - Fraction(Decimal(1) if shock.lose_largest else shock.cancel)
        price *= 1 - Fraction(shock.price_cut)
    return Effect(stay * price, sum(shock.delay_months for shock in shocks), stay)


def _bits(pattern: int, active: Sequence[int]) -> list[int]:
    return [n for place, n in enumerate(reversed(active)) if pattern >> place & 1]


def _customers(ledger: Ledger, shock: Shock, contracts: IntArray, day: int) -> BoolArray:
    """Which of the contracts are of customers that a shock selects."""
    count = len(ledger.customers["id"])
    chosen = np.ones(count, bool)
    if shock.customer not in ("", "*"):
        chosen &= np.isin(np.arange(count), ledger.find_customers(shock.customer))
    if shock.segment:
        chosen &= _worded(ledger.customers["segment"], shock.segment, "segment")
    if shock.lose_largest:
        chosen &= _largest(ledger, shock.lose_largest, day)
    return np.asarray(chosen[np.asarray(ledger.contracts["customer"])[contracts]])


def _largest(ledger: Ledger, count: int, day: int) -> BoolArray:
    """The customers with the largest backlog at the end of a day; of equal ones the first by id."""
    everyone, contracts = np.arange(len(ledger.customers["id"])), np.arange(len(ledger.contracts["id"]))
    held = each_contract(ledger, "backlog", contracts, np.array([day]))[:, 0]
    codes, rates = np.asarray(ledger.contracts["currency"]), Rates.of(ledger)
    for code in sorted(set(codes[held != 0].tolist()) - {ledger.reporting}):
        rows = np.flatnonzero((codes == code) & (held != 0))
        held[rows] = rates.convert(held[rows], code, ledger.reporting, day)
    backlog = np.zeros(everyone.size, np.int64)
    np.add.at(backlog, np.asarray(ledger.contracts["customer"]), held)
    order = np.lexsort((everyone, -backlog))[:count]
    return np.asarray(np.isin(everyone, order) & (backlog > 0))


def _product_groups(ledger: Ledger, shocks: Sequence[Shock]) -> list[tuple[IntArray | None, tuple[bool, ...]]]:
    """Products that the same shocks tell apart, and for each group which shocks concern it."""
    if not any(shock.product or shock.family for shock in shocks):
        return [(None, (True,) * len(shocks))]
    count = len(ledger.products["id"])
    concerned = np.array([_products(ledger, shock, count) for shock in shocks])
    groups: dict[tuple[bool, ...], list[int]] = {}
    for number in range(-1, count):  # -1: promises of no product
        groups.setdefault(tuple(concerned[:, number].tolist()), []).append(number)
    return [(np.array(numbers, np.int64), counts) for counts, numbers in groups.items()]


def _products(ledger: Ledger, shock: Shock, count: int) -> BoolArray:
    """Which products a shock concerns; the last place stands for promises of no product."""
    if not shock.product and not shock.family:
        return np.ones(count + 1, bool)
    chosen = np.ones(count, bool)
    if shock.product:
        chosen &= np.isin(np.arange(count), ledger.find_products(shock.product))
    if shock.family:
        chosen &= _worded(ledger.products["family"], shock.family, "family")
    return np.r_[chosen, False]


def _worded(words: Sequence[str], wanted: str, what: str) -> BoolArray:
    found = np.array([str(word).casefold() == wanted.casefold() for word in words], bool)
    if not found.any():
        known = ", ".join(sorted({str(word) for word in words if word})) or "none"
        raise Unanswerable(f"no {what} is called {wanted!r}: known are {known}")
    return found


def days_back(day: dt.date, start: dt.date, delay: int) -> int:
    """The day whose deliveries come `delay` months later on `day`: never before the start of the shock."""
    return max(day_number(start), day_number(add_months(day, -delay)))
