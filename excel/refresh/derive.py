"""The workbook a spreadsheet program is given: only the cells it needs, none of the file's other parts.

It holds values, the formulas to compute, and the desk: a sheet for the answers of our functions and for arguments to be
computed. Nothing of it ever reaches the person's file but the values read back.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import quoteattr

from excel.patch.areas import Area, Place, address
from excel.patch.text import escape
from excel.patch.values import CellError
from excel.refresh.context import Answer
from excel.refresh.render import absolute
from excel.refresh.sheets import Scalar

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True)
class Entry:
    """What stands in a cell: a formula (entered over `reach` where it is an array) or a value."""

    formula: str = ""
    value: Scalar = None
    reach: Area | None = None


@dataclass
class Desk:
    """Rows of a sheet of its own, filled from the top."""

    name: str
    cells: dict[Place, Entry] = field(default_factory=dict)
    _next: int = 1
    _known: dict[str, str] = field(default_factory=dict)

    def put(self, answer: Answer) -> str:
        """Lays an answer down and gives its reference; equal answers share one."""
        key = repr(answer)
        if key not in self._known:
            grid = answer if isinstance(answer, list) else [[answer]]
            area = Area(self._next, 1, self._next + len(grid) - 1, len(grid[0]))
            for (row, column), value in ((p, grid[p[0] - area.top][p[1] - 1]) for p in area.places()):
                self.cells[row, column] = Entry(value=value)
            self._next = area.bottom + 1
            self._known[key] = f"'{self.name}'!{absolute(area)}"
        return self._known[key]

    def compute(self, formula: str) -> Place:
        """Places an expression to be computed; where its result will stand."""
        spot = (self._next, 1)
        self.cells[spot] = Entry(formula)
        self._next += 1
        return spot


def write_workbook(path: Path, sheets: Mapping[str, Mapping[Place, Entry]], date1904: bool) -> None:
    """Writes a workbook of those sheets and nothing else."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        overrides = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>'
            for n in range(1, len(names) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>{overrides}</Types>',
        )
        archive.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        listed = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(date1904)}"/>'
            f"<sheets>{listed}</sheets></workbook>",
        )
        targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)]
        archive.writestr("xl/_rels/workbook.xml.rels", _relations(targets))
        for number, name in enumerate(names, 1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as stream:
                stream.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
                for row in _rows(sheets[name]):
                    stream.write(row.encode())
                stream.write(b"</sheetData></worksheet>")


def _relations(targets: list[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _rows(cells: Mapping[Place, Entry]) -> list[str]:
    rows: dict[int, list[str]] = {}
    for spot, entry in sorted(cells.items()):
        rows.setdefault(spot[0], []).append(_cell(spot, entry))
    return [f'<row r="{number}">{"".join(written)}</row>' for number, written in rows.items()]


def _cell(spot: Place, entry: Entry) -> str:
    where = f'<c r="{address(spot)}"'
    if entry.formula:
        array = f' t="array" ref="{entry.reach}"' if entry.reach is not None else ""
        return f"{where}><f{array}>{escape(entry.formula)}</f></c>"
    value = entry.value
    if isinstance(value, bool):
        return f'{where} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, Decimal):
        return f"{where}><v>{value}</v></c>"
    if isinstance(value, CellError):
        return f'{where} t="e"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'{where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return ""
