"""Rows of a Parquet file as a spreadsheet would number them, every cell as text; read a batch at a time.

https://arrow.apache.org/docs/python/parquet.html. Decimals, dates and whole numbers are told as they are. A floating-point
number is told by its shortest text, as a spreadsheet tells its cells; amounts are better kept as decimals or text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.kit.tabular import SheetRow
from model.errors import ConfigNeeded, RecordRejected

BATCH = 5_000


def parquet_rows(path: Path) -> Iterator[SheetRow]:
    """The names of the columns as row 1, then the rows."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise ConfigNeeded(
            f"{path.name} is Parquet, which needs another package: pip install 'revenue-backlog[parquet]'"
        ) from None
    try:
        file = parquet.ParquetFile(path)
    except (ArrowException, OSError) as error:
        why = str(error).partition("\n")[0]
        raise RecordRejected(f"the file is no Parquet ({why})", place=path.name, remedy="Write it again") from None
    with file:
        yield SheetRow(1, tuple(file.schema_arrow.names))
        number = 1
        for batch in file.iter_batches(BATCH):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                number += 1
                yield SheetRow(number, tuple(_text(cell) for cell in cells))


def _text(cell: Any) -> str:
    """A cell as a person would write it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (Decimal, float)):
        return format(Decimal(repr(cell)) if isinstance(cell, float) else cell, "f")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)
