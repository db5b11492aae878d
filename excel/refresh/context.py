"""Where a formula is computed: its cell, the cells and answers it may ask for, and what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from excel.patch.areas import Area, Place
from excel.refresh.sheets import Scalar

Grid: TypeAlias = list[list[Scalar]]
"""Rows of values."""
Answer: TypeAlias = Scalar | Grid


class Waiting(Exception):
    """A call of ours (`key` names it), or a cell, that this one needs has no answer yet."""

    def __init__(self, key: tuple[object, ...] | None = None) -> None:
        super().__init__()
        self.key = key


class Range(NamedTuple):
    """A reference: an area of a sheet, read when its values are needed."""

    sheet: int
    area: Area


class Cells(Protocol):
    """The values of the workbook's cells, as far as they are known."""

    def value(self, sheet: int, spot: Place, /) -> Scalar:
        """A cell's value; raises Waiting or Beyond where it has none yet."""

    def within(self, sheet: int, area: Area, /) -> Iterator[tuple[Place, Scalar]]:
        """The cells of an area that hold anything; raises as `value`."""

    def spilled(self, sheet: int, spot: Place, /) -> Area | None:
        """What the formula of that cell fills beyond itself; None where it does not spill."""


class Ours(Protocol):
    """Answers calls of our functions."""

    def ask(self, name: str, arguments: Sequence[Answer], /) -> Answer:
        """The answer; raises Waiting where it has been asked for and is not there yet."""


class Here(NamedTuple):
    """The cell a formula stands in, the cell its text is written for, and whether it computes arrays."""

    sheet: int
    spot: Place
    origin: Place
    arrays: bool = False
    depth: int = 0
