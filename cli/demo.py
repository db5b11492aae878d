"""`backlog demo`: the main job on a sample company, nothing configured."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import App, command

if TYPE_CHECKING:
    from demo.tour import Outcome


@command("backlog demo\nbacklog demo trial --serve")
@click.argument("folder", metavar="[DIR]", default="demo-company", type=click.Path(file_okay=False, path_type=Path))
@click.option("--serve", is_flag=True, help="Keep the simulated vendors running afterwards, until Ctrl-C.")
def demo(_app: App, folder: Path, serve: bool) -> None:
    """Runs the main job on a sample company: simulated vendors and files, sync, ledger, month-end workbook.

    Works without a network. Everything it makes lies in DIR (default: demo-company); running it again changes nothing.
    """
    from demo.tour import Tour

    with Tour(folder, screen.say, screen.progress).running() as outcome:
        _report(outcome)
        if serve:
            _serve(outcome)
    if not serve:
        screen.say("The simulated vendors have stopped; `backlog demo --serve` keeps them running for `backlog sync`.")


def _report(outcome: Outcome) -> None:
    screen.say()
    rows = [(figure.label, figure.text, figure.currency) for figure in outcome.figures]
    screen.table(("2026-10-31", "amount", "currency"), rows, title="Sample Company, all customers", right="amount")
    screen.say()
    screen.say(f"Workbook:      {outcome.workbook}")
    screen.say(f"Configuration: {outcome.config}")
    screen.say(f"To look at:    {outcome.exceptions}; listed in the workbook")
    screen.say(f"Done in {outcome.seconds:.0f} seconds. Try next:")
    for line in next_commands(outcome.config, outcome.customer):
        screen.say(f"  {line}")


def next_commands(config: Path, customer: str) -> list[str]:
    """Three commands worth trying, fit to be pasted into a shell."""
    given = shown_path(config)
    return [
        f'backlog calc BACKLOG "*" 2026-10-31 --config {given}',
        f'backlog explain "{customer}" 2026-10-31 --config {given}',
        f"backlog workbook new september.xlsx --period 2026-09 --config {given}",
    ]


def shown_path(path: Path) -> str:
    """A path as short as it can be said from here, in quotes where it has blanks."""
    try:
        short = str(path.relative_to(Path.cwd()))
    except ValueError:
        short = str(path)
    return f'"{short}"' if " " in short else short


def _serve(outcome: Outcome) -> None:
    from demo.folder import environment

    screen.say()
    screen.say("The simulated vendors keep running. In another terminal, with these in its environment:")
    for name, value in environment().items():
        click.echo(f"  {name}={value}")  # the simulated vendors' keys are no secret
    screen.say(f"  backlog sync --config {shown_path(outcome.config)}")
    screen.say("Ctrl-C ends them.")
    waiting = threading.Event()
    try:
        # A wait with an end can be interrupted on Windows too.
        while not waiting.wait(0.5):
            pass
    except KeyboardInterrupt:
        screen.say("The simulated vendors have stopped.")
