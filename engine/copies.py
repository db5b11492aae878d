"""Contracts written up again from some of their events: what they would come to without the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.arithmetic import BoolArray, IntArray
from engine.books import Books, Entries
from engine.events import DEFER, POOL, REPRICE, Events
from engine.held import Held
from engine.lines import explode
from engine.modify import apply
from engine.progress import Evidence, Progress
from engine.promises import Promises
from engine.versions import SEPARATE, Versions

Counts = Callable[[Events, IntArray], BoolArray]
"""Which events count for a copy: of some events and, for each, the number of its copy."""


@dataclass(frozen=True)
class Start:
    """The books before any event: what each obligation was worth, how changes are spread (and what of its price was, for
    each contract), and by which rule it began (-1: it did not)."""

    versions: Versions
    worth: IntArray
    weight: IntArray
    shared: IntArray
    rule: IntArray
    held: Held

    @classmethod
    def of(cls, books: Books) -> Start:
        """Taken from books to which no event was applied yet."""
        first = books.versions.current
        rule = np.where(first >= 0, books.versions.rule[first], -1) if books.versions.size else first.copy()
        return cls(books.versions, books.worth.copy(), books.weight.copy(), books.shared.copy(), rule, books.held)


@dataclass(frozen=True)
class Copies:
    """Copies of contracts. `contract`: of each copy; `origin`: the obligation that each copied one is of, sorted by
    `copy`, the number of the copy it is in."""

    contract: IntArray
    origin: IntArray
    copy: IntArray

    @classmethod
    def make(cls, contract: IntArray, events: Events, promises: Promises) -> Copies:
        """Copies of those contracts (ascending, one may come several times) with the obligations that an event touches."""
        # Promises move each other only through events of the whole contract; else only those that are named matter.
        # A contract may have events and, while its lines are in quarantine, no promise.
        last = max(promises.contract.max(initial=-1), events.contract.max(initial=-1))
        shared = np.zeros(int(last) + 1, bool)
        shared[events.contract[(events.line < 0) | np.isin(events.kind, (POOL, DEFER, REPRICE))]] = True
        named = np.zeros(len(promises), bool)
        named[events.line[events.line >= 0]] = True
        touched = np.flatnonzero(named | shared[promises.contract])
        low = np.searchsorted(promises.contract[touched], contract, "left")
        high = np.searchsorted(promises.contract[touched], contract, "right")
        place, which = explode(low, high - 1)
        return cls(contract, touched[place], which)

    def some(self, copies: IntArray) -> Copies:
        """Those copies alone (ascending), numbered anew."""
        keep = np.isin(self.copy, copies)
        return Copies(self.contract[copies], self.origin[keep], np.searchsorted(copies, self.copy[keep]))

    def write_up(self, events: Events, start: Start, counts: Counts,
                 settling: tuple[IntArray, IntArray] | None = None) -> Books:  # fmt: skip
        """The books of all copies, from those events of their contracts that count; `settling`: what removals leave to be
        credited of each copied obligation, and from which day (engine.settling).
        """
        size, what = self.origin.size, start.versions.progress.promises
        promises = what.take(self.origin)
        promises.contract = self.copy
        progress = Progress(promises, self._evidence(start.versions.progress.proof), start.versions.progress.decimals)
        versions, nothing = Versions(progress, size, start.versions.rounding), np.zeros(size, np.int64)
        worth, weight, rule = (values[self.origin] for values in (start.worth, start.weight, start.rule))
        begun = np.flatnonzero(rule >= 0)
        versions.inception(begun, promises.since[begun], worth[begun], rule[begun], nothing[begun])
        offsets = np.searchsorted(self.copy, np.arange(self.contract.size + 1))
        books = Books.begin(versions, Entries(), worth, weight, start.shared[self.contract], rule == SEPARATE,
                            start.held.copied(self.contract), np.arange(size), offsets)  # fmt: skip
        if settling:
            books.settling, books.settles_from = settling
        apply(self._events(events, len(what), counts), books)
        return books

    def _events(self, events: Events, promises: int, counts: Counts) -> Events:
        low = np.searchsorted(events.contract, self.contract, "left")
        high = np.searchsorted(events.contract, self.contract, "right")
        place, which = explode(low, high - 1)
        chosen = events.take(place)
        keep = np.flatnonzero(counts(chosen, which))
        chosen, which = chosen.take(keep), which[keep]
        # Copies lie in the order of copy and origin, so that the copy of a named line is found by both.
        at = np.searchsorted(self.copy * promises + self.origin, which * promises + np.maximum(chosen.line, 0))
        columns = {name: getattr(chosen, name) for name in Events.__dataclass_fields__}
        return Events(**{**columns, "contract": which, "line": np.where(chosen.line >= 0, at, -1)})

    def _evidence(self, proof: Evidence) -> Evidence:
        low = np.searchsorted(proof.obligation, self.origin, "left")
        high = np.searchsorted(proof.obligation, self.origin, "right")
        place, which = explode(low, high - 1)
        return Evidence(which, proof.day[place], proof.done[place], proof.raw_id[place], proof.by_cost[self.origin])
