"""Contracts are written up in blocks: where they are cut changes nothing in the ledger."""

from __future__ import annotations

from typing import Any

import pytest
from compare import EMPTY, effort
from generate import histories
from hypothesis import given
from same import assert_same

from engine.build import build
from engine.ledger import Ledger
from model.frames import frame
from model.policy import Policy
from model.records import TABLES

Records = dict[str, list[dict[str, Any]]]


def made(records: Records, block: int) -> Ledger:
    facts = {name: frame(name, records[name]) if records.get(name) else EMPTY[name] for name in TABLES}
    return build(facts, Policy(), block=block)


@effort(10)
@given(records=histories())
def test_the_size_of_a_block_changes_nothing(records: Records) -> None:
    whole = made(records, 1_000_000)
    for size in (1, 3):
        assert_same(made(records, size), whole)


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_without_any_contract(size: int) -> None:
    assert len(made({}, size).obligations["id"]) == 0
