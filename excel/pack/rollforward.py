"""The backlog roll-forward: from opening to closing backlog, a column a month, the year to date, and the proof."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from engine.movements import backlog_rollforward, corrected_flows
from excel.pack.groups import Group
from excel.pack.listing import block_title, is_all
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, minus, plus
from excel.pack.spans import Spans, span_rows
from excel.pack.steps import Step, bridge_chart
from model.money import to_decimal

TITLE = "Backlog roll-forward"
# Movements the functions can ask for: key, words, sign here, measure, function.
_LIVE = (
    ("bookings", "Bookings", 1, "bookings", "BOOKINGS"),
    ("cancellations", "Cancellations", -1, "cancellations", "CANCELLATIONS"),
    ("recognized", "Recognized revenue", -1, "recognized", "RECOGNIZED"),
)
_BOOKED = ("new contracts", "added lines", "renewals")  # what BOOKINGS adds up
_OTHERWISE = frozenset((*_BOOKED, "opening", "closing", "cancellations", "recognized", "exchange differences"))


def sheet(month: Month) -> Sheet:
    """The sheet: the last months and the year to date, each column closing on the backlog the ledger states."""
    blocks = tuple(_block(month, group) for group in month.groups)
    checks = []
    for group, block in zip(month.groups, blocks, strict=True):
        closing = block.foot[0].cells
        whole = Formula(f"total_backlog{group.totals}", month.one(group, "backlog", month.last))
        for name, key in (("month", f"m{month.options.months - 1}"), ("year to date", "ytd")):
            left = Formula(f"closing_{name.split()[0]}{group.suffix}", plus(closing[key]))
            checks.append(Check(f"Roll-forward of the {name} closes on the backlog", left, whole, group.currency))
    drawn, table = bridge_chart(
        f"rollforward_steps{month.groups[0].suffix}", "Fiscal year to date", month.groups[0].currency, _steps(blocks[0])
    )
    return Sheet(
        title=TITLE,
        heading="Backlog roll-forward",
        subtitle=f"{month.options.months} months to {month.title} and the fiscal year to date",
        items=(*drawn, *blocks, *table),
        checks=tuple(checks),
        notes=(
            "What became known of a closed month after its close stands in the line of prior-period corrections, and in no other.",
            *(
                ()
                if all(is_all(month, group) for group in month.groups)
                else (
                    "Of a part of the books, and of currencies apart, amendments, estimate changes and what bookings consist of are "
                    "the ledger's figures, read when the pack was made; the others are live formulas.",
                )
            ),
        ),
    )


def _block(month: Month, group: Group) -> Block:
    months = {f"m{n}": span for n, span in enumerate(month.back(month.options.months))}
    spans: Spans = {**months, "ytd": (month.year_start, month.last)}
    stated = _stated(month, group, spans)
    detail = {key: _movements(month, group, *span) for key, span in spans.items()}
    rows = [
        *span_rows(spans),
        *_moves(month, group, spans, detail),
    ]
    last = "recognized"
    if group.converted:
        rows.append(_exchange(rows, stated, tuple(spans)))
        last = "exchange"
    sums = {key: plus(*(row.cells[key] for row in rows[2:])) for key in spans}
    closing: dict[str, Content] = {key: Formula(f"SUM({{@opening~{last}}})", value) for key, value in sums.items()}
    off: dict[str, Content] = {
        key: Formula("ROUND({@closing}-{@stated},4)", minus(sums[key], stated[key])) for key in spans
    }
    rows = [replace(row, names={"ytd": f"ytd{n}{group.suffix}_moved"}) if n > 1 else row for n, row in enumerate(rows)]
    titles: dict[str, str | dt.date] = {key: span[1] for key, span in spans.items()} | {"ytd": "Year to date"}
    named = {f"m{month.options.months - 1}": f"closing_month{group.suffix}", "ytd": f"closing_year{group.suffix}"}
    return Block(
        f"rollforward{group.suffix}",
        (Column("what", f"In {group.currency}", "text", 32), *(Column(key, titles[key], "money") for key in spans)),
        tuple(rows),
        (
            Row({"what": "Closing backlog", **closing}, "closing", "total", names=named),
            Row({"what": "Backlog as the ledger states it", **stated}, "stated", "quiet"),
            Row({"what": "Difference", **off}, "off", "check"),
            *(_part(name, detail, is_all(month, group)) for name in _BOOKED),
        ),
        title=block_title(month, group),
        currency=group.currency,
        alert=tuple(spans),
    )


def _steps(block: Block) -> list[Step]:
    """The year to date, from opening to closing."""
    moved = [row for row in block.rows if "ytd" in row.names]
    steps = [
        Step(str(row.cells["what"]), row.names["ytd"], plus(row.cells["ytd"]), stands=row.key == "opening")
        for row in moved
    ]
    closing = block.foot[0]
    return [*steps, Step(str(closing.cells["what"]), closing.names["ytd"], plus(closing.cells["ytd"]), stands=True)]


def _stated(month: Month, group: Group, spans: Spans) -> dict[str, Content]:
    amounts = month.ask(group, "backlog", [last for _, last in spans.values()])[0]
    text = group.call("BACKLOG", "{@to}")
    return {key: group.total(text, amount) for key, amount in zip(spans, amounts, strict=True)}


def _movements(month: Month, group: Group, first: dt.date, last: dt.date) -> dict[str, Decimal]:
    frame = backlog_rollforward(month.ledger, group.scope(), first, last, currency=group.currency)
    return {
        str(name): to_decimal(int(minor), group.currency)
        for name, minor in zip(frame["movement"], frame["amount_minor"], strict=True)
    }


def _moves(month: Month, group: Group, spans: Spans, detail: dict[str, dict[str, Decimal]]) -> list[Row]:
    """Opening, bookings, the ledger's other movements that are not all nothing, cancellations, revenue."""
    firsts, lasts = zip(*spans.values(), strict=True)
    late = {key: _late(month, group, *span) for key, span in spans.items()}
    before = month.ask(group, "backlog", [first - dt.timedelta(days=1) for first in firsts])[0]
    text = group.call("BACKLOG", "{@from}-1")
    opening = {key: group.total(text, amount) for key, amount in zip(spans, before, strict=True)}
    live = []
    for key, words, sign, measure, function in _LIVE:
        amounts = month.ask(group, measure, lasts, since=firsts)[0]
        text = ("-" if sign < 0 else "") + group.call(function, "{@from},{@to}")
        cells = {}
        for span, amount in zip(spans, amounts, strict=True):
            apart = -sign * late[span][measure]
            own = plus(amount if sign > 0 else minus(None, amount), apart)
            cells[span] = group.total(f"{text}{apart:+f}" if apart else text, own)
        live.append(Row({"what": words, **cells}, key))
    names = [name for name in next(iter(detail.values())) if name not in _OTHERWISE]
    whole = is_all(month, group)
    others = [_part(name, detail, whole, "body") for name in names if any(found[name] for found in detail.values())]
    return [Row({"what": "Opening backlog", **opening}, "opening", "strong"), live[0], *others, *live[1:]]


def _late(month: Month, group: Group, first: dt.date, last: dt.date) -> dict[str, Decimal]:
    """What the live figures of a span hold that corrects closed periods, and has its own line."""
    found = corrected_flows(month.ledger, group.scope(), first, last, group.currency)
    return {measure: to_decimal(minor, group.currency) for measure, minor in found.items()}


def _part(
    name: str, detail: dict[str, dict[str, Decimal]], live: bool, style: Literal["body", "quiet"] = "quiet"
) -> Row:
    words = f"Bookings: {name}" if style == "quiet" else name.capitalize()
    text = f'VLOOKUP("{name}",BACKLOG_ROLLFORWARD("*",{{@from}},{{@to}}),2,FALSE)'
    cells: dict[str, Content] = {
        key: Formula(text, found[name]) if live else found[name] for key, found in detail.items()
    }
    return Row({"what": words, **cells}, name, style)


def _exchange(rows: list[Row], stated: dict[str, Content], columns: tuple[str, ...]) -> Row:
    """What is left between movements at their rates and balances at theirs; only where currencies are converted."""
    cells: dict[str, Content] = {"what": "Exchange differences"}
    for column in columns:
        moved = plus(*(row.cells[column] for row in rows[2:]))
        cells[column] = Formula("ROUND({@stated}-SUM({@opening~recognized}),4)", minus(stated[column], moved))
    return Row(cells, "exchange")
