"""Workbooks as rows of text: the sheets of an .xlsx, each cell as the text a CSV of it should have had.

Dates become ISO text, numbers the decimal that the cell shows, never its binary noise. A cell that shows an error or
holds a formula that was never calculated reads as blank to most programs; here it is a doubt that names the cell.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import python_calamine as calamine

from connectors.kit.tabular import MAX_CELL, SheetRow
from model.errors import ConfigNeeded, RecordRejected

_DIGITS = 15  # what a spreadsheet keeps and shows of a number
_BLOCK = 1 << 20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^>/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<(?:\w+:)?v[^>]*>[^<]")


class Workbook:
    """An .xlsx opened for reading: `sheets` are its sheet names in their order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._book = calamine.load_workbook(path)
        except calamine.PasswordError as error:
            raise ConfigNeeded(f"{path} is protected by a password. Save a copy without one") from error
        except (calamine.CalamineError, OSError) as error:
            raise ConfigNeeded(
                f"{path} cannot be read as a workbook ({error}). Save it as .xlsx, or set path to a folder of CSV files"
            ) from error
        self.sheets = list(self._book.sheet_names)

    def rows(self, sheet: str, label: str) -> Iterator[SheetRow]:
        """The rows of a sheet, header first; RecordRejected where the sheet as a whole cannot be read."""
        try:
            cells = self._book.get_sheet_by_name(sheet)
            doubts = self._doubts(sheet)
        except (calamine.CalamineError, OSError, KeyError, zipfile.BadZipFile) as error:
            raise RecordRejected(f"the sheet cannot be read ({error})", place=label, remedy="Save it again") from error
        if cells.start is None:
            remedy = "Write the column names in row 1; remove the sheet if there is nothing to tell"
            raise RecordRejected("the sheet is empty", place=label, remedy=remedy)
        left = cells.start[1]
        for number, row in enumerate(cells.iter_rows(), 1):
            texts, doubted = [], {at - left: doubt for at, doubt in doubts.get(number, {}).items()}
            for at, value in enumerate(row):
                try:
                    texts.append(value if type(value) is str and len(value) < MAX_CELL else cell_text(value))
                except RecordRejected as error:
                    texts.append(str(value)[:200])
                    doubted[at] = error
            yield SheetRow(number, texts, None, doubted)

    def close(self) -> None:
        """Lets go of the file, so that a person can save it again."""
        self._book.close()

    def _doubts(self, sheet: str) -> Mapping[int, Mapping[int, RecordRejected]]:
        """Cells that have no value to trust, by row number and column: read from the sheet's own XML, in blocks."""
        found: dict[int, dict[int, RecordRejected]] = {}
        with zipfile.ZipFile(self.path) as parts, parts.open(self._part(parts, sheet)) as part:
            rest = b""
            while block := part.read(_BLOCK):
                block = rest + block
                cut = block.rfind(b"row>") + 1
                rest = block[cut:]
                if b't="e"' in block or b"<f" in block or b":f" in block:
                    _note_doubts(block[:cut], found)
        return found

    def _part(self, parts: zipfile.ZipFile, sheet: str) -> str:
        """The part of the package that holds a sheet, by the relations of the workbook."""
        targets = {}
        for tag in _RELATION.findall(parts.read("xl/_rels/workbook.xml.rels")):
            targets[_attribute(tag, b"Id")] = _attribute(tag, b"Target")
        for tag in _SHEET.findall(parts.read("xl/workbook.xml")):
            if _attribute(tag, b"name") == sheet:
                target = targets[_attribute(tag, rb"\w+:id")]
                return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        raise KeyError(sheet)


def cell_text(value: Any) -> str:
    """A cell as text: dates in ISO 8601, a number as the shortest decimal that is that number.

    >>> from datetime import date
    >>> cell_text(0.1 + 0.2), cell_text(1001.0), cell_text(date(2026, 1, 31)), cell_text(True)
    ('0.3', '1001', '2026-01-31', 'true')
    """
    if isinstance(value, str):
        if len(value) > MAX_CELL:
            reason = f"a cell has {len(value):,} characters, more than {MAX_CELL:,}"
            raise RecordRejected(reason, remedy="Shorten it: no column of ours holds a document")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return _number(float(value) + 0.0)  # + 0.0: there is no negative nothing
    return str(value)


def _number(value: float) -> str:
    """Digits with a point. What lies beyond the 15 digits a cell shows is the noise of binary sums (0.1 + 0.2)."""
    text = repr(value)
    if len(text) <= _DIGITS and "e" not in text:
        return text.removesuffix(".0")
    shortest = Decimal(text)
    if len(shortest.normalize().as_tuple().digits) > _DIGITS:
        if abs(value) >= 1e13:
            reason = f"{shortest:f} has more digits than a cell keeps exactly ({_DIGITS})"
            raise RecordRejected(reason, remedy="Format the cell as text and type the digits again")
        shortest = Decimal(f"{value:.{_DIGITS}g}")
    text = f"{shortest:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _note_doubts(block: bytes, found: dict[int, dict[int, RecordRejected]]) -> None:
    """Adds the cells of a block of sheet XML that show an error or were never calculated."""
    for attributes, content in _CELL.findall(block):
        if b't="e"' in attributes:
            reason, remedy = "shows an error", "Correct its formula"
        elif (b"<f" in content or b":f" in content) and b't="str"' not in attributes and not _VALUE.search(content):
            reason, remedy = "holds a formula that was never calculated", "Open and save the workbook in Excel"
        else:
            continue
        if place := _REFERENCE.search(attributes):
            doubt = RecordRejected(f"cell {(place[1] + place[2]).decode()} {reason}", remedy=remedy)
            found.setdefault(int(place[2]), {})[_column(place[1])] = doubt


def _column(letters: bytes) -> int:
    """A column's index from its letters: A is 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb'\s*=\s*(?:"([^"]*)"|\'([^\']*)\')', tag)
    return html.unescape((found[1] or found[2] or b"").decode()) if found else ""
