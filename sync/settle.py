"""One row against the rules of its table and the records it points at.

What comes out is either the row as the store holds it, or a refusal that says column, reason and remedy, and which
records' arrival would mend it. The rules over several columns are in sync.rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.kit.connector import Row
from model.errors import RecordRejected
from model.money import INT64_MAX, Money, exponent, to_minor
from store.write import Refused
from sync.parents import LENDS, Parent, Target
from sync.rules import RULES, Problem, Tested
from sync.values import PLANS, Plan, read_values

Lookup = Callable[[str, str], Parent | None]
_BRINGS: Mapping[str, tuple[str, str]] = {"amendments": ("new_line_id", "contract_lines")}
"""The column of a table whose id is that of a record of another table, which the row itself brings."""
_POINTERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    name: (*((column, table) for column, _, table in plan.references), *([_BRINGS[name]] if name in _BRINGS else ()))
    for name, plan in PLANS.items()
}
_NOTHING: Mapping[Target, Parent] = {}


class Settled(NamedTuple):
    """A row as stored: `values` in the order of schema.stored_columns, and what it lends to others."""

    table: str
    record_id: str
    values: tuple[Any, ...]
    row_hash: str
    lends: Mapping[Target, Parent]


def row_id(row: Row) -> str:
    """A row's identity within its source, blank columns at their defaults. "" where its key is not given."""
    plan = PLANS[row.table]
    if plan.key is not None and type(only := row.values.get(plan.key)) is str:
        return only
    parts = []
    for name in plan.table.key:
        value = row.values.get(name)
        parts.append(str(plan.table.column(name).default if value is None or value == "" else value))
    return "/".join(parts) if any(parts) else ""


def wanted(row: Row) -> list[Target]:
    """The records a row points at, as (table, id)."""
    values = row.values
    return [(table, value) for name, table in _POINTERS[row.table] if type(value := values.get(name)) is str and value]


def settle(row: Row, lookup: Lookup, method: str) -> Settled | Refused:
    """The row as stored, or why it is not.

    `lookup(table, id)` finds parents; `method` is the recognition of a line that names none, nor its product.
    """
    plan = PLANS[row.table]
    values, errors = read_values(plan, row.values)
    problems = [Problem(error.column, error.reason, error.remedy) for error in errors] if errors else []
    parents: dict[str, Parent] = {}
    for name, position, table in plan.references:
        record = values[position]
        if record is not None:
            parent = lookup(table, record)
            if parent is None or len(parent.sources) > 1:
                problems.append(_unclear(name, table, record, parent))
            else:
                parents[name] = parent
    if row.table in _BRINGS:
        name, table = _BRINGS[row.table]
        record = values[plan.position[name]]
        if record is not None and (holder := lookup(table, record)) is not None:
            parents[name] = holder
    if plan.money:
        _settle_money(plan, values, parents, problems)
    if not problems and row.table in RULES:
        tested = Tested(plan, values, parents, method)
        for rule in RULES[row.table]:
            rule(tested, problems)
    if problems:
        return _refused(row.table, problems)
    stored, keys = tuple(values), plan.keys
    record_id = values[keys[0]] if len(keys) == 1 else "/".join(values[at] or "" for at in keys)
    return Settled(row.table, record_id, stored, digest(stored), _lends(plan, record_id, values))


def digest(values: tuple[Any, ...]) -> str:
    """A short name for exactly these stored values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def _refused(table: str, problems: list[Problem]) -> Refused:
    """All that is wrong with a row as one refusal; it waits only if waiting can mend all of it."""
    columns = list(dict.fromkeys(problem.column for problem in problems))
    several = len(columns) > 1
    reasons = [f"{p.column}: {p.reason}" if several else p.reason for p in problems]
    remedies = list(dict.fromkeys(problem.remedy for problem in problems if problem.remedy))
    mendable = all(problem.waits for problem in problems)
    waits = frozenset(target for problem in problems for target in problem.waits) if mendable else frozenset()
    return Refused(table, ", ".join(columns), "; ".join(reasons), "; ".join(remedies), waits)


def _unclear(name: str, table: str, record_id: str, parent: Parent | None) -> Problem:
    """The problem of an id that nobody has, or that several connectors have."""
    if parent is None:
        reason = f"{table} has no {record_id!r}"
        remedy = "It loads by itself once that record arrives; if the id is misspelt, correct it"
    else:
        owners = " and ".join(sorted(parent.sources))
        reason = f"{record_id!r} is in {table} of {owners}: it is not clear which is meant"
        remedy = "Bring the record itself by the same connector, under this id"
    return Problem(name, reason, remedy, ((table, record_id),))


def _settle_money(plan: Plan, values: list[Any], parents: Mapping[str, Parent], problems: list[Problem]) -> None:
    """Whole minor units by the currency of the row, of its parent, or of the amount itself; they must agree."""
    at = plan.position["currency"]
    lender = plan.table.currency_of
    if lender:
        if lender not in parents:
            return  # that the parent is missing has been said
        values[at] = parents[lender].currency
    elif values[at] is None:
        if any(problem.column == "currency" for problem in problems):
            return
        amounts = [values[position] for _, position in plan.money]
        values[at] = next((amount.currency for amount in amounts if isinstance(amount, Money)), None)
    currency = values[at]
    if currency is None:
        problems.append(Problem("currency", "nothing is given", "Fill it in: amounts need a currency"))
        return
    for name, position in plan.money:
        if values[position] is not None:
            try:
                values[position] = _minor(values[position], currency)
            except RecordRejected as error:
                problems.append(Problem(name, error.reason, error.remedy))


def _minor(value: object, currency: str) -> int:
    if isinstance(value, Decimal) and value.is_finite():
        return to_minor(value, currency)
    if isinstance(value, Money):
        if value.currency != currency:
            exponent(value.currency)
            raise RecordRejected(
                f"the amount is in {value.currency}, what it belongs to in {currency}",
                remedy="Correct the currency at the source",
            )
        if type(value.minor) is int and abs(value.minor) <= INT64_MAX:
            return value.minor
    raise RecordRejected(f"{str(value)[:60]!r} is no exact amount", remedy="The connector must hand over a decimal")


def _lends(plan: Plan, record_id: str, values: list[Any]) -> Mapping[Target, Parent]:
    if not plan.pointed_at:
        return _NOTHING
    name, at = plan.table.name, plan.position
    lent = Parent(**{column: values[at[column]] for column in LENDS.get(name, ())}, record_id=record_id)
    found = {(name, record_id): lent}
    if name in _BRINGS:
        column, table = _BRINGS[name]
        brought = values[at[column]]
        if brought is not None:
            owner = {each: values[at[each]] for each in LENDS[table]}
            found[table, brought] = Parent(**owner, record_id=brought, by=record_id)
    return found
