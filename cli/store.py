"""`backlog store`: the store as a whole, moved to another database, backed up, brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import App, command, group

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from store.copy import Progress
    from store.proof import Sum

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be copied, and change nothing.")
_FILE = click.Path(dir_okay=False, path_type=Path)


@group()
def store() -> None:
    """The store as a whole: moved between SQLite and PostgreSQL, backed up while syncing, brought back."""


@store.add_command
@command(
    "backlog store copy backlog.db postgresql://backlog@db.example.com/backlog\n"
    "backlog store copy postgresql://backlog@db.example.com/backlog backlog.db --dry-run"
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@_dry_run
def copy(_app: App, source: str, target: str, dry_run: bool) -> None:
    """Copies a store with its whole history from FROM to TO, and proves that both hold the same.

    Each is a file or an address as under [store] url. TO must be empty; FROM may be in use and stays as it is.
    """
    from store.connect import shown
    from store.copy import opened_store

    with opened_store(_address(source)) as engine:
        if _done(engine, _address(target), dry_run):
            screen.say(f'Next: set url = "{shown(_address(target))}" under [store], then run: backlog doctor')


@store.add_command
@command("backlog store backup backups/2026-10-31.db\nbacklog store backup /mnt/safe/today.db --dry-run")
@click.argument("file", type=_FILE)
@_dry_run
def backup(app: App, file: Path, dry_run: bool) -> None:
    """Writes the whole store into one FILE, in one state, while syncs may go on. FILE must not exist yet.

    The file is a SQLite store itself, whatever the store is kept in.
    """
    from model.errors import ConfigNeeded
    from store.copy import opened_store

    if file.exists():
        raise ConfigNeeded(f"{file} exists and is left alone. Name another file, or move it away first")
    with opened_store(app.settings.store.url) as engine:
        _done(engine, _address(str(file)), dry_run)


@store.add_command
@command("backlog store restore backups/2026-10-31.db\nbacklog store restore backups/2026-10-31.db --dry-run")
@click.argument("file", type=_FILE)
@_dry_run
def restore(app: App, file: Path, dry_run: bool) -> None:
    """Brings a backup back to where [store] url says, which must be empty. The next sync reads what came since."""
    from store.copy import opened_backup

    with opened_backup(file) as engine:
        if _done(engine, app.settings.store.url, dry_run):
            screen.say("Next: backlog sync")


def _done(engine: Engine, url: str, dry_run: bool) -> bool:
    """Copies, or in a dry run says what would be copied: then False."""
    from store.connect import shown
    from store.copy import check_empty
    from store.copy import copy as copy_store
    from store.proof import rows_of

    if dry_run:
        check_empty(url)
        with engine.connect() as connection:
            rows = rows_of(connection)
        screen.table(("table", "rows"), [(name, count) for name, count in rows.items() if count], right="rows")
        screen.say(f"dry run: {sum(rows.values()):,} rows would be copied to {shown(url)}")
        return False
    with screen.progress() as advance:
        told = copy_store(engine, url, _counted(advance))
    _prove(told, shown(url))
    return True


def _counted(advance: Callable[[str, int, int | None], None]) -> Progress:
    return lambda table, done, total: advance(table, done, total)


def _prove(told: Sequence[Sum], where: str) -> None:
    shown = [one for one in told if one.rows]
    screen.table(
        ("table", "rows", "digest of both"), [(one.table, one.rows, one.digest) for one in shown], right="rows"
    )
    total = sum(one.rows for one in told)
    screen.say(f"{where}: {len(told)} tables, {total:,} rows, equal by count and digest")


def _address(text: str) -> str:
    """An address as it is, or a file's."""
    return text if "://" in text else f"sqlite:///{Path(text).expanduser().absolute().as_posix()}"
