"""A list of customers, contracts or products with figures beside each and totals below: the form most sheets share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.figures import Scope
from engine.movements import scopes_by
from engine.reports.forward import currency_of
from excel.pack.groups import Entry, Group
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row
from excel.pack.source import Amount, Month, minus, plus, ratio
from excel.pack.text import as_text
from excel.patch.values import CellError
from model.errors import Unanswerable
from model.money import exponent


@dataclass(frozen=True)
class Figure:
    """A money column: what the engine is asked (`measure`, `options`, on the pack's day or the prior month's end),
    and how a formula asks the same (`function` with `arguments` between the customer and the product).
    `since_prior_year`: a flow, of the twelve months to the day."""

    key: str
    title: str
    measure: str
    function: str
    arguments: str = "as_of"
    prior: bool = False
    since_prior_year: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tie:
    """The column whose total must be a known whole: the name its total gets, and the whole's name and value."""

    key: str
    name: str
    whole_name: str
    whole: Amount


CONTRACTED = Figure("contracted", "Contracted", "contracted", "CONTRACTED")
RECOGNIZED = Figure("recognized", "Recognized to date", "recognized", "RECOGNIZED", ",as_of")
BACKLOG = Figure("backlog", "Backlog", "backlog", "BACKLOG")
PRIOR_BACKLOG = Figure("prior", "Backlog prior month", "backlog", "BACKLOG", "prior_month_end", prior=True)


def names_one(find: Callable[[str], npt.NDArray[np.int64]], text: str, position: int) -> bool:
    """Whether a text, given to a function as customer, contract or product, means the one at `position` alone."""
    try:
        found = find(as_text(text))  # what the cell will hold
    except Unanswerable:
        return False
    return len(found) == 1 and int(found[0]) == position and bool(text.strip())


def is_all(month: Month, group: Group) -> bool:
    """Whether our functions that answer with a table, which know no products and no currency, speak of just this group."""
    held = group.part.scope
    everything = held.customers is held.products is held.contracts is group.contracts is None
    return everything and group.currency == currency_of(month.ledger, Scope(), month.last)


def rows_of(month: Month, group: Group, entries: Sequence[Entry], figures: Sequence[Figure], by: str) -> list[Row]:
    """A row for each entry that has any figure, the largest `by` first."""
    columns: dict[str, list[Amount]] = {}
    for figure in figures:
        day = month.prior_month if figure.prior else month.last
        since = [month.trailing] if figure.since_prior_year else None
        asked = month.ask(group, figure.measure, [day], [entry.scope for entry in entries], since, **figure.options)
        columns[figure.key] = [amounts[0] for amounts in asked]
    rows = []
    for number, entry in enumerate(entries):
        if not any(column[number] for column in columns.values()):
            continue
        cells = dict(entry.texts)
        askable = entry.askable and (group.asks_products or bool(entry.product))
        for figure in figures:
            amount = columns[figure.key][number]
            text = group.call(figure.function, figure.arguments, entry.who, entry.product, entry.contract)
            cells[figure.key] = Formula(text, amount) if askable else amount
        rows.append(Row(cells))
    return sorted(rows, key=lambda row: descending(row.cells[by]))


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


def foot_rows(
    rows: Sequence[Row],
    group: Group,
    label: str,
    keys: Sequence[str],
    tie: Tie | None = None,
    *,
    each: int = 1,
    body: str = "SUM({above})",
    others: Sequence[Row] = (),
) -> tuple[Row, ...]:
    """The sums of the body under the columns `keys`, `label` saying so.

    Each line of several currencies is converted and rounded by itself. What that leaves between their sum and the
    converted whole (`tie`) stands on a row of its own; more than rounding can explain is left to the check. `each` is
    how many converted figures a line's own figure adds up, `body` the formula that sums the lines. `others`: lines that
    are not shown, summed in one.
    """
    foot: list[Row] = []
    if others:
        rest: dict[str, Content] = {key: plus(*(row.cells[key] for row in others)) for key in keys}
        foot.append(Row({label: f"All others ({len(others):,})", **rest}, "others"))
        rows, body = [*rows, *others], f"{body}+{{@others}}"
    sums = {key: plus(*(row.cells[key] for row in rows)) for key in keys}
    texts = dict.fromkeys(keys, body)
    if tie is not None:
        off, most = minus(tie.whole, sums[tie.key]), rounding(len(rows) * each, group)
        if isinstance(off, Decimal) and off and abs(off) <= most:
            difference = f"ROUND({tie.whole_name}-({body}),4)"
            cells: dict[str, Content] = {
                label: "Rounding of conversion",
                tie.key: Formula(f"IF(ABS({difference})<={most},{difference},0)", off),
            }
            foot.append(Row(cells, "rounding", "quiet"))
            sums[tie.key] = plus(sums[tie.key], off)
            texts[tie.key] = f"{body}+{{@rounding}}"
    totals: dict[str, Content] = {key: Formula(texts[key], sums[key]) for key in keys}
    foot.append(Row({label: "Total", **totals}, "total", "total", names={tie.key: tie.name} if tie else {}))
    return tuple(foot)


def rounding(rows: int, group: Group) -> Decimal:
    """The most that rounding each line, once a converted currency, can add up to."""
    half = Decimal(5).scaleb(-exponent(group.currency) - 1)
    return half * group.converted * (rows + 1)


def values_of(month: Month, group: Group, dimension: str) -> dict[str, Scope]:
    """What each value of a dimension selects within a group."""
    return {value: group.within(scope) for value, scope in scopes_by(month.ledger, dimension)}


def shown(month: Month, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """The lines that the sheet shows, and the others: as many as the template asks for; one more is shown, not summed."""
    most = month.options.rows
    return (rows[:most], rows[most:]) if most and len(rows) > most + 1 else (rows, ())


def money_columns(figures: Sequence[Figure], currency: str) -> tuple[Column, ...]:
    """A column for each figure, its unit stated."""
    return tuple(Column(figure.key, f"{figure.title} ({currency})", "money") for figure in figures)


def _total(block: Block) -> Row:
    return next(row for row in block.foot if row.key == "total")


def block_title(month: Month, group: Group, text: str = "") -> str:
    """The title of a group's block: its currency is said where there are several groups."""
    if len(month.groups) == 1:
        return text
    return f"{text}: in {group.currency}" if text else f"In {group.currency}"


def tie_check(text: str, block: Block, tie: Tie, currency: str) -> Check:
    """The check that a list's total is the whole it must be."""
    return Check(
        text, Formula(tie.name, plus(_total(block).cells[tie.key])), Formula(tie.whole_name, tie.whole), currency
    )


def descending(content: Content) -> tuple[int, Any]:
    """A sort key: the largest first, errors last."""
    amount = plus(content)
    return (1, 0) if isinstance(amount, CellError) else (0, -amount)
