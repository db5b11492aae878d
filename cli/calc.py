"""`backlog calc`: one function of the catalogue, or a file of calls, answered on standard output."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.app import App, command
from cli.screen import say, shown, table
from model.errors import BacklogError, WrongArgument

if TYPE_CHECKING:
    from excel.batch import Result
    from excel.host import BooksHost, Host


@command(
    'backlog calc BACKLOG "Acme Ltd" 2026-01-31\n'
    "backlog calc BACKLOG_BY segment 2026-01-31 --json\n"
    "backlog calc --batch calls.json\n"
    "backlog functions          every function and its arguments"
)
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, metavar="[ARG]...")
@click.option("--json", "as_json", is_flag=True, help='Print {"value": …} or {"columns": …, "rows": …}.')
@click.option(
    "--batch",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Answer a JSON list of [NAME, ARG, …] calls in order; - reads standard input.",
)
def calc(app: App, name: str | None, arguments: tuple[str, ...], as_json: bool, batch: str | None) -> None:
    """Answers one function, as a cell of a workbook would.

    An empty argument ("") is a blank one. What cannot be answered is told with its reason, and exit code 1.
    """
    if (name is None) == (batch is None):
        raise click.UsageError("Name a function, or a file of calls with --batch.")
    if batch is not None:
        found = _answers(app, _calls(batch))
        click.echo(json.dumps([_told(result) for result in found], ensure_ascii=False))
        _fail_where_unforeseen(found)
    elif name is not None:
        from excel.catalogue import find

        find(name)  # A slip in the name is told before any books are opened.
        _print(_answer(books_host(app), name, arguments), as_json)


def _print(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif "columns" in answer:
        table(answer["columns"], answer["rows"])
    else:
        say("" if answer["value"] is None else shown(answer["value"]))


def _answer(host: Host, name: str, arguments: Sequence[object]) -> dict[str, Any]:
    from excel.catalogue import call
    from excel.presentation import as_json

    return as_json(call(name, arguments, host))


def _answers(app: App, calls: list[object]) -> Sequence[Result]:
    """One answer a call; the error of one call is its own answer. Books that cannot be opened fail the whole batch."""
    if not calls:
        return []
    from excel.batch import answers

    host = books_host(app)
    host.ledger(None)
    return answers(calls, host)


def _fail_where_unforeseen(found: Sequence[Result]) -> None:
    from excel.batch import Unforeseen

    if any(isinstance(result, Unforeseen) for result in found):
        raise SystemExit(1)


def _told(result: Result) -> dict[str, Any]:
    from excel.presentation import as_json

    return {"error": str(result)} if isinstance(result, BacklogError) else as_json(result)


def _calls(file: str) -> list[object]:
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        calls = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise WrongArgument(f"{file}: no JSON ({error}). Write a list of calls: [[NAME, ARG, …], …]") from None
    if not isinstance(calls, list):
        raise WrongArgument(f"{file}: a list of calls is needed: [[NAME, ARG, …], …]")
    return calls


def books_host(app: App) -> BooksHost:
    """The company's books, all at one moment."""
    from books.ledgers import Books
    from excel.host import BooksHost

    asked_at = dt.datetime.now(dt.UTC)
    # One moment for the whole run: every call of a batch stands on the same day and the same ledger.
    return BooksHost(app.settings, Books(app.settings), lambda: asked_at, hold=dt.timedelta(1))
