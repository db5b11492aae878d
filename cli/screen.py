"""What a person sees and what a pipe gets: tables and bars on a terminal, plain lines elsewhere.

In a pipe a table is a line a row, tabs between cells, headings first. Control signs in names from outside are shown,
not obeyed. rich is imported only when a terminal is there, for commands must start fast.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

from model.redaction import without_known

Advance = Callable[[str, int, int | None], None]
"""Called with what is being worked on, how much is done, and of how much (None: not known)."""


def say(text: str = "") -> None:
    """One line of the answer."""
    click.echo(shown(text))


def warn(text: str) -> None:
    """One line beside the answer, on standard error."""
    click.echo(shown(text), err=True)


def shown(value: object) -> str:
    """A value as text without control signs and secrets; tabs and line ends stay."""
    text = without_known(str(value))
    return "".join(c if c.isprintable() or c in "\t\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: str = "") -> None:
    """A table; `right` names the headings (separated by blanks) whose cells are figures."""
    cells = [["" if cell is None else _cell(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in (headings, *cells):
            click.echo("\t".join(line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left")
    for heading in headings:
        drawn.add_column(heading, justify="right" if heading in right.split() else "left", overflow="fold")
    for line in cells:
        drawn.add_row(*(Text(cell) for cell in line))
    Console().print(drawn)


def _cell(value: object) -> str:
    return shown(value).replace("\n", " ").replace("\t", " ")


@contextmanager
def progress() -> Iterator[Advance]:
    """A bar for each thing that is being worked on, while a person watches; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(shown(what), total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield advance
