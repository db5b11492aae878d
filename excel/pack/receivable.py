"""Receivables by age, a row for each customer that owes."""

from __future__ import annotations

from excel.pack.customers import entries
from excel.pack.listing import Figure, block_title, money_columns, rows_of, total_row
from excel.pack.sheet import Block, Check, Column, Formula, Row, Sheet
from excel.pack.source import Group, Month, plus, ratio

TITLE = "Receivable ageing"
_BUCKETS = (
    ("current", "Not yet due"),
    ("1-30", "1–30 days"),
    ("31-60", "31–60 days"),
    ("61-90", "61–90 days"),
    ("90+", "Over 90 days"),
)
_AGES = tuple(
    Figure(f"age{n}", title, "receivable", "RECEIVABLE", f'as_of,"{bucket}"', options={"bucket": bucket})
    for n, (bucket, title) in enumerate(_BUCKETS)
)
_TOTAL = Figure("total", "Receivable", "receivable", "RECEIVABLE", "as_of,")


def sheet(month: Month) -> Sheet:
    """The sheet: the buckets by due date, their sum tied to the receivable of all."""
    blocks = tuple(_block(month, group) for group in month.groups)
    checks = tuple(
        Check(
            "Receivable: the buckets' sum is the whole",
            Formula(f"total_ageing{group.suffix}", plus(*(block.foot[0].cells[age.key] for age in _AGES))),
            Formula(f"total_receivable{group.suffix}", month.one(group, "receivable", month.last)),
            group.currency,
        )
        for group, block in zip(month.groups, blocks, strict=True)
    )
    return Sheet(
        title=TITLE,
        heading="Receivable ageing",
        subtitle=f"As of {month.last:%d %B %Y}, by due date, tax included",
        items=blocks,
        checks=checks,
        about="What customers owe, by how long it is due",
    )


def _block(month: Month, group: Group) -> Block:
    rows = rows_of(month, group, entries(month, group), (*_AGES, _TOTAL), "total")
    keys = [age.key for age in _AGES]
    total = total_row(rows, "customer", keys, {"total": f"total_ageing{group.suffix}"})
    whole = plus(*(total.cells[key] for key in keys))
    total = Row({**total.cells, "total": Formula("SUM({age0~age4})", whole)}, style="total", names=total.names)
    share = f"IF(total_ageing{group.suffix}=0,NA(),{{@total}}/total_ageing{group.suffix})"
    shares = {key: Formula(share, ratio(total.cells[key], whole)) for key in keys}
    return Block(
        f"ageing{group.suffix}",
        (
            Column("customer", "Customer"),
            Column("id", "Id"),
            *money_columns((*_AGES, _TOTAL), group.currency),
        ),
        tuple(rows),
        (
            Row(total.cells, "total", "total", names=total.names),
            Row({"customer": "Share", **shares}, style="quiet", kind="percent"),
        ),
        title=block_title(month, group),
        currency=group.currency,
        table=f"tbl_receivable{group.suffix}",
    )
