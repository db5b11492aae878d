"""Refreshing somebody's workbook: against loading and saving it with openpyxl, and many small ones.

One sheet of 100,000 × 12 with 2,000 cells of ours among values: time and memory of a refresh and of openpyxl's load and
save, each in a process of its own, in processor time. Then 50 workbooks of 500 cells: time a cell, by the clock. The figures
must be those of the books.

    python -m bench.refresh [ROWS]
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import small as books
from bench.measure import Line, most, peak, ratio, table

ROOT = Path(__file__).parents[1]
RUNS, FASTER, MOST_MB = 3, 10, 250.0
ROWS, COLUMNS, OURS = 100_000, 12, 2_000
FILES, CELLS = 50, 500


def large(path: Path, rows: int) -> None:
    """One sheet: values, and in every so many rows a cell of ours."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("Data")
    step = rows // OURS
    for row in range(rows):
        sheet.write_string(row, 0, f"Customer {row % books.CUSTOMERS + 1}")
        for column in range(1, COLUMNS - 1):
            sheet.write_number(row, column, row * 1.25 + column)
        if row % step == 0:
            sheet.write_formula(row, COLUMNS - 1, f"=BACKLOG(A{row + 1},DATE(2026,6,30))", None, 0)
        else:
            sheet.write_number(row, COLUMNS - 1, row)
    book.close()


def small(path: Path) -> None:
    """500 cells of ours in a workbook, with a total."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Data")
    for row in range(CELLS):
        sheet.write_string(row, 0, f"Customer {row % books.CUSTOMERS + 1}")
        sheet.write_formula(row, 1, f"=BACKLOG(A{row + 1},DATE(2026,6,30))", None, 0)
    sheet.write_formula(CELLS, 1, f"=SUM(B1:B{CELLS})", None, 0)
    book.close()


def measured(*words: object) -> tuple[float, float]:
    """Seconds, and megabytes at most, of one of the works below in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.refresh", *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def work(name: str, path: Path, config: Path) -> None:
    """A refresh, or openpyxl's load and save; prints seconds and the most memory."""
    if name == "refresh":
        from excel.refresh import refresh_files
        from model.settings import load

        settings = load(config)
        begun = time.process_time()
        report = refresh_files(settings, [path], as_of=books.MIDDLE)
        report.require_done()
    else:
        import openpyxl

        begun = time.process_time()
        openpyxl.load_workbook(path).save(path)
    seconds = time.process_time() - begun
    print(seconds, peak())


def check(path: Path, step: int) -> None:
    """The refreshed cells are the books' figures: half of the year is left at the end of June."""
    import python_calamine

    rows = python_calamine.load_workbook(str(path)).get_sheet_by_name("Data").to_python()
    for row in range(0, len(rows), step):
        assert rows[row][-1] == books.left(row % books.CUSTOMERS + 1), row


def lines(rows: int = ROWS) -> list[Line]:
    """One large sheet beside openpyxl, and many small workbooks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = books.company(folder / "company")
        original = folder / "large.xlsx"
        large(original, rows)
        ours, theirs = [], []
        for run in range(RUNS):
            for kind, found in (("refresh", ours), ("openpyxl", theirs)):
                path = folder / f"{kind}{run}.xlsx"
                path.write_bytes(original.read_bytes())
                found.append(measured(kind, path, config))
                if kind == "refresh":
                    check(path, rows // OURS)
        mine, other = (statistics.median(seconds for seconds, _ in runs) for runs in (ours, theirs))
        memory = max(megabytes for _, megabytes in ours)
        what = f"Refreshing {OURS:,} cells of ours in a sheet of {rows:,} × {COLUMNS}"
        return [
            Line(f"{what}, against openpyxl loading and saving it", f"{mine:.2f} s: {other / mine:.1f} times as fast",
                 *ratio(other / mine, least=FASTER)),
            Line("the same, memory", f"{memory:.0f} MB at the peak", *most(memory, MOST_MB, f"{MOST_MB:.0f} MB")),
            many(folder, config),
        ]  # fmt: skip


def main() -> None:
    if len(sys.argv) == 4:
        work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(table(lines(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)))


def many(folder: Path, config: Path) -> Line:
    """50 workbooks at once."""
    from excel.refresh import refresh_files
    from model.settings import load

    for number in range(FILES):
        small(folder / f"small{number}.xlsx")
    begun = time.perf_counter()
    report = refresh_files(load(config), [folder / "small*.xlsx"], as_of=books.MIDDLE)
    seconds = time.perf_counter() - begun
    report.require_done()
    assert all(file.computed == CELLS + 1 and not file.left for file in report.files)
    cells = FILES * CELLS
    return Line(
        f"Refreshing {FILES} workbooks of {CELLS} cells", f"{seconds:.2f} s, {seconds / cells * 1e6:.0f} µs a cell"
    )


if __name__ == "__main__":
    main()
