"""One row against the rules of its table and the records it points at.

What comes out is either the row as the store holds it, or a refusal that says column, reason and remedy, and which
records' arrival would mend it. The rules are those of the canonical files; no row is corrected, none is guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.kit.connector import Row
from model.errors import RecordRejected
from model.money import INT64_MAX, Money, exponent, to_minor
from model.records import COMMITTED, TIME_BASED
from store.write import Refused
from sync.parents import LENDS, Parent, Target
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


class _Problem(NamedTuple):
    column: str
    reason: str
    remedy: str
    waits: tuple[Target, ...] = ()


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
    problems = [_Problem(error.column, error.reason, error.remedy) for error in errors] if errors else []
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
    if not problems and row.table in _RULES:
        line = _Line(plan, values, parents, method)
        for rule in _RULES[row.table]:
            rule(line, problems)
    if problems:
        return _refused(row.table, problems)
    stored, keys = tuple(values), plan.keys
    record_id = values[keys[0]] if len(keys) == 1 else "/".join(values[at] or "" for at in keys)
    return Settled(row.table, record_id, stored, digest(stored), _lends(plan, record_id, values))


def digest(values: tuple[Any, ...]) -> str:
    """A short name for exactly these stored values."""
    return hashlib.blake2b(repr(values).encode(), digest_size=16).hexdigest()


def _refused(table: str, problems: list[_Problem]) -> Refused:
    """All that is wrong with a row as one refusal; it waits only if waiting can mend all of it."""
    columns = list(dict.fromkeys(problem.column for problem in problems))
    several = len(columns) > 1
    reasons = [f"{p.column}: {p.reason}" if several else p.reason for p in problems]
    remedies = list(dict.fromkeys(problem.remedy for problem in problems if problem.remedy))
    mendable = all(problem.waits for problem in problems)
    waits = frozenset(target for problem in problems for target in problem.waits) if mendable else frozenset()
    return Refused(table, ", ".join(columns), "; ".join(reasons), "; ".join(remedies), waits)


def _unclear(name: str, table: str, record_id: str, parent: Parent | None) -> _Problem:
    """The problem of an id that nobody has, or that several connectors have."""
    if parent is None:
        reason = f"{table} has no {record_id!r}"
        remedy = "It loads by itself once that record arrives; if the id is misspelt, correct it"
    else:
        owners = " and ".join(sorted(parent.sources))
        reason = f"{record_id!r} is in {table} of {owners}: it is not clear which is meant"
        remedy = "Bring the record itself by the same connector, under this id"
    return _Problem(name, reason, remedy, ((table, record_id),))


def _settle_money(plan: Plan, values: list[Any], parents: Mapping[str, Parent], problems: list[_Problem]) -> None:
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
        problems.append(_Problem("currency", "nothing is given", "Fill it in: amounts need a currency"))
        return
    for name, position in plan.money:
        if values[position] is not None:
            try:
                values[position] = _minor(values[position], currency)
            except RecordRejected as error:
                problems.append(_Problem(name, error.reason, error.remedy))


def _minor(value: object, currency: str) -> int:
    if type(value) is Decimal and value.is_finite():
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


# -- rules that look at several columns -------------------------------------------------------------------------


class _Line(NamedTuple):
    """A row under test: its stored values by name, its parents, and the method where none is named."""

    plan: Plan
    values: list[Any]
    parents: Mapping[str, Parent]
    method: str

    def __call__(self, name: str) -> Any:
        return self.values[self.plan.position[name]]


Rule = Callable[[_Line, list[_Problem]], None]


def _ordered(start: str, end: str) -> Rule:
    def rule(row: _Line, problems: list[_Problem]) -> None:
        first, last = row(start), row(end)
        if first is not None and last is not None and last < first:
            problems.append(_Problem(end, f"{end} {last} is before {start} {first}", "Correct one of the dates"))

    return rule


def _signed(row: _Line, problems: list[_Problem]) -> None:
    """A commitment needs the day it was made on (606-10-25-1)."""
    if row("status") in COMMITTED and row("signed_on") is None:
        reason = f"a contract that is {row('status')} needs the day it was signed on"
        problems.append(_Problem("signed_on", reason, "Fill in signed_on, or give the contract a status such as draft"))


def _is_new(row: _Line, problems: list[_Problem]) -> None:
    """A line that an amendment adds is none that the contract, or another amendment, has already."""
    holder = row.parents.get("new_line_id")
    if holder is not None and holder.own and holder.by != row("amendment_id"):
        whose = f"a line of amendment {holder.by}" if holder.by else "a line of a contract"
        remedy = "Give the added line an id of its own; to change a line use change_line"
        problems.append(_Problem("new_line_id", f"{row('new_line_id')!r} is already {whose}", remedy))


def _of_contract(row: _Line, problems: list[_Problem]) -> None:
    """A line that is named is one of the contract that is named."""
    line, contract = row.parents.get("line_id"), row.parents.get("contract_id")
    if line is None or contract is None or line.contract_id is None:
        return
    if line.contract_id not in (row("contract_id"), contract.record_id):
        reason = f"{row('line_id')!r} is a line of contract {line.contract_id}, not of {row('contract_id')}"
        problems.append(_Problem("line_id", reason, "Name a line of this contract, or the line's own contract"))


def _has_term(row: _Line, problems: list[_Problem]) -> None:
    """A promise earned by time needs a first and a last day: its own or its contract's."""
    product = row.parents.get("product_id", Parent())
    method = row("recognition") or product.recognition or row.method
    if method not in TIME_BASED or row("amount_minor") < 0:
        return
    contract = row.parents["contract_id"]
    first, last = row("start_on") or contract.start_on, row("end_on") or contract.end_on
    waits = [("contracts", row("contract_id"))]
    if row("product_id") is not None and row("recognition") is None:
        waits.append(("products", row("product_id")))
    if first is None or last is None:
        missing = [name for name, day in (("start_on", first), ("end_on", last)) if day is None]
        reason = f"{method} needs {' and '.join(missing)}, and contract {row('contract_id')} has none either"
        remedy = "Give the line or its contract the dates, or the line another recognition"
        problems.append(_Problem(", ".join(missing), reason, remedy, tuple(waits)))
    elif first > last:
        reason = f"its term would be {first} to {last}: the contract's dates fill in what the line does not say"
        problems.append(_Problem("end_on", reason, "Give the line both dates", tuple(waits)))


def _amends(row: _Line, problems: list[_Problem]) -> None:
    """What each kind of amendment cannot do without."""
    kind = row("kind")
    priced = row("quantity") is not None and row("unit_price") is not None
    for name in _AMENDMENT_NEEDS.get(kind, ()):
        if row(name) is None and not (name == "amount_minor" and priced):
            shown = name.removesuffix("_minor")
            problems.append(_Problem(shown, f"{kind} needs {shown}", f"Fill in {shown}"))
    if problems or kind not in ("add_line", "renew") or row("end_on") is not None:
        return
    method = row("recognition") or row.parents.get("product_id", Parent()).recognition or row.method
    if method in TIME_BASED and (row("amount_minor") or 0) >= 0 and row.parents["contract_id"].end_on is None:
        reason = f"{method} needs end_on, and contract {row('contract_id')} has none either"
        waits = (("contracts", row("contract_id")),)
        problems.append(_Problem("end_on", reason, "Give the amendment or its contract an end", waits))


_AMENDMENT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "add_line": ("new_line_id", "amount_minor"),
    "renew": ("new_line_id", "amount_minor"),
    "change_line": ("line_id",),
    "remove_line": ("line_id",),
    "extend": ("end_on",),
}


_OVERRUN = 2  # a share complete beyond twice the whole is percent, not a share


def _is_share(row: _Line, problems: list[_Problem]) -> None:
    """Shares are 0..1: 45 for 45 percent would earn a line forty-five times.

    A little more than all of it happens, where cost overruns its plan: the engine holds it and makes it an exception.
    """
    measure, value = row("measure"), Decimal(row("value"))
    if measure == "delivered" and value != 1:
        reason = f"delivered has the value 1, not {row('value')}"
        remedy = "Leave the row out until it is delivered; what is delivered in parts is a milestone, percent or units"
        problems.append(_Problem("value", reason, remedy))
    # What is complete is never less than nothing; a milestone may be taken back.
    least, most = {"percent": (0, _OVERRUN), "milestone": (-1, 1)}.get(measure, (value, value))
    if not least <= value <= most:
        reason = f"{row('value')} is no share: {measure} counts from 0 to 1"
        problems.append(_Problem("value", reason, "Write 0.45 for 45 percent"))


def _not_below_zero(*names: str) -> Rule:
    def rule(row: _Line, problems: list[_Problem]) -> None:
        for name in names:
            if (row(name) or 0) < 0:
                shown = name.removesuffix("_minor")
                problems.append(_Problem(shown, f"{shown} is less than nothing", "Write it without a minus sign"))

    return rule


def _is_rate(row: _Line, problems: list[_Problem]) -> None:
    if Decimal(row("rate")) <= 0:
        problems.append(_Problem("rate", f"{row('rate')} is no exchange rate", "A rate is above zero"))


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "contracts": (_signed, _ordered("start_on", "end_on"),
                  _not_below_zero("terminable_on_notice_days", "payment_terms_days")),
    "contract_lines": (_ordered("start_on", "end_on"), _has_term,
                       _not_below_zero("ssp_minor", "bundle_ssp_minor", "expected_cost_minor")),
    "amendments": (_ordered("start_on", "end_on"), _of_contract, _is_new, _amends,
                   _not_below_zero("ssp_minor", "expected_cost_minor")),
    "credit_notes": (_not_below_zero("amount_minor"),),
    "estimates": (_of_contract,),
    "invoice_lines": (_ordered("service_start", "service_end"),),
    "deliveries": (_is_share,),
    "fx_rates": (_is_rate,),
}  # fmt: skip
