"""Deferred revenue: what it is made of and how it moved, then each customer's current and long-term part."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from excel.pack.customers import entries
from excel.pack.groups import Group
from excel.pack.listing import Figure, Tie, block_title, foot_rows, money_columns, rows_of, shown, tie_check
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import Amount, Month, minus, plus
from excel.pack.spans import Spans, span_rows

TITLE = "Deferred revenue"
_CURRENT = Figure("current", "Current", "deferred", "DEFERRED", 'as_of,"current",', options={"part": "current"})
_TOTAL = Figure("total", "Deferred revenue", "deferred", "DEFERRED", "as_of,,")
_UNBILLED = Figure("unbilled", "Unbilled", "unbilled", "UNBILLED")
_ASKED = (_CURRENT, _TOTAL, _UNBILLED)


def sheet(month: Month) -> Sheet:
    """The sheet: the roll-forward of month and year, then a row for each customer with a balance."""
    moves = [_rollforward(month, group) for group in month.groups]
    ties = [_tie(month, group) for group in month.groups]
    lists = [_customers(month, group, tie) for group, tie in zip(month.groups, ties, strict=True)]
    checks = [
        tie_check("Deferred revenue: the customers' sum is the whole", block, tie, block.currency)
        for block, tie in zip(lists, ties, strict=True)
    ]
    checks += [_halves(month, group) for group in month.groups if not group.converted]
    return Sheet(
        title=TITLE,
        heading="Deferred revenue",
        subtitle=f"As of {month.last:%d %B %Y}: billed and not yet earned, contract by contract",
        items=(*moves, *lists),
        checks=tuple(checks),
    )


def _rollforward(month: Month, group: Group) -> Block:
    spans: Spans = {
        "now": (month.first, month.last),
        "month": month.back(2)[0],
        "to_date": (month.year_start, month.last),
    }
    closing = month.ask(group, "deferred", [last for _, last in spans.values()])[0]
    rows = [*span_rows(spans), *_moves(month, group, spans)]
    rows.append(_exchange(rows, closing, tuple(spans)))
    text = group.call("DEFERRED", "{@to},,")
    stated = {column: group.total(text, amount) for column, amount in zip(spans, closing, strict=True)}
    return Block(
        f"deferred_moves{group.suffix}",
        (
            Column("what", f"In {group.currency}", "text", 38),
            Column("now", "Month", "money", 18),
            Column("month", "Prior month", "money", 18),
            Column("to_date", "Year to date", "money", 18),
        ),
        tuple(rows),
        (Row({"what": "Closing", **stated}, "closing", "total"),),
        title=block_title(month, group, "Roll-forward"),
        currency=group.currency,
    )


def _moves(month: Month, group: Group, spans: Spans) -> Iterator[Row]:
    """What deferred revenue opened with and what moved it; what was earned ahead of billing never was deferred."""
    firsts, lasts = zip(*spans.values(), strict=True)
    opens = [first - dt.timedelta(days=1) for first in firsts]
    opening = month.ask(group, "deferred", opens)[0]
    unbilled_then, unbilled = (month.ask(group, "unbilled", days)[0] for days in (opens, lasts))
    billed, earned = (month.ask(group, measure, lasts, since=firsts)[0] for measure in ("billed", "recognized"))
    unbilled_call = group.call("UNBILLED", "{day}")
    moves: dict[str, tuple[str, str, list[Amount]]] = {
        "opening": ("Opening", group.call("DEFERRED", "{@from}-1,,"), opening),
        "billed": ("Billed, net of credits", group.call("BILLED", "{@from},{@to}"), billed),
        "earned": (
            "Recognized revenue",
            "-" + group.call("RECOGNIZED", "{@from},{@to}"),
            [minus(None, one) for one in earned],
        ),
        "unbilled": (
            "Earned ahead of billing (change in unbilled)",
            unbilled_call.replace("{day}", "{@to}") + "-" + unbilled_call.replace("{day}", "{@from}-1"),
            [minus(one, then) for one, then in zip(unbilled, unbilled_then, strict=True)],
        ),
    }
    for key, (words, text, amounts) in moves.items():
        cells = {column: group.total(text, amount) for column, amount in zip(spans, amounts, strict=True)}
        yield Row({"what": words, **cells}, key)


def _exchange(rows: list[Row], closing: list[Amount], columns: tuple[str, ...]) -> Row:
    """What is left between the movements and the closing: only exchange differences, so zero in one currency."""
    cells: dict[str, Content] = {"what": "Exchange differences"}
    for column, amount in zip(columns, closing, strict=True):
        moved = plus(*(row.cells[column] for row in rows[2:]))
        cells[column] = Formula("ROUND({@closing}-SUM({@opening~unbilled}),4)", minus(amount, moved))
    return Row(cells, "exchange")


def _tie(month: Month, group: Group) -> Tie:
    whole = month.one(group, "deferred", month.last)
    return Tie("total", f"total_deferred_customers{group.suffix}", f"total_deferred{group.totals}", whole)


def _halves(month: Month, group: Group) -> Check:
    """Both parts as the ledger states them; where currencies are converted, each part is rounded by itself."""
    parts = {part: month.one(group, "deferred", month.last, part=part) for part in ("current", "noncurrent")}
    calls = (group.call("DEFERRED", f'as_of,"{part}",') for part in parts)
    text = "+".join(calls if group.contracts is None else (str(amount) for amount in parts.values()))
    whole = Formula(f"total_deferred{group.totals}", month.one(group, "deferred", month.last))
    text_words = "Deferred revenue: current and long-term are the whole"
    return Check(text_words, Formula(text, plus(*parts.values())), whole, group.currency)


def _customers(month: Month, group: Group, tie: Tie) -> Block:
    found = [
        Row({**row.cells, "later": Formula("{total}-{current}", minus(row.cells["total"], row.cells["current"]))})
        for row in rows_of(month, group, entries(month, group), _ASKED, "total")
    ]
    rows, others = shown(month, found)
    current, total, unbilled = money_columns(_ASKED, group.currency)
    later = Column("later", f"Long-term ({group.currency})", "money")
    return Block(
        f"deferred{group.suffix}",
        (Column("customer", "Customer"), current, later, total, unbilled, Column("id", "Customer id")),
        tuple(rows),
        foot_rows(rows, group, "customer", ("current", "later", "total", "unbilled"), tie, others=others),
        title=block_title(month, group, "By customer"),
        currency=group.currency,
        table=f"tbl_deferred{group.suffix}",
    )
