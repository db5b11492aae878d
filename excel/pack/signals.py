"""Signals on the last day of the month: what tripped, the records behind it, what usually helps."""

from __future__ import annotations

from engine.signals.look import signals
from excel.pack.sheet import Block, Column, Content, Row, Sheet
from excel.pack.source import Month
from model.money import to_decimal

TITLE = "Signals"


def sheet(month: Month) -> Sheet:
    """The sheet: a row a signal; rules that could not be looked at are told below."""
    found, unchecked = signals(month.ledger, month.inputs, month.last, month.limits, month.signals_off)
    rows = []
    for each in found:
        cells: dict[str, Content] = {
            "rule": each.rule.replace("_", " "),
            "subject": each.subject,
            "text": each.text,
            "amount": to_decimal(*each.amount) if each.amount else None,
            "currency": each.amount.currency if each.amount else "",
            "records": ", ".join(each.records),
            "advice": each.advice,
        }
        rows.append(Row(cells, currency=each.amount.currency if each.amount else ""))
    columns = (
        Column("rule", "Rule", "text", 26),
        Column("subject", "About", "text", 22),
        Column("text", "What tripped it", "long", 46),
        Column("amount", "Amount", "money"),
        Column("currency", "Currency", "text", 10),
        Column("records", "Records", "long", 30),
        Column("advice", "What usually helps", "long", 50),
    )
    return Sheet(
        title=TITLE,
        heading="Signals",
        subtitle=f"{len(found) or 'None'} on {month.last:%d %B %Y}, by the thresholds of the configuration",
        items=(Block("signals", columns, tuple(rows), table="tbl_signals"),),
        notes=tuple(f"Not looked at: {each.rule.replace('_', ' ')}: {each.reason}." for each in unchecked),
    )
