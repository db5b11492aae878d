"""Credits for cancelled scope: what a removal takes out of a contract is put on paper by a credit note, once.

The credit may come before the removal takes effect, so what a removal will take out is found first, in the affected
contracts written up without those credits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.books import Books
from engine.copies import Copies, Counts, Start
from engine.events import DEFER, PRICE, REMOVE, TERMINATE, Causes, Events, table
from engine.kinds import CONCESSION
from model.policy import Policy
from model.records import NO_DAY


def expect_credits(events: Events, start: Start, books: Books) -> None:
    """Notes in the books what removals leave to be credited, and from which day."""
    copies = Copies.make(_credited(events), events, start.versions.progress.promises)
    if copies.origin.size:
        everything = lambda happened, _: np.ones(len(happened), bool)  # noqa: E731
        books.settling[copies.origin], books.settles_from[copies.origin] = to_settle(copies, events, start, everything)


def credited(notes: pd.DataFrame, removals: pd.DataFrame, policy: Policy, causes: Causes) -> pd.DataFrame:
    """The events that credit notes are which lower a price (`notes`: engine.documents.noted; `removals`: events)."""
    by_catch_up = policy.credit_notes == "catch_up"
    credits = table(
        contract=notes["contract"], line=notes["line"], kind=np.full(len(notes), PRICE if by_catch_up else DEFER),
        signed=notes["day"], effective=notes["day"], delta=-notes["amount"], cancels=notes["cancels"].astype(np.int64),
        movement=np.full(len(notes), CONCESSION), raw_id=notes["raw_id"],
        cause=causes.add([f"credit note {name}" for name in notes["name"]]), order=notes["which"],
    )  # fmt: skip
    return _awaiting(credits, removals) if by_catch_up else credits


def _awaiting(credits: pd.DataFrame, removals: pd.DataFrame) -> pd.DataFrame:
    """Credits for cancelled scope, each not before what it puts on paper was agreed (25-10).

    Such a credit may be dated on or after the day from which scope is removed and before the removal is signed: it lowers
    a price, if it does, on the day of signature.
    """
    ended = removals[removals["kind"].isin((REMOVE, TERMINATE)) & (removals["effective"] < removals["signed"])]
    early = np.flatnonzero((credits["cancels"] > 0) & credits["contract"].isin(ended["contract"]))
    if not early.size:
        return credits
    day = credits["signed"].to_numpy(np.int64).copy()
    for row in early.tolist():
        line = credits["line"].iloc[row]
        mine = ended[ended["contract"] == credits["contract"].iloc[row]]
        mine = mine[(mine["line"] == line) | (mine["line"] < 0) | (line < 0)]
        waits = mine["signed"][(mine["effective"] <= day[row]) & (day[row] < mine["signed"])]
        day[row] = waits.min() if len(waits) else day[row]
    return credits.assign(signed=day, effective=day)


def to_settle(copies: Copies, events: Events, start: Start, counts: Counts) -> tuple[IntArray, IntArray]:
    """What removals among the events that count leave to be credited of each copied obligation, and from which day."""
    amount, day = np.zeros(copies.origin.size, np.int64), np.full(copies.origin.size, NO_DAY)
    some = np.flatnonzero(np.isin(copies.contract, _credited(events)))
    if some.size:
        without = copies.some(some).write_up(
            events, start, lambda happened, copy: counts(happened, some[copy]) & (happened.cancels == 0)
        )
        rows = np.isin(copies.copy, some)
        amount[rows], day[rows] = without.removed, without.removed_on
    return amount, day


def _credited(events: Events) -> IntArray:
    """Contracts with both, a removal and a credit for cancelled scope."""
    removals = np.isin(events.kind, (REMOVE, TERMINATE))
    return np.intersect1d(events.contract[events.cancels > 0], events.contract[removals])
