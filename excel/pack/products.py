"""Backlog by product, folded under the product families."""

from __future__ import annotations

from itertools import groupby

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
    with_change,
)
from excel.pack.sheet import Block, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, plus
from excel.pack.tied import tied_lists

TITLE = "By product"
_FIGURES = (CONTRACTED, RECOGNIZED, BACKLOG, PRIOR_BACKLOG)
_SUMS = ("contracted", "recognized", "backlog", "prior", "change")


def sheet(month: Month) -> Sheet:
    """The sheet: families with their products folded beneath, and the lines that name no product."""
    blocks, checks = tied_lists(month, "total_by_product", "Backlog: the product families' sum is the whole", _block)
    return Sheet(
        title=TITLE,
        heading="Backlog by product family",
        subtitle=f"As of {month.last:%d %B %Y}: products are folded under their family",
        items=blocks,
        checks=checks,
    )


def _block(month: Month, group: Group, tie: Tie) -> Block:
    entries = _entries(month, group)
    rows = with_change(rows_of(month, group, entries, _FIGURES, "backlog"))
    rows.sort(key=lambda row: str(row.cells["family"]))
    body: list[Row] = []
    families: list[str] = []
    for family, members in groupby(rows, key=lambda row: str(row.cells["family"])):
        inside = list(members)
        key = f"family{len(families)}"
        first = f"{key}first"
        last = f"{key}last" if len(inside) > 1 else first
        sums: dict[str, Content] = {
            one: Formula(f"SUM({{@{first}~{last}}})", plus(*(row.cells[one] for row in inside))) for one in _SUMS
        }
        families.append(key)
        body.append(Row({"product": family, **sums}, style="subtotal", key=key))
        body += _keyed(inside, first, last)
    columns = (
        Column("product", "Product family and product"),
        Column("id", "Id"),
        *money_columns(_FIGURES, group.currency),
        Column("change", f"Change in the month ({group.currency})", "money"),
    )
    return Block(
        f"products{group.suffix}",
        columns,
        tuple(body),
        foot_rows(rows, group, "product", _SUMS, tie, each=1, body="+".join(f"{{@{key}}}" for key in families) or "0"),
        title=block_title(month, group),
        currency=group.currency,
    )


def _keyed(rows: list[Row], first: str, last: str) -> list[Row]:
    """A family's rows, folded under it; the first and the last are keyed, so that the family can sum them."""
    keys = [first, *[""] * (len(rows) - 2), *[last] * (len(rows) > 1)]
    return [Row(row.cells, key=key, level=1) for row, key in zip(rows, keys, strict=True)]


def _entries(month: Month, group: Group) -> list[Entry]:
    products = month.ledger.products
    ids = [str(one) for one in products["id"]]
    entries = [
        Entry(
            {"product": str(products["name"][i]), "id": one, "family": str(products["family"][i]) or "No family"},
            group.scope(products=np.array([i], np.int64)),
            product="{id}",
            askable=group.contracts is None and names_one(month.ledger.find_products, one, i),
        )
        for i, one in enumerate(ids)
    ]
    if (np.asarray(month.ledger.obligations["product"]) < 0).any():
        texts = {"product": "Lines that name no product", "id": "", "family": "No product"}
        entries.append(Entry(texts, group.scope(products=np.array([-1], np.int64)), askable=False))
    return entries
