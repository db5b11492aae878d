"""The formulas of a sheet, found in one streaming pass, and the values of cells, read where they are needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, NamedTuple

from excel.patch.areas import Area, Areas, Place, Spans
from excel.patch.cells import Cell, Read, formula_of, formulas_of, read
from excel.patch.package import WorkbookRefused
from excel.patch.rows import BrokenSheet, rows_of
from excel.patch.text import plain_text
from excel.patch.values import ERRORS, ERRORS_IN_FILES, CellError
from excel.patch.words import Row, attribute
from excel.refresh.book import Book
from excel.refresh.strings import shared_strings

Scalar = Decimal | str | bool | CellError | None
"""What a cell holds; a number is the decimal that stands in the file."""
_MERGED = re.compile(rb"""<(?:[^\s:<>/]+:)?mergeCell\s[^>]*?ref\s*=\s*["']([A-Z0-9:]+)["']""")
_HIDDEN = (b' hidden="1"', b' hidden="true"')


class Held(NamedTuple):
    """A formula that a cell holds: its text, as it is written for the cell `origin` (a shared formula is written once).

    `kind`: "" for an ordinary one, "array" for one entered over the area `reach`, "spill" for one that fills as much
    as its answer needs (`reach`: what it filled last), "data" for a what-if table.
    """

    text: str
    origin: Place
    kind: str = ""
    reach: Area | None = None


@dataclass
class SheetFormulas:
    """The formulas of a sheet by place.

    `empty`: those without a stored value. `hides`: whether some rows or columns are hidden. `merged`: areas of one cell.
    """

    cells: dict[Place, Held] = field(default_factory=dict)
    empty: set[Place] = field(default_factory=set)
    hides: bool = False
    merged: list[Area] = field(default_factory=list)


def scan(book: Book, sheet: int) -> SheetFormulas:
    """Every formula of a sheet. Raises WorkbookRefused where the sheet cannot be read."""
    found, before = _Scan(book.dynamic), b""
    with opened_sheet(book, sheet) as source:
        for piece in rows_of(source, Spans(), holding=b"f"):
            raw = piece if isinstance(piece, bytes) else piece.raw
            found.made.hides = found.made.hides or any(mark in raw for mark in _HIDDEN)
            if not isinstance(piece, bytes):
                found.take(piece)
            elif b"mergeCell " in (both := before[-200:] + piece):
                found.made.merged += [Area.of(area.decode("ascii")) for area in _MERGED.findall(both)]
            before = raw
    return found.settled()


class _Scan:
    """What has been found; a shared formula's cells are settled when all of them are known."""

    def __init__(self, dynamic: frozenset[int]) -> None:
        self.made = SheetFormulas()
        self._dynamic = dynamic
        self._masters: dict[bytes, Held] = {}
        self._children: dict[Place, bytes] = {}

    def take(self, row: Row) -> None:
        """The formulas of a row."""
        for cell in formulas_of(row):
            if (formula := formula_of(cell, row)) is not None:
                text = row.raw[formula.start(2) : formula.end(2)] if formula[2] is not None else b""
                self._note((row.number, cell.column), cell, formula[1], plain_text(text))
                value = row.words.value.search(row.shadow, formula.end(), cell.close)
                if (value is None or not value[3]) and attribute(cell.attributes, b"t") != b"str":
                    self.made.empty.add((row.number, cell.column))

    def _note(self, spot: Place, cell: Cell, attributes: bytes, text: str) -> None:
        kind, number = attribute(attributes, b"t"), attribute(attributes, b"si")
        if kind == b"shared" and number is not None:
            if not text:
                self._children[spot] = number
                return
            self._masters[number] = self.made.cells[spot] = Held(text, spot)
            return
        reach = attribute(attributes, b"ref") if kind in (b"array", b"dataTable") else None
        if reach is None:
            self.made.cells[spot] = Held(text, spot)
            return
        metadata = attribute(cell.attributes, b"cm")
        spills = metadata is not None and int(metadata) in self._dynamic
        word = "data" if kind == b"dataTable" else "spill" if spills else "array"
        self.made.cells[spot] = Held(text, spot, word, Area.of(reach.decode("ascii")))

    def settled(self) -> SheetFormulas:
        """All formulas, those of shared ones with their text."""
        for spot, number in self._children.items():
            if number in self._masters:
                self.made.cells[spot] = self._masters[number]
        return self.made


class Values:
    """The stored values of a workbook's cells, read in passes over the sheets as areas are asked for."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._asked: dict[int, set[Area]] = {}
        self._read: dict[int, list[Areas]] = {}
        self._cells: dict[int, dict[Place, Read]] = {}
        self._strings: dict[int, str] = {}
        self.truths: dict[int, list[Place]] = {}
        """The cells that hold a truth value, by sheet, of those that were read."""

    def want(self, wanted: Mapping[int, Iterable[Area]]) -> None:
        """Makes the cells of those areas known, by sheet; what is known already costs nothing."""
        strings: set[int] = set()
        for sheet, areas in wanted.items():
            known = self._asked.setdefault(sheet, set())
            if fresh := {area for area in set(areas) - known if not self._covered(sheet, area)}:
                known |= fresh
                self._read.setdefault(sheet, []).append(Areas(fresh))
                with opened_sheet(self._book, sheet) as source:
                    found = read(source, self._read[sheet][-1])
                self._cells.setdefault(sheet, {}).update(found)
                self.truths.setdefault(sheet, []).extend(spot for spot, cell in found.items() if cell.kind == "b")
                strings |= {int(cell.text) for cell in found.values() if cell.kind == "s" and cell.text.isdecimal()}
        if strings := strings - self._strings.keys():
            self._strings.update(shared_strings(self._book.package, strings))

    def cell(self, sheet: int, spot: Place) -> Read | None:
        """The cell as it stands in the file, of an area that was asked for; None where there is none."""
        return self._cells.get(sheet, {}).get(spot)

    def value(self, sheet: int, spot: Place) -> Scalar:
        """What the cell holds."""
        cell = self.cell(sheet, spot)
        return None if cell is None else self._value(cell)

    def within(self, sheet: int, area: Area) -> Iterator[tuple[Place, Read]]:
        """The cells that are there in an area, of those asked for."""
        cells = self._cells.get(sheet, {})
        rows, columns = area.shape
        if rows * columns <= len(cells):
            return ((spot, cells[spot]) for spot in area.places() if spot in cells)
        return ((spot, cell) for spot, cell in cells.items() if area.holds(spot))

    def _covered(self, sheet: int, area: Area) -> bool:
        spot = (area.top, area.left)
        return area.shape == (1, 1) and any(spot in known for known in self._read.get(sheet, ()))

    def _value(self, cell: Read) -> Scalar:
        if cell.kind == "s":
            return self._strings.get(int(cell.text), "") if cell.text.isdecimal() else ""
        if cell.kind in ("str", "inlineStr"):
            newer = cell.kind == "str" and cell.text in ERRORS and cell.text not in ERRORS_IN_FILES
            return CellError(cell.text) if newer else cell.text
        if not cell.text:
            return None
        if cell.kind == "b":
            return cell.text in ("1", "true")
        if cell.kind == "e":
            return CellError(cell.text) if cell.text in ERRORS else CellError("#VALUE!")
        if cell.kind == "d":
            return cell.text
        try:
            number = Decimal(cell.text)
        except InvalidOperation:
            return CellError("#VALUE!")
        # No double is so large: an exponent of a million digits is no figure but an attack.
        return number if number.is_finite() and abs(number.adjusted()) < 400 else CellError("#NUM!")


@contextmanager
def opened_sheet(book: Book, sheet: int) -> Iterator[IO[bytes]]:
    """A sheet's XML as a stream; what is wrong with it is told with the file's name."""
    part = book.part(sheet)
    try:
        with book.package.zip.open(part) as stream:
            yield stream
    except (BrokenSheet, ValueError) as error:
        raise WorkbookRefused(book.package.path, f"{part}: {error}", "Save it again from Excel") from None
