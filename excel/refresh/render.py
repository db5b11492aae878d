"""A formula written anew for a spreadsheet program that knows neither our functions nor the workbook's names and tables.

Names are written out, references are absolute, structured references are plain ones, TODAY() is the day of the refresh, and
the answers of our functions stand in cells of a sheet of their own, the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from excel.patch.areas import Area, column_letters
from excel.patch.values import CellError, serial
from excel.refresh.context import Answer, Here, Range
from excel.refresh.evaluate import Calculator
from excel.refresh.grammar import Call, Constant, Matrix, Named, Node, Operation, Sign
from excel.refresh.operators import Beyond
from excel.refresh.precedents import plain
from excel.refresh.sheets import Scalar
from excel.refresh.spelling import own
from excel.refresh.words import OF_PLACE, TRUSTED, UNLESS_HIDDEN

_COMPARING = ("=", "<>", "<", ">", "<=", ">=")
_LOGICAL = frozenset(
    ["AND", "OR", "NOT", "XOR", "TRUE", "FALSE", "EXACT", "ISBLANK", "ISERR", "ISERROR", "ISEVEN", "ISLOGICAL", "ISNA",
     "ISNONTEXT", "ISNUMBER", "ISODD", "ISTEXT"]
)  # fmt: skip


class Wanting(Exception):
    """A call of ours cannot be asked yet: `parts` are its arguments that the program must compute first."""

    def __init__(self, parts: list[tuple[Here, Node]]) -> None:
        super().__init__()
        self.parts = parts


def logical(node: Node) -> bool:
    """Whether an expression gives a truth value: LibreOffice knows them as 1 and 0 only."""
    if isinstance(node, Constant):
        return isinstance(node.value, bool)
    if isinstance(node, Call):
        name = plain(node.token.text)
        chosen = {"IF": node.arguments[1:], "IFERROR": node.arguments, "IFNA": node.arguments}.get(name, ())
        return name in _LOGICAL or any(logical(argument) for argument in chosen)
    return isinstance(node, Operation) and node.signs[-1] in _COMPARING


class Renderer(NamedTuple):
    """Writes formulas for the program. `desk`: puts an answer of ours on the desk and gives its reference.

    `hides`: whether a sheet has hidden rows.
    """

    calculator: Calculator
    desk: Callable[[Answer], str]
    hides: Callable[[int], bool]

    def text(self, node: Node, here: Here) -> str:
        """The formula's text. Raises Beyond where the program is not trusted with it, Wanting where it is too early."""
        if isinstance(node, Constant):
            return constant(node.value)
        if isinstance(node, Matrix):
            return "{" + ";".join(",".join(constant(value) for value in row) for row in node.rows) + "}"
        if isinstance(node, Named):
            return self._named(node, here)
        if isinstance(node, Call):
            return self._call(node, here)
        if isinstance(node, Sign):
            inner = self.text(node.operand, here)
            return f"({inner}%)" if node.sign == "%" else f"(-{inner})"
        return self._operation(node, here)

    def _operation(self, node: Operation, here: Here) -> str:
        """Operators, in brackets, for ranks are Excel's here."""
        pieces, truth = ["(" * len(node.signs), self.text(node.operands[0], here)], logical(node.operands[0])
        for sign, operand in zip(node.signs, node.operands[1:], strict=True):
            if sign in ("&", *_COMPARING) and truth != logical(operand):
                raise Beyond("a truth value as text or number, which LibreOffice reads otherwise than Excel")
            truth = sign in _COMPARING
            pieces += [sign, self.text(operand, here), ")"]
        return "".join(pieces)

    def _named(self, node: Named, here: Here) -> str:
        found = self.calculator.place(node, here)
        if isinstance(found, Range):
            return self.reference(*found)
        return self.text(found, here._replace(origin=(1, 1), depth=here.depth + 1))

    def _call(self, node: Call, here: Here) -> str:
        if own(node.token, self.calculator.book):
            return self.desk(self._answer(node, here))
        name = plain(node.token.text)
        if name == "TODAY" and not node.arguments:
            return str(serial(self.calculator.day.today, self.calculator.day.date1904))
        if name in OF_PLACE and not node.arguments:
            return str(here.spot[0 if name == "ROW" else 1])
        if node.token.prefix or name not in TRUSTED | OF_PLACE | UNLESS_HIDDEN:
            raise Beyond(f"the function {node.token.prefix}{name}")
        if name in UNLESS_HIDDEN and self.hides(here.sheet):
            raise Beyond(f"{name} on a sheet with hidden rows")
        return f"{node.token.text}({','.join(self.text(argument, here) for argument in node.arguments)})"

    def _answer(self, node: Call, here: Here) -> Answer:
        """The answer of one of our functions, or what must be known before it can be asked."""
        missing = []
        for argument in node.arguments:
            try:
                self.calculator.argument(argument, here)
            except Beyond:
                missing.append((here, argument))
        if missing:
            raise Wanting(missing)
        return self.calculator.call(node, here)

    def reference(self, sheet: int, area: Area) -> str:
        """An absolute reference."""
        name = self.calculator.book.sheets[sheet].replace("'", "''")
        return f"'{name}'!{absolute(area)}"


def absolute(area: Area) -> str:
    """An area with its signs of absolute reference."""
    first = f"${column_letters(area.left)}${area.top}"
    return first if area.shape == (1, 1) else f"{first}:${column_letters(area.right)}${area.bottom}"


def constant(value: Scalar) -> str:
    """A value as a formula writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 30 else str(value)
    return value if isinstance(value, CellError) else '"' + value.replace('"', '""') + '"'
