"""What a company states beside its contracts: read from the store when a measure needs it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.metrics.inputs import COST_COLUMNS, Inputs
from engine.scenario.overlay import Scenario, Shock
from model.money import round_minor
from model.records import NO_AMOUNT, NO_DAY, TABLES
from model.settings import Settings
from model.settings_steering import ScenarioBlock

if TYPE_CHECKING:
    import sqlalchemy as sa

    from model.frames import Facts

_COSTED = ("products", "contract_lines", "amendments")
_LINE = ("source", "line_id", "product_id", "quantity", "unit_cost", "expected_cost_minor", "currency")
_AMENDMENT = (
    *("source", "kind", "line_id", "new_line_id", "product_id", "quantity"),
    *("signed_on", "expected_cost_minor", "currency"),
)


def inputs(settings: Settings, engine: sa.Engine, known_at: dt.datetime | None = None) -> Inputs:
    """The statements, targets and capacity of now (or as known at a moment), and the costs of lines when asked for.

    Where several connectors state the same, the one that governs counts ([matching] authority, else as configured).
    """
    from store.read import facts

    order = [*settings.matching.authority, *settings.connectors]
    read = facts(engine, known_at, ("financials", "targets", "capacity"))
    tables = {name: governing(frame, TABLES[name].key, order) for name, frame in read.items()}

    @cache
    def costs() -> pd.DataFrame:
        return line_costs(facts(engine, known_at, _COSTED))

    @cache
    def terms() -> dict[tuple[str, str], int]:
        rows = _rows(
            facts(engine, known_at, ("contracts",))["contracts"], ("source", "contract_id", "payment_terms_days")
        )
        return {(source, contract): days for source, contract, days in rows if days != NO_AMOUNT}

    return Inputs(
        **tables,
        costs=costs,
        incentive_rate=settings.sales.incentive_rate,
        incentive_on=settings.sales.incentive_on,
        scenarios=scenarios(settings.scenarios),
        terms=terms,
    )


def scenarios(blocks: Mapping[str, ScenarioBlock]) -> dict[str, Scenario]:
    """The configured scenarios, each with all that it combines."""
    return {name: _scenario(name, blocks) for name in blocks}


def _scenario(name: str, blocks: Mapping[str, ScenarioBlock]) -> Scenario:
    block = blocks[name]
    shock = Shock(**block.model_dump(include={field.name for field in dataclasses.fields(Shock)}))
    others = [_scenario(other, blocks) for other in block.combine]
    shocks = [*([shock] if shock.bites else []), *(each for other in others for each in other.shocks)]
    fx: dict[str, Decimal] = dict(block.fx)
    for other in others:
        for code, change in other.fx.items():
            fx[code] = (1 + fx.get(code, Decimal(0))) * (1 + change) - 1
    return Scenario(name, tuple(shocks), fx, block.on, block.about)


def governing(frame: pd.DataFrame, key: Sequence[str], order: Sequence[str]) -> pd.DataFrame:
    """One row a key: of the source that comes first in `order`; those not named follow by name."""
    rank = {name: n for n, name in reversed(list(enumerate(order)))}
    by = sorted(
        range(len(frame)), key=lambda n: (rank.get(frame["source"].iloc[n], len(rank)), frame["source"].iloc[n])
    )
    return frame.iloc[by].drop_duplicates(list(key)).reset_index(drop=True)


def line_costs(facts: Facts) -> pd.DataFrame:
    """What whole lines are expected to cost, and from which day: as stated, else their quantity at the unit cost.

    A line's own unit cost goes before its product's. A changed line states a new expected cost, or a new quantity.
    """
    return pd.DataFrame(list(_costs(facts)), columns=list(COST_COLUMNS))


def _costs(facts: Facts) -> Iterator[tuple[str, str, int, int]]:
    products, lines, amendments = (facts[name] for name in _COSTED)
    unit = {(source, name): cost for source, name, cost in _rows(products, ("source", "product_id", "unit_cost"))}
    own: dict[tuple[str, str], tuple[Decimal | None, str]] = {}
    for source, line, product, quantity, each, stated, currency in _rows(lines, _LINE):
        price = each if each is not None else unit.get((source, product))
        own[source, line] = (price, currency)
        yield from _cost(source, line, NO_DAY, stated, quantity, price, currency)
    for source, kind, line, new, product, quantity, on, stated, currency in _rows(amendments, _AMENDMENT):
        if kind in ("add_line", "renew"):
            price = unit.get((source, product))
            own[source, new] = (price, currency)
            yield from _cost(source, new, on, stated, quantity, price, currency)
        elif kind in ("change_line", "extend"):
            price, currency = own.get((source, line), (None, currency))
            yield from _cost(source, line, on, stated, quantity, price, currency)


def _cost(
    source: str, line: str, on: int, stated: int, quantity: Decimal | None, price: Decimal | None, currency: str
) -> Iterator[tuple[str, str, int, int]]:
    if stated != NO_AMOUNT:
        yield source, line, on, stated
    elif quantity is not None and price is not None:
        yield source, line, on, round_minor(quantity * price, currency)


def _rows(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(np.asarray(frame[name]).tolist() for name in names), strict=True)
