"""By what records of several systems are found to be one: as texts that two records of one customer share, and those as numbers.

A record *asks* for others by a key it carries (an id of another system, its tax id, its domain, a deal); its own ids are
*offered* to those who ask. Two records may be found to be one only where one asks for what the other offers or asks for too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd

from books.compared import domains, folded, tax_number
from books.rules import Rules
from engine.arithmetic import IntArray

Columns = Mapping[str, Sequence[str]]
Asked = tuple[str, str, int]
"""A kind of key, its text, and the row that has it."""


def asked_by_customers(columns: Columns, rules: Rules, nobodys: Set[str]) -> Iterator[Asked]:
    """What customers ask by; `nobodys`: domains that tell nothing. By a parent nobody is made one, but whoever the parent
    becomes is told of it: both are made together."""
    for row, (value, written) in enumerate(zip(folded(columns["shared_id"]), columns["shared_id"], strict=True)):
        if value:
            yield "id", value, row
            if ":" in value:
                yield "name", value, row
                yield "name", rules.now("customers", written.strip()).casefold(), row
            for (source, kind), heirs in rules.former.items():
                if kind == "customers" and written.strip() in heirs:
                    yield "name", f"{source}:{heirs[written.strip()]}".casefold(), row
    for row, (source, parent) in enumerate(zip(columns["source"], columns["parent_id"], strict=True)):
        if parent:
            yield "id", rules.former.get((source, "customers"), {}).get(parent, parent).casefold(), row
    yield from (("tax", tax_number(value), row) for row, value in enumerate(folded(columns["tax_id"])) if value)
    yield from (
        ("domain", value, row) for row, value in enumerate(domains(columns["domain"])) if value and value not in nobodys
    )


def asked_by_contracts(columns: Columns) -> Iterator[Asked]:
    """What contracts ask by."""
    return (("deal", deal, row) for row, deal in enumerate(columns["deal_id"]) if deal)


def names(columns: Columns, own: str) -> list[str]:
    """Records as "source:id"."""
    return [f"{source}:{record}" for source, record in zip(columns["source"], columns[own], strict=True)]


def offered_by_customers(columns: Columns, kind: str) -> IntArray:
    """The ids of customers ("id"), or their names, as numbers, by which others ask for them whatever the case of their letters."""
    texts = columns["customer_id"] if kind == "id" else names(columns, "customer_id")
    return numbers(kind, [text.casefold() for text in texts])


def numbers(kind: str, texts: Sequence[str]) -> IntArray:
    """Texts of a kind as numbers, equal where those are."""
    values = np.array([*texts, None], object)[:-1]
    return np.asarray(pd.util.hash_array(values, hash_key=kind.ljust(16, "_"), categorize=False)).view(np.int64)


@dataclass(frozen=True)
class Keys:
    """Keys as numbers, in order, and whose each is: the place of a customer, or the group that it is made with."""

    number: IntArray
    whose: IntArray

    @classmethod
    def made(cls, parts: Iterable[tuple[IntArray, IntArray]]) -> Keys:
        """The keys of several kinds in one."""
        number, whose = (np.concatenate([np.zeros(0, np.int64), *column]) for column in zip(*parts, strict=True))
        order = np.argsort(number, kind="stable")
        return cls(number[order], whose[order])

    @classmethod
    def asked(cls, found: Iterable[Asked], whose: IntArray) -> Keys:
        """The keys that rows ask by; `whose`: whose each row is."""
        by_kind: dict[str, tuple[list[str], list[int]]] = {}
        for kind, text, row in found:
            texts, rows = by_kind.setdefault(kind, ([], []))
            texts.append(text)
            rows.append(row)
        return cls.made([(numbers(kind, texts), whose[rows]) for kind, (texts, rows) in by_kind.items()] or [_NOTHING])

    def find(self, wanted: IntArray) -> IntArray:
        """Whose the wanted keys are."""
        low, high = (np.searchsorted(self.number, wanted, side) for side in ("left", "right"))
        return np.concatenate([self.whose[:0], *(self.whose[a:b] for a, b in zip(low, high, strict=True) if b > a)])

    def links(self, offered: Keys) -> tuple[IntArray, IntArray]:
        """Pairs of whom a key brings together: all who ask by it, and all to whom it is offered."""
        if not self.number.size:
            return self.whose, self.whose
        first = np.flatnonzero(np.r_[True, self.number[1:] != self.number[:-1]])
        run = np.repeat(first, np.diff(np.r_[first, self.number.size]))
        at = np.minimum(np.searchsorted(self.number, offered.number), self.number.size - 1)
        met = self.number[at] == offered.number
        return np.concatenate([self.whose, offered.whose[met]]), np.concatenate([self.whose[run], self.whose[at[met]]])


_NOTHING: tuple[IntArray, IntArray] = (np.zeros(0, np.int64), np.zeros(0, np.int64))
