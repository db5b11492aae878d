"""Why a figure changed: other arguments, policies, rates, or facts, contract by contract; the parts sum to the whole.

Each call of ours is answered on the way from the old books to the new ones, one step after the other: the old question
and the new one on the old books, then under the new policies, then at the new rates, then on the new books. What the
last step brings is told by the contracts that differ, each with its cause.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from engine.compare import ContractChange
from engine.ledger import Ledger
from excel.catalogue import find
from excel.dates import day
from excel.host import Host
from excel.refresh.asking import Asked, Questions
from excel.refresh.by_contract import ByContract
from excel.refresh.context import Answer, Waiting
from excel.refresh.hosts import AsOf
from excel.refresh.journal import Standing
from excel.refresh.past import Past
from excel.refresh.report import Reason
from model.errors import WrongArgument
from model.periods import day_of

_NAMED = 50
Pair: TypeAlias = tuple[Asked, Asked]


@dataclass(frozen=True)
class Explained:
    """What a call gave on the books as they were, and what makes up the change since."""

    start: Decimal | None
    reasons: tuple[Reason, ...]


@dataclass
class Explainer:
    """The way from one state of the books to another. `date1904`: the calendar of the workbook that asks."""

    past: Past
    before: Standing
    after: Standing
    date1904: bool

    def explained(self, pairs: Sequence[Pair]) -> list[Explained]:
        """For each call, as it was asked before and after, what makes up its change."""
        ways = [list(zip(self._hosts, (old, new, new, new, new), strict=True)) for old, new in pairs]
        for way in ways:
            for questions, asked in way:
                _asked(questions, asked)
        for questions in self._hosts:
            questions.settle()
        return [self._told(pair, way) for pair, way in zip(pairs, ways, strict=True)]

    @cached_property
    def _old(self) -> Ledger:
        return self.past.ledger(self.before)

    @cached_property
    def _new(self) -> Ledger:
        return self.past.ledger(self.after)

    @cached_property
    def _by_policy(self) -> Ledger:
        """The old records under the new policies."""
        if self.before.policy == self.after.policy:
            return self._old
        return self.past.under(self.after).open(self.before.known_at)

    @cached_property
    def _at_rates(self) -> Ledger:
        """The old records under the new policies, at the new rates."""
        return self._by_policy if not self._rates else dataclasses.replace(self._by_policy, rates=self._new.rates)

    @cached_property
    def _rates(self) -> tuple[str, ...]:
        """The rates that are new or read otherwise."""
        old, new = _rates(self._by_policy), _rates(self._new)
        return tuple(f"{a}/{b} {day}" for a, b, day, _ in sorted(new - old, key=lambda rate: rate[:3]))

    @cached_property
    def _hosts(self) -> tuple[Questions, Questions, Questions, Questions, Questions]:
        """Questions to the books: as before, on the new day, under the new policies, at the new rates, as they are now."""
        host, then, now = self.past.host, self.before.as_of, self.after.as_of
        hosts: list[Host] = [AsOf(host, then, self._old)]
        hosts += [AsOf(host, now, ledger) for ledger in (self._old, self._by_policy, self._at_rates, self._new)]
        one, two, three, four, five = (Questions(host, self.date1904) for host in hosts)
        return one, two, three, four, five

    def _told(self, pair: Pair, way: Sequence[tuple[Questions, Asked]]) -> Explained:
        values = [_figure(_asked(questions, asked)) for questions, asked in way]
        start, moved, elected, priced, now = values
        old, new = pair
        steps: tuple[tuple[str, Decimal | None, Decimal | None, Callable[[], tuple[str, ...]]], ...] = (
            ("arguments", start, moved, lambda: self._question(old, new)),
            ("policy", moved, elected, lambda: _policies(self.before, self.after)),
            ("rates", elected, priced, lambda: self._rates[:_NAMED]),
        )
        found = [
            Reason(cause, _minus(b, a), what())
            for cause, a, b, what in steps
            if a != b and (a is not None or b is not None)
        ]
        if priced != now:
            found += self._facts(new, priced, now)
        return Explained(start, tuple(found))

    def _facts(self, asked: Asked, before: Decimal | None, after: Decimal | None) -> list[Reason]:
        """What new facts brought, by cause; what no contract accounts for is told as other records."""
        whole = _minus(after, before)
        contracts = self._contracts.parts(asked)
        if contracts is None:
            return [Reason("facts", whole)]
        by_cause: dict[str, tuple[Decimal, list[str]]] = {}
        for name, change in contracts.items():
            told = self._contracts.causes[name]
            amount, words = by_cause.get(told.cause, (Decimal(0), []))
            by_cause[told.cause] = (amount + change, [*words, *self._words(told)])
        found = [
            Reason(cause, amount, tuple(dict.fromkeys(words))[:_NAMED]) for cause, (amount, words) in by_cause.items()
        ]
        if whole is None:  # there was no figure before, or is none now: the parts stand alone
            return found or [Reason("facts", None)]
        rest = whole - sum((amount for amount, _ in by_cause.values()), Decimal(0))
        return [*found, Reason("other records", rest)] if rest else found

    @cached_property
    def _contracts(self) -> ByContract:
        """The contracts that differ in what is left to explain: facts."""
        return ByContract(self._at_rates, self._new, self.past.host, self.after.as_of, self.date1904)

    def _question(self, old: Asked, new: Asked) -> tuple[str, ...]:
        """How the question changed: its arguments, and the day that a blank date means."""
        if old.name != new.name:
            return (f"{old.name} → {new.name}",)
        found = []
        for number, parameter in enumerate(find(new.name).parameters):
            one, other = (asked.arguments[number] if number < len(asked.arguments) else None for asked in (old, new))
            if one != other:
                dated = parameter.argument.kind == "date"
                found.append(f"{parameter.name} {self._word(one, dated)} → {self._word(other, dated)}")
        return tuple(found) or (f"today {self.before.as_of} → {self.after.as_of}",)

    def _word(self, value: Answer, dated: bool) -> str:
        if isinstance(value, list):
            return "a range"
        if dated and isinstance(value, Decimal):
            with suppress(WrongArgument):
                return str(day(value, self.date1904))
        return "blank" if value in (None, "") else str(value)

    def _words(self, change: ContractChange) -> list[str]:
        """What a cause is called, and the records it came by."""
        described = self.past.described(change.raw_ids[:_NAMED])
        records = [described[raw] for raw in change.raw_ids[:_NAMED] if raw in described]
        of = f"of contract {change.contract}"
        if change.cause == "late facts":
            return [f"{record} {of}" for record in records] or [of[3:]]
        return [name if name.endswith(change.contract) else f"{name} {of}" for name in change.names]


def _asked(questions: Questions, asked: Asked) -> Answer:
    try:
        return questions.ask(asked.name, asked.arguments)
    except Waiting:
        return None


def _figure(answer: Answer) -> Decimal | None:
    """An answer as a figure; None for text, a table or an error."""
    return answer if isinstance(answer, Decimal) else None


def _minus(after: Decimal | None, before: Decimal | None) -> Decimal | None:
    """The difference; something that had no answer before, or has none now, has no difference in figures."""
    return None if after is None or before is None else after - before


def _policies(before: Standing, after: Standing) -> tuple[str, ...]:
    old, new = dataclasses.asdict(before.policy), dataclasses.asdict(after.policy)
    return tuple(f"{name} {old[name]} → {new[name]}" for name in old if old[name] != new[name])


def _rates(ledger: Ledger) -> set[tuple[str, str, str, str]]:
    table = ledger.rates
    return {
        (str(a), str(b), str(day_of(int(day))), str(rate))
        for a, b, day, rate in zip(
            table["from_currency"], table["to_currency"], table["on"], table["rate"], strict=True
        )
    }
