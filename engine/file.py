"""One file of columns: written once, never changed, read by mapping it into memory.

Layout: 8 bytes of magic, 8 bytes with the length of the header, the header (JSON: columns with kind, offset, length, the
facts of the ledger, and a digest of the body), then the columns, each aligned to 64 bytes. Whole numbers are little-endian
int64; texts are their UTF-8 bytes after an int64 column of offsets. A table read from it costs nothing until it is used.
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

from model.errors import LedgerBroken

MAGIC = b"RBLEDG01"
_ALIGN = 64

Column = NDArray[np.int64] | NDArray[np.object_]


def write(path: Path, tables: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
    """Writes the tables beside `path` and moves them there whole."""
    blocks: list[bytes] = []
    place: list[dict[str, Any]] = []
    offset = 0
    for table, columns in tables.items():
        for name, values in columns.items():
            kind, data = _encode(np.asarray(values))
            place.append(
                {"table": table, "name": name, "kind": kind, "offset": offset, "size": len(data), "count": len(values)}
            )
            padded = data + b"\0" * (-len(data) % _ALIGN)
            blocks.append(padded)
            offset += len(padded)
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    header = json.dumps({"columns": place, "facts": facts, "size": offset, "digest": digest.hexdigest()}).encode()
    header += b" " * (-(len(header) + 16) % _ALIGN)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with beside.open("wb") as file:
        file.write(MAGIC + len(header).to_bytes(8, "little") + header)
        for block in blocks:
            file.write(block)
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
        head = self._map[:16]
        length = int.from_bytes(head[8:], "little")
        if head[:8] != MAGIC or 16 + length > len(self._map):
            raise LedgerBroken(f"{path.name} is no ledger of this version. Rebuild it: backlog sync")
        try:
            header = json.loads(self._map[16 : 16 + length])
            self._start = 16 + length
            self._columns = {(c["table"], c["name"]): c for c in header["columns"]}
            self.facts: dict[str, Any] = header["facts"]
            self._digest = header["digest"]
            whole = self._start + header["size"] == len(self._map)
        except (ValueError, KeyError) as error:
            raise LedgerBroken(f"{path.name} is damaged ({error}). Rebuild it: backlog sync") from None
        if not whole:
            raise LedgerBroken(f"{path.name} is cut short. Rebuild it: backlog sync")

    def names(self, table: str) -> list[str]:
        """The columns of a table."""
        return [name for where, name in self._columns if where == table]

    def column(self, table: str, name: str) -> Column:
        """A column: a view of the mapped file for whole numbers, an array of str for texts."""
        about = self._columns[table, name]
        begin = self._start + about["offset"]
        if about["kind"] == "int":
            return np.frombuffer(self._map, np.int64, about["count"], begin)
        count = about["count"]
        offsets = np.frombuffer(self._map, np.int64, count + 1, begin)
        text = self._map[begin + 8 * (count + 1) : begin + about["size"]]
        cuts = offsets.tolist()
        words = [text[cuts[n] : cuts[n + 1]].decode() for n in range(count)]
        return np.array([*words, None], object)[:-1]

    def verify(self) -> None:
        """Reads every byte and compares the digest; LedgerBroken if one has changed."""
        if hashlib.sha256(memoryview(self._map)[self._start :]).hexdigest() != self._digest:
            raise LedgerBroken(f"{self.path.name} has changed since it was written. Rebuild it: backlog sync")


def _encode(values: NDArray[Any]) -> tuple[str, bytes]:
    if values.dtype != object:
        return "int", np.ascontiguousarray(values, "<i8").tobytes()
    words = [str(value).encode() for value in values]
    offsets = np.zeros(len(words) + 1, "<i8")
    offsets[1:] = np.cumsum([len(word) for word in words])
    return "text", offsets.tobytes() + b"".join(words)
