"""Room for cells that a sheet has not yet: rows and cells made in the file's own prefix, reach and spans widened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from excel.patch.areas import Area, Place
from excel.patch.rows import shadow_of
from excel.patch.words import ATTRIBUTES, Row, attribute

_DIMENSION = re.compile(rb"""(<(?:[^\s:<>/]+:)?dimension\s[^>]*?ref\s*=\s*)(?:"([^"]*)"|'([^']*)')""")
_COLUMN = re.compile(rb"<(?:[^\s:<>/]+:)?col(?=\s)" + ATTRIBUTES)
_ROW = re.compile(rb"<(?:[^\s:<>/]+:)?row(?=[\s/>])" + ATTRIBUTES + rb"\s*(/?)>")
_SPANS = re.compile(rb"""(\sspans\s*=\s*)(?:"(\d+):(\d+)"|'(\d+):(\d+)')""")
_TRUE = (b"1", b"true")
_MOST = 16_384


def column_styles(head: bytes) -> Mapping[int, bytes]:
    """The style of each column that has one, from the beginning of a sheet."""
    found: dict[int, bytes] = {}
    for column in _COLUMN.finditer(shadow_of(head)):
        style, first, last = (attribute(column[1], name) for name in (b"style", b"min", b"max"))
        if style and style != b"0" and first and last:
            found.update(dict.fromkeys(range(int(first), min(int(last), _MOST) + 1), style))
    return found


def with_dimension(head: bytes, made: Iterable[Place]) -> bytes:
    """The beginning of a sheet, its stated dimension widened so that it holds the new cells."""
    found = _DIMENSION.search(shadow_of(head))
    if not found:
        return head
    old = Area.of((found[2] or found[3]).decode("ascii"))
    rows, columns = zip(*made, strict=True)
    wide = Area(min(old.top, *rows), min(old.left, *columns), max(old.bottom, *rows), max(old.right, *columns))
    if wide == old:
        return head
    return head[: found.end(1)] + b'"' + str(wide).encode() + b'"' + head[found.end() :]


def new_row(row: Row, cells: Mapping[int, bytes]) -> bytes:
    """A row that was not there, with its cells by column."""
    prefix = row.words.prefixes[0]
    inner = b"".join(content for _, content in sorted(cells.items()))
    return b"<" + prefix + b'row r="' + str(row.number).encode() + b'">' + inner + b"</" + prefix + b"row>"


def expanded(row: Row) -> tuple[Row, bytes]:
    """The row able to take cells (not closed in its own tag), and the style that it gives to new ones."""
    tag = _ROW.match(row.shadow)
    if tag is None:
        raise ValueError(f"row {row.number} does not begin with its tag")
    given = attribute(tag[1], b"customFormat") in _TRUE
    style = (attribute(tag[1], b"s") or b"") if given else b""
    if not tag[2]:
        return row, style
    name = row.raw[1 : row.raw.index(b"row") + 3]
    opened = row.raw[: tag.start(2)].rstrip() + b"></" + name + b">" + row.raw[tag.end() :]
    return row._replace(raw=opened, shadow=shadow_of(opened)), style


def widened(row: bytes, columns: list[int]) -> bytes:
    """The row with its spans (a hint for readers) wide enough for the new columns."""
    if not columns:
        return row
    tag = _ROW.match(row)
    found = _SPANS.search(row, 0, tag.end() if tag else 0)
    if not found:
        return row
    first, last = (int(found[n] or found[n + 2]) for n in (2, 3))
    wide = b'"%d:%d"' % (min(first, *columns), max(last, *columns))
    return row[: found.end(1)] + wide + row[found.end() :]
