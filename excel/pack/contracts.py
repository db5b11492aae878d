"""Backlog by contract: every contract that has something left, with its dates and who sold it."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.figures import contracts_of
from excel.pack.groups import Entry, Group
from excel.pack.listing import (
    BACKLOG,
    CONTRACTED,
    RECOGNIZED,
    Tie,
    block_title,
    foot_rows,
    money_columns,
    names_one,
    rows_of,
    shown,
)
from excel.pack.sheet import Block, Column, Content, Sheet
from excel.pack.source import Month, plus
from excel.pack.tied import tied_lists
from model.frames import NO_DAY
from model.periods import day_of

TITLE = "By contract"
_FIGURES = (CONTRACTED, RECOGNIZED, BACKLOG)


def sheet(month: Month) -> Sheet:
    """The sheet: one table a currency group."""
    blocks, checks = tied_lists(month, "total_by_contract", "Backlog: the contracts' sum is the whole", _block)
    return Sheet(
        title=TITLE,
        heading="Backlog by contract",
        subtitle=f"As of {month.last:%d %B %Y}: contracts with backlog, the largest first",
        items=blocks,
        checks=checks,
    )


def _block(month: Month, group: Group, tie: Tie) -> Block:
    found = [
        row for row in rows_of(month, group, _entries(month, group), _FIGURES, "backlog") if plus(row.cells["backlog"])
    ]
    rows, others = shown(month, found)
    columns = (
        Column("contract", "Contract"),
        Column("number", "Number"),
        Column("customer", "Customer"),
        Column("sales_rep", "Sales rep"),
        Column("currency", "Contract currency", "text", 10),
        Column("start_on", "Starts", "date"),
        Column("end_on", "Ends", "date"),
        *money_columns(_FIGURES, group.currency),
    )
    return Block(
        f"contracts{group.suffix}",
        columns,
        tuple(rows),
        foot_rows(rows, group, "contract", [figure.key for figure in _FIGURES], tie, others=others),
        title=block_title(month, group),
        currency=group.currency,
        table=f"tbl_contracts{group.suffix}",
        names={
            "sales_rep": f"contract_sales_rep{group.suffix}",
            "backlog": f"contract_backlog{group.suffix}",
            "currency": f"contract_currency{group.suffix}",
        },
    )


def _entries(month: Month, group: Group) -> list[Entry]:
    contracts = month.ledger.contracts
    indexes = contracts_of(month.ledger, group.scope()).tolist()
    return [
        Entry(
            texts_of(month, i),
            group.scope(contracts=np.array([i], np.int64)),
            contract="{contract}",
            askable=names_one(month.ledger.find_contracts, str(contracts["id"][i]), i),
        )
        for i in indexes
    ]


def texts_of(month: Month, i: int) -> dict[str, Content]:
    """What is said of a contract, by its position."""
    contracts, names = month.ledger.contracts, month.ledger.customers["name"]
    return {
        "contract": str(contracts["id"][i]),
        "number": str(contracts["number"][i]),
        "customer": str(names[int(contracts["customer"][i])]),
        "sales_rep": str(contracts["sales_rep"][i]) or "none named",
        "currency": str(contracts["currency"][i]),
        "start_on": _day(contracts["start_on"][i]),
        "end_on": _day(contracts["end_on"][i]),
    }


def _day(number: Any) -> Content:
    return None if int(number) <= NO_DAY else day_of(int(number))
