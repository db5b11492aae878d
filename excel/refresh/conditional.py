"""SUMIF, SUMIFS, COUNTIF and COUNTIFS: how a sheet adds up or counts the lines of a list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from excel.patch.areas import Place
from excel.refresh.context import Answer, Cells, Here, Range
from excel.refresh.criteria import Meets, criterion
from excel.refresh.grammar import Node
from excel.refresh.native import total
from excel.refresh.operators import VALUE, Beyond
from excel.refresh.sheets import Scalar

CONDITIONAL = frozenset(["SUMIF", "SUMIFS", "COUNTIF", "COUNTIFS"])


class Computes(Protocol):
    """What the calculator does for them."""

    @property
    def cells(self) -> Cells:
        """The values of cells."""

    def value(self, node: Node, here: Here, /) -> Answer | Range:
        """What an expression stands for, a range unread."""

    def scalar(self, node: Node, here: Here, /) -> Scalar:
        """What an expression gives as one value."""


def conditional(calculator: Computes, name: str, arguments: Sequence[Node], here: Here) -> Scalar:
    """The answer of one of CONDITIONAL. Raises Beyond for what is not exact, as for ranges that are arrays."""
    sums, pairs = _read(name, arguments)
    if not pairs:
        raise Beyond(f"{name} with {len(arguments)} arguments")
    ranges = [_range(calculator, node, here) for node, _ in pairs]
    tests = [criterion(calculator.scalar(node, here)) for _, node in pairs]
    added = None if sums is None else _range(calculator, sums, here)
    if any(each.area.shape != ranges[0].area.shape for each in (*ranges, added or ranges[0])):
        if name == "SUMIF":
            raise Beyond("SUMIF of ranges of different sizes")
        return VALUE
    cells = [_by_place(calculator.cells, each) for each in ranges]
    if added is None:
        return _count(cells, tests, ranges[0])
    values = sorted(_by_place(calculator.cells, added).items())
    return total("SUM", ((value, False) for place, value in values if _met(place, cells, tests)))


def _read(name: str, arguments: Sequence[Node]) -> tuple[Node | None, list[tuple[Node, Node]]]:
    """The range that is added up, None where it is counted, and the ranges with their criteria."""
    given = list(arguments)
    if name == "SUMIF" and len(given) in (2, 3):
        return given[-1] if len(given) == 3 else given[0], [(given[0], given[1])]
    sums = given.pop(0) if name == "SUMIFS" and given else None
    if len(given) % 2 or name == "SUMIF" or (name == "COUNTIF" and len(given) != 2):
        return sums, []
    return sums, list(zip(given[::2], given[1::2], strict=True))


def _range(calculator: Computes, node: Node, here: Here) -> Range:
    found = calculator.value(node, here)
    if not isinstance(found, Range):
        raise Beyond("what is no range, where cells are looked through")
    return found


def _by_place(cells: Cells, found: Range) -> dict[Place, Scalar]:
    """The cells that are there, by their place within the range."""
    top, left = found.area.top, found.area.left
    return {(row - top, column - left): value for (row, column), value in cells.within(*found)}


def _met(place: Place, cells: Sequence[dict[Place, Scalar]], tests: Sequence[Meets]) -> bool:
    return all(test(each.get(place)) for each, test in zip(cells, tests, strict=True))


def _count(cells: Sequence[dict[Place, Scalar]], tests: Sequence[Meets], whole: Range) -> Scalar:
    """How many places meet all criteria; those without a cell in any range are blank and meet them together or not at all."""
    there = set().union(*cells)
    height, width = whole.area.shape
    blank = height * width - len(there) if all(test(None) for test in tests) else 0
    return Decimal(blank + sum(_met(place, cells, tests) for place in there))
