"""Backlog by customer: a row for each customer with a commitment, the largest backlog first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from excel.pack.groups import Entry, Group
from excel.pack.listing import (
    BACKLOG,
    CONTRACTED,
    PRIOR_BACKLOG,
    RECOGNIZED,
    Tie,
    block_title,
    foot_rows,
    money_columns,
    names_one,
    rows_of,
    shown,
    with_change,
    with_share,
)
from excel.pack.sheet import Block, Column, Row, Sheet
from excel.pack.source import Month
from excel.pack.tied import tied_lists

TITLE = "By customer"
_FIGURES = (CONTRACTED, RECOGNIZED, BACKLOG, PRIOR_BACKLOG)


def sheet(month: Month) -> Sheet:
    """The sheet: one table a currency group, its total tied to the backlog of all."""
    blocks, checks = tied_lists(month, "total_by_customer", "Backlog: the customers' sum is the whole", _block)
    return Sheet(
        title=TITLE,
        heading="Backlog by customer",
        subtitle=f"As of {month.last:%d %B %Y}: contracted and not yet recognized, the largest first",
        items=blocks,
        checks=checks,
    )


def entries(month: Month, group: Group) -> list[Entry]:
    """Every customer with its scope and the column a formula names it by; several sheets list them, so they are kept."""
    if group.totals not in month.entries:
        month.entries[group.totals] = _entries(month, group)
    return month.entries[group.totals]


def _entries(month: Month, group: Group) -> list[Entry]:
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
            group.scope(customers=np.array([i], np.int64)),
            who=who,
            askable=bool(askable[i] and who),
        )
        for i, who in ((i, _word(month, i)) for i in range(len(customers["id"])))
    ]


def _block(month: Month, group: Group, tie: Tie) -> Block:
    found = rows_of(month, group, entries(month, group), _FIGURES, "backlog")
    rows: Sequence[Row] = with_share(with_change(found), "backlog", tie.name)
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
    rows, others = shown(month, rows)
    return Block(
        f"customers{group.suffix}",
        columns,
        tuple(rows),
        foot_rows(rows, group, "customer", sums, tie, others=others),
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
