"""Where the pages of a sheet of several tables end: before a table that would be cut in two.

Excel takes no notice of breaks on a sheet that is fitted to the width of a page, and a scale instead would cut columns
where the font is another: there a table may go on overleaf. LibreOffice, which prints the PDF, heeds both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack.layout import FIRST_ITEM, Layout

_UNIT, _ROW = 6.3, 15.0  # points of a unit of width, and of a row whose height nobody states: more than programs take
_ACROSS, _UPRIGHT = (715, 485), (520, 700)  # points of the smaller of the two papers within its margins


def keep_tables(page: Worksheet, layout: Layout, rows: Mapping[int, str]) -> None:
    """Breaks the pages of a sheet that goes over several before tables. `rows`: of the file, by number.

    Left as it is where the titles of one long table are repeated on every page, and where all stands on one.
    """
    if page.page_setup.fitToHeight or page.print_title_rows != f"$1:${FIRST_ITEM - 1}":
        return
    width, height = _ACROSS if page.page_setup.orientation == "landscape" else _UPRIGHT
    wide = sum(dimension.width for dimension in page.column_dimensions.values()) * _UNIT
    room = height * max(1, wide / width)
    heights = [_height(page, rows, number) for number in range(1, layout.end + 1)]
    repeated = sum(heights[: FIRST_ITEM - 1])  # on every page but the first, where the titles are rows like others
    placed = {each.title or each.header: each.end for each in layout.placed.values()}
    used = 0.0  # of the page that the row under work stands on
    for number, tall in enumerate(heights, 1):
        if end := placed.get(number):
            whole = sum(heights[number - 1 : end])
            if used + whole > room and whole <= room - repeated:
                page.row_breaks.append(Break(id=number - 1))
                used = repeated
        if used + tall > room:  # a table of more than a page goes on by itself
            used = repeated
        used += tall


def _height(page: Worksheet, rows: Mapping[int, str], number: int) -> float:
    stated = re.match(r'<row [^>]*ht="([\d.]+)"', rows.get(number, ""))
    return float(stated[1]) if stated else float(page.row_dimensions[number].height or _ROW)
