"""One look a kind of cell: text that stays text, figures with their currency's digits. A look is a number in the file."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack import style
from excel.pack.sheet import Content, Kind, Link, RowStyle
from excel.patch.values import CellError

LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
Holds = Literal["", "date", "moment", "link", "words", "quoted"]


class Look(NamedTuple):
    """All that decides how a cell looks. `holds`: what else than a figure; "quoted" is text that could be taken for a formula."""

    row: RowStyle
    kind: Kind
    currency: str
    indent: int
    holds: Holds


class Pen:
    """The looks of one workbook by their numbers; equal looks are worked out once, for a style is dear and cells are many."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet, self._numbers = sheet, dict[Look, int]()

    def number(self, look: Look) -> int:
        """The number of a look in the workbook's table of cell formats."""
        if look not in self._numbers:
            cell = Cell(self._sheet, 1, 1)
            _put_on(cell, look)
            self._numbers[look] = int(cell.style_id)
        return self._numbers[look]

    def plain(self, font: Font, alignment: Alignment) -> int:
        """The number of a look that is a font and how text stands."""
        cell = Cell(self._sheet, 1, 1)
        cell.font, cell.alignment = font, alignment
        return int(cell.style_id)


def holds(content: Content) -> Holds:
    """What else than a figure a cell holds."""
    if isinstance(content, Link):
        return "link"
    if isinstance(content, dt.datetime):
        return "moment"
    if isinstance(content, str) and not isinstance(content, CellError):
        return "quoted" if content.startswith(LOOKS_LIKE_FORMULA) else "words"
    return "date" if isinstance(content, dt.date) else ""


def _put_on(cell: Cell, look: Look) -> None:
    cell.font = _font(look)
    cell.border = {"total": style.TOTAL_LINE, "subtotal": style.SUBTOTAL_LINE}.get(look.row, style.ROW_LINE)
    if look.row in ("total", "subtotal"):
        cell.fill = style.TOTAL_FILL
    if look.holds == "moment":
        cell.number_format = style.number_format("moment")
    elif look.holds == "date":
        cell.number_format = style.number_format("month" if look.kind == "month" else "date")
    elif style.is_figure(look.kind):
        cell.number_format = style.number_format(look.kind, look.currency, look.row == "check")
    if style.is_figure(look.kind) and look.holds not in ("words", "quoted"):
        cell.alignment = style.RIGHT
    else:
        wrap = look.kind == "long"
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=wrap, indent=look.indent)
    if look.holds == "quoted":
        cell.quotePrefix = True


def _font(look: Look) -> Font:
    if look.holds == "link":
        return style.LINKED
    if look.row in ("quiet", "check"):
        return style.QUIET
    return style.BODY if look.row == "body" else style.STRONG
