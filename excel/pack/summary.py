"""The executive summary: key figures beside the prior month and year, what moved, and the charts a board looks at."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Chart, ChartKind, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Amount, Month, minus, ratio

TITLE = "Summary"
# key, words, measure, function, arguments after the day, options
_BALANCES: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("contracted", "Contracted", "contracted", "CONTRACTED", "", {}),
    ("backlog", "Backlog", "backlog", "BACKLOG", "", {}),
    ("rpo", "Remaining performance obligations", "rpo", "RPO", ",", {}),
    ("rpo_current", "   of it within 12 months", "rpo", "RPO", ",12", {"months": 12}),
    ("deferred", "Deferred revenue", "deferred", "DEFERRED", ",,", {}),
    ("deferred_current", "   of it current", "deferred", "DEFERRED", ',"current",', {"part": "current"}),
    ("unbilled", "Unbilled", "unbilled", "UNBILLED", "", {}),
    ("receivable", "Receivable", "receivable", "RECEIVABLE", ",", {}),
)
_MOST = Decimal("9.99")
_PERCENT = f'IF(OR({{base}}=0,ABS({{change}})>{_MOST}*ABS({{base}})),"n/a",{{change}}/{{base}})'
_FLOWS = (
    ("bookings", "Bookings", "bookings", "BOOKINGS"),
    ("cancellations", "Cancellations", "cancellations", "CANCELLATIONS"),
    ("recognized", "Recognized revenue", "recognized", "RECOGNIZED"),
    ("billed", "Billed", "billed", "BILLED"),
    ("collected", "Collected", "collected", "COLLECTED"),
)


def sheet(month: Month) -> Sheet:
    """The sheet: balances, movements and measures of each group, then charts of the first."""
    items: list[Block | Charts] = []
    for group in month.groups:
        items += [_balances(month, group), _flows(month, group)]
    held, told = _charts(month)
    items[1:2] = [held, items[1], told]
    return Sheet(
        title=TITLE,
        heading=f"{month.company}: {month.title}" if month.company else month.title,
        subtitle=f"Backlog, revenue and cash at a glance, as of {month.last:%d %B %Y}",
        items=tuple(items),
    )


def _charts(month: Month) -> tuple[Charts, Charts]:
    """Two rows of charts: what is held, then how it is disclosed, owed and won."""
    main = month.groups[0]
    unit = main.currency

    def chart(kind: ChartKind, title: str, block: str, names: str, *columns: str, limit: int = 0) -> Chart:
        key = f"{block}{main.suffix}"
        return Chart(kind, title, Series(key, names, limit), tuple(Series(key, one, limit) for one in columns), unit)

    held = (
        chart("line", "Backlog", "trend", "to", "backlog"),
        chart("column", "Revenue scheduled", "schedule", "to", "revenue"),
        chart("bar", "Largest customers by backlog", "customers", "customer", "backlog", limit=10),
    )
    told = (
        chart("column", "RPO by time band", "rpo", "band", "amount"),
        chart("column", "Receivable by age", "ages", "age", "amount"),
        chart("column", "Bookings and revenue", "trend", "to", "bookings", "recognized"),
    )
    return Charts(held, rows=16), Charts(told, rows=14)


def _balances(month: Month, group: Group) -> Block:
    days = (month.last, month.prior_month, month.prior_year)
    heads = ("as_of", "prior_month_end", "prior_year_end")
    rows = []
    for key, words, measure, function, more, options in _BALANCES:
        amounts = month.ask(group, measure, days, **options)[0]
        cells: dict[str, Content] = {"figure": words}
        for column, head, amount in zip(("now", "month", "year"), heads, amounts, strict=True):
            cells[column] = group.total(group.call(function, head + more), amount)
        rows.append(Row({**cells, **_changes(amounts)}, style="strong" if key == "backlog" else "body"))
    return Block(
        f"balances{group.suffix}",
        (
            Column("figure", "Balances", "text", 36),
            Column("now", f"{month.last:%d %b %Y} ({group.currency})", "money"),
            Column("month", f"{month.prior_month:%d %b %Y} ({group.currency})", "money"),
            Column("change", "Change in the month", "money"),
            Column("percent", "%", "percent"),
            Column("year", f"{month.prior_year:%d %b %Y} ({group.currency})", "money"),
            Column("year_change", "Change in a year", "money"),
            Column("year_percent", "%", "percent"),
        ),
        tuple(rows),
        title=block_title(month, group),
        currency=group.currency,
    )


def _flows(month: Month, group: Group) -> Block:
    spans: dict[str, tuple[dt.date, dt.date]] = {
        "now": (month.first, month.last),
        "month": month.back(2)[0],
        "year": month.back(13)[0],
        "to_date": (month.year_start, month.last),
    }
    order = ("now", "month", "change", "percent", "year", "year_change", "year_percent", "to_date")
    rows = [
        Row({"figure": "From", **{key: span[0] for key, span in spans.items()}}, "from", "quiet", kind="date"),
        Row({"figure": "To", **{key: span[1] for key, span in spans.items()}}, "to", "quiet", kind="date"),
    ]
    for key, words, measure, function in _FLOWS:
        firsts, lasts = zip(*spans.values(), strict=True)
        amounts = dict(zip(spans, month.ask(group, measure, lasts, since=firsts)[0], strict=True))
        text = group.call(function, "{@from},{@to}")
        cells: dict[str, Content] = {"figure": words}
        cells |= {column: group.total(text, amount) for column, amount in amounts.items()}
        cells |= _changes([amounts["now"], amounts["month"], amounts["year"]])
        rows.append(Row(cells, key))
    rows += _measures(rows)
    titles = {
        "now": f"Month ({group.currency})",
        "month": f"Prior month ({group.currency})",
        "change": "Change in the month",
        "year": f"Month a year ago ({group.currency})",
        "year_change": "Change in a year",
        "to_date": f"Year to date ({group.currency})",
    }
    columns = [Column("figure", "Movements", "text", 36)]
    columns += [Column(key, titles.get(key, "%"), "percent" if key.endswith("percent") else "money") for key in order]
    return Block(
        f"flows{group.suffix}", tuple(columns), tuple(rows), title=block_title(month, group), currency=group.currency
    )


def _measures(rows: list[Row]) -> list[Row]:
    by_key = {row.key: row.cells for row in rows}
    cells: dict[str, Content] = {"figure": "Book to bill (net bookings ÷ revenue)"}
    for column in ("now", "month", "year", "to_date"):
        net = minus(by_key["bookings"][column], by_key["cancellations"][column])
        text = "IF({@recognized}=0,NA(),({@bookings}-{@cancellations})/{@recognized})"
        cells[column] = Formula(text, ratio(net, by_key["recognized"][column]))
    return [Row(cells, "book_to_bill", "strong", kind="ratio")]


def _changes(amounts: list[Amount]) -> dict[str, Content]:
    now, month, year = amounts
    change, year_change = minus(now, month), minus(now, year)
    return {
        "change": Formula("{now}-{month}", change),
        "percent": Formula(_PERCENT.replace("base", "month"), _percent(change, month)),
        "year_change": Formula("{now}-{year}", year_change),
        "year_percent": Formula(
            _PERCENT.replace("base", "year").replace("{change}", "{year_change}"), _percent(year_change, year)
        ),
    }


def _percent(change: Amount, base: Amount) -> Amount | str:
    """A change in percent of its base; words, not an error, where there was nothing or next to nothing before."""
    share = ratio(change, base) if base else "n/a"
    return "n/a" if isinstance(share, Decimal) and abs(share) > _MOST else share
