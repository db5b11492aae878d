"""`backlog excel`: what connects the functions to Excel and to LibreOffice."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App, command, group
from cli.screen import say


@group()
def excel() -> None:
    """What connects the functions to Excel and to LibreOffice."""


@command("backlog excel vba backlog.bas")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.bas")
@click.option("--add-in", is_flag=True, help="The module will live in an .xlam add-in, not in a workbook.")
def vba(app: App, out: Path, add_in: bool) -> None:
    """Writes the VBA module through which a workbook calls the functions.

    Import it in the VBA editor (File, Import File) of a workbook that refers to the xlwings add-in, then run the macro
    DescribeBacklogFunctions once to give the Function Wizard its texts.
    """
    from excel.catalogue import functions
    from excel.vba import module_text

    out.write_text(module_text(add_in=add_in), "ascii", newline="")
    say(f"{out}: {len(functions())} functions. Import it in Excel's VBA editor: Alt+F11, File, Import File")


@command(
    "backlog excel libreoffice backlog.oxt\nbacklog excel libreoffice backlog.oxt --server https://backlog.example.com"
)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT.oxt")
@click.option("--server", metavar="URL", help="Where the functions are answered [default: as configured in [web]].")
def libreoffice(app: App, out: Path, server: str | None) -> None:
    """Writes the extension with which LibreOffice Calc has the functions.

    They are answered by the server of `backlog serve`. Install the file with LibreOffice's extension manager, or with:
    unopkg add OUT.oxt
    """
    from excel.libreoffice.extension import write_extension

    address = server or app.settings.web.address
    count = write_extension(out, address)
    say(f"{out}: {count} functions, answered by {address}. Install it: unopkg add {out}")
    say("The token of `backlog token create` goes into $BACKLOG_TOKEN or the file ~/.revenue-backlog-token (chmod 600)")


excel.add_command(vba)
excel.add_command(libreoffice)
