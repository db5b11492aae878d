"""What a workbook of the refresh tests is, and the list of their makers (see refresh_workbooks)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)


def left(month: int) -> Decimal:
    """Acme's backlog at the end of a month of 2026."""
    return Decimal(12_000 - 1_000 * month)


@dataclass(frozen=True)
class Made:
    """A workbook: the values its cells must show after a refresh, and the parts that may differ.

    `left`: cells that only a spreadsheet program can compute.
    """

    path: Path
    shows: Mapping[tuple[str, str], object]
    parts: frozenset[str]
    left: frozenset[tuple[str, str]] = frozenset()


Maker = Callable[[Path], Made]
MAKERS: dict[str, Maker] = {}


def workbook(maker: Maker) -> Maker:
    MAKERS[maker.__name__] = maker
    return maker
