"""The revenue schedule: what signed contracts bring in each of the months ahead, and what is left then."""

from __future__ import annotations

from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Chart, Charts, Check, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import NOTHING, Month, minus, plus
from model.periods import day_number

TITLE = "Revenue schedule"


def sheet(month: Month) -> Sheet:
    """The sheet: a row a month, what comes later or has no date, and a chart."""
    blocks = tuple(_block(month, group) for group in month.groups)
    main = month.groups[0]
    chart = Chart(
        "column",
        "Revenue scheduled by month",
        Series(blocks[0].key, "to"),
        (Series(blocks[0].key, "revenue"),),
        main.currency,
    )
    checks = tuple(
        Check(
            "Schedule: months and later are the backlog",
            Formula(f"total_schedule{group.suffix}", plus(block.foot[-1].cells["revenue"])),
            Formula(f"total_backlog{group.totals}", month.one(group, "backlog", month.last)),
            group.currency,
        )
        for group, block in zip(month.groups, blocks, strict=True)
    )
    return Sheet(
        title=TITLE,
        heading="Revenue schedule",
        subtitle=f"Contracts signed by {month.last:%d %B %Y}: revenue of the {month.options.months} months that follow",
        items=(Charts((chart,)), *blocks),
        landscape=False,
        checks=checks,
        notes=(
            "Later or without a date: milestones, units and lines whose delivery no date tells yet, and later months.",
            "As agreed by that day and at its rate; the ledger's figures, read when the pack was made.",
        ),
    )


def _block(month: Month, group: Group) -> Block:
    spans = month.ahead(month.options.months)
    # As agreed by the pack's day, at its rate: what is signed or changes later belongs to later packs, so no function that
    # counts by today's terms may stand here.
    ends = tuple(day_number(last) for _, last in spans)
    told = month.ask(group, "told", [month.last] * len(spans), until=ends)[0]
    whole = month.one(group, "backlog", month.last)
    rows, so_far = [], plus(NOTHING)
    for n, (first, last) in enumerate(spans):
        revenue, so_far = minus(told[n], so_far), plus(told[n])
        left = minus(whole, so_far)
        opening = "{revenue}" if n == 0 else f"{{@m{n - 1}}}+{{revenue}}"
        cells: dict[str, Content] = {
            "from": first,
            "to": last,
            "revenue": revenue,
            "so_far": Formula(opening, so_far),
            "left": Formula(f"total_backlog{group.totals}-{{so_far}}", left),
        }
        rows.append(Row(cells, key=f"m{n}"))
    unit = group.currency
    return Block(
        f"schedule{group.suffix}",
        (
            Column("from", "From", "date"),
            Column("to", "To", "month"),
            Column("revenue", f"Revenue ({unit})", "money", 20),
            Column("so_far", f"Since {month.last:%d %b %Y} ({unit})", "money", 20),
            Column("left", f"Backlog left ({unit})", "money", 20),
        ),
        tuple(rows),
        _foot(group, len(spans), so_far, left, whole),
        title=block_title(month, group),
        currency=unit,
    )


def _foot(group: Group, months: int, so_far: Content, left: Content, whole: Content) -> tuple[Row, ...]:
    return (
        Row({"from": f"{months} months", "revenue": Formula("SUM({above})", plus(so_far))}, "within", "subtotal"),
        Row({"from": "Later or without a date", "revenue": plus(left)}, "later"),
        Row(
            {"from": "Backlog", "revenue": Formula("{@within}+{@later}", plus(whole))},
            style="total",
            names={"revenue": f"total_schedule{group.suffix}"},
        ),
    )
