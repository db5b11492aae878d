"""What goes with frozen cells: no chain of formulas that are gone, names and tables without ours, charts, the stamp."""

from __future__ import annotations

import re
import uuid
from functools import partial

from excel.patch.package import Package
from excel.patch.text import escape, plain_text
from excel.refresh.charts import redrawn
from excel.refresh.compute import Computation
from excel.refresh.context import Answer, Here, Waiting
from excel.refresh.edits import Edits
from excel.refresh.operators import Beyond
from excel.refresh.properties import Parts, free_number
from excel.refresh.render import constant
from excel.refresh.spelling import hint, ours_by_name
from excel.refresh.stamp import NAMESPACE, Stamp

_ITEM = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_COLUMN = re.compile(
    rb"<((?:[^\s:<>/]+:)?)(calculatedColumnFormula|totalsRowFormula)(?=[\s>])[^>]*>.*?</\1\2\s*>", re.DOTALL
)


def frozen_parts(package: Package, state: Computation, made: Edits, stamp: Stamp) -> Parts:
    """What goes with it: no chain of formulas that are gone, names and tables without ours, the stamp."""
    parts = Parts(package)
    relations = re.sub(r"([^/]+)\Z", r"_rels/\1.rels", package.book)
    for name, content in redrawn(state.scope.book, {change.spot: change.after for change in made.changes}).items():
        parts.put(name, content)
    for _, kind, part in list(package.relations(package.book)):
        if kind.endswith("/calcChain") and part in package.zip.NameToInfo:
            parts.remove(
                part, relations
            )  # Excel makes it anew; one that names cells without formulas it takes for damage
    book = _with_values(parts.content(package.book), state)
    if book != package.read(package.book):
        parts.put(package.book, book)
    for sheet in package.sheets.values():
        for _, kind, part in package.relations(sheet):
            if kind.endswith("/table") and part in package.zip.NameToInfo and hint().search(data := package.read(part)):
                parts.put(part, _COLUMN.sub(lambda found: b"" if hint().search(found[0]) else found[0], data))
    _add_stamp(package, parts, relations, stamp)
    return parts


def _with_values(book: bytes, state: Computation) -> bytes:
    """The workbook part with values in place of the formulas of names that use our functions."""
    for name in ours_by_name(state.scope.book):
        try:
            held = state.calculator.tree(name.text)
            text = _literal(state.calculator.answer(held, Here(name.scope or 0, (1, 1), (1, 1), True)))
        except (Beyond, Waiting):
            text = "#N/A"  # it depends on the cell that uses it: those cells hold their values
        pattern = rf"(<(?:[^\s:<>/]+:)?definedName\s[^>]*?name\s*=\s*[\"']{re.escape(name.name)}[\"'][^>]*>)([^<]*)<"
        book = re.sub(pattern.encode(), partial(_redefined, name.text, escape(text).encode()), book)
    return book


def _literal(answer: Answer) -> str:
    if isinstance(answer, list):
        return "{" + ";".join(",".join(constant(value) or '""' for value in row) for row in answer) + "}"
    return constant(answer) or '""'


def _redefined(former: str, text: bytes, found: re.Match[bytes]) -> bytes:
    """A name's definition with another text, where it is the one meant: sheets may have names of their own alike."""
    return found[1] + text + b"<" if plain_text(found[2]).strip() == former else found[0]


def _add_stamp(package: Package, parts: Parts, relations: str, stamp: Stamp) -> None:
    number = free_number(package, "customXml/item{}.xml", "customXml/itemProps{}.xml")
    item = f"customXml/item{number}.xml"
    store = f"customXml/itemProps{number}.xml"
    parts.add(item, stamp.part(), "")
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, stamp.digest)).upper()
    content = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<ds:datastoreItem ds:itemID="{{{identity}}}" '
        f'xmlns:ds="{_STORE}"><ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
    )
    parts.add(store, content.encode(), _ITEM)
    parts.relate(
        f"customXml/_rels/{item.rpartition('/')[2]}.rels", f"{_RELATION}/customXmlProps", store.rpartition("/")[2]
    )
    up = "../" * package.book.count("/")
    parts.relate(relations, f"{_RELATION}/customXml", f"{up}{item}")
    parts.set_properties(stamp.properties())
