"""What a formula reads: the areas it names, itself, by defined names and by tables, and whether that is all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from excel.patch.areas import Area, Place
from excel.refresh.book import Book, Name
from excel.refresh.formula import Formula, formula, sheet_of
from excel.refresh.sheets import Held
from excel.refresh.structured import structured

Spot = tuple[int, Place]
"""A cell of the workbook: number of its sheet, and its place there."""
ELSEWHERE = frozenset(["INDIRECT", "OFFSET"])
"""Functions that read cells which no reference of the formula names."""
VOLATILE = frozenset(["TODAY", "NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "INDIRECT", "OFFSET", "CELL", "INFO"])
"""Functions that Excel computes anew each time, also on opening."""
_DEEPEST = 32


class Reads(NamedTuple):
    """The `areas` a formula reads, by sheet; `all_told`: whether it may read no others."""

    areas: tuple[tuple[int, Area], ...]
    all_told: bool


@dataclass(frozen=True)
class Reader:
    """Tells what the formulas of a book read."""

    book: Book

    def reads(self, held: Held, sheet: int, spot: Place) -> Reads:
        """What a cell's formula reads."""
        found: list[tuple[int, Area]] = []
        told = True
        for text, origin in self._texts(formula(held.text), held.origin, sheet):
            told = told and text.tokens is not None and not any(plain(c.text) in ELSEWHERE for c in text.calls)
            down, across = spot[0] - origin[0], spot[1] - origin[1]
            for prefix, reference in text.references:
                number = sheet if not prefix else self._sheet(prefix)
                if number is not None:
                    found.append((number, reference.area(down, across)))
                elif ":" in prefix and "[" not in prefix:
                    told = False  # several sheets at once
            tables = (structured(token.text, self.book, sheet, spot) for token in text.tables)
            found += [area for area in tables if area is not None]
        return Reads(tuple(found), told)

    def calls(self, held: Held, sheet: int) -> Iterator[str]:
        """Every function a formula calls, by its plain name, also by way of names."""
        for text, _ in self._texts(formula(held.text), held.origin, sheet):
            yield from (plain(token.text) for token in text.calls)

    def _texts(self, text: Formula, origin: Place, sheet: int) -> Iterator[tuple[Formula, Place]]:
        """The formula and those of the names it uses, each with the cell it is written for."""
        yield text, origin
        seen: set[Name] = set()
        waiting = [text]
        while waiting:
            for word in waiting.pop().words:
                name = self.named(word.text, word.prefix, sheet)
                if name is not None and name not in seen and len(seen) < _DEEPEST:
                    seen.add(name)
                    waiting.append(formula(name.text))
                    yield waiting[-1], (1, 1)

    def named(self, word: str, prefix: str, sheet: int) -> Name | None:
        """The name that a word of a formula on that sheet means."""
        if not prefix:
            return self.book.name(word, sheet)
        number = self._sheet(prefix)
        return None if number is None else self.book.name(word, number)

    def _sheet(self, prefix: str) -> int | None:
        name = sheet_of(prefix)
        return None if name is None else self.book.number(name)


def plain(word: str) -> str:
    """A function's name without Excel's prefixes for what older versions do not know.

    >>> plain("_xlfn._xlws.SORT"), plain("Sum")
    ('SORT', 'SUM')
    """
    return word.upper().removeprefix("_XLFN.").removeprefix("_XLWS.")
