"""A workbook as PDF: LibreOffice prints a copy that holds the stored values, so that it shows what Excel shows.

Our functions are unknown to a program that only prints; with their formulas left in, it would show #NAME? where a
figure has a reason instead of a value.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path

from excel.patch.archive import copy_entry, replaced_entry
from excel.patch.package import SUSPECT, Package, WorkbookRefused, opened
from excel.patch.swap import replacing
from excel.refresh.libreoffice import LibreOffice, configured
from model.errors import ConfigNeeded
from model.settings import Settings

# A formula that is followed by its stored value; what was never computed stays for the program to compute.
_FORMULA = re.compile(rb"<((?:\w+:)?)f(?:\s[^>]*)?(?:/>|>[^<]*</\1f>)(?=\s*<\1v(?:\s[^>/]*)?>[^<])")


def printer(settings: Settings) -> LibreOffice:
    """The program that prints. Raises ConfigNeeded with the remedy where there is none."""
    program = configured(settings)
    if program is None:
        off = settings.workbooks.libreoffice == "off"
        raise ConfigNeeded(
            f"{settings.where('workbooks', 'libreoffice')}: LibreOffice is switched off, and only it prints a PDF. "
            'Set libreoffice = "auto" under [workbooks]'
            if off
            else "LibreOffice prints the PDF, and it is not installed here. Install it (on Debian and Ubuntu: apt-get install "
            "libreoffice-calc; else from libreoffice.org), or name its soffice: libreoffice under [workbooks]"
        )
    return program


def as_pdf(path: Path, out: Path, program: LibreOffice) -> Path:
    """Prints a workbook to `out`, replacing what is there in one step; the workbook stays as it is.

    Raises WorkbookRefused for a file that is encrypted, broken or no workbook; ProgramFailed where the program fails.
    """
    with tempfile.TemporaryDirectory(prefix="backlog-print-") as folder:
        copy = Path(folder) / f"{path.stem}.xlsx"
        with opened(path) as package:
            _with_values(package, copy)
        made = program.printed(copy, Path(folder))
        with replacing(out) as beside:
            beside.write_bytes(made.read_bytes())
    return out


def _with_values(package: Package, copy: Path) -> None:
    """A copy of a workbook in which every formula that has a stored value is that value."""
    sheets = set(package.sheets.values())
    with zipfile.ZipFile(copy, "w", compresslevel=1) as target:
        for info in package.zip.infolist():
            if info.filename not in sheets:
                copy_entry(package.zip, target, info)
                continue
            if info.file_size > SUSPECT:
                reason = f"{info.filename} unpacks to {info.file_size >> 20} MB, which nobody prints"
                raise WorkbookRefused(package.path, reason, "Print a template with fewer rows: rows under [sheet.NAME]")
            with replaced_entry(target, info) as stream:
                stream.write(_FORMULA.sub(b"", package.zip.read(info)))
