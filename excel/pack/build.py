"""The month-end pack, built: the sheets are asked of the ledger, laid out, drawn and saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.workbook.properties import CalcProperties

from engine.ledger import Ledger
from engine.metrics.inputs import Inputs
from excel.pack import cover
from excel.pack import style as look
from excel.pack.beside import Beside
from excel.pack.breaks import keep_tables
from excel.pack.groups import Part, groups_of, part_of, standing_alone
from excel.pack.kinds import KINDS
from excel.pack.layout import layout
from excel.pack.pen import Pen
from excel.pack.printing import set_up
from excel.pack.render import draw
from excel.pack.save import save
from excel.pack.sheet import Charts, Item, Sheet
from excel.pack.source import Month
from excel.pack.template import Chosen, Template, default
from excel.pack.text import as_text
from excel.patch.swap import replacing
from model.calendar import MONTHS, Calendar
from model.errors import Unanswerable
from model.thresholds import Thresholds

Progress = Callable[[str, int, int | None], None]
"""Told what is being worked on, how much is done, and of how much."""
# The calculation engine of current Excel: an older number, or a full calculation on load, would make Excel ask
# functions that are not installed there and overwrite the figures with #NAME?.
_CALC_ENGINE = 191029
_WORK = "month-end pack"


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
    beside: Beside | None = None,
    template: Template | None = None,
) -> Path:
    """Writes the pack of the period `first`..`last` to `path`, replacing what is there in one step.

    `freshness`: when each connector's data was last complete. `currency`: the reporting currency ("" = the ledger's). `calendar`: what
    a month and a year are. `progress` is told how many of the sheets are done. `inputs`, `limits`, `signals_off`, `beside`:
    see excel.pack.source.Month. `template`: which sheets, the usual ones without it.
    Raises RetryLater where the file is open elsewhere, Unanswerable where a sheet is about something that is not in the
    ledger; what was there before is then untouched.
    """
    month = Month(
        ledger=ledger, freshness=freshness, company=company, first=first, last=last, calendar=calendar,
        currency=currency or ledger.reporting, groups=(), inputs=inputs or Inputs.none(), limits=limits or Thresholds(),
        signals_off=signals_off, beside=beside or Beside(),
    )  # fmt: skip
    sheets = pack_sheets(month, template or default(), progress)
    with replacing(path) as beside_path:
        write(beside_path, sheets, month)
    if progress:
        progress(_WORK, len(sheets), len(sheets))
    return path


def pack_sheets(month: Month, template: Template, progress: Progress | None = None) -> list[Sheet]:
    """Every sheet of the pack as declared values, the cover first."""
    alone = standing_alone(month.ledger, month.currency, _days(month))
    whole = replace(month, groups=groups_of(month.ledger, month.currency, alone, Part(), ""))
    months = _months(whole, template.sheets, alone)
    made: dict[str, Sheet] = {}
    order = sorted(template.sheets, key=lambda chosen: KINDS[chosen.kind].last)
    for number, chosen in enumerate(order):
        if progress:
            progress(_WORK, number, len(order) + 1)
        mine = months[chosen.name]
        sheet = _titled(KINDS[chosen.kind].make(mine), chosen, mine.groups[0].part)
        part = mine.groups[0].part
        if mine.groups[0].suffix == mine.groups[0].totals and not mine.options.rows:
            month.made[chosen.kind, part.key] = sheet
        made[chosen.name] = sheet
    others = [made[chosen.name] for chosen in template.sheets]
    there = {block.key for sheet in others for block in sheet.blocks}
    groups = {group.totals: group for each in (whole, *months.values()) for group in each.groups}
    front = cover.sheet(whole, others, list(groups.values()), template.title)
    return [front, *(_drawable(sheet, there) for sheet in others)]


def write(path: Path, sheets: list[Sheet], month: Month) -> None:
    """Draws the sheets into a new workbook at `path`."""
    book = Workbook()
    book.calculation = CalcProperties(calcId=_CALC_ENGINE, fullCalcOnLoad=False)
    book.properties.title = as_text(f"{month.company}: revenue backlog, {month.title}".lstrip(": "))
    book.properties.creator = "Revenue Backlog"
    layouts = {sheet.title: layout(sheet) for sheet in sheets}
    blocks = {key: (title, placed) for title, each in layouts.items() for key, placed in each.placed.items()}
    rows: dict[str, dict[int, str]] = {}
    pen = Pen(book.worksheets[0])
    stamp = f"Revenue Backlog, ledger {str(month.ledger.version)[:12]}, policies {month.ledger.policy.digest()}"
    for title, placed in layouts.items():
        page = book.create_sheet(title)
        rows[title] = draw(book, page, pen, placed, blocks)
        set_up(page, placed, month.company, month.currency, stamp)
        keep_tables(page, placed, rows[title])
    book.remove(book.worksheets[0])  # the pen's
    book.worksheets[0].sheet_properties.tabColor = look.ACCENT
    save(book, path, rows)


def _months(month: Month, sheets: Iterable[Chosen], alone: frozenset[str]) -> dict[str, Month]:
    """The month as each sheet sees it: its part of the books, its options, names of its own."""
    parts: dict[tuple[tuple[str, str], ...], Part] = {(): month.groups[0].part}
    seen: dict[tuple[str, str], int] = {}
    found = {}
    for chosen in sheets:
        filters = tuple(chosen.filters.items())
        if filters not in parts:
            try:
                parts[filters] = part_of(month.ledger, chosen.filters, f"_part{len(parts)}")
            except Unanswerable as error:
                raise Unanswerable(f"sheet {chosen.name!r} of the template: {error}") from None
        part = parts[filters]
        again = seen.get((chosen.kind, part.key), 0)
        seen[chosen.kind, part.key] = again + 1
        suffix = part.key + (f"_again{again}" if again else "")
        groups = groups_of(month.ledger, month.currency, alone, part, suffix)
        found[chosen.name] = replace(month, groups=groups, options=chosen.options)
    return found


def _titled(sheet: Sheet, chosen: Chosen, part: Part) -> Sheet:
    about = KINDS[chosen.kind].about
    return replace(
        sheet,
        title=chosen.title or sheet.title,
        subtitle=f"{sheet.subtitle} · only {part.words}" if part.words else sheet.subtitle,
        about=about[0].upper() + about[1:],
    )


def _drawable(sheet: Sheet, there: set[str]) -> Sheet:
    """The sheet without charts whose figures no sheet of the pack holds."""
    items: list[Item] = []
    for item in sheet.items:
        if isinstance(item, Charts):
            kept = tuple(
                chart
                for chart in item.charts
                if {chart.categories.block, *(one.block for one in chart.series)} <= there
            )
            if kept:
                items.append(replace(item, charts=kept))
        else:
            items.append(item)
    return replace(sheet, items=tuple(items))


def _days(month: Month) -> list[dt.date]:
    """The days that figures are converted on: a currency that has no rate on one of them stands alone."""
    return [month.calendar.month(month.last, n).last for n in range(-12, 25)]
