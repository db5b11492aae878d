"""What a sheet is about: all contracts or a part of them, in groups by the currency they can be shown in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.figures import Scope, answer, contracts_of
from engine.ledger import Ledger
from engine.movements import scopes_by
from excel.pack.sheet import Content, Formula
from excel.patch.values import CellError
from model.errors import Unanswerable
from model.periods import day_number
from model.settings_text import nearest

ASKABLE = ("customer", "product")
"""Filters that the functions take as arguments: figures of such a part are live formulas."""
FILTERS = (*ASKABLE, "segment", "region", "family", "sales_rep", "contract_currency")
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The part of the ledger that a sheet is about. `key`: ends the names of its totals ("" = all contracts); `words`: for
    people; `scope`: its records; `who`, `product`: as arguments of a formula; `live`: whether those say all of it."""

    key: str = ""
    words: str = ""
    scope: Scope = field(default_factory=Scope)
    who: str = '"*"'
    product: str = ""
    live: bool = True


@dataclass(frozen=True)
class Group:
    """Contracts shown in one currency: all of a part that convert into the reporting currency, or one that does not.

    `contracts`: their indexes, None where they are all of the part; `suffix` keeps names of blocks apart, `totals` those
    of the part's totals; `apart`: whether the currency is not the reporting one; `converted` is how many other currencies
    are converted into this one.
    """

    currency: str
    contracts: Positions | None
    part: Part = field(default_factory=Part)
    suffix: str = ""
    totals: str = ""
    apart: bool = False
    converted: int = 0

    @property
    def word(self) -> str:
        """The currency argument of a formula of this group."""
        return f'"{self.currency}"' if self.apart else "reporting_currency"

    @property
    def live(self) -> bool:
        """Whether the functions can ask for exactly these contracts."""
        return self.contracts is None and self.part.live

    @property
    def asks_products(self) -> bool:
        """Whether a formula can say which products the part is about."""
        return self.part.scope.products is None or bool(self.part.product)

    def call(self, function: str, arguments: str, who: str = "", product: str = "", contract: str = "") -> str:
        """The text of a call of one of our functions, its arguments in the order of the catalogue."""
        who, product = who or self.part.who, product or self.part.product
        return f"{function}({who},{arguments},{product},{contract},{self.word})"

    def total(self, text: str, value: Content) -> Content:
        """A figure over all contracts of the group: a formula where the functions can ask for exactly these."""
        return Formula(text, value) if self.live and _is_value(value) else value  # type: ignore[arg-type]

    def within(self, scope: Scope) -> Scope:
        """What of another scope lies within the group."""
        limits = {"customers": scope.customers, "products": scope.products, "contracts": scope.contracts}
        return self.scope(**{name: asked for name, asked in limits.items() if asked is not None})

    def scope(self, **limits: Positions) -> Scope:
        """A scope within the group: `customers=`, `products=` or `contracts=` narrow it."""
        own = self.part.scope
        held = {"customers": own.customers, "products": own.products, "contracts": own.contracts}
        if self.contracts is not None:
            held["contracts"] = self.contracts
        for name, asked in limits.items():
            mine = held[name]
            held[name] = asked if mine is None else np.intersect1d(asked, mine)
        return Scope(**held)


@dataclass(frozen=True)
class Entry:
    """One line of a list: its texts by column, its scope, and the words a formula names it by ("" = those of the group)."""

    texts: Mapping[str, Content]
    scope: Scope
    who: str = ""
    product: str = ""
    contract: str = ""
    askable: bool = True


def part_of(ledger: Ledger, filters: Mapping[str, str], key: str) -> Part:
    """The part that filters (name and value) select together. Raises Unanswerable for a value that nothing has."""
    customers = products = contracts = None
    for name, value in filters.items():
        if name == "customer":
            customers = _both(customers, ledger.find_customers(value))
        elif name == "product":
            products = _both(products, ledger.find_products(value))
        else:
            found = _held(ledger, name.removeprefix("contract_"), value)
            customers = _both(customers, found.customers)
            products = _both(products, found.products)
            contracts = _both(contracts, found.contracts)
    live = not set(filters) - set(ASKABLE)
    words = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in filters.items())
    who, product = (_quoted(filters[name]) if name in filters else "" for name in ASKABLE)
    return Part(key, words, Scope(customers, products, contracts), who or '"*"', product, live)


def standing_alone(ledger: Ledger, reporting: str, days: Sequence[dt.date]) -> frozenset[str]:
    """The currencies of contracts that have no rate into the reporting one on some day up to the last of `days`."""
    held = set(np.asarray(ledger.contracts["currency"]).tolist()) - {reporting}
    return frozenset(code for code in held if not _converts(ledger, code, reporting, days))


def groups_of(ledger: Ledger, reporting: str, apart: frozenset[str], part: Part, suffix: str) -> tuple[Group, ...]:
    """A part by the currency it can be shown in: first the reporting currency with all that convert to it."""
    currencies = np.asarray(ledger.contracts["currency"])
    mine = contracts_of(ledger, part.scope)
    held = sorted(set(currencies[mine].tolist()))
    alone = [code for code in held if code in apart]
    others = len(set(held) - {reporting, *alone})
    if not alone:
        return (Group(reporting, None, part, suffix, part.key, converted=others),)
    together = mine[~np.isin(currencies[mine], alone)].astype(np.int64)
    found = [Group(reporting, together, part, suffix, part.key, converted=others)] if len(together) else []
    for currency in alone:
        only = len(alone) == 1 and not found
        named = f"_{currency.lower()}"
        own = None if only else mine[currencies[mine] == currency].astype(np.int64)
        found.append(Group(currency, own, part, suffix + named, part.key + named, apart=True))
    return tuple(found)


def _held(ledger: Ledger, dimension: str, value: str) -> Scope:
    """The scope of a value of a dimension, in any case."""
    words = []
    for word, scope in scopes_by(ledger, dimension):
        if word.casefold() == value.casefold():
            return scope
        words.append(word)
    near = nearest(value, words)
    hint = f"; did you mean {near!r}?" if near else f". There are: {', '.join(words[:20])}"
    raise Unanswerable(f"no {dimension.replace('_', ' ')} is called {value!r}{hint}")


def _both(one: Positions | None, other: Positions | None) -> Positions | None:
    if one is None or other is None:
        return one if other is None else other
    return np.intersect1d(one, other)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _is_value(value: Content) -> bool:
    return (value is not None and not isinstance(value, Formula)) or isinstance(value, CellError)


def _converts(ledger: Ledger, currency: str, reporting: str, days: Sequence[dt.date]) -> bool:
    scope = Scope(contracts=np.flatnonzero(np.asarray(ledger.contracts["currency"]) == currency).astype(np.int64))
    on = np.array([day_number(day) for day in days], np.int64)
    # Revenue to the last day asks for a rate of every day before it.
    asked = (("backlog", on), ("recognized", on[-1:]))
    return not any(answer(ledger, measure, [scope], at, currency=reporting).errors for measure, at in asked)
