"""Values of single cells: how an error is named, numbered and passed on, how a value is told in a message."""

from __future__ import annotations

from model.errors import Unanswerable

ERROR_CODES: dict[str, int] = {
    "#NULL!": 2000,
    "#DIV/0!": 2007,
    "#VALUE!": 2015,
    "#REF!": 2023,
    "#NAME?": 2029,
    "#NUM!": 2036,
    "#N/A": 2042,
    "#GETTING_DATA": 2043,
    "#SPILL!": 2045,
    "#CONNECT!": 2046,
    "#BLOCKED!": 2047,
    "#UNKNOWN!": 2048,
    "#FIELD!": 2049,
    "#CALC!": 2050,
}
"""Excel's error values and the numbers VBA's CVErr knows them by (XlCVError)."""

SCODE_BASE = -2_146_828_288
"""0x800A0000 as a signed number: COM carries error 2042 as the SCODE 0x800A07FA, -2146826246."""

_NAMES = {code: name for name, code in ERROR_CODES.items()}


class PassedOn(Unanswerable):
    """An argument is an error already; the result is the same error. `excel`: which one."""

    def __init__(self, excel: str) -> None:
        super().__init__(f"an argument is the error {excel}: mend the cell it comes from")
        self.excel = excel


def cell_error(cell: object) -> Unanswerable | None:
    """The error a cell holds, as text ("#N/A") or as COM's SCODE; None for any other content.

    >>> cell_error("#REF!").excel, cell_error(-2146826246).excel, cell_error("Acme")
    ('#REF!', '#N/A', None)
    """
    if isinstance(cell, Unanswerable):
        return cell
    if isinstance(cell, str):
        name = cell.strip().upper()
        return PassedOn(name) if name in ERROR_CODES else None
    if isinstance(cell, int) and cell - SCODE_BASE in _NAMES:
        return PassedOn(_NAMES[cell - SCODE_BASE])
    return None


def quoted(cell: object) -> str:
    """A cell's content for a message, cut where it is long.

    >>> quoted("x" * 99)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'"
    """
    if isinstance(cell, str):
        return repr(cell[:40] + "…" if len(cell) > 40 else cell)
    try:
        content = repr(cell)
    except ValueError:  # a whole number of thousands of digits has no text in Python
        content = f"a {type(cell).__name__} too long to show"
    return content if len(content) <= 60 else content[:60] + "…"
