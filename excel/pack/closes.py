"""Tie-out to the closes: what each closed month recorded, beside what the books say of it now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.recorded import recorded
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, minus, plus
from model.money import to_decimal
from store.periods import AMOUNTS

if TYPE_CHECKING:
    from store.periods import ClosedFigures, PeriodEvent

TITLE = "Closes"
MOST = 12
_SHOWN = (
    ("backlog", "Backlog", ("backlog",)),
    ("recognized", "Recognized", ("recognized",)),
    ("deferred", "Deferred", ("deferred_current", "deferred_noncurrent")),
)
_CALLS = {
    "backlog": 'BACKLOG("*",{{ends}},,,"{}")', "recognized": 'RECOGNIZED("*",,{{ends}},,,"{}")',
    "deferred": 'DEFERRED("*",{{ends}},,,,,"{}")',
}  # fmt: skip


def sheet(month: Month) -> Sheet:
    """The sheet: each close that holds, then its figures by currency as recorded and as they are."""
    closes = [found for found in month.beside.closes if found[0].ends_on <= month.last]
    rows = [row for close in closes[-MOST:] for row in _rows(month, *close)]
    money = [(f"{key}{end}", f"{words}{say}") for key, words, _ in _SHOWN
             for end, say in (("_then", " recorded"), ("", " now"), ("_off", ": difference"))]  # fmt: skip
    columns = (
        Column("period", "Period"),
        Column("currency", "Currency", "text", 10),
        Column("ends", "Last day", "date"),
        *(Column(key, words, "money") for key, words in money),
    )
    block = Block("closes", columns, tuple(rows), title="Figures recorded at the close, and now",
                  alert=tuple(f"{key}_off" for key, _, _ in _SHOWN),
                  names={"backlog_then": "closed_backlog", "backlog": "books_backlog"})  # fmt: skip
    return Sheet(
        title=TITLE,
        heading="Tie-out to the closes",
        subtitle=f"Closes that hold on {month.last:%d %B %Y}: {len(closes) or 'none'}",
        items=(_events([close for close, _ in closes[-MOST:]]), *((block,) if rows else ())),
        checks=_checks(rows),
        notes=(
            "What became known of a closed month after its close never changes it: the difference is booked in the first "
            "open month, as prior-period corrections of the roll-forward.",
        ),
    )


def state_of(month: Month) -> str:
    """Whether the pack's own period is closed, in words."""
    for close, _ in month.beside.closes:
        if close.ends_on == month.last:
            return f"closed on {close.at:%d %B %Y} by {close.who}, digest {close.digest[:16]}"
    return "open: figures may still change"


def _events(closes: Sequence[PeriodEvent]) -> Block:
    columns = (
        Column("period", "Period"),
        Column("by", "Closed by", "text", 22),
        Column("at", "Closed at (UTC)", "moment"),
        Column("digest", "Digest", "text", 20),
        Column("ledger", "Ledger version", "text", 20),
    )
    rows = tuple(
        Row({"period": close.period, "by": close.who, "at": close.at.replace(tzinfo=None, microsecond=0),
             "digest": close.digest[:16], "ledger": close.ledger[:16]})
        for close in closes
    )  # fmt: skip
    return Block("periods", columns, rows, title="Closed periods")


def _rows(month: Month, close: PeriodEvent, figures: Sequence[ClosedFigures]) -> list[Row]:
    """A row a currency."""
    then: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(AMOUNTS, 0))
    for row in figures:
        for name, amount in zip(AMOUNTS, row.amounts, strict=True):
            then[row.currency][name] += amount
    frame = recorded(month.ledger, close.ends_on)
    now = {str(code): part for code, part in frame.groupby("currency")}
    # Our functions know no currency of contracts: only where all are in one do they give the same.
    alone = len(set(np.asarray(month.ledger.contracts["currency"]).tolist())) == 1
    rows = []
    for currency in sorted({*then, *now}):
        cells: dict[str, Content] = {"period": close.period, "currency": currency, "ends": close.ends_on}
        for key, _, names in _SHOWN:
            was = to_decimal(sum(then[currency][name] for name in names), currency)
            is_ = to_decimal(sum(int(now[currency][name].sum()) for name in names) if currency in now else 0, currency)
            now_: Content = Formula(_CALLS[key].format(currency), is_) if alone else is_
            cells |= {
                f"{key}_then": was,
                key: now_,
                f"{key}_off": Formula(f"{{{key}}}-{{{key}_then}}", minus(is_, was)),
            }
        rows.append(Row(cells, currency=currency, style="check"))
    return rows


def _checks(rows: Sequence[Row]) -> tuple[Check, ...]:
    """The last close, on the cover: backlog as recorded is what the books say."""
    if not rows:
        return ()
    last = [n for n, row in enumerate(rows) if row.cells["period"] == rows[-1].cells["period"]]
    return tuple(
        Check(
            f"Close of {rows[n].cells['period']}: the backlog recorded is that of the books",
            Formula(f"INDEX(closed_backlog,{n + 1})", plus(rows[n].cells["backlog_then"])),
            Formula(f"INDEX(books_backlog,{n + 1})", plus(rows[n].cells["backlog"])),
            str(rows[n].cells["currency"]),
        )
        for n in last
    )
