"""Setting Excel on Windows up: each step is done or says why not and what to do; none hinders the others.

What is not ours in xlwings' configuration stays as it is.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADD_IN = "revenue-backlog.xlam"
_XLAM = 55  # xlOpenXMLAddIn
_SECONDS = 120


@dataclass(frozen=True)
class Step:
    """One step: `done`, and what was done, or what is to be done by hand."""

    what: str
    done: bool
    detail: str


@dataclass(frozen=True)
class Wish:
    """What is to be set up: the configuration or the server that answers, and the folder that takes our files."""

    config: Path | None
    server: str
    folder: Path
    conf: Path

    @classmethod
    def usual(cls, config: Path | None, server: str) -> Wish:
        """In the places that Excel and xlwings know."""
        home = Path.home()
        folder = Path(os.environ.get("APPDATA") or home / ".config") / "revenue-backlog"
        return cls(config, server, folder, home / ".xlwings" / "xlwings.conf")


def install(wish: Wish) -> Iterator[Step]:
    """Does every step and tells of each."""
    steps: list[tuple[str, Callable[[Wish], str]]] = [
        ("pywin32", _pywin32),
        ("xlwings add-in", _xlwings),
        ("configuration", _configure),
        ("VBA module", _module),
        ("add-in in Excel", _load),
    ]
    for what, act in steps:
        try:
            yield Step(what, True, act(wish))
        except NotDone as error:
            yield Step(what, False, str(error))
        except OSError as error:
            yield Step(what, False, f"{error.filename or wish.folder}: {error.strerror}. Mend that, then run it again")


class NotDone(Exception):
    """A step that a person has to do; the text says how."""


def _pywin32(_: Wish) -> str:
    if importlib.util.find_spec("win32com") is None:
        raise NotDone(
            f"not installed in {sys.executable}. On Windows run: pip install pywin32. On a Mac or in a browser Excel uses "
            "the Office add-in instead (backlog serve)"
        )
    return "installed"


def _xlwings(_: Wish) -> str:
    if sys.platform != "win32":
        raise NotDone("Excel for Windows is needed. On Windows, with Excel closed, run: xlwings addin install")
    done = subprocess.run(
        [sys.executable, "-m", "xlwings", "addin", "install"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise NotDone(f"{(done.stderr or done.stdout).strip()[-200:]}. Close Excel, then run: xlwings addin install")
    return "installed"


def _configure(wish: Wish) -> str:
    """Our lines in xlwings' configuration; those of others stay, in their order."""
    ours = {"INTERPRETER_WIN": _interpreter(), "UDF MODULES": "excel.udf", "USE UDF SERVER": "True"}
    ours |= {"BACKLOG_SERVER": wish.server} if wish.server else {"BACKLOG_CONFIG": str(wish.config or "")}
    old = wish.conf.read_text("utf-8-sig") if wish.conf.is_file() else ""
    rows = [row for row in csv.reader(io.StringIO(old)) if row]
    modules = next((row[1] for row in rows if row[0] == "UDF MODULES" and len(row) > 1), "")
    if modules and "excel.udf" not in modules.split(";"):
        ours["UDF MODULES"] = f"{modules};excel.udf"
    elif modules:
        ours["UDF MODULES"] = modules
    dropped = {*ours, "BACKLOG_SERVER", "BACKLOG_CONFIG"}
    kept = [row for row in rows if row[0] not in dropped]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([*kept, *([k, v] for k, v in ours.items())])
    wish.conf.parent.mkdir(parents=True, exist_ok=True)
    wish.conf.write_text(out.getvalue(), "utf-8")
    return f"{wish.conf}: figures from {wish.server or wish.config}"


def _interpreter() -> str:
    """The Python without a window, where there is one."""
    quiet = Path(sys.executable).with_name("pythonw.exe")
    return str(quiet if quiet.is_file() else sys.executable)


def _module(wish: Wish) -> str:
    from excel.vba import module_text

    wish.folder.mkdir(parents=True, exist_ok=True)
    path = wish.folder / "backlog.bas"
    path.write_text(module_text(add_in=True), "ascii", newline="")
    return str(path)


def _load(wish: Wish) -> str:
    """An add-in of our own from the module, switched on; Excel must let programs at its VBA project."""
    module = wish.folder / "backlog.bas"
    by_hand = (
        f"by hand: in Excel press Alt+F11, File, Import File, {module}; Tools, References, xlwings; save as an Excel add-in "
        "(.xlam) and tick it under File, Options, Add-ins; then run the macro DescribeBacklogFunctions"
    )
    if importlib.util.find_spec("win32com") is None:
        raise NotDone(f"no COM here; {by_hand}")
    client = importlib.import_module("win32com.client")
    try:
        return _made_add_in(client.DispatchEx("Excel.Application"), module, wish.folder / ADD_IN)
    except Exception as error:  # noqa: BLE001 - whatever Excel says, the person is told how to go on
        raise NotDone(
            f"Excel refused ({str(error)[:120]}). Tick Trust Center, Macro Settings, Trust access to the VBA project object "
            f"model, close Excel and run this again; or {by_hand}"
        ) from None


def _made_add_in(excel: Any, module: Path, path: Path) -> str:
    try:
        excel.DisplayAlerts = False
        book = excel.Workbooks.Add()
        book.VBProject.VBComponents.Import(str(module))
        xlwings = Path(os.environ.get("APPDATA", "")) / "Microsoft" / "Excel" / "XLSTART" / "xlwings.xlam"
        book.VBProject.References.AddFromFile(str(xlwings))
        path.unlink(missing_ok=True)
        book.SaveAs(str(path), _XLAM)
        book.Close(False)
        excel.Workbooks.Add()  # Excel switches add-ins on only while a workbook is open
        excel.AddIns.Add(str(path)).Installed = True
        excel.Run("DescribeBacklogFunctions")
    finally:
        excel.Quit()
    return f"{path}, switched on"
