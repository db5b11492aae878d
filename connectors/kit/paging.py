"""How a vendor turns pages, as small declared values, and one loop that walks them.

    AfterId(send="starting_after", rows="data", more="has_more")      Stripe
    Token(send="after", read="paging.next.after", rows="results")     HubSpot
    NextLink(read="nextRecordsUrl", rows="records")                   Salesforce
    Offset(send="offset", rows="items", size=1000)                    SuiteQL

A position is JSON-able, so that it can be kept in a cursor; None before the first page and after the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.kit.fields import look

Position = str | int | None
Ask = Callable[[str, Mapping[str, Any]], Any]


class Paging(Protocol):
    """A way of turning pages. `rows`: where in the body the records are."""

    @property
    def rows(self) -> str:
        """Path of the records in a body."""

    def request(self, path: str, position: Position) -> tuple[str, dict[str, Any]]:
        """Path and parameters that ask for the page at a position."""

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The position of the page that follows, None if this was the last."""


@dataclass(frozen=True)
class AfterId:
    """The next page starts after the last record's id, while the body says there is more."""

    send: str
    rows: str
    more: str
    id: str = "id"

    def request(self, path: str, position: Position) -> tuple[str, dict[str, Any]]:
        """Asks for what follows the id."""
        return path, {} if position is None else {self.send: position}

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The last record's id."""
        return look(records[-1], self.id) if records and look(body, self.more) else None


@dataclass(frozen=True)
class Token:
    """The body carries the mark that asks for the next page."""

    send: str
    read: str
    rows: str

    def request(self, path: str, position: Position) -> tuple[str, dict[str, Any]]:
        """Sends the mark."""
        return path, {} if position is None else {self.send: position}

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The mark in the body."""
        return look(body, self.read) or None


@dataclass(frozen=True)
class NextLink:
    """The body carries the whole address of the next page."""

    read: str
    rows: str

    def request(self, path: str, position: Position) -> tuple[str, dict[str, Any]]:
        """Asks for the address."""
        return path if position is None else str(position), {}

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """The address in the body."""
        return look(body, self.read) or None


@dataclass(frozen=True)
class Offset:
    """Pages are counted in records; one shorter than `size` is the last."""

    send: str
    rows: str
    size: int

    def request(self, path: str, position: Position) -> tuple[str, dict[str, Any]]:
        """Skips what was read."""
        return path, {self.send: position or 0}

    def after(self, body: Any, records: Sequence[Any], position: Position) -> Position:
        """What was read so far."""
        return int(position or 0) + len(records) if len(records) >= self.size else None


def walk(
    ask: Ask, path: str, paging: Paging, params: Mapping[str, Any], position: Position = None
) -> Iterator[tuple[list[Any], Position]]:
    """The records of each page with the position that follows it (None after the last)."""
    while True:
        where, own = paging.request(path, position)
        body = ask(where, {**params, **own})
        records = list(look(body, paging.rows) or ())
        position = paging.after(body, records, position)
        yield records, position
        if position is None:
            return
