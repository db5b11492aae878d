"""xlwings' own path from a cell to a function and back, on any system: only COM is replaced.

Run as a program in a process of its own (it takes the place of pywin32 in sys.modules). Reads a JSON object from
standard input and answers with one: `calls`, each [function, arguments, marks, date1904], go through
xlwings.udfs.call_udf with the real conversion; "wrapper": true asks xlwings' VBA generator for the wrapper.

An argument is a value as COM hands it over; {"range": rows} is a range of cells, {"column": cells} a whole column of the
sheet that begins with them, {"missing": true} an argument left out, {"date": "2026-01-31"} a date cell.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import importlib.util
import io
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

MISSING = -2147352572
SHEET_ROWS = 1_048_576
ITSELF = "a Range"


class Time(dt.datetime):
    """pywintypes.TimeType: the times that pywin32 hands over."""


class Variant:
    """win32com.client.VARIANT: a type and a value."""

    def __init__(self, kind: int, value: int) -> None:
        self.varianttype, self.value = kind, value


class Cells:
    """What COM knows of a range: its values, its size, its workbook."""

    def __init__(self, rows: list[list[Any]], date1904: bool = False) -> None:
        single = len(rows) == 1 and len(rows[0]) == 1
        self.Value = rows[0][0] if single else tuple(tuple(row) for row in rows)
        self.Rows, self.Columns = SimpleNamespace(Count=len(rows)), SimpleNamespace(Count=len(rows[0]))
        self.Row = self.Column = 1
        self.Worksheet = SimpleNamespace(Parent=SimpleNamespace(Date1904=date1904, Application=None))
        attributes = SimpleNamespace(GetTypeAttr=lambda: SimpleNamespace(iid=ITSELF))
        self._oleobj_ = SimpleNamespace(GetTypeInfo=lambda: attributes)

    def GetAddress(self, *_: Any) -> str:  # noqa: N802  (COM's name)
        return "[Book1.xlsx]Sheet1!$A$1"


def replace_com() -> None:
    """Puts stand-ins for pywin32 and for ctypes' Windows half where xlwings looks for them."""
    names = (
        "pythoncom pywintypes win32api win32con win32com win32com.client win32com.server win32com.server.util "
        "win32com.server.dispatcher win32com.server.policy win32gui win32process win32timezone win32event"
    )
    for name in names.split():
        sys.modules[name] = MagicMock(name=name, __spec__=importlib.util.spec_from_loader(name, None), __file__=name)
        package, _, module = name.rpartition(".")
        if package:
            setattr(sys.modules[package], module, sys.modules[name])
    types = sys.modules["pywintypes"]
    types.TimeType, types.IID, types.com_error = Time, lambda _: ITSELF, OSError  # type: ignore[attr-defined]
    client = sys.modules["win32com.client"]
    for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass"):
        setattr(client, name, type(name, (), {}))
    client.VARIANT = Variant  # type: ignore[attr-defined]
    client.Dispatch = lambda thing: thing  # type: ignore[attr-defined]
    sys.modules["win32timezone"].TimeZoneInfo.utc = lambda: dt.UTC  # type: ignore[attr-defined]
    server = sys.modules["win32com.server.util"]
    server.wrap, server.unwrap = lambda thing, *_: thing, lambda thing: thing  # type: ignore[attr-defined]
    for name in ("oledll", "windll", "PyDLL"):
        setattr(ctypes, name, MagicMock())


def udf_module() -> ModuleType:
    """excel.udf, declared with xlwings' own decorators and conversion, over the hand-made host of the tests."""
    import xlwings
    import xlwings._xlwindows
    import xlwings.udfs

    xlwings.engines.add(xlwings.Engine(impl=xlwings._xlwindows.engine))
    xlwings.func, xlwings.arg, xlwings.ret = xlwings.udfs.xlfunc, xlwings.udfs.xlarg, xlwings.udfs.xlret
    from excel import udf

    return udf


def value_in(argument: Any) -> Any:
    """A value as COM hands it over."""
    if not isinstance(argument, dict):
        return argument
    if "range" in argument:
        return Cells([[value_in(cell) for cell in row] for row in argument["range"]])
    if "column" in argument:
        cells = argument["column"]
        return Cells([*([cell] for cell in cells), *([[None]] * (SHEET_ROWS - len(cells)))])
    if "date" in argument:
        return Time.fromisoformat(argument["date"])
    return MISSING


def value_out(value: Any) -> Any:
    """What COM would be handed, as JSON."""
    if isinstance(value, Variant):
        return {"variant": [value.varianttype, value.value]}
    if isinstance(value, dt.datetime):
        return {"date": value.replace(tzinfo=None).isoformat()}
    if isinstance(value, list | tuple):
        return [value_out(cell) for cell in value]
    return value


def why(address: str) -> str:
    """The reason of a cell's error, as the macro WhyBacklogError asks xlwings' COM server for it."""
    from xlwings.com_server import XLPython

    server = XLPython()
    return server.Str(server.Call(server.Module("excel.udf"), "reason", server.Tuple(address)))


def main() -> None:
    """Answers the question on standard input."""
    question = json.load(sys.stdin)
    replace_com()
    udf = udf_module()
    import xlwings.udfs

    from excel import reasons

    engine = None
    if "config" not in question:
        spec = importlib.util.spec_from_file_location("stand_ins", Path(__file__).with_name("conftest.py"))
        assert spec is not None
        assert spec.loader is not None
        stand_ins = importlib.util.module_from_spec(spec)
        sys.modules["stand_ins"] = stand_ins
        spec.loader.exec_module(stand_ins)
        import excel.figures

        engine = stand_ins.Engine()
        excel.figures.answer = engine.answer  # type: ignore[assignment]
        udf.host = stand_ins.StubHost  # type: ignore[attr-defined]
    answers, asked, told = [], [], []
    for name, arguments, marks, date1904 in question.get("calls", []):
        function = udf.__dict__[name]
        visible = [value_in(argument) for argument in arguments]
        left = len(function.__xlfunc__["args"]) - 2 - len(visible)
        caller = Cells([[None]], date1904)
        cells = (*visible, *[MISSING] * left, caller, marks)
        reasons.remember("[Book1.xlsx]Sheet1!$A$1", "", {})
        answers.append(value_out(xlwings.udfs.call_udf("excel.udf", name, cells, None, caller)))
        told.append(why("[Book1.xlsx]Sheet1!$A$1"))
        if engine is not None:
            asked.append(len(engine.asked))
            engine.asked.clear()
    result: dict[str, Any] = {"answers": answers, "asked": asked, "told": told}
    if question.get("wrapper"):
        out = io.StringIO()
        xlwings.udfs.generate_vba_wrapper("excel.udf", udf, out, SimpleNamespace(Name="functions.xlsm"))
        functions = [f.__xlfunc__ for f in vars(udf).values() if hasattr(f, "__xlfunc__")]
        docs = {
            f["name"]: [f["category"], f["ret"]["doc"], *(a["doc"] for a in f["args"] if not a["vba"])]
            for f in functions
        }
        from excel.vba import module_text

        result |= {"wrapper": out.getvalue(), "docs": docs, "module": module_text()}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
