"""The backlog roll-forward: from opening to closing backlog, a column a month, the year to date, and the proof."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from engine.movements import backlog_rollforward

from excel.pack.listing import block_title, call
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import NOTHING, Group, Month, minus, plus
from model.money import to_decimal
from model.periods import day_number

TITLE = "Backlog roll-forward"
MONTHS = 6
_OPENING, _CLOSING = "opening", "closing"
# Movements the functions can ask for, with the sign they have here; the others come from the ledger as figures.
_LIVE = {
    "bookings": ("BOOKINGS", ""),
    "cancellations": ("CANCELLATIONS", "-"),
    "recognized": ("RECOGNIZED", "-"),
}


_WORDS = {"fx": "Exchange differences", "recognized": "Recognized revenue"}


def sheet(month: Month) -> Sheet:
    """The sheet: six months and the year to date, each column closing on the backlog the ledger states."""
    blocks = tuple(_block(month, group) for group in month.groups)
    checks = []
    for group, block in zip(month.groups, blocks, strict=True):
        closing = block.foot[0].cells
        whole = Formula(f"total_backlog{group.suffix}", month.one(group, "backlog", month.last))
        for name, key in (("month", f"m{MONTHS - 1}"), ("year to date", "ytd")):
            left = Formula(f"closing_{name.split()[0]}{group.suffix}", plus(closing[key]))
            checks.append(Check(f"Roll-forward of the {name} closes on the backlog", left, whole, group.currency))
    return Sheet(
        title=TITLE,
        heading="Backlog roll-forward",
        subtitle=f"Six months to {month.last:%B %Y} and the fiscal year to date",
        items=blocks,
        checks=tuple(checks),
        about="Opening + bookings ± changes − recognized = closing",
        notes=(
            "Bookings, cancellations and recognized revenue are live formulas; the other movements are the ledger's "
            "figures, read when the pack was made.",
        ),
    )


def _block(month: Month, group: Group) -> Block:
    spans: dict[str, tuple[dt.date, dt.date]] = {f"m{n}": span for n, span in enumerate(month.trend[-MONTHS:])}
    spans["ytd"] = (month.year_start, month.last)
    moves = {key: _movements(month, group, *span) for key, span in spans.items()}
    names = [name for name in next(iter(moves.values())) if name not in (_OPENING, _CLOSING)]
    stated = month.ask(group, "backlog", [last for _, last in spans.values()])[0]
    rows = [
        Row({"what": "From", **{key: span[0] for key, span in spans.items()}}, "from", "quiet", kind="date"),
        Row({"what": "To", **{key: span[1] for key, span in spans.items()}}, "to", "quiet", kind="date"),
        _opening(month, group, moves),
    ]
    rows += [_movement(name, group, {key: found[name] for key, found in moves.items()}) for name in names]
    sums = {key: plus(*(found[name] for name in (_OPENING, *names))) for key, found in moves.items()}
    closing: dict[str, Content] = {
        key: Formula(f"SUM({{@{_OPENING}~{names[-1] if names else _OPENING}}})", value) for key, value in sums.items()
    }
    engine_says: dict[str, Content] = {
        key: group.total(call("BACKLOG", '"*"', "{@to}", group.word), value)
        for key, value in zip(spans, stated, strict=True)
    }
    off: dict[str, Content] = {
        key: Formula("ROUND({@closing}-{@stated},4)", minus(sums[key], engine_says[key])) for key in spans
    }
    titles: dict[str, str | dt.date] = {key: span[1] for key, span in spans.items()} | {"ytd": "Year to date"}
    named = {f"m{MONTHS - 1}": f"closing_month{group.suffix}", "ytd": f"closing_year{group.suffix}"}
    return Block(
        f"rollforward{group.suffix}",
        (Column("what", f"In {group.currency}", "text", 30), *(Column(key, titles[key], "money") for key in spans)),
        tuple(rows),
        (
            Row({"what": "Closing backlog", **closing}, _CLOSING, "total", names=named),
            Row({"what": "Backlog as the ledger states it", **engine_says}, "stated", "quiet"),
            Row({"what": "Difference", **off}, "off", "check"),
        ),
        title=block_title(month, group),
        currency=group.currency,
        alert=tuple(spans),
    )


def _movements(month: Month, group: Group, first: dt.date, last: dt.date) -> dict[str, Decimal]:
    frame = backlog_rollforward(
        month.ledger, month.scope(group), day_number(first), day_number(last), currency=group.currency
    )
    return {
        str(name): to_decimal(int(minor), group.currency)
        for name, minor in zip(frame["movement"], frame["amount_minor"], strict=True)
    }


def _opening(month: Month, group: Group, moves: dict[str, dict[str, Decimal]]) -> Row:
    text = call("BACKLOG", '"*"', "{@from}-1", group.word)
    cells: dict[str, Content] = {key: group.total(text, found.get(_OPENING, NOTHING)) for key, found in moves.items()}
    return Row({"what": "Opening backlog", **cells}, _OPENING, "strong")


def _movement(name: str, group: Group, amounts: dict[str, Decimal]) -> Row:
    words = _WORDS.get(name, name.replace("_", " ").capitalize())
    if name not in _LIVE:
        return Row({"what": words, **amounts}, name)
    function, sign = _LIVE[name]
    text = sign + call(function, '"*"', "{@from},{@to}", group.word)
    return Row({"what": words, **{key: group.total(text, amount) for key, amount in amounts.items()}}, name)
