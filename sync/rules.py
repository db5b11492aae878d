"""Rules of a table that look at several columns of a row, or at the records it points at.

They are those of the canonical files; no row is corrected, none is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from model.records import COMMITTED, TIME_BASED
from sync.parents import Parent, Target
from sync.values import Plan


class Problem(NamedTuple):
    """What is wrong with a column, its remedy, and the records whose arrival would mend it."""

    column: str
    reason: str
    remedy: str
    waits: tuple[Target, ...] = ()


class Tested(NamedTuple):
    """A row under test: its stored values by name, its parents, and the method where none is named."""

    plan: Plan
    values: list[Any]
    parents: Mapping[str, Parent]
    method: str

    def __call__(self, name: str) -> Any:
        """The stored value of a column."""
        return self.values[self.plan.position[name]]


Rule = Callable[[Tested, list[Problem]], None]


def _ordered(start: str, end: str) -> Rule:
    def rule(row: Tested, problems: list[Problem]) -> None:
        first, last = row(start), row(end)
        if first is not None and last is not None and last < first:
            problems.append(Problem(end, f"{end} {last} is before {start} {first}", "Correct one of the dates"))

    return rule


def _signed(row: Tested, problems: list[Problem]) -> None:
    """A commitment needs the day it was made on (606-10-25-1)."""
    if row("status") in COMMITTED and row("signed_on") is None:
        reason = f"a contract that is {row('status')} needs the day it was signed on"
        problems.append(Problem("signed_on", reason, "Fill in signed_on, or give the contract a status such as draft"))


def _is_new(row: Tested, problems: list[Problem]) -> None:
    """A line that an amendment adds is none that the contract, or another amendment, has already."""
    holder = row.parents.get("new_line_id")
    if holder is not None and holder.own and holder.by != row("amendment_id"):
        whose = f"a line of amendment {holder.by}" if holder.by else "a line of a contract"
        remedy = "Give the added line an id of its own; to change a line use change_line"
        problems.append(Problem("new_line_id", f"{row('new_line_id')!r} is already {whose}", remedy))


def _of_contract(row: Tested, problems: list[Problem]) -> None:
    """A line that is named is one of the contract that is named."""
    line, contract = row.parents.get("line_id"), row.parents.get("contract_id")
    if line is None or contract is None or line.contract_id is None:
        return
    if line.contract_id not in (row("contract_id"), contract.record_id):
        reason = f"{row('line_id')!r} is a line of contract {line.contract_id}, not of {row('contract_id')}"
        problems.append(Problem("line_id", reason, "Name a line of this contract, or the line's own contract"))


def _has_term(row: Tested, problems: list[Problem]) -> None:
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
        problems.append(Problem(", ".join(missing), reason, remedy, tuple(waits)))
    elif first > last:
        reason = f"its term would be {first} to {last}: the contract's dates fill in what the line does not say"
        problems.append(Problem("end_on", reason, "Give the line both dates", tuple(waits)))


def _amends(row: Tested, problems: list[Problem]) -> None:
    """What each kind of amendment cannot do without."""
    kind = row("kind")
    priced = row("quantity") is not None and row("unit_price") is not None
    for name in _AMENDMENT_NEEDS.get(kind, ()):
        if row(name) is None and not (name == "amount_minor" and priced):
            shown = name.removesuffix("_minor")
            problems.append(Problem(shown, f"{kind} needs {shown}", f"Fill in {shown}"))
    if problems or kind not in ("add_line", "renew") or row("end_on") is not None:
        return
    method = row("recognition") or row.parents.get("product_id", Parent()).recognition or row.method
    if method in TIME_BASED and (row("amount_minor") or 0) >= 0 and row.parents["contract_id"].end_on is None:
        reason = f"{method} needs end_on, and contract {row('contract_id')} has none either"
        waits = (("contracts", row("contract_id")),)
        problems.append(Problem("end_on", reason, "Give the amendment or its contract an end", waits))


_AMENDMENT_NEEDS: Mapping[str, tuple[str, ...]] = {
    "add_line": ("new_line_id", "amount_minor"),
    "renew": ("new_line_id", "amount_minor"),
    "change_line": ("line_id",),
    "remove_line": ("line_id",),
    "extend": ("end_on",),
}


_OVERRUN = 2  # a share complete beyond twice the whole is percent, not a share


def _is_share(row: Tested, problems: list[Problem]) -> None:
    """Shares are 0..1: 45 for 45 percent would earn a line forty-five times.

    A little more than all of it happens, where cost overruns its plan: the engine holds it and makes it an exception.
    """
    measure, value = row("measure"), Decimal(row("value"))
    if measure == "delivered" and value != 1:
        reason = f"delivered has the value 1, not {row('value')}"
        remedy = "Leave the row out until it is delivered; what is delivered in parts is a milestone, percent or units"
        problems.append(Problem("value", reason, remedy))
    # What is complete is never less than nothing; a milestone may be taken back.
    least, most = {"percent": (0, _OVERRUN), "milestone": (-1, 1)}.get(measure, (value, value))
    if not least <= value <= most:
        reason = f"{row('value')} is no share: {measure} counts from 0 to 1"
        problems.append(Problem("value", reason, "Write 0.45 for 45 percent"))


def _not_below_zero(*names: str) -> Rule:
    def rule(row: Tested, problems: list[Problem]) -> None:
        for name in names:
            if (row(name) or 0) < 0:
                shown = name.removesuffix("_minor")
                problems.append(Problem(shown, f"{shown} is less than nothing", "Write it without a minus sign"))

    return rule


def _is_rate(row: Tested, problems: list[Problem]) -> None:
    if Decimal(row("rate")) <= 0:
        problems.append(Problem("rate", f"{row('rate')} is no exchange rate", "A rate is above zero"))


RULES: Mapping[str, tuple[Rule, ...]] = {
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
