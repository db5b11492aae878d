"""A workbook saved with rows that were written apart: the library writes what stands around them, they are put in between."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from openpyxl import Workbook

_DATA = re.compile(rb"<sheetData\s*/>|<sheetData>(.*?)</sheetData>", re.DOTALL)
# A row that holds nothing ends in its own tag; so does an empty cell within one that holds something.
_ROW = re.compile(rb'<row r="(\d+)"[^>]*?(?:/>|>.*?</row>)', re.DOTALL)
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"\s*/>')
_CHUNK = 2_000


def save(book: Workbook, path: Path, rows: Mapping[str, Mapping[int, str]]) -> None:
    """Saves a workbook to `path`, the rows of each sheet by title and number in place of the library's own of that number."""
    packed = io.BytesIO()
    book.save(packed)
    titles = {f"xl/worksheets/sheet{number}.xml": sheet.title for number, sheet in enumerate(book.worksheets, 1)}
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for info in source.infolist():
            data = source.read(info)
            if info.filename not in titles:
                target.writestr(info.filename, data)
                continue
            with target.open(info.filename, "w") as stream:
                for part in _spliced(data, rows[titles[info.filename]]):
                    stream.write(part)


def _spliced(data: bytes, rows: Mapping[int, str]) -> Iterator[bytes]:
    """The sheet's file with the rows in their places."""
    found = _DATA.search(data)
    if found is None:  # the library always writes one
        raise ValueError("a sheet without sheetData")
    own = {int(row[1]): row[0] for row in _ROW.finditer(found[1] or b"")}
    numbers = sorted({*own, *rows})
    width = re.search(rb":([A-Z]+)\d+", data[: found.start()])
    corner = b"%s%d" % (width[1] if width else b"A", max(numbers, default=1))
    yield _DIMENSION.sub(b'<dimension ref="A1:%s"/>' % corner, data[: found.start()])
    yield b"<sheetData>"
    for at in range(0, len(numbers), _CHUNK):
        some = numbers[at : at + _CHUNK]
        yield b"".join(rows[number].encode() if number in rows else own[number] for number in some)
    yield b"</sheetData>"
    yield data[found.end() :]
