"""Quality of the backlog: the shares that cannot be cancelled, are billed already, or are past their planned end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.figures import Scope
from engine.reports.firmness import firmness
from engine.reports.forward import in_currency
from excel.pack.groups import Group
from excel.pack.listing import Tie, block_title, descending, foot_rows, is_all, values_of
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Amount, Month, plus, ratio
from excel.pack.text import as_text
from excel.pack.tied import tied_lists
from model.money import to_decimal

TITLE = "Quality"
DIMENSIONS = ("segment", "region", "family", "sales_rep")
_PARTS = (("firm", "Not cancellable"), ("billed", "Already billed"), ("overdue", "Past its planned end"))


def sheet(month: Month) -> Sheet:
    """The sheet: the shares as a chart, the whole, and a row for each value of the dimension."""
    blocks, checks = tied_lists(
        month, "total_quality", f"Quality: the sum by {month.options.by.replace('_', ' ')} is the backlog", _block
    )
    main = blocks[0].key
    shares = tuple(Series(main, f"{key}_share", 8) for key, _ in _PARTS)
    chart = Chart("column", "Shares of the backlog", Series(main, "value", 8), shares, "%")
    return Sheet(
        title=TITLE,
        heading="Quality of the backlog",
        subtitle=f"As of {month.last:%d %B %Y}: how firm it is",
        items=(Charts((chart,), rows=15), *blocks),
        checks=checks,
        notes=(
            "Not cancellable: what a notice given on the day could not undo (ASC 606-10-25-3). Already billed: invoiced and "
            "not yet earned. Past its planned end: promises that should have been delivered by the day. The parts overlap; "
            "they are the ledger's figures, read when the pack was made.",
        ),
    )


def _block(month: Month, group: Group, tie: Tie) -> Block:
    rows = [
        Row({"value": value, **_cells(_sums(month, group, scope))})
        for value, scope in values_of(month, group, month.options.by).items()
    ]
    rows = [_live(row, month.options.by) for row in rows] if is_all(month, group) else rows
    rows = sorted((row for row in rows if row.cells["backlog"]), key=lambda row: descending(row.cells["backlog"]))
    keys = ("backlog", *(key for key, _ in _PARTS))
    foot = foot_rows(rows, group, "value", keys, tie)
    total = foot[-1]
    shares = _shares(total.cells)
    unit = group.currency
    columns = [
        Column("value", month.options.by.replace("_", " ").capitalize(), "text", 24),
        Column("backlog", f"Backlog ({unit})", "money"),
    ]
    for key, name in _PARTS:
        columns += [Column(key, f"{name} ({unit})", "money"), Column(f"{key}_share", f"{name}, share", "percent", 14)]
    return Block(
        f"quality{group.suffix}",
        tuple(columns),
        tuple(rows),
        (*foot[:-1], Row({**total.cells, **shares}, total.key, total.style, names=total.names)),
        title=block_title(month, group),
        currency=unit,
    )


def _live(row: Row, by: str) -> Row:
    """With the backlog as BACKLOG_BY gives it, where a formula can name the row."""
    value, backlog = str(row.cells["value"]), plus(row.cells["backlog"])
    if not backlog or as_text(value) != value or any(sign in value for sign in "*?~"):
        return row
    text = f'VLOOKUP({{value}},BACKLOG_BY("{by}",as_of),2,FALSE)'
    return replace(row, cells={**row.cells, "backlog": Formula(text, backlog)})


def _sums(month: Month, group: Group, scope: Scope) -> dict[str, Amount]:
    found = firmness(month.ledger, scope, month.last)
    columns = np.stack([found.backlog, found.firm, found.billed, found.overdue], axis=1)
    sums = in_currency(month.ledger, found.contracts, columns, group.currency, month.last).sum(axis=0)
    keys = ("backlog", *(key for key, _ in _PARTS))
    return {key: to_decimal(int(value), group.currency) for key, value in zip(keys, sums.tolist(), strict=True)}


def _cells(sums: Mapping[str, Amount]) -> dict[str, Content]:
    return {**sums, **_shares(sums)}


def _shares(sums: Mapping[str, Content]) -> dict[str, Content]:
    return {
        f"{key}_share": Formula(f"IF({{backlog}}=0,NA(),{{{key}}}/{{backlog}})", ratio(sums[key], sums["backlog"]))
        for key, _ in _PARTS
    }
