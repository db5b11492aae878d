"""What runs within LibreOffice: each function asks the server and hands Calc numbers, texts, tables and real errors.

Beside it lies revenue_backlog.json with the server's address and the functions; in the folder pythonpath, which LibreOffice
imports from, revenue_backlog_server and revenue_backlog_cells. Nothing else is needed but LibreOffice's own uno.
"""

import datetime
import functools
import json
import os
import urllib.parse
import urllib.request

import uno
import unohelper
from com.sun.star.lang import XServiceInfo, XServiceName
from com.sun.star.task import XJob
from org.revenuebacklog import XFunctions
from revenue_backlog_cells import NOT_REACHED, argument_in, calc_error, cell_out, error_value
from revenue_backlog_server import NotReached, Server, token

SERVICE = "org.revenuebacklog.Functions"
BIND = "org.revenuebacklog.Bind"

_here = os.path.dirname(
    urllib.request.url2pathname(urllib.parse.urlsplit(__file__).path) if "://" in __file__ else __file__
)
with open(os.path.join(_here, "revenue_backlog.json"), encoding="utf-8") as _file:
    FACTS = json.load(_file)


@functools.lru_cache(maxsize=None)
def _server():
    """The server of this process."""
    return Server(os.environ.get("BACKLOG_SERVER") or FACTS["server"], token())


def answer(name, options, arguments):
    """The rows that a function's cell shows, or spills."""
    day = options.getPropertyValue("NullDate")  # the one that has serial number 0 in the asking document
    zero = datetime.date(day.Year, day.Month, day.Day)
    kinds = FACTS["functions"][name]
    given = [argument_in(value, kind == "date", zero) for value, kind in zip(arguments, kinds)]
    while given and given[-1] is None:
        given.pop()
    try:
        told = _server().answer([name] + given)
    except NotReached:
        return ((error_value(NOT_REACHED),),)
    if "error" in told:
        return ((calc_error(told["excel"]),),)
    rows = told["rows"] if "rows" in told else [[told["value"]]]
    return tuple(tuple(cell_out(cell, zero) for cell in row) for row in rows)


class Functions(unohelper.Base, XFunctions, XServiceName, XServiceInfo):
    """The functions, as Calc calls them; one method for each is added below."""

    def __init__(self, context):
        self.context = context

    def getServiceName(self):
        return SERVICE

    def getImplementationName(self):
        return SERVICE

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return (SERVICE, "com.sun.star.sheet.AddIn")


def _method(name):
    return lambda self, options, *arguments: answer(name, options, arguments)


for _name in FACTS["functions"]:
    setattr(Functions, _name, _method(_name))


class Bind(unohelper.Base, XJob, XServiceInfo):
    """When a workbook of Excel is opened, its formulas know our functions by name only: they are entered anew."""

    def __init__(self, context):
        self.context = context

    def execute(self, arguments):
        model = None
        for argument in arguments:
            if argument.Name == "Environment":
                model = next((each.Value for each in argument.Value if each.Name == "Model"), None)
        if model is not None and model.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            bind(model)

    def getImplementationName(self):
        return BIND

    def supportsService(self, name):
        return name == BIND

    def getSupportedServiceNames(self):
        return (BIND,)


def bind(document):
    """Enters every formula anew that calls one of our functions."""
    formulas = uno.getConstantByName("com.sun.star.sheet.CellFlags.FORMULA")
    for sheet in document.Sheets:
        done = set()
        for area in sheet.queryContentCells(formulas).RangeAddresses:
            for row in range(area.StartRow, area.EndRow + 1):
                for column in range(area.StartColumn, area.EndColumn + 1):
                    if (row, column) not in done:
                        _enter(sheet, row, column, done)


def _enter(sheet, row, column, done):
    cell = sheet.getCellByPosition(column, row)
    text = cell.Formula
    if not any(name.lower() + "(" in text.lower() for name in FACTS["functions"]):
        return
    if text.startswith("{"):
        cursor = sheet.createCursorByRange(cell)
        cursor.collapseToCurrentArray()
        where = cursor.RangeAddress
        for i in range(where.StartRow, where.EndRow + 1):
            done.update((i, j) for j in range(where.StartColumn, where.EndColumn + 1))
        array = sheet.getCellRangeByPosition(where.StartColumn, where.StartRow, where.EndColumn, where.EndRow)
        array.clearContents(uno.getConstantByName("com.sun.star.sheet.CellFlags.FORMULA"))
        array.setArrayFormula(text[1:-1])
    else:
        cell.Formula = text


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, SERVICE, (SERVICE, "com.sun.star.sheet.AddIn"))
g_ImplementationHelper.addImplementation(Bind, BIND, (BIND,))
