"""`backlog excel`: what connects the functions to Excel and to LibreOffice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cli.app import DAY, App, command, group
from cli.screen import say
from model.errors import BacklogError


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

    _named(out, ".bas")
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

    _named(out, ".oxt")
    address = server or app.settings.web.address
    count = write_extension(out, address)
    say(f"{out}: {count} functions, answered by {address}. Install it: unopkg add {out}")
    say(
        "The token of `backlog token create` goes into $BACKLOG_SERVER_TOKEN or the file ~/.revenue-backlog-token (chmod 600)"
    )


def _named(out: Path, ending: str) -> None:
    """Refuses a name that some other file may have, and that its program would not open."""
    if out.suffix.lower() != ending:
        raise click.BadParameter(f"{out.name} must end in {ending}", param_hint=f"OUT{ending}")


@command("backlog excel install\nbacklog excel install --server https://backlog.example.com")
@click.option(
    "--server", default="", metavar="URL", help="A team's server that answers [default: the books of --config]."
)
def install(app: App, server: str) -> None:
    """Sets Excel for Windows up: add-in, configuration and module; says of each step whether it could be done.

    With --server the token is asked for and kept in the keyring (or give BACKLOG_SERVER_TOKEN in the environment).
    """
    from excel.install import Wish
    from excel.install import install as steps
    from model.settings import find

    if server:
        _sign_in(server)
    failed = []
    for step in steps(Wish.usual(None if server else find(app.config), server)):
        say(f"{'ok' if step.done else 'not done'}\t{step.what}\t{step.detail}")
        failed += [] if step.done else [step.what]
    if failed:
        raise BacklogError(f"{len(failed)} steps could not be done: {', '.join(failed)}. Each says how")


def _sign_in(server: str) -> None:
    """Asks for the token where none is known, and tries it."""
    import sys

    from excel.remote import Server
    from model.settings import find_secret, keep_secret

    token = find_secret("server", "token")
    if token is None:
        watched = sys.stdin.isatty()
        token = (click.prompt("token", hide_input=True, err=True) if watched else sys.stdin.readline()).strip()
        keep_secret("server", "token", token)
    say(
        f"ok\tserver\t{server} answers; its data is of {Server(server, token).data()['oldest'] or 'no complete reading'}"
    )


@command('backlog excel samples samples\nbacklog excel samples samples --customer "Acme Ltd" --day 2026-10-31')
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--customer", default="*", show_default=True, help="Whom they are made out to; they hold it in a cell.")
@click.option("--day", type=DAY, help="Which day, and which year [default: today].")
def samples(app: App, folder: Path, customer: str, day: dt.date | None) -> None:
    """Writes two sample workbooks: a customer's statement, and a year by months. What is there is not replaced."""
    from excel.samples import write_samples

    try:
        for path in write_samples(folder, customer, day or dt.datetime.now().astimezone().date()):
            say(f"{path}: open it in Excel or LibreOffice, or fill it in with: backlog workbook refresh {path}")
    except FileExistsError as error:
        raise BacklogError(f"{error.filename} is there already. Name another folder") from None


excel.add_command(install)
excel.add_command(samples)
excel.add_command(vba)
excel.add_command(libreoffice)
