"""What became of a workbook: what changed, what was left and why, as values for a program and as text for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

from excel.patch.values import CellError
from model.errors import BacklogError

State: TypeAlias = Literal["refreshed", "unchanged", "would change", "left alone", "refused", "failed"]
Shown: TypeAlias = Decimal | str | bool | None
DONE = ("refreshed", "unchanged", "would change")
_TOLD = 20
_NAMED = re.compile(r"'[^']*'|\b(?:[^\s!]+!)?\$?[A-Z]{1,3}\$?\d+\b")
"""What a reason names: something quoted, or a cell."""


@dataclass(frozen=True)
class Reason:
    """A part of a change and its cause: `change` in the figure's own unit (None where it cannot be told in figures)."""

    cause: str
    change: Decimal | None
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellChange:
    """A cell whose figure changed. `ours`: it calls one of our functions; else it depends on such a cell."""

    sheet: str
    cell: str
    label: str
    formula: str
    before: Shown
    after: Shown
    ours: bool
    why: tuple[Reason, ...] = ()

    @property
    def change(self) -> Decimal | None:
        """By how much, where both are numbers."""
        if isinstance(self.before, Decimal) and isinstance(self.after, Decimal):
            return self.after - self.before
        return None


@dataclass(frozen=True)
class CellNote:
    """A cell and what is to be said of it."""

    sheet: str
    cell: str
    text: str


@dataclass
class Refreshed:
    """What became of one workbook.

    `ours`: how many cells use our functions; `computed`: how many cells were computed in all. `left`: cells left to
    Excel; `errors`: cells of ours that have no answer. `opening`: whether Excel is asked to compute on opening.
    """

    path: Path
    state: State
    reason: str = ""
    ours: int = 0
    computed: int = 0
    changes: list[CellChange] = field(default_factory=list)
    left: list[CellNote] = field(default_factory=list)
    errors: list[CellNote] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    opening: bool = False
    backup: Path | None = None
    seconds: float = 0.0

    @property
    def done(self) -> bool:
        """Whether nothing stood in the way."""
        return self.state in DONE

    def as_json(self) -> dict[str, Any]:
        """For a program: amounts as decimal strings."""
        return {
            "file": str(self.path),
            "state": self.state,
            "reason": self.reason,
            "cells": self.ours,
            "computed": self.computed,
            "changes": [change_json(change) for change in self.changes],
            "left": [{"sheet": n.sheet, "cell": n.cell, "why": n.text} for n in self.left],
            "errors": [{"sheet": n.sheet, "cell": n.cell, "why": n.text} for n in self.errors],
            "notes": self.notes,
            "computed_on_opening": self.opening,
            "backup": None if self.backup is None else str(self.backup),
            "seconds": round(self.seconds, 3),
        }

    def lines(self, *, verbose: bool = False) -> Iterator[str]:
        """For a person: what happened first, then what needs an eye; cells that share a fate in one line, unless `verbose`."""
        yield f"{self.path}: {self._summary()}"
        yield from change_lines(self.changes, verbose=verbose)
        yield from _listed("no answer", "have no answer", self.errors, verbose=verbose)
        yield from _listed("left to Excel", "are left to Excel", self.left, verbose=verbose)
        if self.opening:
            yield "  Excel computes the workbook when it opens it: there our functions must be installed"
        yield from (f"  {note}" for note in self.notes)

    def _summary(self) -> str:
        if not self.done:
            return f"{self.state}: {self.reason.removeprefix(f'{self.path}: ')}"
        if not self.ours:
            return "no cell uses our functions"
        told = f"{self.ours} cells of ours, {self.computed} computed, {len(self.changes)} changed"
        return f"{self.state}: {told} ({self.seconds:.1f} s)"


@dataclass
class Report:
    """A whole refresh: every file, in the order they were given, and what they stand on."""

    files: list[Refreshed]
    ledger: str = ""
    known_at: str = ""
    as_of: str = ""

    @property
    def failed(self) -> list[Refreshed]:
        """The files that something stood in the way of."""
        return [file for file in self.files if not file.done]

    @property
    def changed(self) -> bool:
        """Whether anything is other than before: a figure, or a file that could not be refreshed."""
        return any(file.changes or not file.done for file in self.files)

    def require_done(self) -> None:
        """Raises BacklogError naming the files that were not refreshed, if there are any."""
        if self.failed:
            names = ", ".join(f"{file.path.name} ({file.state})" for file in self.failed)
            raise BacklogError(f"{len(self.failed)} of {len(self.files)} workbooks were not refreshed: {names}")

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "ledger": self.ledger,
            "known_at": self.known_at,
            "as_of": self.as_of,
            "files": [file.as_json() for file in self.files],
        }

    def text(self, *, verbose: bool = False) -> str:
        """For a person, a mail or a message; `verbose` has a line for every cell."""
        return "\n".join(line for file in self.files for line in file.lines(verbose=verbose))


def change_json(change: CellChange) -> dict[str, Any]:
    """A change for a program."""
    return {
        "sheet": change.sheet,
        "cell": change.cell,
        "label": change.label,
        "formula": change.formula,
        "before": plain(change.before),
        "after": plain(change.after),
        "change": plain(change.change),
        "ours": change.ours,
        "why": [{"cause": r.cause, "change": plain(r.change), "what": list(r.what)} for r in change.why],
    }


def change_lines(changes: Sequence[CellChange], *, verbose: bool = False) -> Iterator[str]:
    """Changes for a person, cells of ours first, the many cut short; several that became the same error are a line."""
    ordered = sorted(changes, key=lambda change: not change.ours)
    lost: dict[str, list[CellChange]] = {}
    for change in ordered:
        if isinstance(change.after, CellError) and not verbose:
            lost.setdefault(str(change.after), []).append(change)
    alike = {error: found for error, found in lost.items() if len(found) > 1}
    ordered = [
        change for change in ordered if not isinstance(change.after, CellError) or str(change.after) not in alike
    ]
    told = len(ordered) if verbose else _TOLD
    for change in ordered[:told]:
        by = "" if change.change is None else f" ({change.change:+,f})"
        label = f" {change.label}" if change.label else ""
        yield f"  {change.sheet}!{change.cell}{label}: {shown(change.before)} → {shown(change.after)}{by}"
        for reason in change.why:
            amount = "" if reason.change is None else f" {reason.change:+,f}"
            what = f": {', '.join(reason.what[:8])}{', …' if len(reason.what) > 8 else ''}" if reason.what else ""
            yield f"      {reason.cause}{amount}{what}"
    if len(ordered) > told:
        yield f"  and {len(ordered) - told} more cells (all of them: --verbose, --json or --sheet)"
    for error, found in alike.items():
        first = found[0]
        yield f"  {len(found)} cells have become {error}, such as {first.sheet}!{first.cell}: {shown(first.before)} → {error}"


def plain(value: Shown) -> str | bool | None:
    """A value for JSON: a number as its decimal digits."""
    return format(value, "f") if isinstance(value, Decimal) else value if value is None else _native(value)


def shown(value: Shown) -> str:
    """A value for a person."""
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, CellError):
        return str(value)
    return "blank" if value in (None, "") else str(value)


def _native(value: str | bool) -> str | bool:
    return value if isinstance(value, bool) else str(value)


def _listed(what: str, many: str, notes: Sequence[CellNote], *, verbose: bool) -> Iterator[str]:
    """Cells and what is to be said of them; those of one cause, whatever it names, in a line with an example."""
    causes: dict[str, list[CellNote]] = {}
    for number, note in enumerate(notes):
        causes.setdefault(str(number) if verbose else _NAMED.sub("", note.text), []).append(note)
    told = list(causes.values())[: None if verbose else _TOLD]
    for alike in told:
        first = alike[0]
        if len(alike) == 1:
            yield f"  {first.sheet}!{first.cell} {what}: {first.text}"
        else:
            yield f"  {len(alike)} cells {many}, such as {first.sheet}!{first.cell}: {first.text} (each: --verbose)"
    if rest := len(notes) - sum(map(len, told)):
        yield f"  and {rest} more cells {many} (each: --verbose)"
