"""The host over the company's books: which ledger it hands out, and what day it is."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from excel.host import BooksHost, TimeIsUp

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


class CountedBooks:
    """Books that make a ledger named by the data they hold, and remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[dt.datetime | None] = []
        self.data = "first"
        self.looked = 0

    def current(self) -> str:
        self.looked += 1
        return self.data

    def open(self, known_at: dt.datetime | None = None) -> Any:
        self.asked.append(known_at)
        return SimpleNamespace(version=self.data if known_at is None else f"known {known_at}")


def made(zone: str = "UTC", hold: float = 1.0) -> tuple[Any, CountedBooks, Clock]:
    settings: Any = SimpleNamespace(reporting=SimpleNamespace(timezone=zone), connectors={})
    books, clock = CountedBooks(), Clock()
    held = dt.timedelta(seconds=hold)
    return BooksHost(settings, books, clock, held), books, clock  # type: ignore[arg-type]


def test_today_is_the_companys() -> None:
    host, _, clock = made("Pacific/Auckland")
    assert host.today == dt.date(2026, 2, 1)
    clock.now = NOON - dt.timedelta(hours=12)
    assert host.today == dt.date(2026, 1, 31)


def test_five_thousand_cells_of_one_recalculation_ask_the_books_once() -> None:
    host, books, _ = made()
    assert {host.ledger(None).version for _ in range(5000)} == {"first"}
    assert (books.asked, books.looked) == ([None], 0)


def test_a_newer_ledger_is_picked_up_after_the_hold() -> None:
    host, books, clock = made()
    first = host.ledger(None)
    clock.now += dt.timedelta(seconds=2)
    assert host.ledger(None) is first
    books.data = "second"
    assert host.ledger(None) is first
    clock.now += dt.timedelta(seconds=2)
    assert host.ledger(None).version == "second"
    books.data = "third"
    clock.now -= dt.timedelta(hours=1)  # a clock set back does not hold the old ledger for an hour
    assert host.ledger(None).version == "third"
    assert len(books.asked) == 3


def test_ledgers_of_earlier_knowledge_are_kept_and_the_future_is_now() -> None:
    host, books, _ = made()
    earlier = NOON - dt.timedelta(days=1)
    assert host.ledger(earlier) is host.ledger(earlier)
    assert host.ledger(NOON + dt.timedelta(days=1)) is host.ledger(None)
    for days in range(2, 8):
        host.ledger(NOON - dt.timedelta(days=days))
    host.ledger(earlier)
    assert books.asked.count(earlier) == 2


def test_a_batch_that_asks_for_too_many_states_of_knowledge_is_cut_off() -> None:
    host, books, _ = made()
    left = iter([True, True, False])
    batch = host.as_of_now(lambda: next(left))
    for day in (1, 2):
        batch.ledger(NOON - dt.timedelta(day))
    with pytest.raises(TimeIsUp):
        batch.ledger(NOON - dt.timedelta(3))
    assert books.asked == [None, NOON - dt.timedelta(1), NOON - dt.timedelta(2)]
    assert host.ledger(None).version == "first"
