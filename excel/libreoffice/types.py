"""The type library of the extension: one UNO interface with a method a function, in LibreOffice's binary form.

Calc learns from it how many arguments a function has and that each may be a value, a range or nothing. The form (a
header, names ended by a zero byte, maps from names to payloads, whole numbers with their lowest byte first) is the one
that LibreOffice's own unoidl-write makes; a test reads ours with LibreOffice.
"""

from __future__ import annotations

import struct

from excel.catalogue import Function

MODULES = ("org", "revenuebacklog")
INTERFACE = "XFunctions"

_MAGIC = b"UNOIDL\xff\0"
_MODULE, _INTERFACE, _IN = 0, 5, 0
_BASE = "com.sun.star.uno.XInterface"
_TABLE = "[][]any"
"""What every function returns: rows of cells, of one cell where it answers with one value."""
_OPTIONS = "com.sun.star.beans.XPropertySet"
"""The type of the first argument, which Calc fills in itself: the settings of the asking document."""


def type_library(functions: tuple[Function, ...]) -> bytes:
    """The library as a file's content."""
    data = bytearray(_MAGIC + bytes(8))  # where the root map lies is filled in at the end
    name, payload = INTERFACE, _put(data, _interface(functions))
    for module in reversed(MODULES):
        entry = _entry(data, name, payload)
        name, payload = module, _put(data, bytes([_MODULE]) + _number(1) + entry)
    root = _put(data, _entry(data, name, payload))
    data[len(_MAGIC) : len(_MAGIC) + 8] = _number(root) + _number(1)
    return bytes(data)


def _interface(functions: tuple[Function, ...]) -> bytes:
    bases, optional_bases, attributes = _number(1) + _text(_BASE), _number(0), _number(0)
    methods = b"".join(_method(function) for function in functions)
    return bytes([_INTERFACE]) + bases + optional_bases + attributes + _number(len(functions)) + methods


def _method(function: Function) -> bytes:
    parameters = [("options", _OPTIONS), *((f"p_{p.name}", "any") for p in function.parameters)]
    told = b"".join(bytes([_IN]) + _text(name) + _text(kind) for name, kind in parameters)
    exceptions = _number(0)
    return _text(function.name) + _text(_TABLE) + _number(len(parameters)) + told + exceptions


def _entry(data: bytearray, name: str, payload: int) -> bytes:
    return _number(_put(data, name.encode("ascii") + b"\0")) + _number(payload)


def _put(data: bytearray, content: bytes) -> int:
    """Appends content; where it lies."""
    place = len(data)
    data += content
    return place


def _text(text: str) -> bytes:
    return _number(len(text)) + text.encode("ascii")


def _number(number: int) -> bytes:
    return struct.pack("<I", number)
