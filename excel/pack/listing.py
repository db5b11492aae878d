"""A list of customers, contracts or products with figures beside each and totals below: the form most sheets share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from engine.figures import Scope

from excel.pack.sheet import Block, Column, Content, Formula, Row
from excel.pack.source import Amount, Group, Month, minus, plus, ratio
from excel.patch.values import CellError
from model.errors import Unanswerable


@dataclass(frozen=True)
class Figure:
    """A money column: what the engine is asked (`measure`, `options`, on the pack's day or the prior month's end),
    and how a formula asks the same (`function` with `arguments` between the customer and the product)."""

    key: str
    title: str
    measure: str
    function: str
    arguments: str = "as_of"
    prior: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of a list: its texts by column, its scope, and the words a formula names it by ("" = not askable)."""

    texts: Mapping[str, Content]
    scope: Scope
    who: str = '"*"'
    product: str = ""
    contract: str = ""
    askable: bool = True


CONTRACTED = Figure("contracted", "Contracted", "contracted", "CONTRACTED")
RECOGNIZED = Figure("recognized", "Recognized to date", "recognized", "RECOGNIZED", ",as_of")
BACKLOG = Figure("backlog", "Backlog", "backlog", "BACKLOG")
PRIOR_BACKLOG = Figure("prior", "Backlog prior month", "backlog", "BACKLOG", "prior_month_end", prior=True)


def call(function: str, who: str, arguments: str, word: str, product: str = "", contract: str = "") -> str:
    """The text of a call of one of our functions, its arguments in the order of the catalogue.

    >>> call("BACKLOG", "{customer}", "as_of", "reporting_currency")
    'BACKLOG({customer},as_of,,,reporting_currency)'
    """
    return f"{function}({who},{arguments},{product},{contract},{word})"


def names_one(find: Callable[[str], npt.NDArray[np.int64]], text: str, position: int) -> bool:
    """Whether a text, given to a function as customer, contract or product, means the one at `position` alone."""
    try:
        found = find(text)
    except Unanswerable:
        return False
    return len(found) == 1 and int(found[0]) == position and bool(text.strip())


def rows_of(month: Month, group: Group, entries: Sequence[Entry], figures: Sequence[Figure], by: str) -> list[Row]:
    """A row for each entry that has any figure, the largest `by` first."""
    columns: dict[str, list[Amount]] = {}
    for figure in figures:
        day = month.prior_month if figure.prior else month.last
        asked = month.ask(group, figure.measure, [day], [entry.scope for entry in entries], **figure.options)
        columns[figure.key] = [amounts[0] for amounts in asked]
    rows = []
    for number, entry in enumerate(entries):
        if not any(column[number] for column in columns.values()):
            continue
        cells = dict(entry.texts)
        for figure in figures:
            amount = columns[figure.key][number]
            text = call(figure.function, entry.who, figure.arguments, group.word, entry.product, entry.contract)
            cells[figure.key] = Formula(text, amount) if entry.askable else amount
        rows.append(Row(cells))
    return sorted(rows, key=lambda row: _descending(row.cells[by]))


def with_change(rows: Sequence[Row]) -> list[Row]:
    """The rows with a `change` from `prior` to `backlog`."""
    return [
        Row({**row.cells, "change": Formula("{backlog}-{prior}", minus(row.cells["backlog"], row.cells["prior"]))})
        for row in rows
    ]


def with_share(rows: Sequence[Row], of: str, total: str) -> list[Row]:
    """The rows with a `share` of column `of` in the cell named `total`; #N/A where the total is nothing."""
    whole = plus(*(row.cells[of] for row in rows))
    text = f"IF({total}=0,NA(),{{{of}}}/{total})"
    return [Row({**row.cells, "share": Formula(text, ratio(row.cells[of], whole))}) for row in rows]


def total_row(rows: Sequence[Row], label: str, keys: Sequence[str], names: Mapping[str, str]) -> Row:
    """The sum of the body under each of the columns `keys`; `label` is the column that says so."""
    sums: dict[str, Content] = {key: Formula("SUM({above})", plus(*(row.cells[key] for row in rows))) for key in keys}
    return Row({label: "Total", **sums}, style="total", names=names)


def money_columns(figures: Sequence[Figure], currency: str) -> tuple[Column, ...]:
    """A column for each figure, its unit stated."""
    return tuple(Column(figure.key, f"{figure.title} ({currency})", "money") for figure in figures)


def block_title(month: Month, group: Group, text: str = "") -> str:
    """The title of a group's block: its currency is said where there are several groups."""
    if len(month.groups) == 1:
        return text
    return f"{text}: in {group.currency}" if text else f"In {group.currency}"


def first_block(blocks: Sequence[Block]) -> str:
    """The key of the block a chart draws: the first one's."""
    return blocks[0].key


def _descending(content: Content) -> tuple[int, Any]:
    amount = plus(content)
    return (1, 0) if isinstance(amount, CellError) else (0, -amount)
