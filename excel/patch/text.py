"""Text as a workbook's XML holds it: references, CDATA, runs of formatted text, and Excel's own `_xHHHH_`."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

# Outside these, XML 1.0 has no way to write a character; Excel's own way is _xHHHH_.
_UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_PLAIN = re.compile(rb"""<(?:[^\s:<>/]+:)?t(?:\s+xml:space="preserve")?>([^<]*)</(?:[^\s:<>/]+:)?t>\Z""")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def escape(text: str) -> str:
    """Text as element content; what XML cannot hold in Excel's `_xHHHH_` form.

    >>> escape("a<b\\r")
    'a&lt;b_x000D_'
    """
    marked = _LOOKS_ESCAPED.sub("_x005F_", text)
    marked = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", marked)
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The inverse of `escape`, numeric references included."""
    plain = re.sub(r"&#(x[0-9A-Fa-f]+|\d+);", _reference, text)
    for name, sign in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("apos", "'"), ("amp", "&")):
        plain = plain.replace(f"&{name};", sign)
    return decoded(plain)


def decoded(text: str) -> str:
    """Text as an XML parser gives it, Excel's own `_xHHHH_` turned into the characters they stand for."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _reference(found: re.Match[str]) -> str:
    return chr(int(found[1][1:], 16) if found[1].startswith("x") else int(found[1]))


def plain_text(raw: bytes) -> str:
    """The text of an element's content, whichever way it is written.

    >>> plain_text(b"a &amp; <![CDATA[<b>]]>")
    'a & <b>'
    """
    if b"<" not in raw:
        text = raw.decode()
        return unescape(text) if "&" in text or "_x" in text else text
    return decoded("".join(_characters(raw, lambda _: True)))


def rich_text(raw: bytes) -> str:
    """The plain text of runs of formatted text, without what is only a reading aid."""
    if plain := _PLAIN.match(raw):
        return plain_text(plain[1])
    return decoded("".join(_characters(raw, lambda path: "rPh" not in path and path[-1] == "t")))


def _characters(raw: bytes, counts: Callable[[list[str]], bool]) -> list[str]:
    """The character data of a fragment, where the path of its elements counts."""
    found: list[str] = []
    path: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: path.append(name.rpartition(":")[2])
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = lambda text: found.append(text) if counts(path) else None
    parser.Parse(b"<_>" + raw + b"</_>", True)
    return found


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
