"""Cells of a pack by what stands in their row."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

LONG_NAME = "Tanaka International Holdings and Subsidiaries of Delaware KK"


@lru_cache(16)
def with_values(path: Path) -> Workbook:
    """A pack as it shows, for reading alone: it is opened once for all who ask."""
    return openpyxl.load_workbook(path, data_only=True)


@lru_cache(16)
def with_formulas(path: Path) -> Workbook:
    """A pack as it computes, for reading alone."""
    return openpyxl.load_workbook(path)


def row_of(sheet: Worksheet, text: str, after: int = 0) -> int:
    """The first row, after another, whose first cell is the text."""
    return next(r for r in range(after + 1, sheet.max_row + 1) if sheet.cell(r, 1).value == text)


def line(sheet: Worksheet, text: str, after: int = 0) -> list[Any]:
    """The cells of that row after the first, blanks at the end left out."""
    cells = [cell.value for cell in sheet[row_of(sheet, text, after)]][1:]
    while cells and cells[-1] is None:
        cells.pop()
    return cells
