"""Bookings and cancellations: by month, and the contracts behind those of the pack's month."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from engine.each import each_contract
from engine.figures import contracts_of
from engine.movements import backlog_rollforward
from excel.pack.contracts import texts_of
from excel.pack.groups import Entry, Group
from excel.pack.listing import block_title, descending, names_one
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Month, minus, plus, ratio
from model.money import to_decimal
from model.periods import day_number

TITLE = "Bookings"
_KINDS = (("new contracts", "New contracts"), ("added lines", "Added lines"), ("renewals", "Renewals"))
_MEASURES: tuple[tuple[Literal["bookings", "cancellations"], str], ...] = (
    ("bookings", "BOOKINGS"),
    ("cancellations", "CANCELLATIONS"),
)


def sheet(month: Month) -> Sheet:
    """The sheet: a chart, a row a month, and the largest contracts on either side."""
    months = [_months(month, group) for group in month.groups]
    lists = [_contracts(month, group, measure, function) for group in month.groups for measure, function in _MEASURES]
    main, unit = months[0].key, month.groups[0].currency
    chart = Chart("column", "Bookings and cancellations by month", Series(main, "to"),
                  (Series(main, "bookings"), Series(main, "cancellations")), unit)  # fmt: skip
    return Sheet(
        title=TITLE,
        heading="Bookings and cancellations",
        subtitle=f"{month.options.months} months to {month.title}, and the contracts behind the month",
        items=(Charts((chart,), rows=14), *months, *lists),
        notes=(
            "Bookings are commitment added: new contracts, added lines, renewals; cancellations are scope removed or "
            "terminated. What bookings consist of is the ledger's figures, read when the pack was made.",
        ),
    )


def _months(month: Month, group: Group) -> Block:
    spans = month.back(month.options.months)
    firsts, lasts = zip(*spans, strict=True)
    flows = {measure: month.ask(group, measure, lasts, since=firsts)[0] for measure, _ in _MEASURES}
    revenue = month.ask(group, "recognized", lasts, since=firsts)[0]
    rows = []
    for n, (first, last) in enumerate(spans):
        moved = backlog_rollforward(month.ledger, group.scope(), first, last, currency=group.currency)
        parts = dict(zip(moved["movement"], moved["amount_minor"].tolist(), strict=True))
        cells: dict[str, Content] = {"from": first, "to": last}
        cells |= {name: to_decimal(int(parts[name]), group.currency) for name, _ in _KINDS}
        for measure, function in _MEASURES:
            cells[measure] = group.total(group.call(function, "{from},{to}"), flows[measure][n])
        net = minus(flows["bookings"][n], flows["cancellations"][n])
        cells["net"] = Formula("{bookings}-{cancellations}", net)
        cells["revenue"] = group.total(group.call("RECOGNIZED", "{from},{to}"), revenue[n])
        cells["ratio"] = Formula("IF({revenue}=0,NA(),{net}/{revenue})", ratio(net, revenue[n]))
        rows.append(Row(cells))
    unit = group.currency
    keys = [*(name for name, _ in _KINDS), "bookings", "cancellations", "net", "revenue"]
    sums: dict[str, Content] = {key: Formula("SUM({above})", plus(*(row.cells[key] for row in rows))) for key in keys}
    sums["ratio"] = Formula("IF({revenue}=0,NA(),{net}/{revenue})", ratio(sums["net"], sums["revenue"]))
    return Block(
        f"bookings{group.suffix}",
        (
            Column("from", "From", "date"),
            Column("to", "Month", "month"),
            *(Column(name, f"{words} ({unit})", "money") for name, words in _KINDS),
            Column("bookings", f"Bookings ({unit})", "money"),
            Column("cancellations", f"Cancellations ({unit})", "money"),
            Column("net", f"Net bookings ({unit})", "money"),
            Column("revenue", f"Revenue ({unit})", "money"),
            Column("ratio", "Book to bill", "ratio"),
        ),
        tuple(rows),
        (Row({"from": "Total", **sums}, "total", "total"),),
        title=block_title(month, group, "By month"),
        currency=unit,
    )


def _contracts(month: Month, group: Group, measure: Literal["bookings", "cancellations"], function: str) -> Block:
    """The contracts with the largest amounts of the month; the others in one line."""
    found = sorted(_moved(month, group, measure, function), key=lambda row: descending(row.cells["amount"]))
    shown, others = found[: month.options.rows], found[month.options.rows :]
    foot = []
    if others:
        rest = plus(*(row.cells["amount"] for row in others))
        foot.append(Row({"contract": f"All others ({len(others):,})", "amount": rest}, "others"))
    total = Formula("SUM({above})" + ("+{@others}" if others else ""), plus(*(row.cells["amount"] for row in found)))
    foot.append(Row({"contract": "Total", "amount": total}, "total", "total"))
    words = {"bookings": "Largest bookings of the month", "cancellations": "Largest cancellations of the month"}[
        measure
    ]
    return Block(
        f"{measure}_contracts{group.suffix}",
        (
            Column("contract", "Contract"),
            Column("number", "Number"),
            Column("customer", "Customer"),
            Column("sales_rep", "Sales rep"),
            Column("currency", "Contract currency", "text", 10),
            Column("amount", f"{measure.capitalize()} ({group.currency})", "money"),
        ),
        tuple(shown),
        tuple(foot) if found else (),
        title=block_title(month, group, words),
        currency=group.currency,
    )


def _moved(month: Month, group: Group, measure: Literal["bookings", "cancellations"], function: str) -> Iterator[Row]:
    """Every contract of which anything was booked, or cancelled, in the month."""
    scope = group.scope()
    mine = contracts_of(month.ledger, scope)
    days = np.array([day_number(month.prior_month), day_number(month.last)])
    moved = np.diff(each_contract(month.ledger, measure, mine, days, scope.products), axis=1)[:, 0]
    entries = [_entry(month, group, int(i)) for i in mine[moved != 0]]
    if not entries:
        return
    amounts = month.ask(group, measure, [month.last], [e.scope for e in entries], since=[month.first])
    text = group.call(function, "period_start,as_of", contract="{contract}")
    for entry, (amount,) in zip(entries, amounts, strict=True):
        live = entry.askable and group.asks_products
        yield Row({**entry.texts, "amount": Formula(text, amount) if live else amount})


def _entry(month: Month, group: Group, i: int) -> Entry:
    texts = texts_of(month, i)
    askable = names_one(month.ledger.find_contracts, str(texts["contract"]), i)
    return Entry(texts, group.scope(contracts=np.array([i], np.int64)), contract="{contract}", askable=askable)
