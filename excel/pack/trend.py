"""Months side by side: what was booked, lost, earned and left."""

from __future__ import annotations

from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Amount, Month, minus, ratio
from excel.pack.targets import targets

TITLE = "Trend"
_FLOWS = (
    ("bookings", "Bookings", "bookings", "BOOKINGS"),
    ("cancellations", "Cancellations", "cancellations", "CANCELLATIONS"),
    ("recognized", "Revenue", "recognized", "RECOGNIZED"),
    ("billed", "Billed", "billed", "BILLED"),
    ("collected", "Collected", "collected", "COLLECTED"),
)
_BALANCES = (
    ("backlog", "Backlog", "backlog", "BACKLOG", ""),
    ("deferred", "Deferred revenue", "deferred", "DEFERRED", ",,"),
    ("rpo", "RPO", "rpo", "RPO", ","),
)


def sheet(month: Month) -> Sheet:
    """The sheet: a row a month, and charts of the first group."""
    blocks = tuple(_block(month, group) for group in month.groups)
    main, unit = blocks[0].key, month.groups[0].currency

    def series(*keys: str) -> tuple[Series, ...]:
        return tuple(Series(main, key) for key in keys)

    months = Series(main, "to")
    charts = Charts(
        (
            Chart("column", "Bookings and revenue by month", months, series("bookings", "recognized"), unit),
            Chart("line", "Backlog, deferred revenue and RPO", months, series("backlog", "deferred", "rpo"), unit),
        )
    )
    return Sheet(
        title=TITLE,
        heading=f"The last {month.options.months} months",
        subtitle=(
            f"{month.back(month.options.months)[0][1]:%d %B %Y} to {month.last:%d %B %Y}: movements of each month, balances at its end"
        ),
        items=(charts, *blocks, *targets(month)),
    )


def _block(month: Month, group: Group) -> Block:
    spans = month.back(month.options.months)
    firsts, lasts = zip(*spans, strict=True)
    amounts: dict[str, list[Amount]] = {}
    for key, _, measure, _ in _FLOWS:
        amounts[key] = month.ask(group, measure, lasts, since=firsts)[0]
    for key, _, measure, _, _ in _BALANCES:
        amounts[key] = month.ask(group, measure, lasts)[0]
    rows = []
    for n, (first, last) in enumerate(spans):
        cells: dict[str, Content] = {"from": first, "to": last}
        for key, _, _, function in _FLOWS:
            cells[key] = group.total(group.call(function, "{from},{to}"), amounts[key][n])
        for key, _, _, function, more in _BALANCES:
            cells[key] = group.total(group.call(function, "{to}" + more), amounts[key][n])
        net = minus(cells["bookings"], cells["cancellations"])
        cells["net"] = Formula("{bookings}-{cancellations}", net)
        cells["book_to_bill"] = Formula("IF({recognized}=0,NA(),{net}/{recognized})", ratio(net, cells["recognized"]))
        rows.append(Row(cells))
    unit = group.currency
    return Block(
        f"trend{group.suffix}",
        (
            Column("from", "From", "date"),
            Column("to", "Month", "month"),
            Column("bookings", f"Bookings ({unit})", "money"),
            Column("cancellations", f"Cancellations ({unit})", "money"),
            Column("net", f"Net bookings ({unit})", "money"),
            Column("recognized", f"Revenue ({unit})", "money"),
            Column("book_to_bill", "Book to bill", "ratio"),
            Column("billed", f"Billed ({unit})", "money"),
            Column("collected", f"Collected ({unit})", "money"),
            *(Column(key, f"{title} ({unit})", "money") for key, title, *_ in _BALANCES),
        ),
        tuple(rows),
        title=block_title(month, group),
        currency=unit,
    )
