"""Where the pages of a sheet of several tables end: before a table that would be cut in two.

A program that fits a sheet to the width of a page ignores such breaks, so the sheet is given the scale at which it fits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack.layout import Layout

_UNIT, _ROW = 5.6, 15.0  # points of a unit of width, and of a row whose height nobody states: more than programs take
_ACROSS, _UPRIGHT = (715, 485), (520, 700)  # points of the smaller of the two papers within its margins
_LEAST = 40  # per cent: what is smaller cannot be read


def keep_tables(page: Worksheet, layout: Layout, rows: Mapping[int, str]) -> None:
    """Sets the scale of a sheet that goes over pages, and breaks them before tables. `rows`: of the file, by number.

    Left as it is where the titles of one long table are repeated on every page, and where all stands on one.
    """
    if page.page_setup.fitToHeight or page.print_title_rows != "$1:$2":
        return
    width, height = _ACROSS if page.page_setup.orientation == "landscape" else _UPRIGHT
    wide = sum(dimension.width for dimension in page.column_dimensions.values()) * _UNIT
    scale = min(100, int(100 * width / wide))
    if scale < _LEAST:
        return
    room = height * 100 / scale
    page.sheet_properties.pageSetUpPr.fitToPage = False  # type: ignore[union-attr]
    page.page_setup.fitToWidth = page.page_setup.fitToHeight = None
    page.page_setup.scale = scale
    heights = [_height(page, rows, number) for number in range(1, layout.end + 1)]
    repeated, begun = sum(heights[:2]), 0.0  # where on its page the row under work stands, and what titles take of it
    placed = {each.title or each.header: each.end for each in layout.placed.values()}
    used = 0.0
    for number, tall in enumerate(heights, 1):
        if end := placed.get(number):
            whole = sum(heights[number - 1 : end])
            if used + whole > room - begun and whole <= room - repeated:
                page.row_breaks.append(Break(id=number - 1))
                used, begun = 0.0, repeated
        if used + tall > room - begun:  # a table of more than a page goes on by itself
            used, begun = 0.0, repeated
        used += tall


def _height(page: Worksheet, rows: Mapping[int, str], number: int) -> float:
    stated = re.match(r'<row [^>]*ht="([\d.]+)"', rows.get(number, ""))
    return float(stated[1]) if stated else float(page.row_dimensions[number].height or _ROW)
