"""The figures that charts keep beside their references: brought in line with the cells they draw.

Excel draws from the cells; a mail preview, a phone or a slide draws from what the chart keeps. Only the kept values of
cells that changed are rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from excel.patch.package import Package
from excel.patch.rows import shadow_of
from excel.patch.text import escape, plain_text
from excel.patch.values import CellError
from excel.refresh.book import Book
from excel.refresh.formula import formula, reference, sheet_of
from excel.refresh.precedents import Spot
from excel.refresh.sheets import Scalar

_KEPT = re.compile(
    rb"<((?:[^\s:<>/]+:)?)f(?:\s[^>]*)?>([^<]*)</\1f\s*>\s*(<\1(num|str)Cache(?:\s[^>]*)?>.*?</\1\4Cache\s*>)",
    re.DOTALL,
)
_POINT = re.compile(rb"""<((?:[^\s:<>/]+:)?)pt\s[^>]*?idx\s*=\s*["'](\d+)["'][^>]*>.*?</\1pt\s*>""", re.DOTALL)
_VALUE = re.compile(rb"(<((?:[^\s:<>/]+:)?)v(?:\s[^>]*)?>)[^<]*(</\2v\s*>)")
_COUNT = re.compile(rb"<((?:[^\s:<>/]+:)?)ptCount\s[^>]*/>|<((?:[^\s:<>/]+:)?)ptCount\s[^>]*>\s*</\2ptCount\s*>")
LARGEST = 64 << 20


def redrawn(book: Book, values: Mapping[Spot, Scalar]) -> dict[str, bytes]:
    """The chart parts that keep figures of changed cells, with the new ones, by name."""
    found: dict[str, bytes] = {}
    for part in _charts(book.package):
        data = book.package.zip.read(part)
        after = _redrawn(data, book, values)
        if after != data:
            found[part] = after
    return found


def _charts(package: Package) -> Iterator[str]:
    """Every chart part that a drawing of the workbook shows."""
    seen: set[str] = set()
    waiting = list(package.sheets.values())
    waiting += [part for _, kind, part in package.relations(package.book) if kind.endswith("/chartsheet")]
    while waiting:
        for _, kind, part in package.relations(waiting.pop()):
            if part in seen or part not in package.zip.NameToInfo:
                continue
            if kind.endswith("/drawing"):
                seen.add(part)
                waiting.append(part)
            elif kind.endswith("/chart") and package.zip.getinfo(part).file_size <= LARGEST:
                seen.add(part)
                yield part


def _redrawn(data: bytes, book: Book, values: Mapping[Spot, Scalar]) -> bytes:
    pieces, done = [], 0
    for kept in _KEPT.finditer(shadow_of(data)):
        cells = _cells(plain_text(data[kept.start(2) : kept.end(2)]), book)
        changed = {n: values[cell] for n, cell in enumerate(cells) if cell in values}
        if changed:
            start, end = kept.span(3)
            pieces += [data[done:start], _cache(data[start:end], kept[4] == b"num", changed)]
            done = end
    return b"".join(pieces) + data[done:]


def _cells(text: str, book: Book) -> list[Spot]:
    """The cells of a chart's reference, in its order; none where it is anything but plain areas of up to a million."""
    tokens = formula(text).tokens
    found: list[Spot] = []
    for token in tokens or ():
        if token.kind == "mark" and token.text in "(,)":
            continue
        sheet = book.number(sheet_of(token.prefix) or "") if token.prefix else None
        area = reference(token.text) if token.kind == "ref" else None
        if sheet is None or area is None or len(found) > 1_000_000:
            return []
        place = area.area()
        if place.shape[0] * place.shape[1] > 1_000_000:
            return []
        found += [(sheet, spot) for spot in place.places()]
    return found


def _cache(kept: bytes, numbers: bool, changed: Mapping[int, Scalar]) -> bytes:
    """A chart's kept values with new ones by their index; a blank cell has no point."""
    left = {n: _point_text(value, numbers) for n, value in changed.items()}
    pieces, done, after_count = [], 0, 0
    count = _COUNT.search(kept)
    after_count = count.end() if count else kept.index(b">") + 1
    prefix = re.match(rb"<((?:[^\s:<>/]+:)?)", kept)
    name = prefix[1] if prefix else b""
    last = after_count
    for point in _POINT.finditer(kept, after_count):
        number = int(point[2])
        pieces.append(kept[done : point.start()])
        before = sorted(n for n in left if n < number)
        pieces += [_new_point(name, n, left.pop(n)) for n in before]
        pieces.append(_with_value(point[0], left.pop(number)) if number in left else point[0])
        done = last = point.end()
    pieces.append(kept[done:last])
    pieces += [_new_point(name, new, text) for new, text in sorted(left.items())]
    return b"".join(pieces) + kept[last:]


def _with_value(point: bytes, text: bytes | None) -> bytes:
    """A point with another value; none where the cell is blank."""
    found = _VALUE.search(point)
    if text is None or found is None:
        return b""
    return point[: found.start()] + found[1] + text + found[3] + point[found.end() :]


def _new_point(prefix: bytes, number: int, text: bytes | None) -> bytes:
    if text is None:
        return b""
    inner = b"<" + prefix + b"v>" + text + b"</" + prefix + b"v>"
    return b"<" + prefix + b'pt idx="' + str(number).encode() + b'">' + inner + b"</" + prefix + b"pt>"


def _point_text(value: Scalar, numbers: bool) -> bytes | None:
    """A value as a chart keeps it; text among numbers is drawn as 0."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, Decimal):
        return format(value, "f").encode()
    if numbers and not isinstance(value, CellError):
        return b"0"
    return escape(value).encode()
