"""The small calculator answers as a real spreadsheet program does, or says that it does not know.

Every formula below is computed twice, by excel.refresh.evaluate and by LibreOffice; the values by hand are beside those
that need no program to be known.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from excel.patch.areas import Area, place
from excel.patch.package import opened
from excel.patch.values import CellError
from excel.refresh.book import read_book
from excel.refresh.context import Here
from excel.refresh.derive import Entry, write_workbook
from excel.refresh.evaluate import Calculator
from excel.refresh.libreoffice import LibreOffice
from excel.refresh.native import Day
from excel.refresh.operators import Beyond
from excel.refresh.sheets import Held, Values

DATA = {
    "A1": Decimal(3), "A2": Decimal("-1.5"), "A3": "text", "A4": True, "A6": CellError("#N/A"), "A7": "12", "A8": "",
    "B1": Decimal(46053), "B2": Decimal(61), "C1": Decimal("0.1"), "C2": Decimal("0.2"),
}  # fmt: skip
# fmt: off
FORMULAS = (
    "1+2*3", "-2^2", "2^-1", "10%", "50%%", "(1+2)*3", "7/2", "1/0", "0^0", "2^10", "-A2", "+A3", "1-1/3",
    "C1+C2=0.3", "C1+C2-0.3", "A5+1", 'A5&"x"', "A5=0", 'A5=""', "A3=A5", '"abc"="ABC"', '"a"<"b"', "1<\"a\"", '"a"<TRUE',
    "TRUE=1", "TRUE+1", '"5"+1', '"1.5e2"*2', "A7+1", "A6+1", "A6=1", "1+A3", 'A3&A1&A2&TRUE&1/4', "123456789.125&\"\"", "1000&\"\"",
    "SUM(A1:A4)", "SUM(A1:A5,C1:C2,10)", "SUM(A1,A4,TRUE,\"3\")", "SUM(A1:A8)", "MIN(A1:A3)", "MAX(A5:A5)", "MAX(A1:A4,2)", "SUM(A3)",
    "IF(A1>2,\"yes\",\"no\")", "IF(A5,1)", "IF(A1,,5)", "IF(A6,1,2)", "IF(FALSE,1/0,7)", "IFERROR(1/0,\"none\")", "IFERROR(A6,A1)",
    "_xlfn.IFNA(A6,1)", "_xlfn.IFNA(1/0,1)", "AND(TRUE,A1>1)", "AND(A1:A2,A4)", "OR(FALSE,A5)", "OR(A1:A2)", "AND(A5:A5)",
    "NOT(A4)", "NOT(0)",
    "ISERROR(A6)", "ISNA(A6)", "ISERR(A6)", "ISERR(1/0)", "ISBLANK(A5)", "ISBLANK(A8)", "ISNUMBER(A1)", "ISTEXT(A3)", "ISNUMBER(A7)",
    "ROUND(2.5,0)", "ROUND(-2.5,0)", "ROUND(1.005,2)", "ROUND(1234.5,-2)", "ROUNDUP(1.21,1)", "ROUNDUP(-1.21,1)", "ROUNDDOWN(1.29,1)",
    "ROUND(A2,0)", "ABS(A2)", "NA()", "TRUE()", "FALSE()",
    "DATE(2026,1,31)", "DATE(2026,14,1)", "DATE(2026,0,1)", "DATE(2026,1,0)", "DATE(2026,3,-5)", "DATE(2026.9,1.9,1.9)", "DATE(99,1,1)",
    "EOMONTH(B1,0)", "EOMONTH(B1,1)", "EOMONTH(B1,-13)", "EDATE(B1,1)", "EDATE(B1,-11)", "EDATE(DATE(2024,2,29),12)", "EOMONTH(B1,1.9)",
    "YEAR(B1)", "MONTH(B1)", "DAY(B1)", "YEAR(B2)", "DAY(B1+0.75)", "EOMONTH(A3,1)", "EOMONTH(-1,0)", "YEAR(DATE(9999,12,31))",
    "DATE(YEAR(B1),MONTH(B1)+1,0)=EOMONTH(B1,0)", "A1:A3*2", "SUM({1,2;3,4})", "MAX({1,-2;3,\"x\"})",
    "VLOOKUP(\"TEXT\",A1:C3,1,FALSE)", "VLOOKUP(3,A1:C3,3,FALSE)", "VLOOKUP(\"b\",{\"a\",1;\"B\",2;\"b\",3},2,FALSE)",
    "VLOOKUP(4,A1:C3,2,FALSE)",
    "VLOOKUP(3,A1:C3,4,FALSE)", "VLOOKUP(A6,A1:C3,1,FALSE)", "VLOOKUP(-1.5,A1:C3,3,0)", "VLOOKUP(\"3\",A1:C3,2,FALSE)",
    'SUBSTITUTE("a*b*","*","~*")', 'SUBSTITUTE(A3,"T","x")', 'SUBSTITUTE(A1,3,A2)', 'SUBSTITUTE("ab","","x")',
    'COUNTIF(A1:A3,"="&SUBSTITUTE("te?t","?","~?"))',
    "SUMIFS(C1:C2,A1:A2,3)", 'SUMIFS(C1:C2,A1:A2,"<3")', 'SUMIFS(C1:C3,A1:A3,"TE?T")', 'SUMIF(A1:A3,">0")', "SUMIF(A1:A6,3)",
    'SUMIF(A1:A3,"<>text")', 'SUMIF(A1:A3,"text",B1:B3)', 'COUNTIF(A1:A3,"=TEXT")', 'COUNTIF(A1:A5,"<>3")', 'COUNTIF(A1:A5,"=")',
    'COUNTIF(A1:A3,"*")', 'COUNTIF(A1:A3,"T*x?")', 'COUNTIF(A1:A3,"t~*")', 'COUNTIF(A1:A2,"<>")', 'COUNTIF(A5:A5,"")', "COUNTIF(A1:A6,A1)",
    'COUNTIFS(A1:A2,">-2",C1:C2,"<0.15")', 'COUNTIFS(A1:C2,">=0.1")', 'COUNTIF(A1:A3,"<>te*")', 'SUMIFS(A1:A6,B1:B6,"=")',
    'SUMIFS(C1:C2,A1:A2,">"&A2,B1:B2,"<>0")', "SUMIFS(A:A,B:B,61)", 'COUNTIF(D:D,"=")',
)
# fmt: on
BY_HAND: dict[str, object] = {
    "1+2*3": 7,
    "-2^2": 4,
    "C1+C2-0.3": 0,
    "C1+C2=0.3": True,
    "SUM(A1:A4)": Decimal("1.5"),
    "IF(A1,,5)": 0,
    "A5+1": 1,
    "DATE(2026,1,31)": 46053,
    "EOMONTH(B1,1)": 46081,
    "ROUND(1.005,2)": Decimal("1.01"),
    "1/0": "#DIV/0!",
    "NA()": "#N/A",
    "A3&A1&A2&TRUE&1/4": "text3-1.5TRUE0.25",
    "A1:A3*2": "#VALUE!",
    'VLOOKUP("b",{"a",1;"B",2;"b",3},2,FALSE)': 2,
    "VLOOKUP(3,A1:C3,3,FALSE)": Decimal("0.1"),
    "VLOOKUP(4,A1:C3,2,FALSE)": "#N/A",
    'SUBSTITUTE("a*b*","*","~*")': "a~*b~*",
    'SUBSTITUTE(A3,"T","x")': "text",
    "SUMIFS(C1:C2,A1:A2,3)": Decimal("0.1"),
    'SUMIFS(C1:C2,A1:A2,"<3")': Decimal("0.2"),
    'SUMIF(A1:A3,"<>text")': Decimal("1.5"),
    "SUMIFS(C1:C2,A1:A3,3)": "#VALUE!",
    'COUNTIF(A1:A5,"<>3")': 4,
    'COUNTIF(A1:A5,"=")': 1,
    'COUNTIF(A1:A3,"t~*")': 0,
    'COUNTIF(A1:A3,"<>te*")': 2,
    'SUMIFS(A1:A6,B1:B6,"=")': "#N/A",
    'SUMIFS(C1:C2,A1:A2,">"&A2,B1:B2,"<>0")': Decimal("0.1"),
    "SUMIFS(A:A,B:B,61)": Decimal("-1.5"),
    'COUNTIF(D:D,"=")': 1_048_576,
}  # fmt: skip


# Where LibreOffice is not Excel: truth values are numbers there, 0^0 is 1, a text is no number in a sum, days begin before 0, a
# text is looked up among numbers, and * stands for numbers too.
EXCEL_ALONE = {
    'COUNTIF(A1:A3,"*")': 1,
    "VLOOKUP(3,A1:C3,4,FALSE)": "#REF!",
    'VLOOKUP("3",A1:C3,2,FALSE)': "#N/A",
    "0^0": "#NUM!",
    '"a"<TRUE': True,
    "TRUE=1": False,
    "A3&A1&A2&TRUE&1/4": "text3-1.5TRUE0.25",
    "SUM(A1:A4)": Decimal("1.5"),
    "SUM(A1:A5,C1:C2,10)": Decimal("11.8"),
    'SUM(A1,A4,TRUE,"3")': Decimal(7),
    "EOMONTH(-1,0)": "#NUM!",
}


class Plain:
    """The cells of DATA; the calculator is told nothing else."""

    def value(self, sheet, spot):
        return {place(cell): value for cell, value in DATA.items()}.get(spot)

    def within(self, sheet, area):
        return (item for item in ((place(c), v) for c, v in DATA.items()) if area.holds(item[0]))

    def spilled(self, sheet, spot):
        return None


@pytest.fixture(scope="module")
def calculator(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "plain.xlsx"
    write_workbook(path, {"Data": {}}, False)
    with opened(path) as package:
        yield Calculator(read_book(package), Plain(), None, Day(dt.date(2026, 1, 31), False))


def computed(calculator, text, arrays=False):
    """The value of a formula in row 12, where no range of DATA crosses it."""
    here = Here(0, (12, 5), (12, 5), arrays)
    return calculator.answer(calculator.tree(text), here)


@pytest.mark.parametrize(("text", "value"), (BY_HAND | EXCEL_ALONE).items())
def test_values_that_are_known_by_hand(calculator, text, value):
    assert computed(calculator, text) == value


@pytest.mark.tool("soffice")
def test_a_spreadsheet_program_computes_the_same(calculator, tmp_path):
    cells = {place(cell): Entry(value=value) for cell, value in DATA.items() if value != ""}
    cells[place("A8")] = Entry('""')
    spots = {text: (20 + n, 5) for n, text in enumerate(FORMULAS)}
    source = tmp_path / "formulas.xlsx"
    write_workbook(source, {"Data": cells | {spot: Entry(text) for text, spot in spots.items()}}, False)
    (tmp_path / "out").mkdir()
    program = LibreOffice.found()
    assert program is not None
    differ = {}
    with opened(program.computed(source, tmp_path / "out")) as package:
        values = Values(read_book(package))
        values.want({0: [Area(*spot, *spot) for spot in spots.values()]})
        for text, spot in spots.items():
            ours, theirs = computed(calculator, text), values.value(0, spot)
            if isinstance(ours, Decimal) and isinstance(theirs, Decimal):
                same = abs(ours - theirs) <= abs(ours) * Decimal("1e-14")
            elif isinstance(theirs, Decimal) and isinstance(ours, bool):
                same = int(ours) == theirs
            else:
                same = (ours or "") == (theirs or "")
            if not same and text not in EXCEL_ALONE:
                differ[text] = (ours, theirs)
    assert differ == {}


ARRAYS = {
    "A1:A2*2": [[6], [-3]],
    "{1,2}+{10;20}": [[11, 12], [21, 22]],
    "EOMONTH(B1,{0,1})": [[46053, 46081]],
    "EOMONTH(B1:B2,0)": "#VALUE!",
    "IFERROR(A5:A7,0)": [[None], [0], ["12"]],
    "DATE(2026,{1;2},1)": [[46023], [46054]],
    "A1:A2={3;0}": [[True], [False]],
}


@pytest.mark.parametrize(("text", "value"), ARRAYS.items())
def test_arrays_go_cell_by_cell(calculator, text, value):
    assert computed(calculator, text, arrays=True) == value


def test_a_range_in_a_single_cell_is_crossed(calculator):
    here = Here(0, (2, 9), (2, 9))
    assert calculator.answer(calculator.tree("A1:A3*2"), here) == -3
    assert calculator.answer(calculator.tree("A1:C2*2"), here) == "#VALUE!"


@pytest.mark.parametrize(
    "text",
    ["VLOOKUP(1,A1:C2,2)", "A1:A2 A2:A3", "nobody", "Elsewhere!A1", "2^0.5", "1E20&\"\"", '"2026-01-31"+1', "IF(\"x\",1,2)",
     "NOT(\"x\")", "[1]!F(1)", "Deals[x]", "INDIRECT(\"A1\")", "LET(x,1,x)", "NOW()", "_xlfn.ANCHORARRAY(A1)", "YEAR(60)", "DAY(0)",
     'COUNTIF(A1:A8,"=")', "COUNTIF(A1:A7,12)", 'COUNTIF(A1:A3,"1 May")', "COUNTIF(A1:A3,TRUE)", 'COUNTIF(A1:A3,">a")', "COUNTIF(A1:A3,A5)",
     "SUMIF(A1:A3,3,C1:C2)", "COUNTIF({1,2},1)", 'COUNTIF(A1:A6,"<>x")', "SUMIFS(A1:A3,B1:B3)", 'COUNTIF(A1:A3,"a~b")', "COUNTIF(A1:A3)"],
)  # fmt: skip
def test_what_it_does_not_know_is_left_to_others(calculator, text):
    with pytest.raises(Beyond):
        computed(calculator, text)


def test_days_of_1904(tmp_path):
    path = tmp_path / "1904.xlsx"
    write_workbook(path, {"Data": {}}, True)
    with opened(path) as package:
        mac = Calculator(read_book(package), Plain(), None, Day(dt.date(2026, 1, 31), True))
        assert computed(mac, "DATE(2026,1,31)") == 46053 - 1462
        assert computed(mac, "TODAY()") == 46053 - 1462
        assert computed(mac, "YEAR(DATE(2026,1,31))") == 2026


def test_a_formula_counts_from_the_cell_it_is_written_for(calculator):
    shared = Held("A1+$A$1", (1, 4))
    assert calculator.cell(shared, 0, (2, 4)) == Decimal("1.5")
