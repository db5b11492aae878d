"""The small calculator: literals, references, names, tables, operators and the plainest functions, around ours.

It answers exactly or not at all: what it does not know raises Beyond, and a spreadsheet program is asked instead. Our own
functions are not answered one by one: their calls are gathered, and Waiting is raised until the answers are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from excel.patch.areas import Place
from excel.patch.values import CellError
from excel.refresh import native
from excel.refresh.book import Book, Name
from excel.refresh.choice import CHOICES, chosen
from excel.refresh.conditional import CONDITIONAL, conditional
from excel.refresh.context import Answer, Cells, Here, Ours, Range
from excel.refresh.formula import sheet_of
from excel.refresh.grammar import Call, Constant, Named, Node, NotUnderstood, Operation, Sign, tree
from excel.refresh.lookup import vlookup
from excel.refresh.operators import VALUE, Beyond, number, operate
from excel.refresh.precedents import plain
from excel.refresh.ranges import crossing, each_cell, grid
from excel.refresh.sheets import Held, Scalar
from excel.refresh.spelling import own
from excel.refresh.structured import structured

_DEEPEST = 32


@dataclass(frozen=True)
class Calculator:
    """Computes formulas of a book from what `cells` and `ours` know.

    `settled`: arguments of ours that were beyond it, as a spreadsheet program has computed them.
    """

    book: Book
    cells: Cells
    ours: Ours
    day: native.Day
    settled: dict[tuple[Here, Node], Scalar] = field(default_factory=dict)

    def cell(self, held: Held, sheet: int, spot: Place) -> Answer:
        """What a cell's formula gives. Raises Beyond or Waiting."""
        here = Here(sheet, spot, held.origin, held.kind in ("array", "spill"))
        return self.answer(self.tree(held.text), here)

    def answer(self, node: Node, here: Here) -> Answer:
        """What an expression gives in a cell: one value unless the cell computes arrays."""
        found = self.value(node, here)
        if isinstance(found, Range):
            found = grid(self.cells, found) if here.arrays else crossing(self.cells, found, here)
        if isinstance(found, list) and (not here.arrays or (len(found) == 1 and len(found[0]) == 1)):
            return found[0][0]
        return found

    def calls(self, node: Node, here: Here) -> Iterator[tuple[Call, Here]]:
        """Every call of ours in an expression, the innermost first, also by way of names, and where it counts from."""
        if isinstance(node, Named) and node.token.kind == "word" and here.depth < _DEEPEST:
            if (name := self._name(node, here)) is not None:
                yield from self.calls(self.tree(name.text), here._replace(origin=(1, 1), depth=here.depth + 1))
        elif isinstance(node, Sign):
            yield from self.calls(node.operand, here)
        elif isinstance(node, Operation):
            for operand in node.operands:
                yield from self.calls(operand, here)
        elif isinstance(node, Call):
            for argument in node.arguments:
                yield from self.calls(argument, here)
            if own(node.token, self.book):
                yield node, here

    def tree(self, text: str) -> Node:
        """The tree of a formula; what is not understood is beyond this calculator."""
        try:
            return tree(text)
        except NotUnderstood as error:
            raise Beyond(str(error)) from None

    def call(self, call: Call, here: Here) -> Answer:
        """The answer of one of our functions: ranges are given to it whole. Raises Waiting, or Beyond for an argument."""
        name = own(call.token, self.book) or call.token.text
        return self.ours.ask(name, [self.argument(node, here) for node in call.arguments])

    def argument(self, node: Node, here: Here) -> Answer:
        """An argument of one of our functions."""
        if self.settled and (here, node) in self.settled:
            return self.settled[here, node]
        value = self.value(node, here)
        if not isinstance(value, Range):
            return value
        if value.area.shape == (1, 1):
            return self.cells.value(value.sheet, (value.area.top, value.area.left))
        return grid(self.cells, value)

    def place(self, node: Named, here: Here) -> Range | Node:
        """What a reference or name stands for: an area, or the expression that the name is short for."""
        token, sheet = node.token, self._sheet(node, here)
        if sheet is None:
            raise Beyond(f"{token.prefix}{token.text}, which is no sheet of this workbook")
        if node.reference is not None:
            down, across = here.spot[0] - here.origin[0], here.spot[1] - here.origin[1]
            return Range(sheet, node.reference.area(down, across))
        if token.kind == "table":
            found = structured(token.text, self.book, here.sheet, here.spot)
            if found is None:
                raise Beyond(f"{token.text}, which names no part of a table here")
            return Range(*found)
        name = self._name(node, here)
        if name is None or here.depth >= _DEEPEST:
            raise Beyond(f"the name {token.text}")
        return self.tree(name.text)

    def value(self, node: Node, here: Here) -> Answer | Range:
        """What an expression stands for; a range is not read."""
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Named):
            found = self.place(node, here)
            within_name = here._replace(origin=(1, 1), depth=here.depth + 1)
            return found if isinstance(found, Range) else self.value(found, within_name)
        if isinstance(node, Call):
            return self._call(node, here)
        if isinstance(node, Operation):
            return self._operation(node, here)
        if isinstance(node, Sign):
            return each_cell([self.answer(node.operand, here)], lambda cells: _signed(node.sign, cells[0]))
        return [list(row) for row in node.rows]

    def _sheet(self, node: Named, here: Here) -> int | None:
        prefix = node.token.prefix
        return here.sheet if not prefix else self.book.number(sheet_of(prefix) or "")

    def _name(self, node: Named, here: Here) -> Name | None:
        sheet = self._sheet(node, here)
        return None if sheet is None else self.book.name(node.token.text, sheet)

    def _call(self, node: Call, here: Here) -> Answer | Range:
        if own(node.token, self.book):
            return self.call(node, here)
        name = plain(node.token.text)
        if node.token.prefix:
            raise Beyond(f"the function {node.token.prefix}{node.token.text}")
        if name == "SINGLE" and len(node.arguments) == 1:
            return self.scalar(node.arguments[0], here._replace(arrays=False))
        if name == "ANCHORARRAY" and len(node.arguments) == 1:
            return self._anchored(node.arguments[0], here)
        if name in native.TOTALS:
            return native.total(name, self.each(node.arguments, here))
        if name in CHOICES:
            return chosen(self, name, node.arguments, here)
        if name in CONDITIONAL:
            return conditional(self, name, node.arguments, here)
        if name == "VLOOKUP" and len(node.arguments) == 4:
            table = self.value(node.arguments[1], here)
            whole = grid(self.cells, table) if isinstance(table, Range) else table
            wanted, column, exact = (self.scalar(node.arguments[n], here) for n in (0, 2, 3))
            return vlookup(wanted, whole, column, exact)
        if name in native.TESTS and len(node.arguments) == 1:
            return native.TESTS[name](self.scalar(node.arguments[0], here))
        if name not in native.FUNCTIONS:
            raise Beyond(f"the function {name}")
        if name in native.NO_RANGES and any(self._is_range(argument, here) for argument in node.arguments):
            return VALUE
        values = [self.answer(argument, here) for argument in node.arguments]
        return each_cell(values, lambda cells: native.call(name, cells, self.day))

    def each(self, arguments: Sequence[Node], here: Here) -> Iterable[tuple[Scalar, bool]]:
        """Every value of the arguments, and whether it was written there rather than in a range."""
        for node in arguments:
            found = self.value(node, here)
            if isinstance(found, Range):
                yield from ((value, False) for _, value in sorted(self.cells.within(*found)))
            elif isinstance(found, list):
                yield from ((value, False) for row in found for value in row)
            else:
                yield found, True

    def _operation(self, node: Operation, here: Here) -> Answer:
        found = self.answer(node.operands[0], here)
        for sign, operand in zip(node.signs, node.operands[1:], strict=True):
            found = each_cell([found, self.answer(operand, here)], partial(_operated, sign))
        return found

    def _is_range(self, node: Node, here: Here) -> bool:
        """Whether an argument is a reference to several cells, in a formula that computes arrays."""
        if not here.arrays or not isinstance(node, Named):
            return False
        found = self.value(node, here)
        return isinstance(found, Range) and found.area.shape != (1, 1)

    def scalar(self, node: Node, here: Here) -> Scalar:
        """What an expression gives as one value; an array is beyond what asks for it."""
        found = self.answer(node, here)
        if isinstance(found, list):
            raise Beyond("a function of single values, asked for an array")
        return found

    def _anchored(self, node: Node, here: Here) -> Range:
        found = self.value(node, here)
        if not isinstance(found, Range) or found.area.shape != (1, 1):
            raise Beyond("the spilled area of what is no cell")
        area = self.cells.spilled(found.sheet, (found.area.top, found.area.left))
        if area is None:
            raise Beyond("the spilled area of a cell that spills nothing")
        return Range(found.sheet, area)


def _operated(sign: str, values: Sequence[Scalar]) -> Scalar:
    return operate(sign, values[0], values[1])


def _signed(sign: str, value: Scalar) -> Scalar:
    found = number(value)
    if isinstance(found, CellError):
        return found
    return -found if sign == "-" else found / 100
