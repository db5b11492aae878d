"""The month-end pack of many contracts: against XlsxWriter writing the same cells, and nothing else.

The pack's time is all of it: the figures asked of the ledger, the sheets, the charts, the file. XlsxWriter is given what
was worked out already and writes it with constant memory. Processor time, each once.

    python bench/packing.py [CONTRACTS]
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.company import facts
from bench.measure import Line, ratio, table
from engine.build import build
from excel.pack.build import pack_sheets, write
from excel.pack.layout import formula_text, layout
from excel.pack.sheet import Formula, Link, Sheet
from excel.pack.source import Month
from excel.pack.template import default
from model.policy import Policy

CONTRACTS, MOST = 100_000, 1.5
MONTH = (dt.date(2026, 6, 1), dt.date(2026, 6, 30))


def lines(contracts: int = CONTRACTS) -> list[Line]:
    """The pack of so many contracts beside XlsxWriter."""
    ledger = build(facts(contracts * 5), Policy())
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        month = Month(ledger, {}, "", *MONTH, ledger.reporting, ())
        sheets = pack_sheets(month, default())
        write(Path(folder) / "ours.xlsx", sheets, month)
        ours = time.process_time() - begun
        cells = [(sheet.title, list(_cells(sheet))) for sheet in sheets]
        begun = time.process_time()
        count = rival(Path(folder) / "theirs.xlsx", cells)
        theirs = time.process_time() - begun
    what = f"The month-end pack of {contracts:,} contracts, {count:,} cells, against XlsxWriter writing the same"
    return [Line(what, f"{ours:.1f} s: {ours / theirs:.2f}× its time", *ratio(ours / theirs, most=MOST))]


def _cells(sheet: Sheet) -> Iterator[tuple[int, int, Any, str]]:
    """Row, column, value and formula of every cell of the sheet's tables, row by row."""
    for placed in layout(sheet).placed.values():
        for number, row in placed.rows():
            for position, column in enumerate(placed.block.columns):
                content = row.cells.get(column.key)
                if isinstance(content, Formula):
                    yield number - 1, position, content.value, formula_text(content.text, placed, number, column.key)
                elif content is not None:
                    yield number - 1, position, content.text if isinstance(content, Link) else content, ""


def rival(path: Path, sheets: list[tuple[str, list[tuple[int, int, Any, str]]]]) -> int:
    """Writes the cells; how many."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    money, text, day = (
        book.add_format(look) for look in ({"num_format": "#,##0.00"}, {"indent": 1}, {"num_format": "d mmm yyyy"})
    )
    count = 0
    for title, cells in sheets:
        page = book.add_worksheet(title)
        for row, column, value, formula in cells:
            count += 1
            if formula:
                page.write_formula(
                    row, column, formula, money, float(value) if isinstance(value, Decimal) else str(value)
                )
            elif isinstance(value, str):
                page.write_string(row, column, value, text)
            elif isinstance(value, dt.date):
                page.write_datetime(row, column, value, day)
            else:
                page.write_number(row, column, float(value), money)
    book.close()
    return count


if __name__ == "__main__":
    print(table(lines(int(sys.argv[1]) if len(sys.argv) > 1 else CONTRACTS)))
