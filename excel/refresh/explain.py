"""The changes of a workbook with their reasons: each call of ours that a cell makes is explained, many at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from excel.catalogue import find
from excel.refresh.asking import Asked
from excel.refresh.report import CellChange, Reason
from excel.refresh.why import Explainer


class Compared(NamedTuple):
    """A change, the calls its cell made before and makes now, and whether the cell is nothing but one call."""

    change: CellChange
    before: list[Asked]
    after: list[Asked]
    alone: bool


def explained(compared: Sequence[Compared], explainer: Explainer) -> list[CellChange]:
    """The changes with their reasons; those of cells that call none of ours stay as they are."""
    pairs, owners = [], []
    for number, one in enumerate(compared):
        told = list(zip(one.before, one.after, strict=True)) if len(one.before) == len(one.after) else []
        if all(find(asked.name).returns in ("money", "number") for _, asked in told):
            pairs += told
            owners += [number] * len(told)
    found: dict[int, list[Reason]] = {}
    starts: dict[int, Decimal | None] = {}
    for number, part in zip(owners, explainer.explained(pairs), strict=True):
        found.setdefault(number, []).extend(part.reasons)
        starts[number] = part.start
    return [_with(one, starts.get(n), found.get(n, [])) for n, one in enumerate(compared)]


def _with(one: Compared, start: Decimal | None, reasons: Sequence[Reason]) -> CellChange:
    """A change with its reasons; a figure that the books did not give then is told as such, so that the parts sum."""
    change = one.change
    told = list(reasons)
    if one.alone and start is not None and isinstance(change.before, Decimal) and start != change.before:
        told.insert(0, Reason("the former figure was not that of the books", start - change.before))
    if not one.alone and len(one.after) > 1:
        told = [reason for reason in told if reason.change != 0]
    return dataclasses.replace(change, why=(*change.why, *told))
