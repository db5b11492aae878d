"""Lists of the whole backlog: whatever they list it by, their total is tied to the backlog of all."""

from __future__ import annotations

from collections.abc import Callable

from excel.pack.groups import Group
from excel.pack.listing import Tie, tie_check
from excel.pack.sheet import Block, Check
from excel.pack.source import Month

List = Callable[[Month, Group, Tie], Block]
"""The list of one currency group, whose total has the name that its tie says."""


def tied_lists(month: Month, name: str, what: str, listed: List) -> tuple[tuple[Block, ...], tuple[Check, ...]]:
    """A list for each currency group, and the checks that each comes to the backlog.

    `name`: what the totals are called; `what` is said to be the backlog: "the customers' sum is the whole".
    """
    blocks, checks = [], []
    for group in month.groups:
        whole = month.one(group, "backlog", month.last)
        tie = Tie("backlog", f"{name}{group.suffix}", f"total_backlog{group.totals}", whole)
        block = listed(month, group, tie)
        blocks.append(block)
        checks.append(tie_check(what, block, tie, block.currency))
    return tuple(blocks), tuple(checks)
