"""What runs within LibreOffice: each function asks the server and hands Calc numbers, texts, tables and real errors.

Beside it lies revenue_backlog.json with the server's address. The token of `backlog token create` is read from
$BACKLOG_SERVER_TOKEN, else from the file .revenue-backlog-token in the user's home, which only its owner may read. Only Python's
standard library and LibreOffice's own uno are needed.
"""

import datetime
import http.client
import json
import logging
import math
import os
import ssl
import stat
import struct
import threading
import time
import urllib.parse
import urllib.request

import uno
import unohelper
from com.sun.star.lang import XServiceInfo, XServiceName
from com.sun.star.task import XJob
from org.revenuebacklog import XFunctions

SERVICE = "org.revenuebacklog.Functions"
BIND = "org.revenuebacklog.Bind"
SECONDS = 15.0
HOLD = 1.0
"""How long answers are given again without asking whether the data is still the same."""
PAUSE = 5.0
"""How long after a failure nothing is asked: a sheet of a thousand cells must not wait a thousand times."""
MOST = 200_000
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
NOT_AVAILABLE, NO_VALUE, NOT_REACHED = 0x7FFF, 519, 540
log = logging.getLogger("revenue_backlog")

_here = os.path.dirname(
    urllib.request.url2pathname(urllib.parse.urlsplit(__file__).path) if "://" in __file__ else __file__
)
with open(os.path.join(_here, "revenue_backlog.json"), encoding="utf-8") as _file:
    FACTS = json.load(_file)


class NotReached(Exception):
    """The server did not answer as it should; the text says why."""


class Server:
    """The server, asked over one connection; equal calls are answered from memory while the data is the same."""

    def __init__(self, address, token):
        parts = urllib.parse.urlsplit(address)
        self._tls, self._host = parts.scheme == "https", parts.netloc
        self._headers = {"Authorization": "Bearer " + token} if token else {}
        self._line, self._known, self._tag, self._asked = None, {}, "", 0.0
        self._failed, self._why = 0.0, ""
        self._lock = threading.Lock()

    def answer(self, call, date1904=False):
        """The answer of one call, in the form of cells. Raises NotReached."""
        with self._lock:
            now = time.monotonic()
            if self._why and now - self._failed < PAUSE:
                raise NotReached(self._why)
            try:
                if self._known and now - self._asked >= HOLD:
                    self._look()
                    self._asked = time.monotonic()
                key = json.dumps([call, date1904])
                if key not in self._known:
                    self._known[key] = self._fetch(call, date1904)
            except NotReached as error:
                self._failed, self._why = time.monotonic(), str(error)
                log.warning("%s", error)
                raise
            self._why = ""
            return self._known[key]

    def _look(self):
        """Forgets what was answered from older data."""
        status, tag, _ = self._ask("GET", "/api/v1/data", None, {"If-None-Match": self._tag})
        if status != 304 or tag != self._tag or len(self._known) > MOST:
            self._known.clear()

    def _fetch(self, call, date1904):
        body = json.dumps({"calls": [call], "form": "sheet", "date1904": date1904}).encode()
        _, tag, told = self._ask("POST", "/api/v1/batch", body, {"Content-Type": "application/json"})
        if tag != self._tag:
            self._known.clear()
        self._tag, self._asked = tag, time.monotonic()
        return json.loads(told.decode())["answers"][0]

    def _ask(self, method, path, body, headers):
        for attempt in (1, 2):
            fresh = self._line is None
            try:
                line = self._open()
                line.request(method, path, body, dict(self._headers, **headers))
                answer = line.getresponse()
                told = whole(answer)
                break
            except (OSError, http.client.HTTPException) as error:
                self._close()
                # A line that was kept open may have been closed by the other side: once more, on a new one.
                if fresh or attempt == 2 or isinstance(error, TimeoutError):
                    raise NotReached("%s does not answer: %s" % (self._host, error)) from error
        if answer.status not in (200, 304):
            try:
                reason = json.loads(told.decode())["error"]
            except (ValueError, KeyError, TypeError):
                reason = "status %d" % answer.status
            raise NotReached("%s: %s" % (self._host, reason))
        return answer.status, answer.headers.get("ETag", ""), told

    def _open(self):
        if self._line is None:
            if self._tls:
                context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
                self._line = http.client.HTTPSConnection(self._host, timeout=SECONDS, context=context)
            else:
                self._line = http.client.HTTPConnection(self._host, timeout=SECONDS)
        return self._line

    def _close(self):
        if self._line is not None:
            self._line.close()
            self._line = None


def whole(answer):
    """The body of an answer; one that drips is given up after SECONDS, as one that stops is."""
    end, told = time.monotonic() + SECONDS, b""
    while True:
        some = answer.read1(65536)
        if not some:
            return told
        told += some
        if time.monotonic() > end:
            raise TimeoutError("it came too slowly")


def token():
    """The token of the environment or of its file; blank where there is none. A file that others may read is refused."""
    given = os.environ.get("BACKLOG_SERVER_TOKEN")
    if given:
        return given.strip()
    path = os.path.join(os.path.expanduser("~"), ".revenue-backlog-token")
    try:
        if os.name != "nt" and os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH):
            log.warning("%s can be read by others: it is not used. chmod 600 it", path)
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


_server = None


def server():
    """The server of this process."""
    global _server
    if _server is None:
        _server = Server(os.environ.get("BACKLOG_SERVER") or FACTS["server"], token())
    return _server


def error_value(code):
    """A number that is an error to Calc: a NaN that carries the error's code."""
    return struct.unpack("<d", struct.pack("<II", code, 0x7FF80000))[0]


def calc_error(name):
    """Calc's error for one of Excel's."""
    return error_value(NOT_AVAILABLE if name == "#N/A" else NO_VALUE)


def null_date(options):
    """The day that has serial number 0 in the asking document."""
    day = options.getPropertyValue("NullDate")
    return datetime.date(day.Year, day.Month, day.Day)


def cell_in(value, is_date, zero):
    """A cell as the server takes it; a serial number of a date argument becomes a date."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if math.isnan(value) or math.isinf(value):
        return "#N/A"
    if is_date:
        try:
            moment = datetime.datetime(zero.year, zero.month, zero.day) + datetime.timedelta(days=value)
        except OverflowError:
            return value
        moment = (moment + datetime.timedelta(microseconds=500000)).replace(microsecond=0)
        return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat()
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def filled(rows):
    """A whole column (or row) of the sheet as far as it is filled; another range as it is."""
    height, width = len(rows), len(rows[0]) if rows else 0
    if height >= SHEET_ROWS:
        while height > 1 and all(cell in (None, "") for cell in rows[height - 1]):
            height -= 1
        rows = rows[:height]
    if width >= SHEET_COLUMNS:
        while width > 1 and all(row[width - 1] in (None, "") for row in rows):
            width -= 1
        rows = tuple(row[:width] for row in rows)
    return rows


def argument_in(value, is_date, zero):
    """A cell, or a range as rows of cells."""
    if isinstance(value, tuple):
        return [[cell_in(cell, is_date, zero) for cell in row] for row in filled(value)]
    if value == 0.0:
        return None  # Calc passes an empty cell as a zero, which no argument of ours has a meaning for
    return cell_in(value, is_date, zero)


def cell_out(cell, zero):
    """A cell as Calc takes it: a number, a text, or an error."""
    if isinstance(cell, dict):
        if "date" not in cell:
            return calc_error(cell["excel"])
        text = cell["date"]
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S" if "T" in text else "%Y-%m-%d")
        past = moment - datetime.datetime(zero.year, zero.month, zero.day)
        return past.total_seconds() / 86400
    if cell is None:
        return ""
    return float(cell) if isinstance(cell, (int, float)) else cell


def answer(name, options, arguments):
    """The rows that a function's cell shows, or spills."""
    zero = null_date(options)
    kinds = FACTS["functions"][name]
    given = [argument_in(value, kind == "date", zero) for value, kind in zip(arguments, kinds)]
    while given and given[-1] is None:
        given.pop()
    try:
        told = server().answer([name] + given)
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
