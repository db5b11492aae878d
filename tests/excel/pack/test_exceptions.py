"""The exceptions of the month, the gravest first."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd

from excel.pack.exceptions import sheet
from excel.pack.source import Options
from model.frames import NO_AMOUNT, NO_DAY
from model.money import Money
from model.periods import day_number, month_end, parse_day

LAST = parse_day("2026-10-31")


def ledger(*rows):
    columns = ["severity", "rule", "customer", "contract", "line", "day", "amount_minor", "currency", "text", "source"]
    return SimpleNamespace(exceptions=pd.DataFrame(rows, columns=columns))


USUAL = Money(1250, "USD")


def row(severity, day, amount=USUAL):
    number = NO_DAY if day is None else day_number(parse_day(day))
    return (severity, "past_end", "Acme Ltd", "K1", "L1", number, amount.minor, amount.currency, "Late", "books")


def test_the_gravest_come_first_with_amounts_in_their_own_digits():
    book = ledger(
        row("info", "2026-10-01"),
        row("error", "2026-10-02", Money(800, "JPY")),
        row("warning", None, Money(NO_AMOUNT, "")),
    )
    block = sheet(SimpleNamespace(ledger=book, last=month_end(LAST), options=Options(rows=10))).blocks[0]
    cells = [line.cells for line in block.rows]
    assert [c["severity"] for c in cells] == ["error", "warning", "info"]
    assert [str(c["amount"]) for c in cells] == ["800", "None", "12.50"]
    assert [str(c["day"]) for c in cells] == ["2026-10-02", "None", "2026-10-01"]
    assert cells[0]["rule"] == "past end"


def test_no_exception_is_said():
    assert (
        sheet(SimpleNamespace(ledger=ledger(), last=LAST, options=Options(rows=10))).subtitle
        == "None open on 31 October 2026"
    )
