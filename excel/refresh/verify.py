"""A snapshot verified: are its figures those it was stamped with, and do the books of then still give them?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from excel.patch.areas import Area
from excel.patch.package import WorkbookRefused, opened
from excel.refresh.book import Book, Name, read_book
from excel.refresh.compute import Computation, compute
from excel.refresh.edits import cell_value, same
from excel.refresh.past import Past
from excel.refresh.precedents import Spot
from excel.refresh.program import ByProgram, Computes
from excel.refresh.report import CellNote, shown
from excel.refresh.sheets import Held, Values
from excel.refresh.stamp import Stamp, read_stamp, spots


@dataclass
class Verified:
    """What a verification found.

    `sealed`: the stamp's digest is that of the stamp. `altered`: figures of the file that are not those of the stamp.
    `reproduced`: figures that the books of then still give; None where they were not asked. `differing`: those they do not.
    """

    path: Path
    stamp: Stamp
    sealed: bool
    altered: list[CellNote] = field(default_factory=list)
    reproduced: int | None = None
    differing: list[CellNote] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether everything is as it was stamped."""
        return self.sealed and not self.altered and not self.differing

    def lines(self) -> Iterator[str]:
        """For a person."""
        standing = self.stamp.standing
        yield f"{self.path}: {'verified' if self.good else 'NOT as it was stamped'}"
        known = standing.known_at.isoformat(sep=" ", timespec="seconds")
        yield f"  period {self.stamp.period}, data version {standing.ledger}, known at {known}, digest {self.stamp.digest}"
        if not self.sealed:
            yield "  the stamp itself was altered: its digest is not that of its contents"
        count = len(self.stamp.cells)
        yield f"  {count - len(self.altered)} of {count} figures are the stamped ones"
        yield from (f"  {note.sheet}!{note.cell}: {note.text}" for note in self.altered)
        if self.reproduced is not None:
            yield f"  {self.reproduced} of {count} figures are given by the books of then"
            yield from (f"  {note.sheet}!{note.cell}: the books of then give {note.text}" for note in self.differing)

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        standing = self.stamp.standing
        return {
            "file": str(self.path),
            "good": self.good,
            "period": self.stamp.period,
            "as_of": standing.as_of.isoformat(),
            "data_version": standing.ledger,
            "known_at": standing.known_at.isoformat(),
            "policy": dataclasses.asdict(standing.policy),
            "digest": self.stamp.digest,
            "figures": len(self.stamp.cells),
            "sealed": self.sealed,
            "altered": [dataclasses.asdict(note) for note in self.altered],
            "reproduced": self.reproduced,
            "differing": [dataclasses.asdict(note) for note in self.differing],
        }


def verify(path: Path, past: Past | None, program: Computes | None = None) -> Verified:
    """Verifies a snapshot; without `past` only against its stamp, not against the books.

    Raises WorkbookRefused where the file is no snapshot of ours, or its stamp cannot be read.
    """
    with opened(path) as package:
        try:
            found = read_stamp(package)
        except ValueError as error:
            raise WorkbookRefused(path, str(error), "Take it from where it was filed") from None
        if found is None:
            raise WorkbookRefused(path, "it carries no stamp", "Make one: backlog workbook snapshot FILE OUT")
        stamp, stated = found
        made = Verified(path, stamp, sealed=stated == stamp.digest)
        book = read_book(package)
        places = places_of(book, stamp)
        _compare(book, stamp, places, made)
        if past is not None:
            state = replayed(book, stamp, places, past, program)
            _reproduce(state, stamp, places, made)
        return made


def replayed(book: Book, stamp: Stamp, places: Mapping[int, Spot], past: Past, program: Computes | None) -> Computation:
    """A snapshot computed once more from its stamped formulas, on the books it stands on."""
    more: dict[Spot, Held] = {}
    for number, spot in places.items():
        if (held := stamp.cells[number].formula) is not None:
            more[spot] = held
    names = dict(book.names)
    for word, text in stamp.names.items():
        sheet, _, name = word.rpartition("!")
        scope = book.number(sheet) if sheet else None
        names[name.upper(), scope] = Name(name, text, scope, False)
    calculator = None if program is None else ByProgram(program)
    return compute(dataclasses.replace(book, names=names, spelled={}), past.on(stamp.standing), calculator, more)


def places_of(book: Book, stamp: Stamp) -> dict[int, Spot]:
    """Where a stamp's cells stand now, by their number; a sheet that has gone has none."""
    numbers = {name: n for n, name in enumerate(book.sheets)}
    known = [n for n, cell in enumerate(stamp.cells) if cell.sheet in numbers]
    kept = dataclasses.replace(stamp, cells=tuple(stamp.cells[n] for n in known))
    return dict(zip(known, spots(kept, numbers), strict=True))


def _compare(book: Book, stamp: Stamp, places: Mapping[int, Spot], made: Verified) -> None:
    values = Values(book)
    wanted: dict[int, set[Area]] = {}
    for sheet, spot in places.values():
        wanted.setdefault(sheet, set()).add(Area(*spot, *spot))
    values.want(wanted)
    for number, cell in enumerate(stamp.cells):
        if number not in places:
            made.altered.append(CellNote(cell.sheet, cell.cell, "the sheet is gone"))
            continue
        found = values.value(*places[number])
        if not same(found if found is not None else "", cell.value if cell.value is not None else ""):
            made.altered.append(CellNote(cell.sheet, cell.cell, f"{shown(found)}, stamped {shown(cell.value)}"))


def _reproduce(state: Computation, stamp: Stamp, places: Mapping[int, Spot], made: Verified) -> None:
    made.reproduced = 0
    for number, spot in places.items():
        cell = stamp.cells[number]
        source = state.known.sources.get(spot, spot)
        if source in state.known.beyond:
            made.differing.append(CellNote(cell.sheet, cell.cell, f"not computed: {state.known.beyond[source]}"))
            continue
        found = cell_value(state.known.values.get(spot))
        if same(found, cell.value):
            made.reproduced += 1
        else:
            made.differing.append(CellNote(cell.sheet, cell.cell, f"{shown(found)}, stamped {shown(cell.value)}"))
