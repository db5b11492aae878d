"""A ledger out of a whole one and the part of some customers is the one made of everything, with closed periods too."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from compare import Records, effort, interesting_days
from generate import histories
from generate_knowledge import another
from hypothesis import given
from hypothesis import strategies as st
from same import assert_same

from engine.build import build
from engine.closing import Closed
from engine.ledger import Ledger
from engine.saved import open_ledger, save, save_over
from engine.splice import part_of, splice
from model.frames import frame
from model.periods import day_number
from model.policy import Policy
from model.records import TABLES

CHANCES = st.randoms(use_true_random=False)
_SHARED = ("product_id", "currency", "from_currency", "to_currency")


def of_others(records: Records) -> Records:
    """The same history of customers with other ids, which stand before or after."""
    before = {"C0": "B0", "C1": "D1"}
    return {
        name: [
            {column: before.get(value, f"{value}-other") if column.endswith("_id") and value and column not in _SHARED else value
             for column, value in row.items()}
            for row in rows
        ]
        for name, rows in records.items() if name != "products"
    }  # fmt: skip


def made(*known: Records, closed: Closed | None = None) -> Ledger:
    rows = {name: [row for records in known for row in records.get(name, ())] for name in TABLES}
    return build({name: frame(name, rows[name]) for name in TABLES}, Policy(), closed=closed)


def places(ledger: Ledger, records: Records) -> np.ndarray:
    names = {row["customer_id"] for row in records["customers"]}
    return np.array(
        [n for n, name in enumerate(np.asarray(ledger.customers["id"]).tolist()) if name in names], np.int64
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spliced")


@effort(6)
@given(records=histories(), other=histories(), chance=CHANCES)
def test_spliced_equals_made_at_once(folder: Path, records: Records, other: Records, chance: random.Random) -> None:
    products = {"products": records["products"]}
    then, stay = {**another(records, chance), **products}, of_others(other)
    before, after = made(then, stay), made(records, stay)
    save(before, folder / "whole.ledger")
    whole = open_ledger(folder / "whole.ledger")
    save_over(folder / "over.ledger", whole, places(whole, then), made(records))
    assert_same(open_ledger(folder / "over.ledger"), after)
    assert_same(splice(after, made(then), places(after, records)), before)  # and back
    assert_same(part_of(after, places(after, records)), made(records))


@effort(6)
@given(records=histories(), other=histories(), chance=CHANCES)
def test_with_closed_periods_too(folder: Path, records: Records, other: Records, chance: random.Random) -> None:
    products = {"products": records["products"]}
    knowledge = [{**another(records, chance), **products} for _ in range(3)] + [records]
    others = [of_others({**another(other, chance)}) for _ in range(2)] + [of_others(other)]
    closes = sorted(chance.sample(interesting_days(records, 60), 2))
    base = made(knowledge[0], others[0])
    closed = Closed(base, day_number(closes[0]))
    closed = Closed(made(knowledge[1], others[1], closed=closed), day_number(closes[1]))
    before, after = (made(known, others[2], closed=closed) for known in knowledge[2:])
    save(before, folder / "whole.ledger")
    whole = open_ledger(folder / "whole.ledger")
    own = Closed(part_of(closed.books, places(closed.books, records)), closed.end)
    save_over(folder / "over.ledger", whole, places(whole, records), made(records, closed=own))
    assert_same(open_ledger(folder / "over.ledger"), after)
