"""LibreOffice as a calculator and a printer: it is given a workbook of its own, never the person's."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

from model.errors import BacklogError, ConfigNeeded
from model.settings import Settings

_PLACES = (
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
)
_FILTER = "xlsx:Calc MS Excel 2007 XML"
# Always compute on opening; run no macro; update no link.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
</oor:items>
"""


class ProgramFailed(BacklogError):
    """LibreOffice did not compute or print a workbook: it was too slow, or it broke. The text says which."""


class LibreOffice:
    """LibreOffice in a profile of its own, so that a person's running one is not disturbed."""

    def __init__(self, program: Path, seconds: float = 300) -> None:
        self.program, self.seconds = program, seconds

    @classmethod
    def found(cls, seconds: float = 300) -> LibreOffice | None:
        """The one that is installed here, if any."""
        named = shutil.which("soffice") or shutil.which("libreoffice")
        path = next((Path(p) for p in (named, *_PLACES) if p and Path(p).is_file()), None)
        return None if path is None else cls(path, seconds)

    @cached_property
    def _profile(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="backlog-calculator-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        (folder / "user").mkdir()
        (folder / "user" / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        return folder

    def computed(self, path: Path, folder: Path) -> Path:
        """Computes a workbook; the copy with the values, in `folder`. Raises ProgramFailed."""
        return self._converted(path, folder, _FILTER, "compute")

    def printed(self, path: Path, folder: Path) -> Path:
        """Prints every sheet of a workbook; the PDF, in `folder`. Raises ProgramFailed."""
        return self._converted(path, folder, "pdf:calc_pdf_Export", "print")

    def _converted(self, path: Path, folder: Path, kind: str, verb: str) -> Path:
        command = [
            str(self.program), "--headless", "--norestore", "--nologo", "--nolockcheck", "--nodefault",
            f"-env:UserInstallation={self._profile.as_uri()}", "--convert-to", kind, "--outdir", str(folder), str(path),
        ]  # fmt: skip
        # The texts that TEXT makes are those of an English workbook on every machine.
        environment = {**os.environ, "LC_ALL": "en_US.UTF-8", "LANG": "en_US.UTF-8"}
        job = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # without effect on Windows; elsewhere what it starts can be ended with it
        )
        try:
            told, _ = job.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            _end(job)
            raise ProgramFailed(f"LibreOffice did not {verb} {path.name} within {self.seconds:.0f} s") from None
        except BaseException:
            _end(job)
            raise
        made = folder / f"{path.stem}.{kind.partition(':')[0]}"
        if not made.is_file():
            raise ProgramFailed(
                f"LibreOffice did not {verb} {path.name}: {told.decode(errors='replace').strip()[-300:]}"
            )
        return made


def configured(settings: Settings) -> LibreOffice | None:
    """The program of the configuration, if there is one. Raises ConfigNeeded where a named one is missing."""
    named, seconds = settings.workbooks.libreoffice, settings.workbooks.seconds
    if named in ("auto", "off"):
        return LibreOffice.found(seconds) if named == "auto" else None
    program = Path(named).expanduser()
    if not program.is_file():
        where = settings.where("workbooks", "libreoffice")
        raise ConfigNeeded(f'{where}: {named} is no program. Give the path of soffice, "auto" or "off"')
    return LibreOffice(program, seconds)


def _end(job: subprocess.Popen[bytes]) -> None:
    """Ends the program with what it has started."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(job.pid)], capture_output=True, check=False)
    else:
        os.killpg(job.pid, signal.SIGKILL)
    job.communicate()
