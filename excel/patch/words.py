"""The patterns by which a sheet's rows, cells, formulas and values are found in its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

ATTRIBUTES = rb"""((?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*)"""

_ASKED = (b"r", b"t", b"ref", b"s", b"si", b"cm", b"spans", b"customFormat", b"min", b"max", b"style")
_ATTRIBUTE = {name: re.compile(rb"\s" + name + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""") for name in _ASKED}


@dataclass(frozen=True)
class Words:
    """The patterns of one sheet, which depend on the prefixes it uses for the main namespace."""

    prefixes: tuple[bytes, ...]
    row: re.Pattern[bytes]
    row_end: re.Pattern[bytes]
    data_end: re.Pattern[bytes]
    cell: re.Pattern[bytes]
    cell_end: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    value: re.Pattern[bytes]

    @classmethod
    def of(cls, prefixes: tuple[bytes, ...]) -> Words:
        """Patterns for elements written with one of the prefixes (b"" = none)."""
        # One prefix, the usual case, stands as it is: a pattern that begins with plain letters is searched much faster.
        p = re.escape(prefixes[0]) if len(prefixes) == 1 else b"(?:" + b"|".join(map(re.escape, prefixes)) + b")"
        opening = rb"(?=[\s/>])" + ATTRIBUTES + rb"\s*"
        return cls(
            prefixes,
            row=re.compile(b"<" + p + rb"""row(?: r="(\d+)"|(?=[\s/>])""" + ATTRIBUTES + b")"),
            row_end=re.compile(b"</" + p + rb"row\s*>"),
            data_end=re.compile(b"</" + p + rb"sheetData\s*>|<(" + p + b")sheetData" + ATTRIBUTES + rb"\s*/>"),
            cell=re.compile(b"<(" + p + b')c(?: r="([A-Z]{1,3})[0-9]{1,7}")?' + opening + b"(/?)>"),
            cell_end=re.compile(b"</" + p + rb"c\s*>"),
            formula=re.compile(b"<" + p + b"f" + opening + b"(?:/>|>(.*?)</" + p + rb"f\s*>)", re.DOTALL),
            value=re.compile(b"<" + p + b"(v|is)" + opening + b"(?:/>|>(.*?)</" + p + rb"\1\s*>)", re.DOTALL),
        )


class Row(NamedTuple):
    """One wanted row: its number, its bytes (with whatever follows up to the next row) and their shadow.

    A row to be made has no bytes yet.
    """

    number: int
    raw: bytes
    shadow: bytes
    words: Words


def attribute(attributes: bytes, name: bytes) -> bytes | None:
    """The value of an attribute as it is written; None where the tag has none of that name."""
    found = _ATTRIBUTE[name].search(attributes)
    return None if found is None else found[1] if found[1] is not None else found[2]
