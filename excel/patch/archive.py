"""Zip entries moved as they are: an untouched part's compressed bytes are copied, not unpacked and packed again."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_BLOCK = 1 << 20


def copy_entry(source: zipfile.ZipFile, target: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Appends an entry of `source` to `target` (open for writing): header, compressed bytes, descriptor verbatim."""
    if source.fp is None or target.fp is None:
        raise ValueError("both archives must be open")
    moved = copy.copy(info)
    moved.header_offset = target.start_dir
    source.fp.seek(info.header_offset)
    target.fp.seek(target.start_dir)
    left = _entry_end(source, info) - info.header_offset
    while left:
        block = source.fp.read(min(_BLOCK, left))
        if not block:
            raise zipfile.BadZipFile(f"{info.filename} is cut short")
        target.fp.write(block)
        left -= len(block)
    # The archive's own bookkeeping, so that it writes the entry into its directory when it is closed.
    target.filelist.append(moved)
    target.NameToInfo[moved.filename] = moved
    target.start_dir = target.fp.tell()


@contextmanager
def replaced_entry(target: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A stream for new content under the name, time and attributes of an old entry."""
    fresh = zipfile.ZipInfo(info.filename, info.date_time)
    fresh.compress_type = zipfile.ZIP_DEFLATED
    fresh._compresslevel = target.compresslevel  # type: ignore[attr-defined]  # an entry given whole has no other way
    fresh.external_attr, fresh.create_system, fresh.comment = info.external_attr, info.create_system, info.comment
    with target.open(fresh, "w", force_zip64=info.file_size > zipfile.ZIP64_LIMIT // 2) as stream:
        yield stream


def _entry_end(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Where the next entry, or the directory, starts: descriptors that follow the data belong to the entry."""
    later = [other.header_offset for other in archive.filelist if other.header_offset > info.header_offset]
    return min(later, default=archive.start_dir)
