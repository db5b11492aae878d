"""A ledger brought up to date: only the customers whom something has touched since the last whole one are made anew.

Their records alone are read (books.touched), made one and made into their part of the ledger, which is spliced into the whole one
(engine.splice). Holds: the ledger is, column by column, the one made of everything. Where a part will not do, the log says why.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from books.calculated import ledger_of, rules_at
from books.facts import Unified, unify
from books.known import in_order
from books.touched import Touched, touched

if TYPE_CHECKING:
    import sqlalchemy as sa

    from books.reading import Reading
    from books.rules import Rules
    from engine.closing import Closed
    from engine.ledger import Ledger

_log = logging.getLogger("backlog.books")


@dataclass(frozen=True)
class Update:
    """What has to be made anew of the ledger `whole`."""

    whole: Ledger
    touched: Touched
    reading: Reading
    rules: Rules

    @classmethod
    def of(cls, engine: sa.Engine, whole: Ledger, standing: str, reading: Reading) -> Update | None:
        """What a store has been told since; None where everything has to be made anew. `standing`: how records are read now."""
        rules = rules_at(engine, None, reading)
        found = touched(engine, whole, standing, rules)
        if isinstance(found, str):
            _log.info("the ledger is made whole: %s", found)
            return None
        return cls(whole, found, reading, rules)

    def part(self, version: str, closed: Callable[[set[str]], Closed | None]) -> tuple[Ledger, Unified] | None:
        """The ledger of those touched, and the facts it stands on; None where they cannot be told from everybody else.

        `closed`: the books of the last close, of those customers.
        """
        # Names that are alike are a question about everybody, and change no figure.
        rules = dataclasses.replace(self.rules, similar=0)
        unified = unify(self.touched.facts, self.reading.authority, rules, self.touched.systems)
        if self.touched.share_a_name_with_others(unified):
            _log.info("the ledger is made whole: customers that are touched have names that others have too")
            return None
        customers = unified.tables["customers"]["customer_id"].tolist()
        before = self.whole.customers["id"][self.touched.gone].tolist()
        part = ledger_of(unified, version, None, self.reading, closed({*before, *customers}))
        if not in_order(part) or len(part.customers["id"]) > len(customers):
            return None  # closed books know a customer who is known no more
        return part, unified
