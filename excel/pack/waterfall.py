"""The waterfall: booking cohorts down, quarters of recognition across, what remains; each column tied to the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from engine.cohorts import TOTAL, waterfall
from excel.pack.cohorts_cut import Cohort, Cut
from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Chart, Charts, Check, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Month, minus, plus
from model.calendar import Period
from model.errors import Unanswerable
from model.money import to_decimal

TITLE = "Waterfall"


def cut(month: Month, group: Group, months: int) -> Cut:
    """The cohorts of a group; two sheets ask for the same, so they are kept. Raises Unanswerable where the fiscal calendar
    does not reach back so far.
    """
    key = (group.totals, months)
    if key not in month.cuts:
        month.cuts[key] = _cut(month, group, months)
    return month.cuts[key]


def _cut(month: Month, group: Group, months: int) -> Cut:
    first = month.back(months)[0][0]
    frame = waterfall(month.ledger, first, month.last, group.currency, month.calendar, group.scope())
    rows = frame[frame["cohort"] != TOTAL].to_dict("records")
    quarters = month.calendar.periods(first, month.last, "quarter")
    ends = [month_.last for month_ in month.calendar.periods(first, month.last, "month")]
    spans: dict[tuple[dt.date, dt.date], list[list[int]]] = {}
    for row in rows:
        day = dt.date.fromisoformat(str(row["cohort"]))
        span = next(((q.first, q.last) for q in quarters if q.first <= min(day, month.last) <= q.last), None)
        if span is None:
            year = month.calendar.year(day)
            span = (year[0].first, min(year[-1].last, first - dt.timedelta(days=1)))
        by_quarter = [sum(int(row[f"{end}_minor"]) for end in ends if q.first <= end <= q.last) for q in quarters]
        spans.setdefault(span, []).append([int(row["earlier_minor"]), *by_quarter, int(row["remaining_minor"])])
    cohorts = []
    for span, members in sorted(spans.items()):
        earlier, *inside, left = (to_decimal(sum(column), group.currency) for column in zip(*members, strict=True))
        cohorts.append(Cohort(*span, earlier, tuple(inside), left))
    return Cut(cohorts, quarters)


def sheet(month: Month) -> Sheet:
    """The sheet: a chart of what each cohort brought and holds, and the table."""
    subtitle = f"Bookings by quarter signed (older ones by year), recognized by quarter to {month.last:%d %B %Y}"
    try:
        found = [cut(month, group, month.options.months) for group in month.groups]
    except Unanswerable as error:
        return Sheet(TITLE, "Waterfall of booking cohorts", subtitle, (), notes=(f"There is no table: {error}",))
    blocks = tuple(_block(month, group, each) for group, each in zip(month.groups, found, strict=True))
    checks = []
    for group, block in zip(month.groups, blocks, strict=True):
        total = plus(next(row for row in block.foot if row.key == "total").cells["remaining"])
        whole = Formula(f"total_backlog{group.totals}", month.one(group, "backlog", month.last))
        text = "Waterfall: what remains of the cohorts is the backlog"
        checks.append(Check(text, Formula(f"total_waterfall{group.suffix}", total), whole, group.currency))
    main = blocks[0].key
    chart = Chart("stacked", "What each booking cohort brought, and still holds", Series(main, "cohort"),
                  (Series(main, "recognized"), Series(main, "remaining")), month.groups[0].currency)  # fmt: skip
    return Sheet(
        title=TITLE,
        heading="Waterfall of booking cohorts",
        subtitle=subtitle,
        items=(Charts((chart,), rows=15), *blocks),
        checks=tuple(checks),
        notes=(
            "A promise belongs to the cohort in which it was booked, which for an added line or a renewal is not its "
            "contract's. Cohorts are the ledger's figures, read when the pack was made; the totals below are live formulas.",
        ),
    )


def _block(month: Month, group: Group, found: Cut) -> Block:
    keys = [f"q{n}" for n in range(len(found.periods))]
    rows = []
    for each in found.cohorts:
        cells: dict[str, Content] = {"cohort": each.words, "earlier": each.earlier, "remaining": each.remaining}
        cells |= dict(zip(keys, each.periods, strict=True))
        cells["recognized"] = Formula(f"SUM({{earlier~{keys[-1]}}})", each.recognized)
        rows.append(Row(cells))
    order = ("earlier", *keys, "recognized", "remaining")
    begin, end, stated = _stated(month, group, found, keys)
    sums = {key: plus(*(row.cells[key] for row in rows)) for key in order}
    totals: dict[str, Content] = {key: Formula("SUM({above})", sums[key]) for key in order}
    off: dict[str, Content] = {
        key: Formula("ROUND({@total}-{@stated},4)", minus(totals[key], stated[key])) for key in stated
    }
    unit = group.currency
    columns = (
        Column("cohort", f"Booked ({unit})", "text", 20),
        Column("earlier", f"Recognized before {found.periods[0].first:%b %Y}", "money"),
        *(Column(key, _heading(period), "money") for key, period in zip(keys, found.periods, strict=True)),
        Column("recognized", "Recognized to date", "money"),
        Column("remaining", "Remaining", "money"),
    )
    return Block(
        f"waterfall{group.suffix}",
        columns,
        tuple(rows),
        (
            Row({"cohort": "Total", **totals}, "total", "total", names={"remaining": f"total_waterfall{group.suffix}"}),
            begin,
            end,
            Row({"cohort": "As the ledger states it", **stated}, "stated", "quiet"),
            Row({"cohort": "Difference", **off}, "off", "check"),
        ),
        title=block_title(month, group),
        currency=unit,
        alert=("earlier", *keys, "recognized", "remaining"),
    )


def _heading(period: Period) -> str:
    return (
        f"{period.first:%b} – {period.last:%b %Y}"
        if period.first.month != period.last.month
        else f"{period.last:%b %Y}"
    )


def _stated(month: Month, group: Group, found: Cut, keys: Sequence[str]) -> tuple[Row, Row, dict[str, Content]]:
    """The days of each column, and its revenue or backlog as the functions answer."""
    firsts, lasts = zip(*found.periods, strict=True)
    before = firsts[0] - dt.timedelta(days=1)
    revenue = month.ask(group, "recognized", lasts, since=firsts)[0]
    earlier = month.ask(group, "recognized", [before])[0][0]
    begin = Row({"cohort": "From", **dict(zip(keys, firsts, strict=True))}, "from", "quiet", kind="date")
    end = Row({"cohort": "To", "earlier": before, **dict(zip(keys, lasts, strict=True))}, "to", "quiet", kind="date")
    stated: dict[str, Content] = {"earlier": group.total(group.call("RECOGNIZED", ",{@to}"), earlier)}
    for key, amount in zip(keys, revenue, strict=True):
        stated[key] = group.total(group.call("RECOGNIZED", "{@from},{@to}"), amount)
    stated["recognized"] = Formula(f"SUM({{earlier~{keys[-1]}}})", plus(earlier, *revenue))
    backlog = month.one(group, "backlog", month.last)
    stated["remaining"] = Formula(f"total_backlog{group.totals}", backlog)
    return begin, end, stated
