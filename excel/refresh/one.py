"""One workbook refreshed: computed, written beside, read back, swapped; whatever fails, the file is as it was."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

from excel.host import Host
from excel.patch.backups import backups
from excel.patch.package import Package, WorkbookRefused, opened
from excel.patch.patch import write
from excel.patch.swap import refuse_open, replacing
from excel.refresh.book import read_book
from excel.refresh.charts import redrawn
from excel.refresh.compute import Computation, compute, is_call
from excel.refresh.edits import Edits, calculated_on_load, edits_of, leaves_work
from excel.refresh.explain import Compared, explained
from excel.refresh.labels import cell_changes
from excel.refresh.notes import errors_of, left_of, notes_of
from excel.refresh.past import Past
from excel.refresh.program import ByProgram, Computes
from excel.refresh.report import CellChange, Refreshed
from excel.refresh.why import Explainer
from model.errors import BacklogError, RetryLater

_UNKNOWN = "why the figures changed is not told: no refresh here wrote the former ones"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How a refresh goes: `dry` computes and writes nothing, `why` explains changes, `backups` former files are kept."""

    dry: bool = False
    why: bool = True
    backups: int = 3


def refresh_file(
    path: Path, host: Host, program: Computes | None, options: Options, past: Past | None = None
) -> Refreshed:
    """Refreshes one workbook. Only what is wrong with the books themselves is raised; the rest is in the report.

    `past`: the books as earlier refreshes found them; without them changes are told and not explained.
    """
    begun = time.monotonic()
    try:
        found = _refreshed(path, host, program, options, past)
    except WorkbookRefused as error:
        found = Refreshed(path, "refused", str(error))
    except RetryLater as error:
        found = Refreshed(path, "left alone", str(error))
    except OSError as error:
        found = Refreshed(path, "failed", f"{error.filename or path}: {error.strerror or error}")
    except BacklogError:
        raise
    except Exception as error:  # one workbook's oddity must not keep the others from being refreshed
        logger.exception("%s could not be refreshed", path)
        found = Refreshed(path, "failed", f"{path}: {type(error).__name__}: {error}. The file is as it was; tell us")
    found.seconds = time.monotonic() - begun
    return found


def _refreshed(path: Path, host: Host, program: Computes | None, options: Options, past: Past | None) -> Refreshed:
    refuse_open(path.resolve())
    calculator = None if program is None else ByProgram(program)
    with opened(path) as package:
        state = compute(read_book(package), host, calculator)
        made = edits_of(state)
        found = Refreshed(path, "unchanged", ours=len(state.scope.ours), computed=_count(state))
        found.changes = cell_changes(state, made.changes)
        if past is not None and options.why and any(change.ours for change in made.changes):
            found.changes, known = _explained(path, state, made, found.changes, past, program)
            found.notes += [] if known else [_UNKNOWN]
        found.left, found.errors = left_of(state), errors_of(state)
        found.notes += notes_of(state, made, calculator)
        parts = _parts(package, state, made)
        found.opening = package.book in parts
        if not made.cells and not parts:
            return found
        found.state = "would change" if options.dry else "refreshed"
        if not options.dry:
            edits = {state.scope.book.part(sheet): places for sheet, places in made.cells.items()}
            with replacing(path, options.backups) as beside:
                write(package, beside, edits, parts)
                package.zip.close()  # Windows replaces no file that is open
    if not options.dry:
        found.backup = next(reversed(backups(path.resolve())), None) if options.backups else None
    return found


def _explained(
    path: Path, state: Computation, made: Edits, changes: list[CellChange], past: Past, program: Computes | None
) -> tuple[list[CellChange], bool]:
    """The changes with their reasons, and whether it is known what the former figures stood on."""
    before = past.journal.standing(path)
    if before is None:
        return changes, all(change.before in (None, "") for change in changes if change.ours)
    after = past.now(state.today)
    then = state
    if before.as_of != after.as_of:  # the day is in the questions: they are asked as they were then
        then = compute(state.scope.book, past.on(before), None if program is None else ByProgram(program))
    explainer = Explainer(past, before, after, state.calculator.day.date1904)
    compared = [
        Compared(shown, then.asked(change.spot), state.asked(change.spot), is_call(state, change.spot))
        if change.ours and change.formula
        else Compared(shown, [], [], False)
        for change, shown in zip(made.changes, changes, strict=True)
    ]
    return explained(compared, explainer), True


def _parts(package: Package, state: Computation, made: Edits) -> dict[str, bytes | None]:
    """Other parts that follow from the cells: charts that keep their figures, the word to Excel where work is left."""
    parts: dict[str, bytes | None] = {}
    if made.changes:
        parts |= redrawn(state.scope.book, {change.spot: change.after for change in made.changes})
    if leaves_work(state) and not state.scope.book.computed_on_opening:
        parts[package.book] = calculated_on_load(package.read(package.book))
    return parts


def _count(state: Computation) -> int:
    """Cells whose formulas were computed."""
    return len(state.scope.dirty - state.known.beyond.keys())
