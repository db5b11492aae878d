"""Backlog by segment, region and sales rep (sums of the other sheets), and every balance in its contract currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from engine.figures import Scope, answer, contracts_of
from excel.pack import contracts, customers
from excel.pack.groups import Group
from excel.pack.listing import block_title, with_share
from excel.pack.sheet import Block, Chart, Charts, Check, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Amount, Month, Options, minus, plus
from excel.patch.values import CellError
from model.money import to_decimal
from model.periods import day_number

TITLE = "By segment and currency"
_BALANCES = (
    ("contracted", "Contracted"),
    ("recognized", "Recognized"),
    ("backlog", "Backlog"),
    ("billed", "Billed"),
    ("deferred", "Deferred"),
    ("unbilled", "Unbilled"),
)


def sheet(month: Month) -> Sheet:
    """The sheet, made from the rows of the customers' and the contracts' sheet, where the pack has them in full."""
    currencies = _currencies(month)
    key = month.groups[0].part.key
    in_full = replace(month, options=Options())
    linked = {kind: (kind, key) in month.made for kind in ("customers", "contracts")}
    by_customer = month.made.get(("customers", key)) or customers.sheet(in_full)
    by_contract = month.made.get(("contracts", key)) or contracts.sheet(in_full)
    items: list[Block] = []
    for group, people, deals in zip(month.groups, by_customer.blocks, by_contract.blocks, strict=True):
        # The lists' own names end with what ends those of their part's totals.
        for words, block, column, name in (
            ("Segment", people, "segment", f"customer_segment{group.totals}" if linked["customers"] else ""),
            ("Region", people, "region", f"customer_region{group.totals}" if linked["customers"] else ""),
            ("Sales rep", deals, "sales_rep", f"contract_sales_rep{group.totals}" if linked["contracts"] else ""),
        ):
            items.append(_dimension(month, group, words, block, column, name))
    return Sheet(
        title=TITLE,
        heading="Backlog by segment, region, sales rep and currency",
        subtitle=f"As of {month.last:%d %B %Y}",
        items=(_charts(month.groups[0]), *items, currencies),
        checks=tuple(_identity(row, key) for row in currencies.rows),
        notes=()
        if not all(linked.values())
        else (
            f"Segments and regions add up the lines of the sheet {customers.TITLE}, sales reps those of "
            f"{contracts.TITLE}; each line is converted and rounded by itself.",
        ),
    )


def _charts(group: Group) -> Charts:
    """The main group by segment, by region, by salesperson."""
    drawn = (("segment", "By segment"), ("region", "By region"), ("sales_rep", "By sales rep"))
    return Charts(
        tuple(
            Chart("bar", title, Series(f"by_{key}{group.suffix}", "value", 8), (Series(f"by_{key}{group.suffix}", "backlog", 8),),
                  group.currency)
            for key, title in drawn
        ),
        rows=13,
    )  # fmt: skip


def _dimension(month: Month, group: Group, words: str, source: Block, column: str, name: str) -> Block:
    amounts: dict[str, list[Content]] = defaultdict(list)
    spelled: dict[str, str] = {}
    for row in source.rows:
        # SUMIFS knows no case, so neither does the list.
        value = spelled.setdefault(str(row.cells[column]).casefold(), str(row.cells[column]))
        amounts[value].append(row.cells["backlog"])
    backlog_name = name.replace(column, "backlog")

    def cell(text: str, value: Amount | int) -> Content:
        return Formula(text, value) if name else value

    sums = sorted(((plus(*found), len(found), value) for value, found in amounts.items()), key=_descending)
    rows = [
        Row(
            {
                "value": value or "not stated",
                "count": cell(f"COUNTIFS({name},{_criterion(value)})", count),
                "backlog": cell(f"SUMIFS({backlog_name},{name},{_criterion(value)})", amount),
            }
        )
        for amount, count, value in sums
    ]
    key = f"by_{column}{group.suffix}"
    rows = with_share(rows, "backlog", f"total_{key}")
    return Block(
        key,
        (
            Column("value", words, "text", 28),
            Column("count", "Contracts" if column == "sales_rep" else "Customers", "count"),
            Column("backlog", f"Backlog ({group.currency})", "money"),
            Column("share", "Share", "percent"),
        ),
        tuple(rows),
        (_total(rows, key),),
        title=block_title(month, group, f"By {words.lower()}"),
        currency=group.currency,
    )


def _total(rows: list[Row], key: str) -> Row:
    sums: dict[str, Content] = {
        column: Formula("SUM({above})", plus(*(row.cells[column] for row in rows))) for column in ("count", "backlog")
    }
    return Row({"value": "Total", **sums}, style="total", names={"backlog": f"total_{key}"})


def _criterion(value: str) -> str:
    """What SUMIFS compares with: the row's own cell; blank and patterns are spelled out."""
    if not value:
        return '"="'
    escaped = "{value}"
    for sign in ("~", "*", "?"):
        if sign in value:
            escaped = f'SUBSTITUTE({escaped},"{sign}","~{sign}")'
    return f'"="&{escaped}'


def _currencies(month: Month) -> Block:
    part = month.groups[0].part
    key, mine = part.key, contracts_of(month.ledger, part.scope)
    held = np.asarray(month.ledger.contracts["currency"])[mine]
    day = np.array([day_number(month.last)], np.int64)
    rows = []
    for currency in sorted(set(held.tolist())):
        scope = Scope(products=part.scope.products, contracts=mine[held == currency].astype(np.int64))
        cells: dict[str, Content] = {"currency": currency}
        for measure, _ in _BALANCES:
            found = answer(month.ledger, measure, [scope], day, currency=currency)
            known = (0, 0) not in found.errors
            cells[measure] = to_decimal(int(found.minor[0, 0]), currency) if known else CellError("#N/A")
        off = minus(cells["backlog"], _right(cells))
        cells["off"] = Formula("ROUND({backlog}-({contracted}-{billed}+{deferred}-{unbilled}),4)", off)
        names = {measure: f"{measure}_in_{currency.lower()}{key}" for measure, _ in _BALANCES}
        rows.append(Row(cells, currency=currency, names=names))
    return Block(
        f"currencies{key}",
        (
            Column("currency", "Currency", "text"),
            *(Column(measure, words, "money") for measure, words in _BALANCES),
            Column("off", "Difference", "money"),
        ),
        tuple(rows),
        title="In contract currency",
        note="Difference = Backlog − ((Contracted − Billed) + Deferred − Unbilled). The ledger's figures.",
    )


def _identity(row: Row, key: str) -> Check:
    currency = str(row.cells["currency"])
    names = {measure: f"{measure}_in_{currency.lower()}{key}" for measure, _ in _BALANCES}
    text = "{contracted}-{billed}+{deferred}-{unbilled}".format_map(names)
    left = Formula(names["backlog"], plus(row.cells["backlog"]))
    return Check(
        f"Backlog is contracted − billed + deferred − unbilled, in {currency}",
        left,
        Formula(text, _right(row.cells)),
        currency,
    )


def _right(cells: object) -> Amount:
    found: dict[str, Content] = dict(cells)  # type: ignore[call-overload]
    return plus(minus(found["contracted"], found["billed"]), minus(found["deferred"], found["unbilled"]))


def _descending(found: tuple[Amount, int, str]) -> tuple[int, object, str]:
    amount = found[0]
    return (1, 0, found[2]) if isinstance(amount, CellError) else (0, -amount, found[2])
