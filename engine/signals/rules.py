"""The rules: what each looks at, when it trips, and what usually helps.

Days are ends of days; a window is the last `months` months by the date, and the same number before it. Every rule looks
at the whole company in its one currency; a rule that has nothing to look at raises Unanswerable with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise

import numpy as np

from engine.each import each_contract
from engine.figures import Scope
from engine.metrics.planning import monthly_capacity
from engine.metrics.terms import with_costs
from engine.movements import scopes_by
from engine.signals.looked import (
    Look,
    largest,
    late_names,
    late_shares,
    percent,
    said,
)
from engine.signals.signal import Signal
from model.errors import Unanswerable
from model.money import Money
from model.periods import day_number


def capacity(look: Look) -> Iterator[Signal]:
    """Backlog grows faster than what can be delivered."""
    begin = look.before(look.limits.months)
    backlog, currency = look.balance([Scope()], [begin, look.date])
    then, now = (monthly_capacity(look.inputs, day, look.ledger.reporting)[1] for day in (begin, look.date))
    before, after = int(backlog[0, 0]), int(backlog[0, 1])
    if before <= 0 or then.minor <= 0:
        return
    growth, room = Fraction(after - before, before), Fraction(now.minor - then.minor, then.minor)
    if growth - room > look.limits.capacity_gap:
        yield Signal(
            "backlog_outgrows_capacity", "",
            f"backlog grew by {percent(growth)} since {begin}, capacity by {percent(room)}",
            Money(after - before, currency), look.movers("backlog", [begin, look.date], (-1, 1)),
            "scale delivery: people, suppliers or scope; promise later dates; see: backlog report capacity",
        )  # fmt: skip


def shrinking(look: Look) -> Iterator[Signal]:
    """Backlog shrinks."""
    begin = look.before(look.limits.months)
    backlog, currency = look.balance([Scope()], [begin, look.date])
    before, after = int(backlog[0, 0]), int(backlog[0, 1])
    if before > 0 and Fraction(before - after, before) > look.limits.shrink:
        yield Signal(
            "shrinking_backlog", "", f"backlog fell by {percent(Fraction(before - after, before))} since {begin}",
            Money(after - before, currency), look.movers("backlog", [begin, look.date], (1, -1)),
            "refill the pipeline: renewals first, then new contracts",
        )  # fmt: skip


def falling(look: Look) -> Iterator[Signal]:
    """Bookings fall."""
    middle, begin = look.before(look.limits.months), look.before(2 * look.limits.months)
    booked, currency = look.flow("bookings", [(begin, middle), (middle, look.date)])
    before, after = int(booked[0, 0]), int(booked[0, 1])
    if before > 0 and Fraction(before - after, before) > look.limits.bookings_fall:
        amounts = f"{said(before, currency)} to {said(after, currency)}"
        yield Signal(
            "falling_bookings", "",
            f"bookings of {look.limits.months} months fell from {amounts}, by {percent(Fraction(before - after, before))}",
            Money(after - before, currency), look.movers("bookings", [begin, middle, look.date], (-1, 2, -1)),
            "look at the pipeline by segment and salesperson; bring renewals forward",
        )  # fmt: skip


def cancelled(look: Look) -> Iterator[Signal]:
    """Cancellations spike against their own history of twelve months."""
    ends = [look.before(n) for n in range(13, -1, -1)]
    spans = list(pairwise(ends))
    lost, currency = look.flow("cancellations", spans)
    history, last = [int(value) for value in lost[0, :-1]], int(lost[0, -1])
    mean = Fraction(sum(history), len(history))
    if last > 0 and last > Fraction(look.limits.cancellations_factor) * mean:
        everyone, days = np.arange(len(look.ledger.contracts["id"])), np.array([day_number(day) for day in spans[-1]])
        of = np.diff(each_contract(look.ledger, "cancellations", everyone, days), axis=1)
        usual = f"in a usual month {said(int(mean), currency)}"
        yield Signal(
            "cancellations_spike", "", f"{said(last, currency)} cancelled since {ends[-2]}; {usual}",
            Money(last, currency), largest(look.ledger.contracts["id"], of[:, 0]),
            "call the customers who cancelled and those like them; read the reasons before the next renewals",
        )  # fmt: skip


def overdue(look: Look) -> Iterator[Signal]:
    """Obligations past their planned end with undelivered scope."""
    late, rows = look.late
    if rows.size:
        ledger, left, contract = look.ledger, late.backlog[rows], late.contracts[rows]
        codes = np.asarray(ledger.contracts["currency"])[contract]
        totals = {str(code): int(left[codes == code].sum()) for code in sorted(set(codes.tolist()))}
        told = ", ".join(f"{said(amount, currency)}" for currency, amount in totals.items())
        one = Money(next(iter(totals.values())), next(iter(totals))) if len(totals) == 1 else None
        yield Signal(
            "past_planned_end", "", f"{rows.size} promises are past their planned end with {told} undelivered",
            one, late_names(look), "deliver, agree a new date by an amendment, or take out what will never be delivered",
        )  # fmt: skip


def late_families(look: Look) -> Iterator[Signal]:
    """Product families of which much is late, at the date and at the two month ends before it."""
    families = dict(scopes_by(look.ledger, "family"))
    looks = [Look(look.ledger, look.inputs, look.before(back), look.limits) for back in (2, 1, 0)]
    shares = [late_shares(each, families) for each in looks]
    for family in families:
        past = [share.get(family, Fraction(0)) for share in shares]
        if all(share > look.limits.late_share for share in past):
            yield Signal(
                "late_family", family, f"{percent(past[-1])} of the backlog of {family} is past its planned end, as it was before",
                None, late_names(looks[-1], families[family]),
                "look for the bottleneck of this family; sell it with later dates until it is gone",
            )  # fmt: skip


def thin_families(look: Look) -> Iterator[Signal]:
    """Product families whose backlog is expected to earn less than the least margin."""
    for family, scope in scopes_by(look.ledger, "family"):
        rows = with_costs(look.ledger, scope, look.date, look.inputs)
        for currency, part in rows.groupby("currency"):
            backlog, cost = int(part["backlog_minor"].sum()), int(part["cost_minor"].sum())
            if backlog > 0 and Fraction(backlog - cost, backlog) < look.limits.least_margin:
                margin = percent(Fraction(backlog - cost, backlog))
                yield Signal(
                    "thin_family", f"{family} {currency}", f"the backlog of {family} is expected to earn {margin}",
                    Money(backlog - cost, str(currency)),
                    largest(part["contract"].tolist(), (part["cost_minor"] - part["backlog_minor"]).to_numpy()),
                    "price the next contracts anew; renegotiate, or deliver what loses money at less cost",
                )  # fmt: skip


def concentrated(look: Look) -> Iterator[Signal]:
    """A customer holds much of the backlog."""
    names = look.ledger.customers["name"]
    scopes = [Scope(customers=np.array([n])) for n in range(len(names))]
    backlog, currency = look.balance([Scope(), *scopes], [look.date])
    whole = int(backlog[0, 0])
    for name, value in zip(names, backlog[1:, 0].tolist(), strict=True):
        if whole > 0 and Fraction(value, whole) > look.limits.concentration:
            yield Signal(
                "concentration", str(name), f"{name} holds {percent(Fraction(value, whole))} of the backlog",
                Money(value, currency), (str(name),),
                "see what its loss would do: a scenario with this customer; win others, secure this one",
            )  # fmt: skip


def cash(look: Look) -> Iterator[Signal]:
    """Contracts whose billing lags the cost of what was delivered."""
    rows = with_costs(look.ledger, Scope(), look.date, look.inputs)
    if rows.empty:
        raise Unanswerable("no cost of any line is known: give lines an expected_cost, or products a unit_cost")
    names = [str(name) for name in look.ledger.contracts["id"]]
    bills = each_contract(look.ledger, "billed", np.arange(len(names)), np.array([day_number(look.date)]))[:, 0]
    billed_of = dict(zip(names, bills.tolist(), strict=True))
    lag: list[tuple[str, int, str]] = []
    for (contract, currency), part in rows.groupby(["contract", "currency"]):
        billed = billed_of[str(contract)]
        spent = int(part["total_cost_minor"].sum() - part["cost_minor"].sum())
        if spent > 0 and Fraction(spent - billed, spent) > look.limits.cash_gap:
            lag.append((str(contract), spent - billed, str(currency)))
    for currency in sorted({code for _, _, code in lag}):
        mine = [(contract, short) for contract, short, code in lag if code == currency]
        short = sum(amount for _, amount in mine)
        yield Signal(
            "billing_lags_cost", currency,
            f"{len(mine)} contracts are billed {said(short, currency)} less than their delivery has cost",
            Money(short, currency), largest([name for name, _ in mine], np.array([amount for _, amount in mine])),
            "bill earlier: deposits, milestones; check what is delivered and not yet invoiced",
        )  # fmt: skip


RULES: Mapping[str, Callable[[Look], Iterator[Signal]]] = {
    "backlog_outgrows_capacity": capacity, "shrinking_backlog": shrinking, "falling_bookings": falling,
    "cancellations_spike": cancelled, "past_planned_end": overdue, "late_family": late_families,
    "thin_family": thin_families, "concentration": concentrated, "billing_lags_cost": cash,
}  # fmt: skip
