"""Whom what the store was told since a ledger was made touches: the customers to be made anew, and all that is to be read for it.

Beside a ledger that was made whole lies what has to be known of it (books.known). What came names the customers it touches
(books.told); whoever they are linked to is touched with them, so that nothing links a customer that is made anew to one that
stays. Where what changed may reach everybody, or so much has that nothing would be saved, everything is to be made anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from books.compared import domains
from books.keys import Keys, numbers
from books.known import Known, in_usual_unit, places_of
from books.owners import LOOSE, OWNED
from books.told import touched_keys
from books.unique_ids import OWN, Systems, clashes
from engine.arithmetic import BoolArray, IntArray
from model.errors import LedgerBroken
from store.changes import Changes, Mark, changes, pairs_of
from store.columns import reading
from store.facts import read_some

if TYPE_CHECKING:
    import pandas as pd
    import sqlalchemy as sa

    from books.facts import Unified
    from books.rules import Rules
    from engine.ledger import Ledger
    from store.columns import Read

SHARE = 10
"""With more than one customer in so many touched, the ledger is made whole."""
_ALL = ("products", "fx_rates")
"""Tables read whole: they are small, and belong to nobody."""


@dataclass(frozen=True)
class Touched:
    """`gone`: the places in the whole ledger of the customers to be made anew; `facts`: their records, and what belongs to
    nobody; `systems`: what all records tell on those; `others`: the aliases of everybody else."""

    gone: IntArray
    facts: dict[str, pd.DataFrame]
    systems: Systems
    others: Keys

    def share_a_name_with_others(self, made: Unified) -> bool:
        """Whether anybody else has an alias that one of these has, now that their records were `made` one."""
        return bool(self.others.find(numbers("alias", [alias for alias, _ in made.claims])).size)


def touched(engine: sa.Engine, whole: Ledger, standing: str, rules: Rules) -> Touched | str:
    """What has to be made anew of a whole ledger, or why all has to be."""
    try:
        known = Known(whole)
    except LedgerBroken:
        return "nothing was written down of whose its records are"
    if known.notes["standing"] != standing:
        return "records are read otherwise than before, or a period was closed or opened"
    if not known.notes["fine"]:
        return "quantities are told in another unit"
    with reading(engine, little=True) as read:
        now = Mark.now(read)
        changed = changes(read, known.mark, now)
        if reason := _reaches_all(known, now, changed):
            return reason
        hit, customers = _hit(read, changed, known, rules), known.column("customers", "group")
        gone = np.flatnonzero(hit[customers])
        if gone.size * SHARE > customers.size:
            return f"{gone.size} of {customers.size} customers are touched"
        facts = read_some(read, {name: _wanted(name, changed, known, hit) for name in (*OWNED, *_ALL)})
        systems = _systems(read, facts, known)
    claimed = known.keys("claimed")
    others = np.flatnonzero(~hit[claimed.whose])
    if not in_usual_unit(facts):
        return "quantities come in another unit"
    return Touched(gone, facts, systems, Keys(claimed.number[others], claimed.whose[others]))


def _reaches_all(known: Known, now: Mark, changed: Changes) -> str:
    """Why everything has to be made anew, blank if not."""
    before = known.mark
    if before.store != now.store or any(now.newest[name] < number for name, number in before.newest.items()):
        return "the store is another one"
    if (before.aliases, before.decisions) != (now.aliases, now.decisions):
        return "records were found to be one"
    if "products" in changed:
        return "products have changed"
    nobodys = {*known.notes["nobodys"]} & {
        name for side in (changed.ended, changed.came) for name in domains(side["customers"].columns["domain"])
    }
    if nobodys:
        return f"a customer's domain is {min(nobodys)}, which very many have"
    if _telling(known, changed) != set(known.notes["order"]):
        return "other systems than before tell of it"
    return ""


def _telling(known: Known, changed: Changes) -> set[str]:
    """The systems that tell of anything now."""
    count = Counter(known.notes["systems"])
    for name in OWNED:
        ended = changed.ended[name]
        there = known.has(name, ended.numbers).tolist()
        count.update(changed.came[name].columns["source"])
        count.subtract(source for source, was in zip(ended.columns["source"], there, strict=True) if was)
    return {source for source, many in count.items() if many}


def _hit(read: Read, changed: Changes, known: Known, rules: Rules) -> BoolArray:
    """For each group whether anything touches it; what belongs to nobody (the last place) may touch any."""
    hit = np.zeros(known.notes["groups"] + 1, bool)
    hit[LOOSE] = True
    anew: dict[str, set[str]] = {}
    for name in OWNED:
        version, group = known.records(name)
        hit[group[places_of(version, changed.ended[name].numbers)]] = True
        if name in OWN:
            anew[name] = _come_or_gone(name, changed, known)
    for keys, wanted in touched_keys(read, changed, rules, anew):
        hit[known.keys(keys).find(wanted)] = True
    return hit


def _come_or_gone(name: str, changed: Changes, known: Known) -> set[str]:
    """The ids of records that a system has no more, or anew: they may tell apart what other systems call so."""
    ended, came = (
        list(zip(side[name].columns["source"], side[name].columns[OWN[name]], strict=True))
        for side in (changed.ended, changed.came)
    )
    there = known.has(name, changed.ended[name].numbers).tolist()
    before = {each for each, was in zip(ended, there, strict=True) if was}
    return {own for _, own in before.symmetric_difference(came)}


def _wanted(name: str, changed: Changes, known: Known, hit: BoolArray) -> IntArray | None:
    """The versions of a table that are to be read, None for all."""
    if name in _ALL:
        return None
    version, group = known.records(name)
    mine = hit[group]
    mine[places_of(version, changed.ended[name].numbers)] = False
    return np.concatenate([version[mine], changed.came[name].numbers])


def _systems(read: Read, facts: Mapping[str, pd.DataFrame], known: Known) -> Systems:
    """What all records tell on some of them."""
    order, told = known.notes["order"], {}
    for name, own in OWN.items():
        several = len(order) > 1
        ids = set(facts[name][own].tolist()) if several else set()
        told[name] = clashes(
            ((source, each) for each, source in pairs_of(read, name, "record_id", ids, "source")), order
        )
    return Systems(order, told, frozenset(known.notes["nobodys"]))
