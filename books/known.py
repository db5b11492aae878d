"""What is written down beside a ledger that was made whole: all that an update has to know of it (books.touched).

That is the state of the store it stands on, whose each record was (books.owners), and by what customers of several systems
may be one (books.ways).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from books.keys import Keys
from books.owners import OWNED, groups, of_closed, owners
from books.ways import Ways
from engine import file
from engine.arithmetic import BoolArray, IntArray
from engine.ids import Ids
from engine.stated import decimals
from store.changes import Mark

if TYPE_CHECKING:
    import pandas as pd

    from books.facts import Unified
    from books.rules import Rules
    from engine.ledger import Ledger
    from store.facts import Marked

RECORDS = ".records"
_DIGITS = 9  # more decimals in a quantity change the unit of all (engine.build)
_KEYS = ("asked", "offered", "claimed")


class Known:
    """What was written down beside a whole ledger."""

    def __init__(self, ledger: Ledger) -> None:
        assert ledger.path is not None  # noqa: S101
        self._reader = file.Reader(ledger.path.with_suffix(RECORDS))
        self.notes: Mapping[str, Any] = self._reader.facts
        self.mark = Mark.parse(self.notes["mark"])

    def column(self, table: str, name: str) -> IntArray:
        """A column of numbers."""
        return np.asarray(self._reader.column(table, name))

    def records(self, name: str) -> tuple[IntArray, IntArray]:
        """The versions of a table, ascending, and whose each is."""
        return self.column(f"{name} records", "version"), self.column(f"{name} records", "group")

    def has(self, name: str, numbers: IntArray) -> BoolArray:
        """Which of those versions of a table are among the known ones."""
        return _there(self.records(name)[0], numbers)

    def keys(self, name: str) -> Keys:
        """The keys of that name."""
        return Keys(self.column(name, "number"), self.column(name, "group"))


def keep(ledger: Ledger, closed: Ledger | None, standing: str, read: Marked, unified: Unified, rules: Rules) -> None:
    """Writes down beside a whole ledger what an update needs: the state it stands on, whose each record is, and by what they
    may be one.

    `closed`: the books of the last close; `standing`: how records were read; `read`: the records, of which `unified` made one
    set of facts by the `rules`.
    """
    assert ledger.path is not None  # noqa: S101
    told = unified.told
    place = Ids(told["customers"]["customer_id"].to_numpy(object)).find(np.asarray(ledger.customers["id"]))
    if not in_order(ledger) or (place < 0).any():  # closed books know a customer who is known no more
        return
    owner, links = owners(told)
    ways = Ways.of(unified, read.facts, rules, owner)
    group = groups(len(told["customers"]), [*links, *of_closed(ledger, closed, place), *ways.links])
    tables = {"customers": {"group": group[place]}}
    for name in OWNED:
        order = np.argsort(read.numbers[name])
        tables[f"{name} records"] = {"version": read.numbers[name][order], "group": group[owner[name]][order]}
    for name, keys in zip(_KEYS, (ways.asked, ways.offered, ways.claimed), strict=True):
        tables[name] = {"number": keys.number, "group": group[keys.whose]}
    said = {
        "standing": standing, "mark": read.mark.said, "fine": in_usual_unit(told), "groups": group.size - 1,
        "order": list(unified.systems.order), "nobodys": sorted(unified.nobodys),
        "systems": {source: sum(int((told[name]["source"].to_numpy(object) == source).sum()) for name in (*OWNED, "products"))
                    for source in unified.systems.order},
    }  # fmt: skip
    file.write(ledger.path.with_suffix(RECORDS), tables, said)


def in_order(ledger: Ledger) -> bool:
    """Whether the customers of a ledger stand by id: those of closed books that are known no more come after the others."""
    return all(one < other for one, other in pairwise(np.asarray(ledger.customers["id"]).tolist()))


def in_usual_unit(facts: Mapping[str, pd.DataFrame]) -> bool:
    """Whether the quantities of the facts are told in the usual unit."""
    columns = (("contract_lines", "quantity"), ("amendments", "quantity"), ("deliveries", "value"))
    return decimals(*(facts[table][name].to_numpy(object) for table, name in columns)) <= _DIGITS


def places_of(versions: IntArray, asked: IntArray) -> IntArray:
    """Where those of the asked versions stand that are among the known ones (ascending)."""
    return np.searchsorted(versions, asked[_there(versions, asked)])


def _there(versions: IntArray, asked: IntArray) -> BoolArray:
    """Which of the asked versions are among the known ones (ascending)."""
    place = np.searchsorted(versions, asked)
    there = place < versions.size
    there[there] = versions[place[there]] == asked[there]
    return np.asarray(there)
