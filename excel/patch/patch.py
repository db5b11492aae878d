"""The patch itself: given values into given cells of a workbook, verified, then swapped into place."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from excel.patch.archive import copy_entry, replaced_entry
from excel.patch.areas import Area, Areas, Place, place
from excel.patch.cells import Read, read
from excel.patch.package import Package, WorkbookRefused, opened
from excel.patch.rewrite import Edit, rewrite
from excel.patch.rows import BrokenSheet
from excel.patch.swap import replacing
from excel.patch.values import Stored, Value, stored

_QUICK = 1  # Excel packs its sheets as lightly
_PARSED = 16 << 20
_BLOCK = 1 << 20
Cells = Mapping[str, Mapping[str, Value]]
Edits = Mapping[str, Mapping[Place, Edit]]
"""Edits by the part of the sheet and the place in it."""
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
        edits = _by_part(package, cells)
        write(package, beside, edits)
        count = sum(len(places) for places in edits.values())
    return Patched(out or path, count, tuple(edits))


def write(package: Package, out: Path, edits: Edits, parts: Mapping[str, bytes | None] | None = None) -> None:
    """Writes a copy of a workbook to `out` with the edits made, and reads it back.

    `parts`: other parts by name with their new content; None leaves a part out, a new name adds one.
    """
    parts = parts or {}
    _write(package, out, edits, parts)
    _verify(package, out, edits, parts)


def _by_part(package: Package, cells: Cells) -> dict[str, dict[Place, Edit]]:
    edits: dict[str, dict[Place, Edit]] = {}
    for sheet, values in cells.items():
        if sheet not in package.sheets:
            raise WorkbookRefused(
                package.path, f"it has no sheet {sheet!r}", f"Its sheets are {', '.join(package.sheets)}"
            )
        places = edits.setdefault(package.sheets[sheet], {})
        for address, value in values.items():
            try:
                places[place(address)] = Edit(stored(value, package.date1904))
            except ValueError as error:
                raise WorkbookRefused(package.path, f"{sheet}!{address}: {error}", "Correct the value") from None
    return {part: places for part, places in edits.items() if places}


def _write(package: Package, out: Path, edits: Edits, parts: Mapping[str, bytes | None]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as target:
        target.comment = package.zip.comment
        for info in package.zip.infolist():
            if info.filename in edits:
                _rewrite(package, target, info, edits[info.filename])
            elif info.filename not in parts:
                copy_entry(package.zip, target, info)
            elif (content := parts[info.filename]) is not None:
                with replaced_entry(target, info) as stream:
                    stream.write(content)
        for name in parts:
            if name not in package.zip.NameToInfo and (content := parts[name]) is not None:
                target.writestr(
                    zipfile.ZipInfo(name, package.zip.infolist()[0].date_time), content, zipfile.ZIP_DEFLATED
                )


def _rewrite(package: Package, target: zipfile.ZipFile, info: zipfile.ZipInfo, edits: Mapping[Place, Edit]) -> None:
    try:
        with package.zip.open(info) as source, replaced_entry(target, info) as stream:
            found = rewrite(source, stream, edits)
    except (BrokenSheet, ValueError) as error:
        raise WorkbookRefused(package.path, f"{info.filename}: {error}", "Save it again from Excel") from None
    for row, column in sorted(set(edits) - found):
        raise WorkbookRefused(
            package.path, f"{info.filename} has no cell in row {row}, column {column}", "Fill it once in Excel"
        )


def _verify(package: Package, out: Path, edits: Edits, parts: Mapping[str, bytes | None]) -> None:
    """Reads back what was written: every part there, the untouched with their old checksum, the changed well formed."""
    with zipfile.ZipFile(out) as written:
        kept = [
            info for info in package.zip.infolist() if info.filename not in parts or parts[info.filename] is not None
        ]
        new = [name for name in parts if name not in package.zip.NameToInfo and parts[name] is not None]
        same = [info.filename for info in kept] + new == [info.filename for info in written.infolist()] and all(
            old.CRC == written.NameToInfo[old.filename].CRC
            for old in kept
            if old.filename not in edits and old.filename not in parts
        )
        same = same and all(written.read(name) == content for name, content in parts.items() if content is not None)
        if not same:
            raise WorkbookRefused(package.path, "the copy does not match the original", "Nothing was written; tell us")
        for part, places in edits.items():
            found = _read_back(written, part, package.path, Areas(Area(*spot, *spot) for spot in places))
            for spot, edit in places.items():
                if not _holds(found.get(spot), edit.value):
                    raise WorkbookRefused(
                        package.path,
                        f"{part} row {spot[0]}, column {spot[1]} did not take {edit.value.text!r}",
                        "Tell us",
                    )


def _holds(found: Read | None, value: Stored) -> bool:
    return found is not None and found.kind in _SAME[value.kind] and found.text == value.text


def _read_back(archive: zipfile.ZipFile, part: str, path: Path, places: Areas) -> dict[Place, Read]:
    """The places as they stand in a written part, which must be well formed to its end.

    Of a very large part only the rows that were written are parsed: all its other bytes are the ones that were there.
    """
    parser = expat.ParserCreate()
    try:
        with archive.open(part) as stream:
            if archive.getinfo(part).file_size > _PARSED:
                found = read(stream, places, _parse)
                while stream.read(_BLOCK):
                    pass  # to the end, where its checksum is compared
                return found
            found = read(_Checked(stream, parser), places)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise WorkbookRefused(path, f"{part} is not well formed ({error})", "Save it again from Excel") from None
    return found


def _parse(row: bytes) -> None:
    expat.ParserCreate().Parse(b"<_>" + row + b"</_>", True)


class _Checked:
    """A stream whose every byte an XML parser sees on the way."""

    def __init__(self, stream: IO[bytes], parser: expat.XMLParserType) -> None:
        self._stream, self._parser = stream, parser

    def read(self, size: int, /) -> bytes:
        """The next piece, shown to the parser first."""
        data = self._stream.read(size)
        self._parser.Parse(data, False)
        return data
