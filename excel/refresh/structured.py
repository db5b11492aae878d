"""Structured references: `Sales[Amount]`, `Sales[[#This Row],[Amount]]` and their like, as areas of a sheet."""

from __future__ import annotations

import re

from excel.patch.areas import Area, Place
from excel.refresh.book import Book, Table

_ITEMS = {"#all", "#data", "#headers", "#totals", "#this row"}
_PART = re.compile(r"\[((?:[^\[\]']|'.)*)\]")
_ESCAPE = re.compile(r"'(.)")


def structured(text: str, book: Book, sheet: int, spot: Place) -> tuple[int, Area] | None:
    """Sheet and area of a structured reference in a formula at `spot`; None where it names nothing that is there."""
    word, _, rest = text.partition("[")
    table = book.tables.get(word.upper()) if word else _around(book, sheet, spot)
    if table is None:
        return None
    items, columns = _parts(rest[:-1])
    across = _columns(table, columns)
    down = _rows(table, items, spot[0], table.sheet == sheet)
    if across is None or down is None:
        return None
    return table.sheet, Area(down[0], across[0], down[1], across[1])


def _around(book: Book, sheet: int, spot: Place) -> Table | None:
    return next((table for table in book.tables_on(sheet) if table.area.holds(spot)), None)


def _parts(inner: str) -> tuple[set[str], list[str]]:
    """The items (#Headers and the like, in lower case) and the columns, one or a first and a last."""
    inner = inner.strip()
    items: set[str] = set()
    columns: list[str] = []
    if inner.startswith("@"):
        items.add("#this row")
        inner = inner[1:].strip()
    found = _PART.findall(inner) if inner.startswith("[") else [inner] if inner else []
    for part in found:
        if part.strip().lower() in _ITEMS:
            items.add(part.strip().lower())
        else:
            columns.append(_ESCAPE.sub(r"\1", part))
    return items, columns


def _columns(table: Table, names: list[str]) -> tuple[int, int] | None:
    if not names:
        return table.area.left, table.area.right
    known = {name.casefold(): n for n, name in enumerate(table.columns)}
    places = [known.get(name.casefold()) for name in names]
    if len(places) > 2 or None in places:
        return None
    numbers = sorted(table.area.left + place for place in places if place is not None)
    return numbers[0], numbers[-1]


def _rows(table: Table, items: set[str], row: int, here: bool) -> tuple[int, int] | None:
    area, body = table.area, table.body
    if "#this row" in items:
        return (row, row) if here and body.top <= row <= body.bottom and len(items) == 1 else None
    parts = {
        "#all": (area.top, area.bottom),
        "#data": (body.top, body.bottom),
        "#headers": (area.top, body.top - 1),
        "#totals": (body.bottom + 1, area.bottom),
    }
    spans = [parts[item] for item in items or {"#data"}]
    top, bottom = min(span[0] for span in spans), max(span[1] for span in spans)
    return (top, bottom) if top <= bottom else None
