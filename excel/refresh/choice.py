"""Functions that do not need all their arguments: IF, IFERROR, IFNA, AND, OR."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from excel.patch.values import CellError
from excel.refresh.context import Answer, Here
from excel.refresh.grammar import Constant, Node
from excel.refresh.operators import NOT_AVAILABLE, VALUE, Beyond, number, truth
from excel.refresh.sheets import Scalar

CHOICES = frozenset(["IF", "IFERROR", "IFNA", "AND", "OR"])


class Computes(Protocol):
    """What the calculator does for them."""

    def answer(self, node: Node, here: Here, /) -> Answer:
        """What an expression gives in a cell."""

    def scalar(self, node: Node, here: Here, /) -> Scalar:
        """What an expression gives as one value."""

    def each(self, arguments: Sequence[Node], here: Here, /) -> Iterable[tuple[Scalar, bool]]:
        """Every value of the arguments, and whether it was written there rather than in a range."""


def chosen(calculator: Computes, name: str, arguments: Sequence[Node], here: Here) -> Answer:
    """The answer of one of CHOICES; only the branch that is taken is computed."""
    if name in ("AND", "OR"):
        return _all_or_any(name == "OR", calculator.each(arguments, here))
    if name == "IF" and 2 <= len(arguments) <= 3:
        condition = truth(calculator.scalar(arguments[0], here))
        if isinstance(condition, CellError):
            return condition
        if not condition and len(arguments) == 2:
            return False
        return _branch(calculator, arguments[1 if condition else 2], here)
    if name == "IF" or len(arguments) != 2:
        raise Beyond(f"{name} with {len(arguments)} arguments")
    found = calculator.answer(arguments[0], here)
    if not isinstance(found, list):
        return _branch(calculator, arguments[1], here) if _failed(found, name) else found
    if not any(_failed(value, name) for row in found for value in row):
        return found
    instead = calculator.scalar(arguments[1], here)
    return [[instead if _failed(value, name) else value for value in row] for row in found]


def _branch(calculator: Computes, node: Node, here: Here) -> Answer:
    """A branch that is taken; one left out is 0."""
    return number(None) if node == Constant(None) else calculator.answer(node, here)


def _all_or_any(wanted: bool, given: Iterable[tuple[Scalar, bool]]) -> Scalar:
    """Whether any (`wanted`) or every value is true; text and blanks in ranges do not count."""
    met, result = False, not wanted
    for value, written in given:
        if isinstance(value, str) and not isinstance(value, CellError):
            if written:
                raise Beyond("text taken as a condition")
        elif value is not None:
            found = truth(value)
            if isinstance(found, CellError):
                return found
            met = True
            result = wanted if found is wanted else result
    return result if met else VALUE


def _failed(value: Scalar, name: str) -> bool:
    """Whether IFERROR or IFNA puts something else in a value's place."""
    return isinstance(value, CellError) and (name == "IFERROR" or value == NOT_AVAILABLE)
