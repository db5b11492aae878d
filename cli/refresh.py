"""The job that refreshes workbooks: `backlog workbook refresh` over the files that a job's patterns name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from model.errors import BacklogError, ConfigNeeded
from model.settings import Settings

LEFT_OUT = "this version refreshes no workbooks; it makes them anew: backlog workbook new"


def available() -> bool:
    """Whether this version can refresh workbooks."""
    from cli.workbook import workbook

    return "refresh" in workbook.commands


def refresh(settings: Settings, patterns: Sequence[str]) -> None:
    """Refreshes the workbooks as the command does. Raises ConfigNeeded where there are none, BacklogError if it fails."""
    from cli.main import cli

    files = sorted({str(file) for pattern in patterns for file in _found(settings.root, pattern)})
    if not files:
        raise ConfigNeeded(
            f"no workbook is called {' or '.join(patterns)} in {settings.root}. Correct files of the job"
        )
    words = ["--config", str(settings.path), "workbook", "refresh", *files]
    try:
        cli.main(words, prog_name="backlog", standalone_mode=False)
    except click.ClickException as error:
        raise BacklogError(error.format_message()) from error


def _found(root: Path, pattern: str) -> Iterator[Path]:
    """The files a pattern names: beside the configuration, or from the top where it says so."""
    whole = Path(root / pattern)
    yield from Path(whole.anchor).glob(str(whole.relative_to(whole.anchor)))
