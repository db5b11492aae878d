"""How a sheet stands on paper and on screen: landscape, fitted to the page's width, titles repeated, pages counted."""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import Outline, PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack import style
from excel.pack.layout import FIRST_ITEM, Layout, Placed
from excel.pack.text import as_text

_LETTER, _A4 = 1, 9
_UNIT, _ROW = 5.6, 13.0  # points of a unit of width, and of a row
_ACROSS, _UPRIGHT = (720, 500), (540, 690)  # points of a page within its margins
_LETTER_CURRENCIES = frozenset(("USD", "CAD", "MXN", "PHP", "CLP", "COP"))
ONE_PAGE = 68  # so many rows are still read on one page, and no table of them is cut in two
SHORT, TALL = 12, 30  # a table of so many rows keeps its header in sight: the last of a sheet, any


def set_up(page: Worksheet, layout: Layout, company: str, currency: str, stamp: str) -> None:
    """Print set-up and view of a sheet. `stamp` names the figures' origin in the footer."""
    one_page = layout.sheet.one_page or layout.end <= ONE_PAGE
    wide = layout.sheet.landscape and not (one_page and _stands_better(page, layout))
    page.page_setup.orientation = "landscape" if wide else "portrait"
    page.page_setup.paperSize = _LETTER if currency in _LETTER_CURRENCIES else _A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, int(one_page)
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.sheet_properties.outlinePr = Outline(summaryBelow=False)
    page.page_margins.left = page.page_margins.right = 0.5
    page.page_margins.top, page.page_margins.bottom = 0.75, 0.7
    _edge(page.oddHeader, _plain(company), _plain(layout.sheet.title))
    _edge(page.oddFooter, _plain(stamp), "Page &P of &N")
    page.sheet_view.showGridLines = False
    page.sheet_view.zoomScale = 90
    _keep_header(page, layout)


def _keep_header(page: Worksheet, layout: Layout) -> None:
    """The header of a sheet's longest table is repeated on every page; it stays on screen where it is the first."""
    page.print_area = f"A1:{get_column_letter(layout.width)}{max(layout.end, FIRST_ITEM)}"
    blocks = list(layout.placed.values())
    longest = max(blocks, key=_rows, default=None)
    # Where another table follows a short one, its pages would carry the wrong headings.
    if longest is not None and _rows(longest) >= (SHORT if longest is blocks[-1] else TALL):
        page.print_title_rows = f"{longest.header}:{longest.header}"
    else:
        page.print_title_rows = f"1:{FIRST_ITEM - 1}"
    if blocks and blocks[0].header <= FIRST_ITEM + 1:
        page.freeze_panes = f"{'B' if layout.width > 8 else 'A'}{blocks[0].first}"
    else:
        page.freeze_panes = f"A{FIRST_ITEM - 1}"


def _stands_better(page: Worksheet, layout: Layout) -> bool:
    """Whether a sheet on one page is larger on an upright one."""
    width = sum(dimension.width for dimension in page.column_dimensions.values()) * _UNIT
    height = layout.end * _ROW
    across, upright = (min(1, w / width, h / height) for w, h in (_ACROSS, _UPRIGHT))
    return upright > across * 1.15


def _rows(placed: Placed) -> int:
    return placed.last - placed.first + 1


def _edge(item: HeaderFooterItem | None, left: str, right: str) -> None:
    """Text at both ends of a header or footer, small and grey."""
    if item is not None:  # a page is made with both; only the library's types leave it open
        for part, text in ((item.left, left), (item.right, right)):
            part.text, part.size, part.color = text, 8, style.GREY


def _plain(text: str) -> str:
    """Text for a header or footer, where & begins a code."""
    return as_text(text).replace("&", "&&")[:120]
