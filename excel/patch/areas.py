"""Places and areas of a sheet: addresses, and sets of areas that answer quickly whether a cell is among them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Place = tuple[int, int]
"""Row and column, both from 1."""
ROWS, COLUMNS = 1_048_576, 16_384
_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")
_NARROW = 512  # columns; a wider area is kept as whole rows
_FEW = 8

_LETTERS: dict[int, str] = {}


def place(address: str) -> Place:
    """Row and column, both from 1, of an address.

    >>> place("B7"), place("$XFD$1048576")
    ((7, 2), (1048576, 16384))
    """
    found = _ADDRESS.match(address)
    if not found:
        raise ValueError(f"{address!r} is no cell address such as B7")
    return int(found[2]), column_number(found[1])


def column_number(letters: str) -> int:
    """A column's number from its letters: A is 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """A column's letters from its number.

    >>> column_letters(1), column_letters(28), column_letters(16384)
    ('A', 'AB', 'XFD')
    """
    if number not in _LETTERS:
        letters, left = "", number
        while left:
            left, digit = divmod(left - 1, 26)
            letters = chr(65 + digit) + letters
        _LETTERS[number] = letters
    return _LETTERS[number]


def address(spot: Place) -> str:
    """The address of a place.

    >>> address((7, 2))
    'B7'
    """
    return f"{column_letters(spot[1])}{spot[0]}"


class Area(NamedTuple):
    """A rectangle of cells, all four edges included."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def of(cls, text: str) -> Area:
        """The area of a text such as "A1:D20" or "B7"."""
        first, _, last = text.partition(":")
        top, left = place(first)
        bottom, right = place(last) if last else (top, left)
        return cls(min(top, bottom), min(left, right), max(top, bottom), max(left, right))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top + 1, self.right - self.left + 1

    def holds(self, spot: Place) -> bool:
        """Whether a place lies in it."""
        return self.top <= spot[0] <= self.bottom and self.left <= spot[1] <= self.right

    def overlaps(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def places(self) -> Iterator[Place]:
        """Every place, row by row."""
        return (
            (row, column) for row in range(self.top, self.bottom + 1) for column in range(self.left, self.right + 1)
        )

    def __str__(self) -> str:
        first, last = address((self.top, self.left)), address((self.bottom, self.right))
        return first if first == last else f"{first}:{last}"


class Areas:
    """A set of areas of one sheet. An area wider than 512 columns counts as whole rows: it asks for more, never less."""

    def __init__(self, areas: Iterable[Area] = ()) -> None:
        columns: dict[int, list[tuple[int, int]]] = {}
        wide: list[tuple[int, int]] = []
        for area in set(areas):
            if area.right - area.left >= _NARROW:
                wide.append((area.top, area.bottom))
                continue
            for column in range(area.left, area.right + 1):
                columns.setdefault(column, []).append((area.top, area.bottom))
        self._wide = Spans(wide)
        self._columns = {column: Spans(spans) for column, spans in columns.items()}
        self.rows = Spans([*wide, *(span for spans in columns.values() for span in spans)])
        """The rows that have a cell in the set; answers `number in areas.rows`."""

    def __contains__(self, spot: Place) -> bool:
        spans = self._columns.get(spot[1])
        return (spans is not None and spot[0] in spans) or spot[0] in self._wide

    def __bool__(self) -> bool:
        return bool(self.rows)

    def columns(self, row: int) -> list[int] | None:
        """The columns of a row that are in the set, where they are few."""
        if len(self._columns) > _FEW or row in self._wide:
            return None
        return [column for column, spans in self._columns.items() if row in spans]


class Spans:
    """Rows, as spans of their numbers with both ends included; overlapping ones are merged."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1] + 1:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, row: int) -> bool:
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and row <= self._ends[at]

    def __bool__(self) -> bool:
        return bool(self._starts)

    def following(self, row: int) -> int | None:
        """The first row of the set that is not before this one."""
        at = bisect_right(self._starts, row) - 1
        if at >= 0 and row <= self._ends[at]:
            return row
        return self._starts[at + 1] if at + 1 < len(self._starts) else None

    def count(self, first: int, last: int, most: int) -> int:
        """How many rows of the set lie between two, as far as `most`."""
        found, at = 0, max(bisect_right(self._starts, first) - 1, 0)
        while at < len(self._starts) and self._starts[at] <= last and found < most:
            found += max(0, min(self._ends[at], last) - max(self._starts[at], first) + 1)
            at += 1
        return found
