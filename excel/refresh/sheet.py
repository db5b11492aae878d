"""Changes as a workbook: a row for each reason of each change, in the form of the month-end pack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from excel.pack.layout import layout
from excel.pack.pen import Pen
from excel.pack.printing import set_up
from excel.pack.render import draw
from excel.pack.save import save
from excel.pack.sheet import Block, Column, Content, Row, Sheet
from excel.patch.swap import replacing
from excel.patch.values import CellError
from excel.refresh.report import CellChange, Reason, Shown

_COLUMNS = (
    Column("file", "Workbook", "text", 22),
    Column("sheet", "Sheet", "text", 18),
    Column("cell", "Cell"),
    Column("label", "Figure", "text", 26),
    Column("before", "Before", "money", 15),
    Column("after", "After", "money", 15),
    Column("change", "Change", "money", 15),
    Column("cause", "Why", "text", 20),
    Column("part", "By how much", "money", 15),
    Column("what", "What", "long", 50),
)


def write_sheet(path: Path, changes: Sequence[tuple[str, CellChange]], subtitle: str) -> Path:
    """Writes changes, each with the name of its workbook, to a workbook of one sheet, replacing what is there in one step."""
    rows = tuple(row for file, change in changes for row in _rows(file, change))
    page = Sheet("Changes", "Changed figures", subtitle, (Block("changes", _COLUMNS, rows, table="tbl_changes"),))
    placed = layout(page)
    book = Workbook()
    drawn = book.worksheets[0]
    drawn.title = page.title
    drawn_rows = {page.title: draw(book, drawn, Pen(drawn), placed, {})}
    set_up(drawn, placed, "", "", "Revenue Backlog")
    with replacing(path) as beside:
        save(book, beside, drawn_rows)
    return path


def holds_changes(path: Path) -> bool:
    """Whether a file is such a workbook, and nobody's own."""
    try:
        return load_workbook(path, read_only=True).sheetnames == ["Changes"]
    except (OSError, KeyError, ValueError, BadZipFile, InvalidFileException):
        return False


def _rows(file: str, change: CellChange) -> Iterator[Row]:
    """A row for a change and its first reason, one for each further reason."""
    first, *others = change.why or (Reason("", None),)
    cells: dict[str, Content] = {
        "file": file,
        "sheet": change.sheet,
        "cell": change.cell,
        "label": change.label,
        "before": _content(change.before),
        "after": _content(change.after),
        "change": change.change,
    }
    yield Row(cells | _reason(first))
    for reason in others:
        yield Row({"file": file, "sheet": change.sheet, "cell": change.cell, **_reason(reason)}, style="quiet")


def _reason(reason: Reason) -> dict[str, Content]:
    return {"cause": reason.cause, "part": reason.change, "what": ", ".join(reason.what)}


def _content(value: Shown) -> Content:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return value if value is None or isinstance(value, Decimal | CellError) else str(value)
