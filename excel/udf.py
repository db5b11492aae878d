"""The catalogue as xlwings functions: what Excel on Windows calls, cell by cell or range by range.

`backlog excel install` writes ~/.xlwings/xlwings.conf: "UDF MODULES","excel.udf", and who answers, as a line
"BACKLOG_CONFIG","C:\\…\\config.toml" (the books on this machine) or "BACKLOG_SERVER","https://…" (a team's server, whose
token is the secret server.token). The environment's BACKLOG_CONFIG and BACKLOG_SERVER go first. Every range arrives whole
and is answered in one evaluation.

Errors. Excel needs a VARIANT of type VT_ERROR with an SCODE (-2146826246 for #N/A, -2146826273 for #VALUE!). xlwings
passes what a function returns through unchanged, but pywin32 forgets the SCODE on its way out: its oleargs.cpp writes
DISP_E_PARAMNOTFOUND for every VARIANT(VT_ERROR, …), and a bare int would arrive as a number. Two ways therefore:
- called by the wrapper of `backlog excel vba` (argument `marks` is True), an error is returned as a marked text that
  the wrapper turns into CVErr of its number: #N/A is #N/A;
- called by xlwings' own wrapper, it is returned as VARIANT(VT_ERROR, SCODE): an error value in the cell, never text
  or a number that SUM would take.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import importlib.util
import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlwings as xw

from excel import asked
from excel.answers import Amounts, Answer, Cell, Place, Table, number, numbers
from excel.catalogue import CATEGORY, Function, functions
from excel.host import BooksHost, Host
from excel.reasons import reason, remember
from excel.remote import Server
from excel.values import ERROR_CODES, SCODE_BASE
from model.errors import BacklogError, Unanswerable
from model.money import Money

MARK = "revenue-backlog error "
"""How an error begins in a text for our own wrapper; its CVErr number follows."""

HOLD = dt.timedelta(seconds=1)
"""How long a recalculation may go on with the ledger it has before asking whether there is a newer one."""

_RESERVED = frozenset(["date", "from", "to", "by", "name", "currency", "string", "double", "long", "single", "boolean"])
_VT_ERROR = 10
_LONGEST = 32_767
"""Characters a cell holds; Excel refuses a longer text with the whole table."""
logger = logging.getLogger(__name__)


@functools.cache
def host() -> Host:
    """The company's books as Excel's host, opened at the first call of this process."""
    from books.ledgers import Books
    from model.settings import load

    settings = load(asked.books())
    return BooksHost(settings, Books(settings), lambda: dt.datetime.now(dt.UTC), HOLD)


@functools.cache
def team() -> Server | None:
    """The team's server, where one is named; None where the books of this machine answer."""
    return asked.server()


def vba_name(name: str) -> str:
    """An argument's name where VBA (or Python) has taken the word itself.

    >>> vba_name("customer"), vba_name("from")
    ('customer', 'from_')
    """
    return f"{name}_" if name in _RESERVED else name


def answered(function: Function, arguments: Sequence[Any], cell: Any, marks: bool) -> Any:
    """Answers one call from Excel: a value, rows of values, or an error value; never an exception."""
    try:
        date1904 = _has_serial(function, arguments) and cell is not None and bool(cell.sheet.book.api.Date1904)
        server = team()
        if server is None:
            answer = function.answer(arguments, host(), date1904=date1904)
        else:
            answer = server.answer(function, arguments, date1904=date1904)
        if errors := answer.failures():
            _tell(cell, function, errors)
        return _cells(answer, marks)
    except Unanswerable as error:
        _tell(cell, function, {(0, 0): error})
        return error_value(error.excel if error.excel in ERROR_CODES else "#CONNECT!", marks)
    except BacklogError as error:
        _tell(cell, function, {(0, 0): error})
        return error_value("#CONNECT!", marks)
    except Exception as error:
        # Left to xlwings, a fault would stand in the cell as text, and SUM would pass over it.
        logger.exception("%s failed", function.name)
        _tell(cell, function, {(0, 0): error})
        return error_value("#VALUE!", marks)


def error_value(name: str, marks: bool) -> Any:
    """An Excel error for the wrapper that called (see the head of this file); its name where there is no COM."""
    if marks:
        return f"{MARK}{ERROR_CODES[name]}"
    if importlib.util.find_spec("win32com") is None:
        return name
    return importlib.import_module("win32com.client").VARIANT(_VT_ERROR, SCODE_BASE + ERROR_CODES[name])


def _tell(cell: Any, function: Function, errors: Mapping[Place, Exception]) -> None:
    if cell is not None:
        remember(cell.get_address(external=True), function.name, errors)


def _cells(answer: Answer, marks: bool) -> Any:
    if isinstance(answer, Amounts):
        rows: list[list[Any]] = numbers(answer)
        for (i, j), error in answer.errors.items():
            rows[i][j] = error_value(error.excel, marks)
    else:
        headings: list[list[Any]] = [list(answer.columns)] if isinstance(answer, Table) else []
        rows = headings + [[_cell(cell, marks) for cell in row] for row in answer.rows()]
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows


def _cell(cell: Cell, marks: bool) -> Any:
    if isinstance(cell, Money):
        return number(cell)
    if isinstance(cell, Unanswerable):
        return error_value(cell.excel, marks)
    if isinstance(cell, Decimal):
        return float(cell)  # COM would make it a currency of four digits
    if isinstance(cell, str):
        return cell[:_LONGEST]
    return cell


def _has_serial(function: Function, arguments: Sequence[Any]) -> bool:
    """Whether a date came as a bare number, so that the workbook's date system matters."""
    dates = [a for a, p in zip(arguments, function.parameters, strict=False) if p.argument.kind == "date"]
    return any(isinstance(c, float) for a in dates if isinstance(a, list) for row in a for c in row)


def _declared(function: Function) -> Callable[..., Any]:
    """The function as xlwings wants it: a signature with VBA's names, texts for the wizard, whole ranges.

    Two arguments stay hidden from Excel, filled by the wrapper: `cell`, the range that asks (for its workbook's date
    system), and `marks`.
    """
    names = [vba_name(p.name) for p in function.parameters]

    def called(*arguments: Any) -> Any:
        padded = [*arguments, *[None] * (len(names) + 2 - len(arguments))]
        return answered(function, padded[: len(names)], padded[-2], bool(padded[-1]))

    called.__name__ = called.__qualname__ = function.name
    called.__doc__ = function.description
    called.__annotations__ = {}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind, default=None) for name in (*names, "cell", "marks")]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    udf: Callable[..., Any] = called
    for name, parameter in zip(names, function.parameters, strict=True):
        udf = xw.arg(name, ndim=2, err_to_str=True, doc=parameter.help)(udf)
    udf = xw.arg("cell", convert=xw.Range, vba="Application.Caller")(udf)
    udf = xw.arg("marks", vba="False")(udf)
    # Last: xw.arg puts the category back to its default.
    return xw.func(category=CATEGORY)(udf)


__all__ = ["answered", "error_value", "host", "reason", "vba_name"]

for _function in functions():
    globals()[_function.name] = _declared(_function)
