"""The books of all contracts, written block by block.

Nothing of one contract touches another's, so that any cut between contracts gives the same books. The memory that a block
needs on its way serves the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from engine.agreed import agreed
from engine.arithmetic import IntArray, is_ascending, places
from engine.books import Books
from engine.copies import Start
from engine.events import Events
from engine.exceptions import Findings
from engine.held import Held
from engine.inception import Signed, begin
from engine.late import after_removal
from engine.lines import Lines, take, with_ends
from engine.modify import apply
from engine.progress import Evidence, Progress, key_of
from engine.room import room
from engine.schedule import reaching_back, segments
from engine.settling import expect_credits
from engine.usage import overage
from engine.versions import Versions

BLOCK = 131_072
"""Promises of a block, but that a contract stays whole."""
_SHOWN = ("obligation", "since", "rule", "cause", "raw_id", "end")


@dataclass(frozen=True)
class History:
    """What contracts have behind them: their promises and evidence, how they began, what happened to them, what they hold.

    `closed_to`: the last day of the books that are closed.
    """

    progress: Progress
    signed: Signed
    events: Events
    held: Held
    rounding: str
    closed_to: int | None = None

    def blocks(self, size: int) -> Iterator[tuple[slice, slice]]:
        """Contracts and their promises, so many promises at a time."""
        contract = self.progress.promises.contract
        first = np.unique(contract[size::size])
        cuts: IntArray = np.r_[0, first[first > 0], self.signed.variable.size]
        bounds = zip(cuts.tolist(), np.searchsorted(contract, cuts).tolist(), strict=True)
        for (contract_from, line_from), (contract_to, line_to) in pairwise(bounds):
            yield slice(contract_from, contract_to), slice(line_from, line_to)

    def some(self, contracts: slice, lines: slice) -> History:
        """Those of a block, numbered from nought."""
        promises = self.progress.promises.take(lines)
        promises.contract = promises.contract - contracts.start
        proof = self.progress.proof
        shown = slice(*np.searchsorted(proof.obligation, (lines.start, lines.stop)).tolist())
        proof = Evidence(proof.obligation[shown] - lines.start, proof.day[shown], proof.done[shown], proof.raw_id[shown],
                         proof.by_cost[lines])  # fmt: skip
        events = self.events.take(
            slice(*np.searchsorted(self.events.contract, (contracts.start, contracts.stop)).tolist())
        )
        events.contract = events.contract - contracts.start
        events.line = np.where(events.line >= 0, events.line - lines.start, -1)
        held = self.held.copied(np.arange(contracts.start, contracts.stop))
        return History(Progress(promises, proof, self.progress.decimals), self.signed.some(lines, contracts), events, held,
                          self.rounding, self.closed_to)  # fmt: skip


@dataclass
class Table:
    """Columns that grow by blocks of rows; `room`: how many rows are expected."""

    room: int
    size: int = 0
    _columns: Lines = field(default_factory=dict)

    def add(self, rows: Lines) -> None:
        """Rows after those that are there."""
        count = next(iter(rows.values())).size
        if self.size + count > self.room or not self._columns:
            self.room = max(self.size + count, self.room + self.size // 4)
            grown = {name: room(self.room) for name in rows}
            for name, values in self._columns.items():
                grown[name][: self.size] = values[: self.size]
            self._columns = grown
        for name, values in rows.items():
            self._columns[name][self.size : self.size + count] = values
        self.size += count

    def all(self) -> Lines:
        """The columns."""
        return {name: values[: self.size] for name, values in self._columns.items()}


@dataclass(frozen=True)
class Written:
    """Rows by promise: `versions` in the order in which they came, `segments` and `stretches` (engine.agreed) by day, `moved`
    (commitment and notes) by day and movement; `plans` by stretch. `segments` name their version, `plans` their stretch.
    `reaching_back`: of the catch-ups of open days, what is about closed ones (engine.schedule).
    """

    versions: Lines
    segments: Lines
    stretches: Lines
    plans: Lines
    moved: Lines
    reaching_back: Lines


def write(all_of: History, findings: Findings, size: int = BLOCK) -> Written:
    """The books of all contracts after all that happened to them."""
    lines, happened = len(all_of.progress.promises), len(all_of.events)
    proven = all_of.progress.proof.day.size
    rooms = {"versions": lines + happened, "segments": lines + 2 * happened + proven, "stretches": happened, "plans": 2 * happened,
            "moved": lines + 2 * happened + proven, "reaching_back": 0}  # fmt: skip
    tables = {name: Table(rows) for name, rows in rooms.items()}
    for contracts, promises in all_of.blocks(size):
        own = all_of.some(contracts, promises)
        _block(own, tables, promises.start, contracts.start, findings)
    return Written(**{name: table.all() for name, table in tables.items()})


def _block(of: History, tables: Mapping[str, Table], line: int, contract: int, findings: Findings) -> None:
    """Writes the books of a block whose first promise and contract have those numbers."""
    own = Findings(findings.who, of.progress.promises)
    versions = Versions(of.progress, len(of.progress.promises), of.rounding, room=len(of.events))
    books = begin(of.signed, versions, of.held, own)
    start = Start.of(books)
    expect_credits(of.events, start, books)
    apply(of.events, books)
    own.progressed(versions)
    after_removal(own, versions)
    own.remainders(versions)
    findings.join(own, line, contract)
    schedule, known = segments(versions), agreed(of.events, start, books)
    overage(books, of.progress)
    order = np.argsort(versions.obligation, kind="stable")
    version_at = places(order) + tables["versions"].size
    schedule["version"] = version_at[schedule["version"]]
    if of.closed_to is not None:
        back = reaching_back(versions, of.closed_to)
        tables["reaching_back"].add({**back, "version": version_at[back["version"]]})
    tables["versions"].add(_by_line({name: getattr(versions, name)[order] for name in _SHOWN}, line))
    tables["segments"].add(
        _by_line(with_ends(_sorted(schedule, key_of(schedule["obligation"], schedule["from_day"]))), line)
    )
    order = np.lexsort((known.stretches["from_day"], known.stretches["obligation"]))
    plans = {**known.plans, "stretch": places(order)[known.plans["stretch"]] + tables["stretches"].size}
    tables["stretches"].add(_by_line(take(known.stretches, order), line))
    tables["plans"].add(_sorted(plans, plans["stretch"]))
    tables["moved"].add(_by_line(_moved(books), line))


def _moved(books: Books) -> Lines:
    """Commitment and notes, sorted by obligation, day and movement."""
    parts = [books.entries.columns(), books.notes.columns()]
    moved = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _sorted(moved, key_of(moved["obligation"], moved["day"]) * 32 + moved["movement"])


def _by_line(rows: Lines, first: int) -> Lines:
    return {**rows, "obligation": rows["obligation"] + first}


def _sorted(rows: Lines, key: IntArray) -> Lines:
    return rows if is_ascending(key) else take(rows, np.argsort(key, kind="stable"))
