"""What someone must see: obligations past their end, over-recognition, differences between systems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from engine.arisen import arisen
from excel.pack.sheet import Block, Column, Content, Row, Sheet
from excel.pack.source import Month
from model.frames import NO_AMOUNT, NO_DAY
from model.money import to_decimal
from model.periods import day_of

TITLE = "Exceptions"
_GRAVEST = ("error", "warning", "info")


def sheet(month: Month) -> Sheet:
    """The sheet: a row for each open exception, the gravest first."""
    frame = arisen(month.ledger.exceptions, month.last)
    frame = frame.iloc[frame["severity"].map(_rank).argsort(kind="stable")]
    records = frame.head(month.options.rows).to_dict("records")
    rest = len(frame) - len(records)
    block = Block(
        "exceptions",
        (
            Column("severity", "Severity"),
            Column("rule", "Rule", "text", 24),
            Column("customer", "Customer", "text", 26),
            Column("contract", "Contract"),
            Column("line", "Line"),
            Column("day", "Day", "date"),
            Column("amount", "Amount", "money"),
            Column("currency", "Currency"),
            Column("text", "What is wrong, and what to do", "long"),
            Column("source", "Source"),
        ),
        tuple(_row(record) for record in records),
        table="tbl_exceptions",
    )
    return Sheet(
        title=TITLE,
        heading="Exceptions",
        subtitle=f"{len(frame) or 'None'} open on {month.last:%d %B %Y}",
        items=(block,),
        notes=(f"{rest:,} more: backlog exceptions list --on {month.last}",) if rest > 0 else (),
    )


def _rank(severity: str) -> int:
    return _GRAVEST.index(severity) if severity in _GRAVEST else len(_GRAVEST)


def _row(record: Mapping[Any, Any]) -> Row:
    currency = str(record["currency"] or "")
    words = ("severity", "rule", "customer", "contract", "line", "currency", "text", "source")
    cells: dict[str, Content] = {key: str(record[key] or "") for key in words}
    cells["rule"] = str(record["rule"]).replace("_", " ")
    cells["day"] = _day(record["day"])
    minor = record["amount_minor"]
    cells["amount"] = to_decimal(int(minor), currency) if currency and int(minor) != NO_AMOUNT else None
    return Row(cells, currency=currency)


def _day(day: Any) -> Content:
    if isinstance(day, dt.date | str) or day is None:
        return day or None
    return None if int(day) <= NO_DAY else day_of(int(day))
