"""Parts added to a package: custom properties, a custom XML part, and the entries that make them part of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from excel.patch.package import Package, elements

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_KIND = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_END = re.compile(rb"</((?:[^\s:<>/]+:)?)(Relationships|Types|Properties)\s*>\s*\Z")
_EMPTY = re.compile(rb"<((?:[^\s:<>/]+:)?)(Relationships|Types|Properties)((?:\s[^>]*?)?)\s*/>\s*\Z")
CONTENT_TYPES, ROOT = "[Content_Types].xml", "_rels/.rels"


class Parts:
    """Changes of a package beside its sheets, gathered; `made` holds the new content of each part (None: left out)."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.made: dict[str, bytes | None] = {}

    def content(self, name: str) -> bytes:
        """A part as it stands, with what was changed so far."""
        if name in self.made:
            return self.made[name] or b""
        return self._package.read(name) if name in self._package.zip.NameToInfo else b""

    def put(self, name: str, content: bytes) -> None:
        """A part's new content."""
        self.made[name] = content

    def add(self, name: str, content: bytes, kind: str) -> None:
        """A new part of a content type ("" where the default for its suffix serves)."""
        self.made[name] = content
        if kind:
            override = f'<Override PartName="/{name}" ContentType="{kind}"/>'
            self.put(CONTENT_TYPES, _within(self.content(CONTENT_TYPES), override))
        elif b'Extension="xml"' not in self.content(CONTENT_TYPES):
            default = '<Default Extension="xml" ContentType="application/xml"/>'
            self.put(CONTENT_TYPES, _within(self.content(CONTENT_TYPES), default))

    def relate(self, relations: str, kind: str, target: str) -> None:
        """A relation to a part, under an id that is free."""
        data = self.content(relations)
        if not data:
            data = f'<?xml version="1.0" encoding="UTF-8"?>\n<Relationships xmlns="{_PACKAGE}/relationships"/>'.encode()
        taken = {e.attributes.get("Id", "") for e in elements(data)}
        number = next(n for n in range(1, len(taken) + 2) if f"rIdB{n}" not in taken)
        self.put(relations, _within(data, f'<Relationship Id="rIdB{number}" Type="{kind}" Target="{target}"/>'))

    def remove(self, name: str, relations: str) -> None:
        """A part left out, with its relation and its content type."""
        self.made[name] = None
        last = name.rpartition("/")[2]
        for holder, attribute in ((relations, "Target"), (CONTENT_TYPES, "PartName")):
            pattern = rf"""<[^<>]*\s{attribute}\s*=\s*["'][^"']*{re.escape(last)}["'][^<>]*?/>"""
            self.put(holder, re.sub(pattern.encode(), b"", self.content(holder)))

    def set_properties(self, values: Mapping[str, str]) -> None:
        """Custom properties of the workbook; those of the same names are replaced, the others stay."""
        name = next((part for _, kind, part in self._package.relations("") if kind.endswith("/custom-properties")), "")
        data = self.content(name) if name else b""
        if not data:
            name = "docProps/custom.xml"
            empty = f'<?xml version="1.0" encoding="UTF-8"?>\n<Properties xmlns="{_CUSTOM}" xmlns:vt="{_TYPES}"/>'
            self.add(name, empty.encode(), _KIND)
            self.relate(ROOT, f"{_OFFICE}/custom-properties", name)
            data = self.content(name)
        for word in values:
            pattern = rf"<(?:[^\s:<>/]+:)?property\s[^>]*?name\s*=\s*{_quoted(word)}.*?</(?:[^\s:<>/]+:)?property\s*>"
            data = re.sub(pattern.encode(), b"", data, flags=re.DOTALL)
        used = [int(e.attributes["pid"]) for e in elements(data) if e.attributes.get("pid", "").isdecimal()]
        number = max(used, default=1)
        for word, value in values.items():
            number += 1
            inner = f'<v:lpwstr xmlns:v="{_TYPES}">{escape(value)}</v:lpwstr>'
            text = f'<p:property xmlns:p="{_CUSTOM}" fmtid="{_FORMAT}" pid="{number}" name={quoteattr(word)}>{inner}</p:property>'
            data = _within(data, text)
        self.put(name, data)


def free_number(package: Package, *patterns: str) -> int:
    """The first number with which no part has any of the names, each written with {} for it."""
    taken = {name.casefold() for name in package.zip.namelist()}
    return next(n for n in range(1, len(taken) + 2) if not any(p.format(n).casefold() in taken for p in patterns))


def _within(data: bytes, text: str) -> bytes:
    """A part with one more element at its end."""
    if found := _END.search(data):
        return data[: found.start()] + _prefixed(text, found[1]) + data[found.start() :]
    if found := _EMPTY.search(data):
        opened = b"<" + found[1] + found[2] + found[3] + b">"
        return data[: found.start()] + opened + _prefixed(text, found[1]) + b"</" + found[1] + found[2] + b">"
    raise ValueError("a part of the package has no end")


def _prefixed(text: str, prefix: bytes) -> bytes:
    """An element with the part's own prefix, if it has none itself."""
    return text.encode() if not prefix or ":" in text.partition(" ")[0] else b"<" + prefix + text[1:].encode()


def _quoted(word: str) -> str:
    return rf"""(?:"{re.escape(word)}"|'{re.escape(word)}')"""
