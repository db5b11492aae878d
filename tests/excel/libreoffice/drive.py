"""Drives LibreOffice over UNO: run by the Python that has it, with the office's pipe; commands come on standard input.

Each line is a JSON list; each is answered by a line of JSON. ["open", url, bind] opens a workbook hidden and answers
with what every formula cell shows, after a full recalculation; ["again", cell, …] recalculates the open one and answers
with those cells; ["wizard", name] tells what Calc knows of a function; ["quit"] ends the office.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException

FORMULA, ERROR, ERROR_TEXT = 16, 4, {32767: "#N/A", 519: "#VALUE!", 502: "#VALUE!", 525: "#NAME?", 540: "#CONNECT!"}


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(600):
        try:
            return resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
        except NoConnectException:
            time.sleep(0.1)
    raise SystemExit("the office did not start")


def shown(document):
    """Whole areas at once: a call for each cell would take most of the time."""
    found = {}
    for sheet in document.Sheets:
        for area in sheet.queryContentCells(FORMULA).RangeAddresses:
            cells = sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)
            for row, values in enumerate(cells.getDataArray(), area.StartRow):
                for column, cell in enumerate(values, area.StartColumn):
                    found["%s!%d:%d" % (sheet.Name, row, column)] = cell
        for area in sheet.queryFormulaCells(ERROR).RangeAddresses:
            for row in range(area.StartRow, area.EndRow + 1):
                for column in range(area.StartColumn, area.EndColumn + 1):
                    found["%s!%d:%d" % (sheet.Name, row, column)] = value(sheet.getCellByPosition(column, row))
    return found


def one(document, name):
    sheet, _, place = name.partition("!")
    row, _, column = place.partition(":")
    return value(document.Sheets.getByName(sheet).getCellByPosition(int(column), int(row)))


def value(cell):
    code = cell.getError()
    if code:
        return {"error": ERROR_TEXT.get(code, "Err:%d" % code)}
    return cell.String if cell.FormulaResultType2 == 2 else cell.Value


def bind(manager, context, document):
    """Does the extension's job for an opened document, which an office without a window does not do by itself."""
    job = manager.createInstanceWithContext("org.revenuebacklog.Bind", context)
    environment = (NamedValue("EventName", "OnLoad"), NamedValue("Model", document))
    job.execute((NamedValue("Environment", uno.Any("[]com.sun.star.beans.NamedValue", environment)),))


def main():
    context = connect(sys.argv[1])
    manager = context.ServiceManager
    desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = None
    for line in sys.stdin:
        command, *rest = json.loads(line)
        answer = None
        if command == "open":
            if document is not None:
                document.close(True)
            document = desktop.loadComponentFromURL(rest[0], "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))
            if rest[1]:
                bind(manager, context, document)
            document.calculateAll()
            answer = shown(document)
        elif command == "again":
            document.calculateAll()
            answer = {name: one(document, name) for name in rest}
        elif command == "wizard":
            known = manager.createInstanceWithContext("com.sun.star.sheet.FunctionDescriptions", context)
            about = {p.Name: p.Value for p in known.getByName(rest[0])}
            answer = [about["Description"], [[a.Name, a.Description, a.IsOptional] for a in about["Arguments"]]]
        elif command == "quit":
            if document is not None:
                document.close(True)
            desktop.terminate()
        print(json.dumps(answer), flush=True)
        if command == "quit":
            return


main()
