"""The month-end pack, built: the sheets are asked of the ledger, laid out, drawn, and their values put in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.workbook.properties import CalcProperties

from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from excel.pack import (
    breakdown,
    contracts,
    cover,
    customers,
    deferred,
    exceptions,
    measures,
    method,
    products,
    receivable,
    rollforward,
    rpo,
    sales,
    scenarios,
    schedule,
    signals,
    summary,
    trend,
)
from excel.pack import style as look
from excel.pack.layout import layout
from excel.pack.pen import Pen
from excel.pack.printing import set_up
from excel.pack.render import draw
from excel.pack.sheet import Sheet
from excel.pack.source import Month, groups_of
from excel.pack.text import as_text
from excel.patch import Value, patch
from excel.patch.swap import replacing
from model.calendar import MONTHS, Calendar
from model.thresholds import Thresholds

Progress = Callable[[str, int, int | None], None]
"""Told what is being worked on, how much is done, and of how much."""
# The calculation engine of current Excel: an older number, or a full calculation on load, would make Excel ask
# functions that are not installed there and overwrite the figures with #NAME?.
_CALC_ENGINE = 191029
_WORK = "month-end pack"
_STEPS: tuple[Callable[[Month], Sheet], ...] = (
    summary.sheet,
    rollforward.sheet,
    deferred.sheet,
    schedule.sheet,
    rpo.sheet,
    customers.sheet,
    contracts.sheet,
    products.sheet,
    trend.sheet,
    receivable.sheet,
    measures.sheet,
    sales.sheet,
    signals.sheet,
    scenarios.sheet,
    exceptions.sheet,
    method.sheet,
)
_ORDER = (
    cover.TITLE, summary.TITLE, rollforward.TITLE, deferred.TITLE, schedule.TITLE, rpo.TITLE, customers.TITLE,
    contracts.TITLE, products.TITLE, breakdown.TITLE, trend.TITLE, receivable.TITLE, measures.TITLE,
    sales.TITLE, signals.TITLE, scenarios.TITLE, exceptions.TITLE, method.TITLE,
)  # fmt: skip


def new(
    ledger: Ledger,
    freshness: Mapping[str, dt.datetime],
    path: Path,
    first: dt.date,
    last: dt.date,
    company: str,
    progress: Progress | None = None,
    *,
    currency: str = "",
    calendar: Calendar = MONTHS,
    inputs: Inputs | None = None,
    limits: Thresholds | None = None,
    signals_off: Sequence[str] = (),
) -> Path:
    """Writes the pack of the period `first`..`last` to `path`, replacing what is there in one step.

    `freshness`: when each connector's data was last complete. `currency`: the reporting currency ("" = the ledger's). `calendar`: what
    a month and a year are. `progress` is told how many of the sheets are done. `inputs`, `limits`, `signals_off`: see
    excel.pack.source.Month.
    Raises RetryLater where the file is open elsewhere; what was there before is then untouched.
    """
    month = _month(ledger, freshness, first, last, company, currency or ledger.reporting, calendar)
    month = replace(month, inputs=inputs or Inputs.none(), limits=limits or Thresholds(), signals_off=signals_off)
    sheets = pack_sheets(month, progress)
    with replacing(path) as beside:
        values = write(beside, sheets, month)
        patch(beside, values)
    if progress:
        progress(_WORK, len(_STEPS) + 1, len(_STEPS) + 1)
    return path


def pack_sheets(month: Month, progress: Progress | None = None) -> list[Sheet]:
    """Every sheet of the pack as declared values, the cover first."""
    by_title: dict[str, Sheet] = {}
    for number, make in enumerate(_STEPS):
        if progress:
            progress(_WORK, number, len(_STEPS) + 1)
        sheet = make(month)
        by_title[sheet.title] = sheet
    split = breakdown.sheet(month, by_title[customers.TITLE], by_title[contracts.TITLE])
    by_title[split.title] = split
    others = [by_title[title] for title in _ORDER if title in by_title]
    return [cover.sheet(month, others), *others]


def write(path: Path, sheets: list[Sheet], month: Month) -> dict[str, dict[str, Value]]:
    """Draws the sheets into a new workbook at `path`; the values by sheet and address that are still to be put in."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.calculation = CalcProperties(calcId=_CALC_ENGINE, fullCalcOnLoad=False)
    book.properties.title = as_text(f"{month.company}: revenue backlog, {month.title}".lstrip(": "))
    book.properties.creator = "Revenue Backlog"
    layouts = {sheet.title: layout(sheet) for sheet in sheets}
    values: dict[str, dict[str, Value]] = {}
    pen = Pen()
    stamp = f"Revenue Backlog, ledger {str(month.ledger.version)[:12]}, policies {month.ledger.policy.digest()}"
    for title, placed in layouts.items():
        page = book.create_sheet(title)
        values[title] = draw(book, page, pen, placed, layouts)
        set_up(page, placed, month.company, month.currency, stamp)
    book.worksheets[0].sheet_properties.tabColor = look.ACCENT
    book.save(path)
    return values


def _month(
    ledger: Ledger,
    freshness: Mapping[str, dt.datetime],
    first: dt.date,
    last: dt.date,
    company: str,
    currency: str,
    calendar: Calendar,
) -> Month:
    days = [calendar.month(last, n).last for n in range(-12, 25)]
    return Month(
        ledger=ledger,
        freshness=freshness,
        company=company,
        first=first,
        last=last,
        calendar=calendar,
        currency=currency,
        groups=groups_of(ledger, currency, days),
    )
