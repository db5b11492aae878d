"""A small reader of SELECT, as vendors' query languages have it: enough to refuse what is not written their way.

Select.of("SELECT Id, Name FROM Account WHERE Id > '1' ORDER BY Id LIMIT 3").run(rows)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = Mapping[str, Any]
_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<sign><=|>=|!=|[=<>(),])|(?P<word>[\w.:+*-]+))")
_STATEMENT = re.compile(
    r"(?is)\s*select\s+(?P<fields>.+?)\s+from\s+(?P<table>\w+)(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s*by\s+(?P<order>.+?))?(?:\s+startposition\s+(?P<start>\d+))?(?:\s+(?:limit|maxresults)\s+(?P<limit>\d+))?\s*\Z"
)
Test = Callable[[Object], bool]


class Malformed(Exception):
    """The query is not written as the vendor reads it."""


@dataclass(frozen=True)
class Select:
    """A query: which fields of which records, in which order, how many."""

    fields: list[str]
    table: str
    test: Test
    order: list[str]
    start: int
    limit: int | None
    named: set[str]

    @classmethod
    def of(cls, text: str) -> Select:
        found = _STATEMENT.match(text)
        if not found:
            raise Malformed(f"unexpected token in: {text[:60]}")
        reader = _Reader(found["where"] or "")
        test = reader.either() if found["where"] else lambda row: True
        reader.end()
        order = [part.split()[0] for part in (found["order"] or "").split(",") if part.strip()]
        fields = [part.strip() for part in found["fields"].split(",")]
        limit = int(found["limit"]) if found["limit"] else None
        return cls(fields, found["table"], test, order, int(found["start"] or 1), limit, reader.named | set(order))

    def run(self, rows: Sequence[Object], key: Callable[[Any], Any] = lambda value: value) -> list[Object]:
        kept = [row for row in rows if self.test(row)]
        for name in reversed(self.order):
            kept.sort(key=lambda row, name=name: key(at(row, name)))
        kept = kept[self.start - 1 :]
        return kept if self.limit is None else kept[: self.limit]


def at(row: Object, path: str) -> Any:
    value: Any = row
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


class _Reader:
    """Reads a WHERE: AND, OR, brackets, comparisons, IN."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.named: set[str] = set()
        place = 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if not found:
                raise Malformed(f"unexpected character in: {text[place : place + 30]}")
            self.tokens.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
            place = found.end()

    def either(self) -> Test:
        tests = [self.both()]
        while self._word("or"):
            tests.append(self.both())
        return lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self._word("and"):
            tests.append(self.one())
        return lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self._sign("("):
            inside = self.either()
            self._expect(")")
            return inside
        name = self._next("word")
        self.named.add(name)
        if self._word("in"):
            self._expect("(")
            values = [self._value()]
            while self._sign(","):
                values.append(self._value())
            self._expect(")")
            return lambda row: _plain(at(row, name)) in [_plain(value) for value in values]
        sign, value = self._next("sign"), self._value()
        compare: Mapping[str, Callable[[Any, Any], bool]] = {
            "=": lambda a, b: a == b, "!=": lambda a, b: a != b, ">": lambda a, b: a > b, "<": lambda a, b: a < b,
            ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b,
        }  # fmt: skip
        if sign not in compare:
            raise Malformed(f"unexpected {sign}")
        return lambda row: at(row, name) is not None and compare[sign](_plain(at(row, name)), _plain(value))

    def end(self) -> None:
        if self.tokens:
            raise Malformed(f"unexpected {self.tokens[0][1]}")

    def _value(self) -> Any:
        kind, text = self.tokens.pop(0) if self.tokens else ("", "")
        if kind == "text":
            return re.sub(r"\\(.)|''", lambda found: found[1] or "'", text[1:-1])
        if kind != "word":
            raise Malformed(f"a value is missing before {text}")
        return {"true": True, "false": False, "null": None}.get(text.lower(), text)

    def _next(self, kind: str) -> str:
        found, text = self.tokens.pop(0) if self.tokens else ("", "the end")
        if found != kind:
            raise Malformed(f"unexpected {text}")
        return text

    def _word(self, word: str) -> bool:
        if self.tokens and self.tokens[0][0] == "word" and self.tokens[0][1].lower() == word:
            self.tokens.pop(0)
            return True
        return False

    def _sign(self, sign: str) -> bool:
        if self.tokens and self.tokens[0] == ("sign", sign):
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise Malformed(f"{sign} is missing")


def _plain(value: Any) -> Any:
    """Moments compare as text once they are written alike; numbers as text that looks the same."""
    return value.replace("+0000", "Z") if isinstance(value, str) else value
