"""The patch itself: given values into given cells of a workbook, verified, then swapped into place."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from excel.patch.archive import copy_entry, replaced_entry
from excel.patch.cells import Place, Read, place, read, rewrite
from excel.patch.package import Package, WorkbookRefused, opened
from excel.patch.rows import BrokenSheet
from excel.patch.swap import replacing
from excel.patch.values import Stored, Value, stored

_QUICK = 1  # Excel packs its sheets as lightly
Cells = Mapping[str, Mapping[str, Value]]
_SAME = {"n": ("n",), "b": ("b",), "e": ("e",), "s": ("str", "inlineStr"), "": ("n", "str")}


@dataclass(frozen=True)
class Patched:
    """What was written: `path`, the number of `cells`, and the `parts` whose bytes changed."""

    path: Path
    cells: int
    parts: tuple[str, ...]


def patch(path: Path, cells: Cells, out: Path | None = None) -> Patched:
    """Puts values into existing cells, by sheet name and address; formulas, formats and every other part stay.

    Writes to `out`, by default over `path` itself: beside it first, read back, then swapped in one step.
    A value may be Decimal, int, str, bool, a date, CellError or None (blank); no float.
    Raises WorkbookRefused where file, sheet or cell is missing, encrypted or broken; RetryLater where the file is
    open elsewhere. In each case what was there before is untouched.

    >>> patch(Path("pack.xlsx"), {"Summary": {"C7": Decimal("11000.00")}}).cells  # doctest: +SKIP
    1
    """
    with replacing(out or path) as beside, opened(path) as package:
        changes = _by_part(package, cells)
        _write(package, beside, changes)
        _verify(package, beside, changes)
        count = sum(len(places) for places in changes.values())
    return Patched(out or path, count, tuple(changes))


def _by_part(package: Package, cells: Cells) -> dict[str, dict[Place, Stored]]:
    changes: dict[str, dict[Place, Stored]] = {}
    for sheet, values in cells.items():
        if sheet not in package.sheets:
            raise WorkbookRefused(
                package.path, f"it has no sheet {sheet!r}", f"Its sheets are {', '.join(package.sheets)}"
            )
        places = changes.setdefault(package.sheets[sheet], {})
        for address, value in values.items():
            try:
                places[place(address)] = stored(value, package.date1904)
            except ValueError as error:
                raise WorkbookRefused(package.path, f"{sheet}!{address}: {error}", "Correct the value") from None
    return {part: places for part, places in changes.items() if places}


def _write(package: Package, beside: Path, changes: Mapping[str, Mapping[Place, Stored]]) -> None:
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as target:
        target.comment = package.zip.comment
        for info in package.zip.infolist():
            if info.filename not in changes:
                copy_entry(package.zip, target, info)
                continue
            places = changes[info.filename]
            try:
                with package.zip.open(info) as source, replaced_entry(target, info) as stream:
                    found = rewrite(source, stream, places)
            except (BrokenSheet, ValueError) as error:
                raise WorkbookRefused(package.path, f"{info.filename}: {error}", "Save it again from Excel") from None
            for row, column in sorted(set(places) - found):
                raise WorkbookRefused(
                    package.path, f"{info.filename} has no cell in row {row}, column {column}", "Fill it once in Excel"
                )


def _verify(package: Package, beside: Path, changes: Mapping[str, Mapping[Place, Stored]]) -> None:
    """Reads back what was written: every part there, the untouched with their old checksum, the changed well formed."""
    with zipfile.ZipFile(beside) as written:
        before, after = package.zip.infolist(), written.infolist()
        same = [old.filename for old in before] == [new.filename for new in after] and all(
            old.CRC == new.CRC for old, new in zip(before, after, strict=True) if old.filename not in changes
        )
        if not same:
            raise WorkbookRefused(package.path, "the copy does not match the original", "Nothing was written; tell us")
        for part, places in changes.items():
            found = _read_back(written, part, package.path, set(places))
            for spot, value in places.items():
                if not _holds(found.get(spot), value):
                    raise WorkbookRefused(
                        package.path, f"{part} row {spot[0]}, column {spot[1]} did not take {value.text!r}", "Tell us"
                    )


def _holds(found: Read | None, value: Stored) -> bool:
    return found is not None and found.kind in _SAME[value.kind] and found.text == value.text


def _read_back(archive: zipfile.ZipFile, part: str, path: Path, places: set[Place]) -> dict[Place, Read]:
    """The places as they stand in a written part, which must be well formed to its end."""
    parser = expat.ParserCreate()
    try:
        with archive.open(part) as stream:
            found = read(_Checked(stream, parser), places)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise WorkbookRefused(path, f"{part} is not well formed ({error})", "Save it again from Excel") from None
    return found


class _Checked:
    """A stream whose every byte an XML parser sees on the way."""

    def __init__(self, stream: IO[bytes], parser: expat.XMLParserType) -> None:
        self._stream, self._parser = stream, parser

    def read(self, size: int, /) -> bytes:
        """The next piece, shown to the parser first."""
        data = self._stream.read(size)
        self._parser.Parse(data, False)
        return data
