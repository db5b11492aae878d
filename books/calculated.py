"""A ledger calculated from the records of a store, as they are now or were known at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from books.facts import Unified, unify
from books.rules import Decision, Rules
from engine.build import build
from model.settings_blocks import MatchingBlock
from store.decisions import decisions, merged_ids
from store.facts import Marked, read_marked
from store.read import facts

if TYPE_CHECKING:
    import sqlalchemy as sa

    from books.reading import Reading
    from engine.closing import Closed
    from engine.ledger import Ledger


@dataclass(frozen=True)
class Calculated:
    """A ledger and the facts it was made of: those of all systems, made one by the `rules`. `records`: what was read for it, None
    for those of a past moment."""

    ledger: Ledger
    unified: Unified
    records: Marked | None
    rules: Rules


def calculated(engine: sa.Engine, version: str, known_at: dt.datetime | None, reading: Reading, closed: Closed | None,
               tell: Callable[[str], None]) -> Calculated:  # fmt: skip
    """The ledger of what a store holds, or held at a moment. `closed`: the books of the last close; `tell` is told each step."""
    tell("reading the records")
    records = read_marked(engine) if known_at is None else None
    tables = facts(engine, known_at) if records is None else records.facts
    rules = rules_at(engine, known_at, reading)
    unified = unify(tables, reading.authority, rules)
    tell("calculating")
    return Calculated(ledger_of(unified, version, known_at, reading, closed), unified, records, rules)


def ledger_of(
    unified: Unified, version: str, known_at: dt.datetime | None, reading: Reading, closed: Closed | None
) -> Ledger:
    """The ledger of those facts; of now, where no moment is given."""
    return build(unified.tables, reading.policy, version=version, known_at=known_at or dt.datetime.now(dt.UTC),
                 reporting=reading.currency, aliases=unified.aliases, closed=closed)  # fmt: skip


def matching(engine: sa.Engine, reading: Reading) -> Unified:
    """What a store holds now, made one over several systems."""
    return unify(facts(engine), reading.authority, rules_at(engine, None, reading))


def rules_at(engine: sa.Engine, known_at: dt.datetime | None, reading: Reading) -> Rules:
    """How records of several systems are matched, with what people had decided and vendors merged by then."""
    decided = [
        Decision(each.kind, each.left, each.right, each.decision == "same", each.who, each.at.isoformat(), each.why)
        for each in decisions(engine, known_at)
    ]
    return Rules.configured(MatchingBlock.model_validate(reading.matching), decided, merged_ids(engine, known_at))
