"""What is asked: a page of an object after a record number, by a filter; the fields an object has.

Each query with an offset is a question of its own, so that records that come or go meanwhile move others out of sight:
pages are turned by the record number instead. An answer holds only the fields it was asked for, and which a company has
depends on its subscriptions: those it does not have are not asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

KEY = "RECORDNO"
Filter = tuple[str, str, Sequence[str]]  # operator, field, values


def query(
    name: str, fields: Iterable[str], filters: Sequence[Filter], size: int, order: str = KEY, offset: int = 0
) -> Xml.Element:
    """So many records of an object, by their record numbers, that every filter lets through."""
    root, select = Xml.Element("query"), Xml.Element("select")
    Xml.SubElement(root, "object").text = name
    for each in fields:
        Xml.SubElement(select, "field").text = each
    root.append(select)
    if filters:
        root.append(_filter(filters))
    if order:
        by = Xml.SubElement(Xml.SubElement(root, "orderby"), "order")
        Xml.SubElement(by, "field").text = order
        Xml.SubElement(by, "ascending")
    options = Xml.SubElement(root, "options")
    Xml.SubElement(options, "showprivate").text = "true"
    Xml.SubElement(root, "pagesize").text = str(size)
    if offset:
        Xml.SubElement(root, "offset").text = str(offset)
    return root


def lookup(name: str) -> Xml.Element:
    """The definition of an object."""
    root = Xml.Element("lookup")
    Xml.SubElement(root, "object").text = name
    return root


def records(result: Xml.Element) -> list[dict[str, Any]]:
    """The records of an answer; a dotted name (a field of a related object) becomes a table within."""
    data = result.find("data")
    return [_record(each) for each in data] if data is not None else []


def remaining(result: Xml.Element) -> int:
    """How many records are left behind a page."""
    data = result.find("data")
    return int(data.get("numremaining", "0")) if data is not None else 0


def fields_of(result: Xml.Element) -> list[str]:
    """The names of an object's fields, out of its definition."""
    return [str(each.text) for each in result.iter("ID") if each.text]


def moment(when: dt.datetime) -> str:
    """A moment (UTC) as filters write it."""
    return when.astimezone(dt.UTC).strftime("%m/%d/%Y %H:%M:%S")


def _filter(filters: Sequence[Filter]) -> Xml.Element:
    root = Xml.Element("filter")
    into = root if len(filters) == 1 else Xml.SubElement(root, "and")
    for operator, name, values in filters:
        each = Xml.SubElement(into, operator)
        Xml.SubElement(each, "field").text = name
        for value in values:
            Xml.SubElement(each, "value").text = value
    return root


def _record(element: Xml.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        *ways, last = child.tag.split(".")
        into: Any = found
        for way in ways:
            into = into.setdefault(way, {}) if isinstance(into, dict) else None
        if isinstance(into, dict):
            into[last] = (child.text or "").strip() or None
    return found
