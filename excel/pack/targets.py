"""Targets beside what came and, for the months ahead, beside what is committed: the gap of each figure that has targets."""

from __future__ import annotations

from engine.figures import Scope
from engine.metrics.planning import TARGETS, has_target
from engine.reports.trend import trend
from excel.pack.sheet import Block, Column, Content, Formula, Row
from excel.pack.source import Month
from model.calendar import MONTHS
from model.errors import Unanswerable
from model.frames import NO_AMOUNT
from model.money import to_decimal

_AHEAD = 12
_TITLES = {"bookings": "Bookings", "recognized": "Revenue", "backlog": "Backlog", "deferred": "Deferred revenue"}
_CALLS = {
    "bookings": 'BOOKINGS("*",{from},{to},,,reporting_currency)', "recognized": 'RECOGNIZED("*",{from},{to},,,reporting_currency)',
    "backlog": 'BACKLOG("*",{to},,,reporting_currency)', "deferred": 'DEFERRED("*",{to},,,,,reporting_currency)',
}  # fmt: skip


def targets(month: Month) -> tuple[Block, ...]:
    """The table of the months shown and a year ahead; none without targets, which are of calendar months and one currency."""
    main = month.groups[0]
    shown = [figure for figure in TARGETS if has_target(month.inputs, figure, main.scope())]
    if not shown or main.apart or month.calendar != MONTHS:
        return ()
    spans = month.back(month.options.months) + month.ahead(_AHEAD)
    try:
        frame = trend(
            month.ledger, month.inputs, Scope(), month.last, month.options.months, _AHEAD, currency=main.currency
        )
    except Unanswerable:
        return ()
    rows = []
    for (first, last), record in zip(spans, frame.to_dict("records"), strict=True):
        cells: dict[str, Content] = {"from": first, "to": last, "kind": record["kind"]}
        for figure in shown:
            value, goal, gap = (
                None
                if (minor := int(record[f"{figure}{what}_minor"])) == NO_AMOUNT
                else to_decimal(minor, main.currency)
                for what in ("", "_target", "_gap")
            )
            cells[figure] = value if value is None or record["kind"] != "actual" else Formula(_CALLS[figure], value)
            cells[f"{figure}_target"] = goal
            cells[f"{figure}_gap"] = None if gap is None else Formula(f"{{{figure}}}-{{{figure}_target}}", gap)
        rows.append(Row(cells))
    columns = [Column("from", "From", "date"), Column("to", "Month", "month"), Column("kind", "Kind", "text", 12)]
    for figure in shown:
        title = _TITLES[figure]
        columns += [
            Column(figure, f"{title} ({main.currency})", "money"),
            Column(f"{figure}_target", f"Target ({main.currency})", "money"),
            Column(f"{figure}_gap", f"Gap ({main.currency})", "money"),
        ]
    note = "Committed: what the backlog of the day brings in, renewals and later bookings left out. A gap below zero is missing."
    return (Block("targets", tuple(columns), tuple(rows), title="Against targets", currency=main.currency, note=note),)
