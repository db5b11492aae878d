"""Receivables by age, a row for each customer that owes."""

from __future__ import annotations

from dataclasses import replace

from excel.pack.customers import entries
from excel.pack.groups import Group
from excel.pack.listing import Figure, Tie, block_title, descending, foot_rows, money_columns, rows_of, shown, tie_check
from excel.pack.sheet import Block, Column, Formula, Row, Sheet
from excel.pack.source import Month, plus, ratio

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


def sheet(month: Month) -> Sheet:
    """The sheet: the buckets by due date, their sum tied to the receivable of all."""
    ties = [_tie(month, group) for group in month.groups]
    blocks = tuple(_block(month, group, tie) for group, tie in zip(month.groups, ties, strict=True))
    text = "Receivable: the buckets' sum is the whole"
    checks = tuple(tie_check(text, block, tie, block.currency) for block, tie in zip(blocks, ties, strict=True))
    return Sheet(
        title=TITLE,
        heading="Receivable ageing",
        subtitle=f"As of {month.last:%d %B %Y}, by due date, tax included",
        items=(*blocks, *(_ages(month, group, block) for group, block in zip(month.groups, blocks, strict=True))),
        checks=checks,
    )


def _tie(month: Month, group: Group) -> Tie:
    whole = month.one(group, "receivable", month.last)
    return Tie("total", f"total_ageing{group.suffix}", f"total_receivable{group.totals}", whole)


def _block(month: Month, group: Group, tie: Tie) -> Block:
    keys = [age.key for age in _AGES]
    found = [
        Row({**row.cells, "total": Formula(f"SUM({{{keys[0]}~{keys[-1]}}})", plus(*(row.cells[key] for key in keys)))})
        for row in rows_of(month, group, entries(month, group), _AGES, keys[-1])
    ]
    rows, others = shown(month, sorted(found, key=lambda row: descending(row.cells["total"])))
    foot = foot_rows(rows, group, "customer", (*keys, "total"), tie, each=len(keys), others=others)
    total = replace(foot[-1], names={**foot[-1].names, **{key: f"ageing_{key}{group.suffix}" for key in keys}})
    foot = (*foot[:-1], total)
    share = f"IF({tie.name}=0,NA(),{{@total}}/{tie.name})"
    shares = {key: Formula(share, ratio(foot[-1].cells[key], foot[-1].cells["total"])) for key in keys}
    unit = group.currency
    return Block(
        f"ageing{group.suffix}",
        (
            Column("customer", "Customer"),
            Column("id", "Id"),
            *money_columns(_AGES, unit),
            Column("total", f"Receivable ({unit})", "money"),
        ),
        tuple(rows),
        (*foot, Row({"customer": "Share", **shares}, style="quiet", kind="percent")),
        title=block_title(month, group),
        currency=unit,
        table=f"tbl_receivable{group.suffix}",
    )


def _ages(month: Month, group: Group, block: Block) -> Block:
    """The buckets down, as the summary draws them."""
    total = next(row for row in block.foot if row.key == "total")
    rows = tuple(
        Row({"age": title, "amount": Formula(f"ageing_{age.key}{group.suffix}", plus(total.cells[age.key]))})
        for age, (_, title) in zip(_AGES, _BUCKETS, strict=True)
    )
    columns = (Column("age", "Age"), Column("amount", f"Receivable ({group.currency})", "money"))
    return Block(
        f"ages{group.suffix}", columns, rows, title=block_title(month, group, "By age"), currency=group.currency
    )
