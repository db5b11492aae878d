"""`backlog excel`: what connects the functions to Excel on Windows."""

from __future__ import annotations

from pathlib import Path

import click

from cli.app import App, command, group
from cli.screen import say


@group()
def excel() -> None:
    """What connects the functions to Excel on Windows."""


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


excel.add_command(vba)
