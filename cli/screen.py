"""What a person sees and what a pipe gets: tables and bars on a terminal, plain lines elsewhere.

In a pipe a table is a line a row, tabs between cells, headings first. Control signs in names from outside are shown,
not obeyed. rich is imported only when a terminal is there, for commands must start fast.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from model.redaction import without_known

if TYPE_CHECKING:
    from rich.console import Console

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


_WORD = 24
"""Signs of a word that a table does not break, and the least room of a column of sentences."""


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: str = "") -> None:
    """A table; `right` names the headings (separated by blanks) whose cells are figures.

    An amount, a day, a name to be copied stays on one line: where the terminal has no room for the columns, each row is
    written down the page.
    """
    cells = [["" if cell is None else _cell(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for line in (headings, *cells):
            click.echo("\t".join(line))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console, figures = Console(), right.split()
    columns = list(zip(headings, *cells, strict=True))
    whole = [name in figures or all(" " not in cell and len(cell) <= _WORD for cell in told) for name, *told in columns]
    room = [
        max(map(len, column)) if kept else min(_WORD, max(map(len, column)))
        for column, kept in zip(columns, whole, strict=True)
    ]
    if sum(room) + 3 * len(room) + 1 > console.width:
        _down(console, headings, cells, title)
        return
    drawn = Table(title=title or None, title_justify="left")
    for name, kept in zip(headings, whole, strict=True):
        drawn.add_column(name, justify="right" if name in figures else "left", overflow="fold", no_wrap=kept)
    for line in cells:
        drawn.add_row(*(Text(cell) for cell in line))
    console.print(drawn)


def _down(console: Console, headings: Sequence[str], cells: Sequence[Sequence[str]], title: str) -> None:
    """Each row as lines of heading and cell; what is blank is left out."""
    from rich.text import Text

    width = max(map(len, headings))
    if title:
        console.print(Text(title, style="italic"))
    for line in cells:
        console.rule(style="dim")
        for name, cell in zip(headings, line, strict=True):
            if cell:
                console.print(Text.assemble((f"{name:<{width}}  ", "bold"), cell))


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
