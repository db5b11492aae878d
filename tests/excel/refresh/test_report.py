"""What is told of a refresh: a line for each cause, whatever cells and names it is about."""

from pathlib import Path

from excel.refresh.report import CellNote, Refreshed


def told(errors=(), left=(), *, verbose=False):
    return list(Refreshed(Path("book.xlsx"), "refreshed", errors=list(errors), left=list(left)).lines(verbose=verbose))[
        1:
    ]


def test_each_cause_is_told_whatever_its_code():
    unknown = [CellNote("S", f"A{n}", f"#N/A: No customer is called 'Nobody {n}'") for n in (1, 2)]
    rate = CellNote("S", "B9", "#N/A: No rate from EUR to USD on or before 2026-01-31")
    assert told([*unknown, rate]) == [
        "  2 cells have no answer, such as S!A1: #N/A: No customer is called 'Nobody 1' (each: --verbose)",
        "  S!B9 no answer: #N/A: No rate from EUR to USD on or before 2026-01-31",
    ]
    assert len(told([*unknown, rate], verbose=True)) == 3


def test_cells_that_read_others_share_a_cause_and_very_many_causes_are_cut():
    left = [CellNote("S", f"A{n}", f"reads Sheet!B{n}, which cannot be computed") for n in range(500)]
    assert told(left=left) == [
        "  500 cells are left to Excel, such as S!A0: reads Sheet!B0, which cannot be computed (each: --verbose)"
    ]
    odd = [CellNote("S", f"A{n}", f"reason {n}") for n in range(500)]
    lines = told(left=odd)
    assert len(lines) == 21
    assert lines[-1] == "  and 480 more cells are left to Excel (each: --verbose)"
    assert len(told(left=odd, verbose=True)) == 500
