"""What only a spreadsheet program can compute: handed to LibreOffice, and only values come back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from excel.answers import single
from excel.catalogue import call
from excel.patch.areas import place
from excel.patch.package import opened
from excel.refresh.book import read_book
from excel.refresh.compute import compute
from excel.refresh.libreoffice import LibreOffice, ProgramFailed
from excel.refresh.one import Options, refresh_file
from excel.refresh.program import ByProgram
from model.errors import Unanswerable
from model.money import to_decimal

ROWS = 500
# A day of the year in A, a customer in B; ours in C..G, others in H..L: ten formulas a row.
OURS = {
    "C": ("=BACKLOG(B{r},A{r})", lambda who, day: ("BACKLOG", who, day)),
    "D": ("=RECOGNIZED(B{r},DATE(2026,1,1),A{r})", lambda who, day: ("RECOGNIZED", who, "2026-01-01", day)),
    "E": ("=CONTRACTED($B{r},$A{r})", lambda who, day: ("CONTRACTED", who, day)),
    "F": ("=IFERROR(UNBILLED(B{r},A{r}),-1)", lambda who, day: ("UNBILLED", who, day)),
    "G": ("=BACKLOG(B{r},EOMONTH(A{r},0))", lambda who, day: ("BACKLOG", who, month_end(day))),
}
OTHERS = {
    "H": "=C{r}+D{r}-E{r}",
    "I": "=SUM(C$2:C{r})",
    "J": '=IF(C{r}>6000,ROUND(C{r}/7,2),"below")',
    "K": "=VLOOKUP(A{r},A{r}:D{near},4,FALSE)*2",
    "L": '=INDEX(C{r}:C{near},MATCH(A{r},A{r}:A{near},0))&" left"',
}
SUMMARY = (
    '=SUMIF(B2:B{last},"Acme*",C2:C{last})',
    "=SUMPRODUCT(C2:C{last},D2:D{last})",
    "=STDEV(C2:C{last})",
    "=MEDIAN(D2:D{last})",
    '=TEXT(MAX(C2:C{last}),"#,##0.00")',
    '=COUNTIF(J2:J{last},"below")',
    "=LARGE(C2:C{last},3)",
    "=XNPV(0.1,D2:D4,A2:A4)",
)


def month_end(day: str) -> str:
    date = dt.date.fromisoformat(day)
    return str((date.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1))


def row_of(row: int) -> tuple[dt.date, str]:
    """The day and the customer of a row; some are unknown."""
    return dt.date(2026, 1, 1) + dt.timedelta((row * 7) % 365), ("Acme Ltd", "beta kk", "C3", "Acme*", "Nobody")[
        row % 5
    ]


def mixed(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    for row in range(2, ROWS + 2):
        sheet[f"A{row}"], sheet[f"B{row}"] = row_of(row)
        for column, text in {**{c: t for c, (t, _) in OURS.items()}, **OTHERS}.items():
            sheet[f"{column}{row}"] = text.format(r=row, last=ROWS + 1, near=row + 20)
    page = book.create_sheet("Summary")
    for number, text in enumerate(SUMMARY, 1):
        page[f"A{number}"] = (
            text.format(last=ROWS + 1)
            .replace("(", "(Figures!", 1)
            .replace(",C2", ",Figures!C2")
            .replace(",D2", ",Figures!D2")
            .replace(",A2", ",Figures!A2")
            .replace("Figures!MAX(", "MAX(Figures!")
            .replace("Figures!0.1", "0.1")
        )
    book.save(path)
    return path


@pytest.mark.tool("soffice")
@pytest.mark.timeout(300)
def test_five_thousand_mixed_formulas_equal_calc_and_a_full_recalculation(tmp_path, booked, converted):
    path = mixed(tmp_path / "mixed.xlsx")
    found = refresh_file(path, booked, LibreOffice.found(), Options(backups=0))
    assert found.state == "refreshed", found.reason
    assert found.left == []
    assert found.computed == ROWS * 10 + len(SUMMARY)
    shown = openpyxl.load_workbook(path, data_only=True)
    native = openpyxl.load_workbook(path)
    for row in range(2, ROWS + 2):
        day, who = row_of(row)
        for column, (_, asked) in OURS.items():
            value = shown["Figures"][f"{column}{row}"].value
            assert value == calculated(booked, asked(who, str(day)), column), (column, row)
            native["Figures"][f"{column}{row}"] = value
    plain = tmp_path / "plain.xlsx"
    native.save(plain)  # without values: the program has to compute every formula that is left
    again = openpyxl.load_workbook(converted([plain], "xlsx:Calc MS Excel 2007 XML")[plain], data_only=True)
    for sheet, cells in (
        ("Figures", [f"{c}{r}" for r in range(2, ROWS + 2) for c in OTHERS]),
        ("Summary", [f"A{n}" for n in range(1, 9)]),
    ):
        for cell in cells:
            ours, theirs = shown[sheet][cell].value, again[sheet][cell].value
            if isinstance(ours, int | float):
                assert theirs == pytest.approx(ours, rel=1e-12, abs=1e-9), (sheet, cell)
            else:
                assert theirs == ours, (sheet, cell)


def calculated(booked, asked, column):
    """What `backlog calc` answers, as a cell shows it."""
    try:
        cell = single(call(asked[0], list(asked[1:]), booked))
    except Unanswerable as error:
        cell = error
    if isinstance(cell, Unanswerable):
        return -1 if column == "F" else cell.excel
    return float(to_decimal(*cell))


class Recorded:
    """A program that is given workbooks and answers from a table, cell by cell of the desk or of sheet Figures."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.given: list[dict[str, str]] = []

    def computed(self, path: Path, folder: Path) -> Path:
        book = openpyxl.load_workbook(path)
        self.given.append(
            {c.value: f"{s.title}!{c.coordinate}" for s in book for r in s.iter_rows() for c in r if c.data_type == "f"}
        )
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        cell.value = self.answers.get(cell.value, "#NAME?")
                        cell.data_type = "e" if str(cell.value).startswith("#") else cell.data_type
        book.save(folder / path.name)
        return folder / path.name


def state_of(tmp_path, booked, cells, program):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    for cell, value in cells.items():
        sheet[cell] = value
    path = tmp_path / "cells.xlsx"
    book.save(path)
    with opened(path) as package:
        calculator = ByProgram(program)
        state = compute(read_book(package), booked, calculator)
        values = {c: state.known.values.get((0, place(c))) for c in cells}
        return values, {state.known.name(c).partition("!")[2]: r for c, r in state.left.items()}, calculator


def test_arguments_beyond_the_small_calculator_are_computed_first(tmp_path, booked):
    program = Recorded({"=UPPER('Figures'!$A$1)": "ACME LTD", "=(ROUND('desk'!$A$2,(-3))/LN(2))": 15869.5})
    values, left, _ = state_of(
        tmp_path, booked,
        {"A1": "acme ltd", "B1": "=BACKLOG(UPPER(A1),DATE(2026,1,31))", "C1": "=ROUND(BACKLOG(A1,DATE(2026,1,31)),-3)/LN(2)"}, program,
    )  # fmt: skip
    assert left == {}
    assert values["B1"] == 11_000
    assert values["C1"] == Decimal("15869.5")


def test_only_the_cells_that_are_needed_are_handed_over(tmp_path, booked):
    program = Recorded({"=LN('Figures'!$B$1)": 9.5})
    cells = {"A1": "secret", "A2": "=LN(7)", "B1": '=BACKLOG("Acme Ltd")', "C1": "=LN(B1)", "D9": "other"}
    values, _, _ = state_of(tmp_path, booked, cells, program)
    assert values["C1"] == Decimal("9.5")
    assert program.given == [{"=LN('Figures'!$B$1)": "Figures!C1"}]


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("=XLOOKUP(1,B1:B1,B1:B1)", "the function XLOOKUP"),
        ('=WEBSERVICE("http://127.0.0.1/"&B1)', "the function WEBSERVICE"),
        ('=INDIRECT("B1")', "the function INDIRECT"),
        ("=LN(B1)+Gone!A1", "Gone!A1"),
        ("=LN(B1)+nobody", "the name nobody"),
        ("=LN(B1)&(B1>1)", "a truth value"),
        ("=LN(B1)+F1", "the truth value in Figures!F1"),
        ("=C1+LN(B1)", "circular"),
        ("=LN(B1) B1", "'B1' where it cannot stand"),
        ("=SQRT(B1)", "something LibreOffice does not know"),
    ],
)
def test_what_it_is_not_trusted_with_is_left_and_told(tmp_path, booked, formula, why):
    program = Recorded({})
    cells = {"B1": '=BACKLOG("Acme Ltd")', "F1": True, "C1": formula, "D1": "=IFERROR(C1,0)&LEN(C1)"}
    _, left, _ = state_of(tmp_path, booked, cells, program)
    assert why in left["C1"]
    assert "D1" in left


def test_what_reads_an_unknown_result_is_no_result_though_it_hides_the_error(tmp_path, booked):
    program = Recorded({"=(IFERROR('Figures'!$C$1,0)+LN(2))": 0.5})
    cells = {"B1": '=BACKLOG("Acme Ltd")', "C1": "=SQRT(B1)", "D1": "=IFERROR(C1,0)+LN(2)"}
    values, left, _ = state_of(tmp_path, booked, cells, program)
    assert left == {"C1": "it uses something LibreOffice does not know", "D1": "it uses Figures!C1, which is left"}
    assert values["D1"] is None


def test_hidden_rows_keep_subtotals_from_it(tmp_path, booked):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"] = '=BACKLOG("Acme Ltd")', "=SUBTOTAL(9,A1:A1)"
    sheet.row_dimensions[1].hidden = True
    path = tmp_path / "hidden.xlsx"
    book.save(path)
    found = refresh_file(path, booked, Recorded({}), Options())
    assert [note.text for note in found.left] == ["it uses SUBTOTAL on a sheet with hidden rows"]


def test_a_program_that_fails_is_told_and_the_rest_is_refreshed(tmp_path, booked):
    class Broken:
        def computed(self, path, folder):
            raise ProgramFailed("LibreOffice did not compute cells.xlsx within 300 s")

    values, left, calculator = state_of(tmp_path, booked, {"B1": '=BACKLOG("Acme Ltd")', "C1": "=LN(B1)"}, Broken())
    assert values["B1"] == 11_000
    assert left == {"C1": "it uses the function LN"}
    assert "within 300 s" in calculator.failed


def test_what_is_left_makes_excel_compute_on_opening_unless_it_does_so_anyway(tmp_path, booked):
    book = openpyxl.Workbook()
    book.calculation.fullCalcOnLoad = False
    sheet = book.active
    sheet["A1"], sheet["A2"] = '=BACKLOG("Acme Ltd",DATE(2026,1,31))', "=LN(A1)"
    path = tmp_path / "left.xlsx"
    book.save(path)
    found = refresh_file(path, booked, None, Options())
    assert found.opening
    assert openpyxl.load_workbook(path).calculation.fullCalcOnLoad
    sheet["A1"], sheet["A2"] = '=BACKLOG("Acme Ltd",TODAY())', "=LN(A1)"
    book.save(path)
    found = refresh_file(path, booked, None, Options())
    assert [note.cell for note in found.left] == ["A2"]
    assert not found.opening


@pytest.mark.tool("soffice")
def test_a_program_that_is_too_slow_is_ended(tmp_path):
    path = mixed(tmp_path / "slow.xlsx")
    with pytest.raises(ProgramFailed, match=r"within 0 s"):
        LibreOffice(LibreOffice.found().program, seconds=0.05).computed(path, tmp_path)
