"""Backlog by customer: a row for each customer with a commitment, the largest backlog first."""

from __future__ import annotations

import numpy as np

from excel.pack.listing import (
    BACKLOG,
    CONTRACTED,
    PRIOR_BACKLOG,
    RECOGNIZED,
    Entry,
    block_title,
    money_columns,
    names_one,
    rows_of,
    total_row,
    with_change,
    with_share,
)
from excel.pack.sheet import Block, Check, Column, Formula, Sheet
from excel.pack.source import Group, Month, plus

TITLE = "By customer"
_FIGURES = (CONTRACTED, RECOGNIZED, BACKLOG, PRIOR_BACKLOG)


def sheet(month: Month) -> Sheet:
    """The sheet: one table a currency group, its total tied to the backlog of all."""
    blocks = tuple(_block(month, group) for group in month.groups)
    checks = tuple(
        Check(
            "Backlog: the customers' sum is the whole",
            Formula(f"total_by_customer{group.suffix}", plus(block.foot[0].cells["backlog"])),
            Formula(f"total_backlog{group.suffix}", month.one(group, "backlog", month.last)),
            group.currency,
        )
        for group, block in zip(month.groups, blocks, strict=True)
    )
    return Sheet(
        title=TITLE,
        heading="Backlog by customer",
        subtitle=f"As of {month.last:%d %B %Y}: contracted and not yet recognized, the largest first",
        items=blocks,
        checks=checks,
        about="Contracted, recognized and backlog of each customer",
    )


def entries(month: Month, group: Group) -> list[Entry]:
    """Every customer with its scope and the column a formula names it by."""
    customers = month.ledger.customers
    askable = _askable(month, group)
    return [
        Entry(
            {
                "customer": str(customers["name"][i]),
                "id": str(customers["id"][i]),
                "segment": str(customers["segment"][i]),
                "region": str(customers["region"][i]),
            },
            month.scope(group, customers=np.array([i], np.int64)),
            who=who,
            askable=bool(askable[i] and who),
        )
        for i, who in ((i, _word(month, i)) for i in range(len(customers["id"])))
    ]


def _block(month: Month, group: Group) -> Block:
    total = f"total_by_customer{group.suffix}"
    rows = with_share(with_change(rows_of(month, group, entries(month, group), _FIGURES, "backlog")), "backlog", total)
    columns = (
        Column("customer", "Customer"),
        Column("id", "Id"),
        Column("segment", "Segment"),
        Column("region", "Region"),
        *money_columns(_FIGURES, group.currency),
        Column("change", f"Change in the month ({group.currency})", "money"),
        Column("share", "Share of backlog", "percent"),
    )
    sums = [*(figure.key for figure in _FIGURES), "change"]
    return Block(
        f"customers{group.suffix}",
        columns,
        tuple(rows),
        (total_row(rows, "customer", sums, {"backlog": total}),),
        title=block_title(month, group),
        currency=group.currency,
        table=f"tbl_customers{group.suffix}",
        names={key: f"customer_{key}{group.suffix}" for key in ("segment", "region", "backlog", "prior")},
    )


def _word(month: Month, i: int) -> str:
    """The column a formula names a customer by: its name where that is its own alone, else its id; "" if neither is."""
    for column, key in (("name", "customer"), ("id", "id")):
        if names_one(month.ledger.find_customers, str(month.ledger.customers[column][i]), i):
            return f"{{{key}}}"
    return ""


def _askable(month: Month, group: Group) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether a formula about the customer speaks of exactly its contracts in the group."""
    known = np.ones(len(month.ledger.customers["id"]), bool)
    if group.contracts is not None:
        outside = np.ones(len(month.ledger.contracts["id"]), bool)
        outside[group.contracts] = False
        known[np.asarray(month.ledger.contracts["customer"])[outside]] = False
    return known
