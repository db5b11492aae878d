"""Fills cells and dresses them: text that stays text, figures with their currency's digits, one look a kind of cell."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font

from excel.pack import style
from excel.pack.sheet import Content, Formula, Kind, Link, Row, RowStyle
from excel.pack.text import as_text
from excel.patch.values import CellError, Value

_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class Look(NamedTuple):
    """All that decides how a cell looks."""

    row: RowStyle
    kind: Kind
    currency: str
    indent: int
    holds: Literal["", "date", "moment", "link", "words"]


class Pen:
    """Dresses the cells of one workbook; equal looks are worked out once, for a style is dear and cells are many."""

    def __init__(self) -> None:
        self._worn: dict[Look, Any] = {}

    def dress(self, cell: Any, row: Row, content: Content, kind: Kind, currency: str) -> None:
        """Gives a cell the look of its row, kind and content."""
        indent = row.level if cell.column == 1 else 1
        look = Look(row.style, kind, currency, indent, _holds(content))
        if look not in self._worn:
            _put_on(cell, look)
            self._worn[look] = copy.copy(cell._style)
        else:
            cell._style = copy.copy(self._worn[look])


def put_text(cell: Cell | MergedCell, text: str) -> None:
    """Puts text into a cell so that no program takes it for a formula, now or when the cell is edited."""
    cell.value = as_text(text)
    cell.data_type = "s"
    if text.startswith(_LOOKS_LIKE_FORMULA):
        cell.quotePrefix = True


def put(cell: Cell | MergedCell, content: Content, formula: str) -> Value:
    """Puts content into a cell (`formula`: that of a Formula); what the patcher must store there, None for nothing."""
    if isinstance(content, Formula):
        cell.value = formula
        plain = isinstance(content.value, str) and not isinstance(content.value, CellError)
        return as_text(str(content.value)) if plain else content.value
    if isinstance(content, CellError):
        cell.value, cell.data_type = str(content), "e"
    elif isinstance(content, Link):
        put_text(cell, content.text)
        cell.hyperlink = f"#'{content.sheet}'!A1"
    elif isinstance(content, str):
        put_text(cell, content)
    elif isinstance(content, Decimal | int):
        cell.value = 0  # the patcher writes the digits: the library would take them through a float
        return content
    else:
        cell.value = content
    return None


def _holds(content: Content) -> Literal["", "date", "moment", "link", "words"]:
    if isinstance(content, Link):
        return "link"
    if isinstance(content, dt.datetime):
        return "moment"
    if isinstance(content, str) and not isinstance(content, CellError):
        return "words"
    return "date" if isinstance(content, dt.date) else ""


def _put_on(cell: Cell | MergedCell, look: Look) -> None:
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
    if style.is_figure(look.kind) and look.holds != "words":
        cell.alignment = style.RIGHT
    else:
        wrap = look.kind == "long"
        cell.alignment = Alignment(
            horizontal="left", vertical="top" if wrap else "center", wrap_text=wrap, indent=look.indent
        )


def _font(look: Look) -> Font:
    if look.holds == "link":
        return style.LINKED
    if look.row in ("quiet", "check"):
        return style.QUIET
    return style.BODY if look.row == "body" else style.STRONG
