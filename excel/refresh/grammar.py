"""From a formula's tokens to a tree, by the precedence Excel has: reference, sign, %, ^, * /, + -, &, comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from excel.patch.values import CellError
from excel.refresh.formula import Formula, Reference, Token, formula, reference

DEEPEST = 64
"""Levels of nesting; Excel takes no more."""
_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}


class NotUnderstood(Exception):
    """A formula that is none, or that uses what this reader does not know; the text says what."""


@dataclass(frozen=True)
class Constant:
    """A value written in the formula; None is an argument left out."""

    value: Decimal | str | bool | CellError | None


@dataclass(frozen=True)
class Matrix:
    """An array constant, its rows of values."""

    rows: tuple[tuple[Decimal | str | bool | CellError | None, ...], ...]


@dataclass(frozen=True)
class Named:
    """A reference, a defined name or a structured reference: `token` says which; `reference` where it is the first."""

    token: Token
    reference: Reference | None = None


@dataclass(frozen=True)
class Call:
    """A function with its arguments; `start`..`end` is where the whole call stands in the text."""

    token: Token
    arguments: tuple[Node, ...]
    end: int


@dataclass(frozen=True)
class Sign:
    """`-` before an operand, or `%` after it."""

    sign: str
    operand: Node


@dataclass(frozen=True)
class Operation:
    """Operators of one rank between operands, from left to right: one sign fewer than there are operands."""

    signs: tuple[str, ...]
    operands: tuple[Node, ...]


Node: TypeAlias = Constant | Matrix | Named | Call | Sign | Operation


@lru_cache(maxsize=16_384)
def tree(text: str) -> Node:
    """The tree of a formula; NotUnderstood says what stands in the way."""
    return _Reader(formula(text)).whole()


class _Reader:
    """Reads the tokens from left to right."""

    def __init__(self, text: Formula) -> None:
        if text.tokens is None:
            raise NotUnderstood("the formula is longer than Excel's, or written in a way this program does not know")
        self._tokens: Sequence[Token] = text.tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        """The tree of all tokens."""
        found = self._operation(0)
        if self._at < len(self._tokens):
            raise NotUnderstood(f"{self._tokens[self._at].text!r} where it cannot stand")
        return found

    def _operation(self, binding: int) -> Node:
        self._depth += 1
        if self._depth > DEEPEST * 2:
            raise NotUnderstood(f"it is nested deeper than {DEEPEST} levels")
        left = self._signed()
        while (sign := self._peek("op")) in _BINDING and _BINDING[sign] > binding:
            left = self._chain(left, _BINDING[sign])
        self._depth -= 1
        return left

    def _chain(self, first: Node, binding: int) -> Node:
        """Operators of one rank: a sum of a thousand parts is as deep as one of two."""
        signs: list[str] = []
        operands = [first]
        while _BINDING.get(self._peek("op")) == binding:
            signs.append(self._take().text)
            operands.append(self._operation(binding))
        return Operation(tuple(signs), tuple(operands))

    def _signed(self) -> Node:
        minus = 0
        while self._peek("op") in ("+", "-"):
            minus += self._take().text == "-"
        found = self._operand()
        percent = 0
        while self._peek("op") == "%":
            self._at += 1
            percent += 1
            found = Sign("%", found)
        if percent > DEEPEST:
            raise NotUnderstood(f"it is nested deeper than {DEEPEST} levels")
        # Two stand for any even number: they make a number of a text and leave it as it is.
        for _ in range(minus and 2 - minus % 2):
            found = Sign("-", found)
        return found

    def _operand(self) -> Node:
        if self._at >= len(self._tokens):
            raise NotUnderstood("it ends in the middle")
        token = self._take()
        if token.kind == "mark" and token.text == "(":
            found = self._operation(0)
            self._expect(")")
            return found
        if token.kind == "mark" and token.text == "{":
            return self._matrix()
        if token.kind == "call":
            return self._call(token)
        if token.kind == "ref":
            found_ref = reference(token.text)
            if found_ref is None:
                raise NotUnderstood(f"{token.text} lies beyond the sheet")
            return Named(token, found_ref)
        if token.kind in ("word", "table") and (token.kind == "table" or token.text.upper() not in ("TRUE", "FALSE")):
            return Named(token)
        return Constant(self._constant(token))

    def _call(self, token: Token) -> Node:
        arguments: list[Node] = []
        if self._peek("mark") == ")":
            return Call(token, (), self._take().end)
        while True:
            left_out = self._peek("mark") in (",", ")")
            arguments.append(Constant(None) if left_out else self._operation(0))
            mark = self._take()
            if mark.text == ")" and mark.kind == "mark":
                return Call(token, tuple(arguments), mark.end)
            if mark.text != ",":
                raise NotUnderstood(f"{mark.text!r} where it cannot stand")

    def _matrix(self) -> Node:
        rows: list[list[Decimal | str | bool | CellError | None]] = [[]]
        while True:
            sign = self._take().text if self._peek("op") in ("+", "-") else ""
            value = self._constant(self._take())
            rows[-1].append(-value if sign == "-" and isinstance(value, Decimal) else value)
            mark = self._take()
            if mark.text == ";":
                rows.append([])
            elif mark.text == "}":
                return Matrix(tuple(tuple(row) for row in rows))
            elif mark.text != ",":
                raise NotUnderstood("an array constant that is none")

    def _constant(self, token: Token) -> Decimal | str | bool | CellError:
        if token.kind == "number":
            number = Decimal(token.text)
            if abs(number.adjusted()) >= 308:
                raise NotUnderstood(f"{token.text} is beyond what a cell holds")
            return number
        if token.kind == "text":
            return token.text[1:-1].replace('""', '"')
        if token.kind == "error":
            return CellError("#REF!" if token.prefix else token.text)
        if token.kind == "word" and token.text.upper() in ("TRUE", "FALSE"):
            return token.text.upper() == "TRUE"
        raise NotUnderstood(f"{token.text!r} where it cannot stand")

    def _peek(self, kind: str) -> str:
        here = self._tokens[self._at] if self._at < len(self._tokens) else None
        return here.text if here is not None and here.kind == kind else ""

    def _take(self) -> Token:
        if self._at >= len(self._tokens):
            raise NotUnderstood("it ends in the middle")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if self._take().text != mark:
            raise NotUnderstood(f"{mark!r} is missing")
