"""`backlog workbook refresh`, `snapshot`, `verify` and `diff`: somebody's own workbooks."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import DAY, MONTH, App, command
from model.errors import BacklogError, ConfigNeeded

if TYPE_CHECKING:
    from excel.refresh.past import Past
    from excel.refresh.report import CellChange

FILE = click.Path(dir_okay=False, path_type=Path)
as_json = click.option("--json", "as_json", is_flag=True, help="Print everything, for a program.")
verbose = click.option("--verbose", "-v", is_flag=True, help="A line for every cell, none summed up or cut short.")


@command(
    "backlog workbook refresh forecast.xlsx\n"
    'backlog workbook refresh "packs/**/*.xlsx" --as-of 2026-10-31\n'
    "backlog workbook refresh forecast.xlsx --dry-run --json"
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--as-of", type=DAY, metavar="DATE", help="The day that TODAY() and a blank date mean [default: today].")
@click.option("--dry-run", is_flag=True, help="Say what would change, write nothing.")
@click.option("--why/--no-why", default=True, help="Say why each figure changed [default: yes].")
@click.option("--sheet", type=FILE, metavar="OUT", help="Write the changes to a workbook, too.")
@verbose
@as_json
def refresh(
    app: App,
    files: tuple[str, ...],
    as_of: dt.date | None,
    dry_run: bool,
    why: bool,
    sheet: Path | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Puts the current figures into workbooks that use our functions, and changes nothing else in them.

    FILE is a workbook or a pattern. A file that is open in Excel, encrypted or damaged is left alone and told; the others
    are refreshed all the same, and the exit code is 1. The former file is kept beside as FILE.bak-TIME.
    """
    from excel.refresh.files import refresh_files

    _may_hold_changes(sheet)
    with screen.progress() as advance:
        here = [Path.cwd() / Path(file).expanduser() for file in files]
        report = refresh_files(app.settings, here, as_of=as_of, dry_run=dry_run, why=why, progress=advance)
    if sheet is not None:
        changes = [(file.path.name, change) for file in report.files for change in file.changes]
        _write_sheet(sheet, changes, f"Ledger {report.ledger}, as of {report.as_of}")
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        screen.say(report.text(verbose=verbose))
        if dry_run:
            screen.say("dry run: nothing was written")
    report.require_done()


@command(
    "backlog workbook snapshot october.xlsx audit/october-2026.xlsx\n"
    "backlog workbook snapshot q3.xlsx q3-frozen.xlsx --as-of 2026-09-30"
)
@click.argument("file", type=FILE)
@click.argument("out", type=FILE)
@click.option("--as-of", type=DAY, metavar="DATE", help="The day that TODAY() and a blank date mean [default: today].")
@click.option("--period", type=MONTH, metavar="YYYY-MM", help="The month it is for [default: of its last day].")
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
@as_json
def snapshot(
    app: App,
    file: Path,
    out: Path,
    as_of: dt.date | None,
    period: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Freezes a workbook: OUT is FILE with values in place of our formulas, stamped so that each can be verified later.

    The stamp names period, data version, moment known, policies and a digest; FILE stays as it is.
    """
    from excel.refresh.libreoffice import configured
    from excel.refresh.snapshot import snapshot as freeze

    if out.exists() and not force:
        raise ConfigNeeded(f"{out} is there already. Name another file, or replace it with --force")
    if out.exists() and file.exists() and out.samefile(file):
        raise ConfigNeeded(f"{out} is the workbook itself, whose formulas would be lost. Name another file")
    if out.suffix.lower() != file.suffix.lower():
        raise click.BadParameter(f"{out.name} must end in {file.suffix}, as {file.name} does", param_hint="OUT")
    from engine.arisen import so_many

    past = _past(app)
    month = "" if period is None else app.settings.reporting.calendar.named(period).name
    with screen.progress() as advance:
        advance("snapshot", 0, None)
        made = freeze(file, out, past, as_of or past.host.today, configured(app.settings), month)
    stamp = made.stamp
    if as_json:
        click.echo(json.dumps({"file": str(out), "digest": stamp.digest, **stamp.record(), "notes": list(made.notes)}))
        return
    screen.say(
        f"{out}: {so_many(len(stamp.cells), 'figure')} frozen, period {stamp.period}, data version {stamp.standing.ledger}"
    )
    screen.say(f"digest {stamp.digest}")
    for note in made.notes:
        screen.warn(note)


@command("backlog workbook verify audit/october-2026.xlsx\nbacklog workbook verify audit/*.xlsx --stamp-only --json")
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@click.option("--stamp-only", is_flag=True, help="Do not ask the books whether they still give the figures.")
@as_json
def verify(app: App, files: tuple[Path, ...], stamp_only: bool, as_json: bool) -> None:
    """Verifies snapshots: is each figure the stamped one, and do the books of then still give it?

    Exit code 1 if a figure or a stamp was altered, or a figure is no longer reproduced.
    """
    from excel.refresh.libreoffice import configured
    from excel.refresh.verify import verify as check

    past = None if stamp_only else _past(app)
    program = None if stamp_only else configured(app.settings)
    found = [check(file, past, program) for file in files]
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False))
    else:
        for one in found:
            screen.say("\n".join(one.lines()))
    if bad := [one.path.name for one in found if not one.good]:
        raise BacklogError(f"{len(bad)} of {len(found)} snapshots do not verify: {', '.join(bad)}")


@command(
    "backlog workbook diff september.xlsx october.xlsx\n"
    "backlog workbook diff forecast.xlsx.bak-20261001T060000Z forecast.xlsx --sheet changes.xlsx"
)
@click.argument("before", type=FILE, metavar="A")
@click.argument("after", type=FILE, metavar="B")
@click.option("--sheet", type=FILE, metavar="OUT", help="Write the changes to a workbook, too.")
@verbose
@as_json
def diff(app: App, before: Path, after: Path, sheet: Path | None, verbose: bool, as_json: bool) -> None:
    """What changed from workbook A to workbook B: which figures, by how much, and why.

    Reasons are told from the books that each stands on: new contracts, amendments, late facts, rates, policies.
    """
    from excel.refresh.compare import compare
    from excel.refresh.libreoffice import configured

    _may_hold_changes(sheet)
    with screen.progress() as advance:
        advance("diff", 0, None)
        found = compare(before, after, _past(app), configured(app.settings))
    if sheet is not None:
        _write_sheet(sheet, [(after.name, change) for change in found.changes], f"{before.name} → {after.name}")
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    else:
        screen.say(found.text(verbose=verbose))


def _may_hold_changes(path: Path | None) -> None:
    """Refuses, before anything is done, a name for the changes that would cost somebody a workbook of another kind."""
    if path is None:
        return
    if path.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{path.name} must end in .xlsx", param_hint="--sheet")
    from excel.refresh.sheet import holds_changes

    if path.exists() and not holds_changes(path):
        raise ConfigNeeded(f"--sheet {path} is there already and is no list of changes. Name another file")


def _write_sheet(path: Path, changes: list[tuple[str, CellChange]], subtitle: str) -> None:
    from engine.arisen import so_many
    from excel.refresh.sheet import write_sheet

    screen.warn(f"{write_sheet(path, changes, subtitle)}: {so_many(len(changes), 'change')}")


def _past(app: App) -> Past:
    from excel.refresh.past import Past

    return Past(app.settings, dt.datetime.now(dt.UTC))
