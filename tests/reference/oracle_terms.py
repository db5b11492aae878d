"""The reference implementation, part 4: one version of a line's terms, and what is earned under it by any day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction

from oracle_evidence import Evidence
from oracle_time import DAY, first_of_month, last_of_month, months_of, round_half_away, time_progress

from model.policy import Policy


@dataclass(frozen=True)
class Terms:
    """A line's terms from one change to the next; `price` is its allocated price in minor units.

    A prospective change has earned `base` by the day before `since` under the terms `before`, and earns the rest of
    the price over what remains from `since` on (606-10-25-13(a)). Without one, base is 0 and everything counts from
    the start. `settled`: the line was removed, and what it had earned is its whole price. `used_until`: the last day
    whose usage counts; `conceded`: what credits took off the price of a usage line, minimum and overage alike. `changed`: how
    the prospective change came: for the line by itself ("own"), or as what remained of several was shared anew ("shared").
    """

    price: int
    method: str
    start: dt.date | None
    end: dt.date | None
    quantity: Fraction | None = None
    expected_cost: Fraction | None = None
    base: int = 0
    since: dt.date | None = None
    before: Terms | None = None
    settled: bool = False
    used_until: dt.date = dt.date.max
    conceded: int = 0
    changed: str = ""

    @property
    def time_based(self) -> bool:
        return self.method.startswith("straight_line")


ALWAYS = dt.date.min
"""When the variable amounts of a whole contract were promised: from its very start."""


def progress(terms: Terms, evidence: Evidence, policy: Policy, day: dt.date) -> Fraction:
    """The share of the whole line that is done at the end of a day, from its very start."""
    if terms.settled:
        return Fraction(1)
    if terms.time_based:
        assert terms.start is not None, "a time-based line has its dates"
        assert terms.end is not None, "a time-based line has its dates"
        return time_progress(terms.method, terms.start, terms.end, day)
    if terms.method == "point_in_time":
        return evidence.delivered(day)
    if terms.method == "milestone":
        return evidence.milestones(day)
    if terms.method == "units":
        return evidence.units(day, terms.quantity if terms.quantity is not None else Fraction(1))
    if terms.method == "percent_complete":
        return evidence.percent(day, terms.expected_cost, policy.progress_decimals)
    done = evidence.scheduled(day) if terms.method == "manual" else evidence.used(day)
    return Fraction(done, terms.price) if terms.price else Fraction(1)


def share_of_rest(terms: Terms, evidence: Evidence, policy: Policy, day: dt.date) -> Fraction:
    """The share done of what remained when these terms began; where nothing remained, all of it at once."""
    if terms.since is None:
        return progress(terms, evidence, policy, day)
    done = progress(terms, evidence, policy, terms.since - DAY)
    if done >= 1:
        return Fraction(1)
    return (progress(terms, evidence, policy, day) - done) / (1 - done)


def earned(terms: Terms, evidence: Evidence, policy: Policy, day: dt.date) -> int:
    """Cumulative revenue of the line by the end of a day, were these its terms all along."""
    if terms.before is not None and terms.since is not None and day < terms.since:
        return earned(terms.before, evidence, policy, day)
    if terms.settled:
        return terms.price
    if terms.method == "manual":
        return evidence.scheduled(day)
    if terms.method == "usage":
        due = due_for_usage(terms, evidence, day)
        # A minimum that was not used up is earned when the time to use it is over (606-10-55-48).
        if terms.end is not None and day >= terms.end:
            return due
        return min(evidence.used(min(day, terms.used_until)), due)
    rest = terms.price - terms.base
    if terms.time_based and policy.rounding == "last_period":
        return terms.base + by_month(terms, evidence, policy, rest, day)
    return terms.base + round_half_away(rest * share_of_rest(terms, evidence, policy, day))


def earned_before(terms: Terms, evidence: Evidence, policy: Policy, day: dt.date) -> int:
    """What was earned by the eve of a day as these terms have it: what began on the day stands at its base."""
    if (
        terms.before is not None
        and terms.since == day
        and not terms.settled
        and terms.method not in ("usage", "manual")
    ):
        return terms.base
    return earned(terms, evidence, policy, day - DAY)


def due_for_usage(terms: Terms, evidence: Evidence, day: dt.date) -> int:
    """What a customer owes for a usage line by a day: its minimum or what was used, less concessions."""
    return max(evidence.used(min(day, terms.used_until)), terms.price) - terms.conceded


def by_month(terms: Terms, evidence: Evidence, policy: Policy, rest: int, day: dt.date) -> int:
    """Rounding `last_period`: every month's amount is rounded alone, the last month takes the remainder."""
    assert terms.start is not None, "a time-based line has its dates"
    assert terms.end is not None, "a time-based line has its dates"

    def share(on: dt.date) -> Fraction:
        return share_of_rest(terms, evidence, policy, on)

    opening = max(terms.start, terms.since or terms.start)
    if opening > terms.end or share(day) >= 1:
        return rest
    months = [m for m in months_of(opening, terms.end) if share(last_of_month(m)) > share(max(m, opening) - DAY)]
    total = 0
    for month in months:
        before, after = share(max(month, opening) - DAY), share(last_of_month(month))
        amount = rest - total if month == months[-1] else round_half_away(rest * (after - before))
        if month == first_of_month(day):
            return total + round_half_away(amount * (share(day) - before) / (after - before))
        if month < first_of_month(day):
            total += amount
    return total


def catch_up(terms: Terms, price: int, **other: object) -> Terms:
    """New price times progress from the start; the difference is booked at once (606-10-25-13(b))."""
    return replace(terms, price=price, base=0, since=None, before=None, changed="", **other)  # type: ignore[arg-type]


def prospective(
    terms: Terms, evidence: Evidence, policy: Policy, price: int, since: dt.date, how: str = "own", **other: object
) -> Terms:
    """New price less what was earned before `since`, over what remains from then on (606-10-25-13(a))."""
    base = earned(terms, evidence, policy, since - DAY)
    return replace(terms, price=price, base=base, since=since, before=terms, changed=how, **other)  # type: ignore[arg-type]


def estimated(
    terms: Terms, evidence: Evidence, policy: Policy, change: int, promised: dt.date, delivered: Fraction
) -> Terms:
    """A changed estimate of an amount first promised on a day: catch-up, by the terms of then (606-10-32-43, -45(a)).

    `delivered`: the share of it for what was delivered before what remained was shared anew.
    """
    at_once = 0
    if not terms.settled and not everything_done(terms, evidence, policy):
        at_once = round_half_away(change * delivered)
        share = delivered_before_changes(terms, evidence, policy, promised)
        at_once += round_half_away((change - at_once) * share)
    return replace(terms, price=terms.price + change, base=terms.base + at_once)


def delivered_before_changes(terms: Terms, evidence: Evidence, policy: Policy, promised: dt.date) -> Fraction:
    """The share of what was promised on a day that had been delivered before the line was changed prospectively."""
    if terms.before is None or terms.since is None or terms.since <= promised or not terms.changed:
        return Fraction(0)
    if terms.changed == "shared" and promised == ALWAYS:
        return Fraction(0)  # of the amounts of a whole contract the sharing has taken its part
    older = delivered_before_changes(terms.before, evidence, policy, promised)
    return older + (1 - older) * max(Fraction(0), share_of_rest(terms.before, evidence, policy, terms.since - DAY))


def everything_done(terms: Terms, evidence: Evidence, policy: Policy) -> bool:
    """Whether nothing was left to do when these terms began."""
    return terms.since is not None and progress(terms, evidence, policy, terms.since - DAY) >= 1


def repriced(terms: Terms, price: int) -> Terms:
    """A changed estimate or a lower price: base and progress stay, the price moves (606-10-32-42 to -45)."""
    return replace(terms, price=price)


def deferred_first(
    terms: Terms, evidence: Evidence, policy: Policy, price: int, day: dt.date, from_revenue: int
) -> Terms:
    """A lower price that takes no more than `from_revenue` back from what was earned; the rest over what remains."""
    kept = max(0, earned_before(terms, evidence, policy, day) - from_revenue)
    return replace(terms, price=price, base=min(kept, price), since=day, before=terms, changed="")


def closed(terms: Terms, price: int, last: dt.date) -> Terms:
    """A removed usage line: what was used by its last day stays, and the rest of its minimum goes."""
    return replace(terms, price=price, used_until=last)


def settled(terms: Terms, price: int) -> Terms:
    """A removed line: what was delivered is its whole price."""
    return replace(terms, price=price, settled=True, base=0, since=None, before=None, changed="")
