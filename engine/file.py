"""One file of columns: written once, never changed, read by mapping it into memory.

Layout: 8 bytes of magic, 8 bytes that say where the header begins, the columns, each aligned to 64 bytes, and the header
(JSON: columns with kind, place and size, the facts of the ledger, and a digest of the body). Whole numbers are
little-endian int64; texts are their UTF-8 bytes after an int64 column of offsets, or, where there are few different ones,
an int64 column of numbers with the words in the header. A table read from it costs nothing until it is used.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.texts import TextColumn, Texts, Words, coded
from model.errors import LedgerBroken

MAGIC = b"RBLEDG02"
_ALIGN = 64

Column = NDArray[np.int64] | Texts | Words


def write(path: Path, tables: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
    """Writes the tables beside `path` and moves them there whole."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    places: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    with beside.open("wb") as file:
        file.write(bytes(_ALIGN))
        for table, columns in tables.items():
            for name, values in columns.items():
                about, parts = _encode(values)
                begin = file.tell()
                parts.append(bytes(-sum(map(len, parts)) % _ALIGN))
                for part in parts:
                    file.write(part)
                    digest.update(part)
                places.append({"table": table, "name": name, "begin": begin, "count": len(values), **about})
        header = file.tell()
        file.write(json.dumps({"columns": places, "facts": facts, "digest": digest.hexdigest()}).encode())
        file.seek(0)
        file.write(MAGIC + header.to_bytes(8, "little"))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class Reader:
    """An open file of columns. `facts`: what the writer said of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise LedgerBroken(f"{path.name} cannot be read ({error}). Rebuild it: backlog sync") from None
        self._header = int.from_bytes(self._map[8:16], "little")
        if self._map[:8] != MAGIC:
            raise LedgerBroken(f"{path.name} is no ledger of this version. Rebuild it: backlog sync")
        if not _ALIGN <= self._header < len(self._map):
            raise LedgerBroken(f"{path.name} is cut short. Rebuild it: backlog sync")
        try:
            header = json.loads(self._map[self._header :])
            self._columns = {(about["table"], about["name"]): about for about in header["columns"]}
            self.facts: dict[str, Any] = header["facts"]
            self._digest = header["digest"]
        except (ValueError, KeyError) as error:
            raise LedgerBroken(f"{path.name} is damaged ({error}). Rebuild it: backlog sync") from None

    def names(self, table: str) -> list[str]:
        """The columns of a table."""
        return [name for where, name in self._columns if where == table]

    def count(self, table: str, name: str) -> int:
        """How many rows a column has."""
        return int(self._columns[table, name]["count"])

    def column(self, table: str, name: str) -> Column:
        """A column: a view of the mapped file for whole numbers, texts that are decoded when they are asked for."""
        about = self._columns[table, name]
        begin, count = about["begin"], about["count"]
        if about["kind"] == "texts":
            offsets = np.frombuffer(self._map, np.int64, count + 1, begin)
            data = memoryview(self._map)[begin + 8 * (count + 1) : begin + 8 * (count + 1) + about["bytes"]]
            return Texts(data, offsets)
        numbers = np.frombuffer(self._map, np.int64, count, begin)
        return Words(numbers, about["words"]) if about["kind"] == "words" else numbers

    def verify(self) -> None:
        """Reads every byte and compares the digest; LedgerBroken if one has changed."""
        if hashlib.sha256(memoryview(self._map)[_ALIGN : self._header]).hexdigest() != self._digest:
            raise LedgerBroken(f"{self.path.name} has changed since it was written. Rebuild it: backlog sync")


def _encode(values: Any) -> tuple[dict[str, Any], list[Any]]:
    """What the header says of a column, and its bytes."""
    column = values if isinstance(values, TextColumn) else np.asarray(values)
    if not isinstance(column, TextColumn):
        if column.dtype.kind in "biu":
            return {"kind": "int"}, [_bytes(column)]
        column = coded(column) or column
    if isinstance(column, Words):
        return {"kind": "words", "words": column.words}, [_bytes(column.codes)]
    words = np.asarray(column).tolist()
    data = "".join(words).encode()
    sizes = [len(word) for word in words]
    if len(data) != sum(sizes):
        sizes = [len(word.encode()) for word in words]
    return {"kind": "texts", "bytes": len(data)}, [_bytes(np.cumsum([0, *sizes])), data]


def _bytes(values: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(values, "<i8").view(np.uint8).data
