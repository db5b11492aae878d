"""Measures of the month: each with its value, its formula and every amount it is made of."""

from __future__ import annotations

from engine.figures import Scope
from engine.metrics.formulas import METRICS
from engine.metrics.measure import Measured, measure
from excel.pack.sheet import Block, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, measured_cell
from model.errors import Unanswerable
from model.money import Money, to_decimal

TITLE = "Measures"


def sheet(month: Month) -> Sheet:
    """The sheet: a row a measure, at the day and over the month."""
    return Sheet(
        title=TITLE,
        heading="Measures",
        subtitle=f"As of {month.last:%d %B %Y}, and over the days of the month where a measure takes a period",
        items=(
            Block(
                "measures",
                (
                    Column("measure", "Measure", "text", 26),
                    Column("value", "At the day", "ratio", 14),
                    Column("period", "From the first of the month", "ratio", 14),
                    Column("currency", "Currency", "text", 10),
                    Column("formula", "Formula", "long", 44),
                    Column("made", "What it is made of at the day, or why there is none", "long", 70),
                ),
                tuple(_row(month, name) for name in METRICS),
                table="tbl_measures",
            ),
        ),
        notes=("What is not stated, or cannot be divided, is #N/A and says why; it is never zero.",),
    )


def _row(month: Month, name: str) -> Row:
    at = measure(month.ledger, name, [Scope()], month.last, None, month.inputs)[0]
    period = measure(month.ledger, name, [Scope()], month.last, month.first, month.inputs)[0]
    currency = at.value.currency if isinstance(at.value, Money) else ""
    cells: dict[str, Content] = {
        "measure": name,
        "value": Formula("METRIC({measure},as_of)", measured_cell(at)),
        "period": Formula('METRIC({measure},as_of,"*",period_start)', measured_cell(period)),
        "currency": currency,
        "formula": METRICS[name].formula,
        "made": made_of(at),
    }
    return Row(cells, currency=currency, kind="money" if currency else None)


def made_of(measured: Measured) -> str:
    """The amounts of a measure in one line, or why it has none."""
    if isinstance(measured.value, Unanswerable):
        return str(measured.value)
    parts: list[str] = []
    for label, sign, side, found in measured.terms:
        assert isinstance(found, Money)  # noqa: S101 - a measure with a value has all its amounts
        mark = "÷ " if side == "below" else "− " if sign < 0 else "+ " if parts else ""
        parts.append(f"{mark}{label} {to_decimal(*found):,} {found.currency}")
    if measured.factor != 1:
        parts.append(f"× {float(measured.factor):g}")
    return " ".join(parts)
