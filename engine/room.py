"""Room for columns that are written once from end to end: memory that the system hands out page by page.

numpy asks the system for pages of two megabytes for every large array. To find them takes from a fifth of a millisecond a
megabyte to ten times that, by how scattered the memory of the machine is; page by page it takes half a millisecond wherever
it was tried. A column that is written once and then saved gains nothing from larger pages.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_LARGE = 2**22
"""Bytes from which numpy asks for larger pages."""


def room(count: int, dtype: DTypeLike = np.int64) -> NDArray[Any]:
    """An array of so many values, which are whatever they are until they are written.

    >>> len(room(3)), room(2**20).dtype
    (3, dtype('int64'))
    """
    kind = np.dtype(dtype)
    size = count * kind.itemsize
    if size < _LARGE or kind.hasobject:
        return np.empty(count, kind)
    if sys.platform == "win32":
        memory = mmap.mmap(-1, size)
    else:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(memory, kind)


def rows_of(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """The values at those rows, each of which there is, in room of their own.

    >>> rows_of(np.array([5, 6]), np.array([1, 0, 1]))
    array([6, 5, 6])
    """
    if values.dtype.hasobject:
        return values[rows]
    return np.take(
        values, rows, out=room(rows.size, values.dtype), mode="clip"
    )  # where others would check every row twice
