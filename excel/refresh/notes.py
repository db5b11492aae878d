"""What a person is told of a computation besides its changes: cells without an answer, cells left, and what to know."""

from __future__ import annotations

from excel.patch.areas import address
from excel.patch.values import CellError
from excel.refresh.asking import key_of
from excel.refresh.compute import Computation
from excel.refresh.edits import Edits
from excel.refresh.program import ByProgram
from excel.refresh.report import CellNote

_PACK = "LEDGER_VERSION"
"""A name that every month-end pack defines: excel.pack.cover."""
_SIGNED = "_xmlsignatures/"


def left_of(state: Computation) -> list[CellNote]:
    """The cells left to Excel, with the reason."""
    sheets = state.scope.book.sheets
    return [CellNote(sheets[cell[0]], address(cell[1]), reason) for cell, reason in state.left.items()]


def errors_of(state: Computation) -> list[CellNote]:
    """The cells of ours that show an error, with the reason of the call that has no answer."""
    found = []
    for cell in sorted(state.scope.ours):
        value = state.known.values.get(cell)
        if isinstance(value, CellError):
            reasons = [reason for asked in state.asked(cell) if (reason := state.questions.reasons.get(key_of(asked)))]
            text = f"{value}: {reasons[0] if reasons else _plain_reason(value)}"
            found.append(CellNote(state.scope.book.sheets[cell[0]], address(cell[1]), text))
    return found


def notes_of(state: Computation, made: Edits, program: ByProgram | None) -> list[str]:
    """What else a person should know."""
    notes = [f"{stranger}: left alone, it is not ours" for stranger in sorted(state.scope.strangers)]
    if state.left and program is None:
        notes.append("LibreOffice is not installed here: what only a spreadsheet program can compute is left to Excel")
    if program is not None and program.failed:
        notes.append(program.failed)
    if any(change.ours for change in made.changes) and (_PACK, None) in state.scope.book.names:
        notes.append(
            "this is a month-end pack: what its formulas show is new, its rows, its cohorts and closes and the ledger it names are "
            "those of the day it was made. Make it anew: backlog workbook new FILE --period YYYY-MM --force"
        )
    names = state.scope.book.package.zip.namelist()
    if made.cells and any(name.startswith(_SIGNED) for name in names):
        notes.append("the workbook carries a digital signature, which new figures make invalid: sign it again")
    if made.changes and any(name.startswith("xl/pivotCache/") for name in names):
        notes.append("pivot tables keep what they last read: refresh them in Excel (Data, Refresh All)")
    if made.changes and any(name.startswith("xl/charts/chartEx") for name in names):
        notes.append(
            "charts of the newer kinds (waterfall, funnel, treemap …) keep the figures they last drew until Excel opens the file"
        )
    return notes


def _plain_reason(value: CellError) -> str:
    if value == "#SPILL!":
        return "something stands in the way of the table: clear the cells to its right and below"
    return "it comes from a cell or an operation of the formula"
