"""Retention of backlog: what share of each cohort's bookings became revenue, is still to come, or was lost."""

from __future__ import annotations

from collections.abc import Mapping

from excel.pack.cohorts_cut import Cohort
from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Month, minus, plus, ratio
from excel.pack.waterfall import cut
from model.errors import Unanswerable

TITLE = "Cohorts"
_SHARES = (("earned", "Became revenue"), ("left", "Still backlog"), ("lost_share", "Lost or changed"))


def sheet(month: Month) -> Sheet:
    """The sheet: shares by cohort as a chart, and the table."""
    heading, subtitle = "Retention of backlog by booking cohort", f"As of {month.last:%d %B %Y}: what bookings came to"
    try:
        found = [cut(month, group, month.options.months).cohorts for group in month.groups]
    except Unanswerable as error:
        return Sheet(TITLE, heading, subtitle, (), notes=(f"There is no table: {error}",))
    blocks = tuple(_block(month, group, list(each)) for group, each in zip(month.groups, found, strict=True))
    main = blocks[0].key
    chart = Chart("stacked", "Share of each cohort's bookings", Series(main, "cohort"),
                  tuple(Series(main, key) for key, _ in _SHARES[:2]), "%")  # fmt: skip
    return Sheet(
        title=TITLE,
        heading=heading,
        subtitle=subtitle,
        items=(Charts((chart,), rows=14), *blocks),
        notes=(
            "Booked: what was signed in the days of the cohort, as first agreed. Lost or changed: cancellations, changed "
            "prices and estimates since, and, where currencies are converted, exchange differences; negative is a loss.",
        ),
    )


def _block(month: Month, group: Group, found: list[Cohort]) -> Block:
    booked = month.ask(group, "bookings", [each.last for each in found], since=[each.first for each in found])
    rows = []
    for each, amount in zip(found, booked[0] if booked else (), strict=True):
        lost = minus(plus(each.recognized, each.remaining), amount)
        cells: dict[str, Content] = {
            "cohort": each.words,
            "from": each.first,
            "to": min(each.last, month.last),
            "booked": group.total(group.call("BOOKINGS", "{from},{to}"), amount),
            "recognized": each.recognized,
            "remaining": each.remaining,
            "lost": Formula("{recognized}+{remaining}-{booked}", lost),
        }
        rows.append(Row({**cells, **_shares(cells, amount)}))
    unit = group.currency
    sums: dict[str, Content] = {
        key: Formula("SUM({above})", plus(*(row.cells[key] for row in rows)))
        for key in ("booked", "recognized", "remaining", "lost")
    }
    return Block(
        f"cohorts{group.suffix}",
        (
            Column("cohort", "Booked in", "text", 22),
            Column("from", "From", "date"),
            Column("to", "To", "date"),
            Column("booked", f"Booked ({unit})", "money"),
            Column("recognized", f"Became revenue ({unit})", "money"),
            Column("remaining", f"Still backlog ({unit})", "money"),
            Column("lost", f"Lost or changed ({unit})", "money"),
            *(Column(key, words, "percent", 12) for key, words in _SHARES),
        ),
        tuple(rows),
        (Row({"cohort": "Total", **sums, **_shares(sums, sums["booked"])}, "total", "total"),),
        title=block_title(month, group),
        currency=unit,
    )


def _shares(cells: Mapping[str, Content], booked: Content) -> dict[str, Content]:
    """What became of each unit that was booked."""
    return {
        key: Formula(f"IF({{booked}}=0,NA(),{{{of}}}/{{booked}})", ratio(cells[of], booked))
        for key, of in (("earned", "recognized"), ("left", "remaining"), ("lost_share", "lost"))
    }
