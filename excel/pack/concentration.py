"""Concentration: how much of backlog and revenue the largest customers hold (ASC 275-10-50-18, 280-10-50-42)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from excel.pack.customers import entries
from excel.pack.groups import Group
from excel.pack.listing import BACKLOG, Figure, block_title, rows_of
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Amount, Month, minus, plus, ratio
from excel.patch.values import CellError

TITLE = "Concentration"
_STEPS = (1, 5, 10, 20)
_REVENUE = Figure(
    "revenue", "Revenue of 12 months", "recognized", "RECOGNIZED", "trailing_start,as_of", since_prior_year=True
)
_LARGE = Decimal("0.1")


def sheet(month: Month) -> Sheet:
    """The sheet: a chart, what the largest hold together, and each of them."""
    items: list[Block | Charts] = []
    for group in month.groups:
        ranked = rows_of(month, group, entries(month, group), (BACKLOG, _REVENUE), "backlog")
        top = _top(month, group, ranked)
        items += [_steps(month, group, ranked, len(top.rows)), top]
    group = month.groups[0]
    key = f"concentration{group.suffix}"
    items.insert(0, Charts((
        Chart("bar", "Largest customers by backlog", Series(key, "customer", 10), (Series(key, "backlog", 10),), group.currency),
        Chart("column", "Share of the backlog held", Series(f"steps{group.suffix}", "what"),
              (Series(f"steps{group.suffix}", "share"),), "%"),
    ), rows=16))  # fmt: skip
    return Sheet(
        title=TITLE,
        heading="Concentration",
        subtitle=f"As of {month.last:%d %B %Y}: backlog and the revenue of the twelve months to that day",
        items=tuple(items),
        notes=(
            "Major: a customer with ten per cent or more of revenue is disclosed (ASC 280-10-50-42). Index: the sum of all "
            "customers' squared shares (Herfindahl–Hirschman); 1 is a single customer, below 0.15 is unconcentrated.",
        ),
    )


def _steps(month: Month, group: Group, ranked: list[Row], shown: int) -> Block:
    amounts = [plus(row.cells["backlog"]) for row in ranked]
    whole = month.one(group, "backlog", month.last)
    total, column = f"total_backlog{group.totals}", f"concentration_backlog{group.suffix}"
    share = f"IF({total}=0,NA(),{{amount}}/{total})"
    rows = []
    for step in _STEPS:
        if step <= shown:
            held = plus(*amounts[:step])
            text = f'SUMIFS({column},concentration_rank{group.suffix},"<={step}")'
            words = "Largest customer" if step == 1 else f"Largest {step}"
            rows.append(
                Row({"what": words, "amount": Formula(text, held), "share": Formula(share, ratio(held, whole))})
            )
    rows.append(
        Row({"what": "All customers", "amount": Formula(total, whole), "share": Formula(share, ratio(whole, whole))},
            style="strong")
    )  # fmt: skip
    index: Content = CellError("#N/A")
    if isinstance(whole, Decimal) and whole:
        index = sum((a / whole) ** 2 for a in amounts if isinstance(a, Decimal)).quantize(Decimal("1e-6"))  # type: ignore[union-attr]
    return Block(
        f"steps{group.suffix}",
        (
            Column("what", "Together they hold", "text", 30),
            Column("amount", f"Backlog ({group.currency})", "money"),
            Column("share", "Share of backlog", "percent", 12),
        ),
        tuple(rows),
        (Row({"what": "Index of concentration", "share": index}, style="quiet", kind="ratio"),),
        title=block_title(month, group, "How concentrated is it?"),
        currency=group.currency,
    )


def _top(month: Month, group: Group, ranked: list[Row]) -> Block:
    trailing = month.one(group, "recognized", month.last, since=month.trailing)
    whole, total = month.one(group, "backlog", month.last), f"total_backlog{group.totals}"
    revenue = f"total_trailing{group.totals}"
    rows = list(_ranked(ranked[: month.options.rows], (total, whole), (revenue, trailing)))
    left, gone = (
        minus(all_, plus(*(row.cells[key] for row in rows)))
        for key, all_ in (("backlog", whole), ("revenue", trailing))
    )
    foot = (
        Row({"customer": f"All others ({max(len(ranked) - len(rows), 0):,})",
             "backlog": Formula(f"{total}-SUM({{above}})", left), "revenue": Formula(f"{revenue}-SUM({{above}})", gone)}, "others"),
        Row({"customer": "Total", "backlog": Formula("SUM({above})+{@others}", whole),
             "revenue": Formula("SUM({above})+{@others}", trailing)}, "total", "total"),
    )  # fmt: skip
    unit = group.currency
    return Block(
        f"concentration{group.suffix}",
        (
            Column("customer", "Customer", "text", 30),
            Column("rank", "Rank", "count", 7),
            Column("backlog", f"Backlog ({unit})", "money"),
            Column("share", "Share of backlog", "percent", 12),
            Column("so_far", "Running share", "percent", 12),
            Column("revenue", f"Revenue of 12 months ({unit})", "money"),
            Column("earned", "Share of revenue", "percent", 12),
            Column("major", "Major", "text", 9),
            Column("segment", "Segment"),
            Column("id", "Customer id"),
        ),
        tuple(rows),
        foot if rows else (),
        title=block_title(month, group, "The largest customers"),
        currency=unit,
        names={key: f"concentration_{key}{group.suffix}" for key in ("rank", "backlog")},
    )


def _ranked(largest: list[Row], backlog: tuple[str, Amount], revenue: tuple[str, Amount]) -> Iterator[Row]:
    """The largest customers with their shares of the backlog and of a year's revenue, each by its name and its amount."""
    (total, whole), (earned_by_all, trailing) = backlog, revenue
    so_far = plus()
    for n, row in enumerate(largest):
        so_far = plus(so_far, row.cells["backlog"])
        earned = ratio(row.cells["revenue"], trailing)
        cells: dict[str, Content] = {
            "rank": n + 1,
            "share": Formula(f"IF({total}=0,NA(),{{backlog}}/{total})", ratio(row.cells["backlog"], whole)),
            "so_far": Formula("{share}" if n == 0 else f"{{@c{n - 1}}}+{{share}}", ratio(so_far, whole)),
            "earned": Formula(f"IF({earned_by_all}=0,NA(),{{revenue}}/{earned_by_all})", earned),
            "major": Formula(
                f'IF(ISNUMBER({{earned}}),IF({{earned}}>={_LARGE},"yes",""),"")',
                "yes" if isinstance(earned, Decimal) and earned >= _LARGE else "",
            ),
        }
        yield Row({**row.cells, **cells}, f"c{n}")
