"""Many workbooks refreshed: patterns become files, files are shared out over processes, and one report tells of all."""

from __future__ import annotations

import datetime as dt
import glob
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from excel.refresh.hosts import AsOf
from excel.refresh.journal import Standing
from excel.refresh.libreoffice import LibreOffice, configured
from excel.refresh.one import Options, refresh_file
from excel.refresh.past import Past
from excel.refresh.report import Refreshed, Report
from model.errors import BacklogError, ConfigNeeded
from model.settings import Settings

Progress = Callable[[str, int, int | None], None]
"""Told what is being worked on, how many are done, and of how many."""
Stop = Callable[[], bool]
SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")
_WORK = "workbooks"
_ALONE = 2
"""So many files are not worth another process."""


@dataclass(frozen=True)
class Job:
    """What every process of a refresh needs to know."""

    settings: Settings
    asked_at: dt.datetime
    standing: Standing
    options: Options


def refresh_files(
    settings: Settings,
    files: Iterable[str | Path],
    *,
    as_of: dt.date | None = None,
    dry_run: bool = False,
    why: bool = True,
    asked_at: dt.datetime | None = None,
    progress: Progress | None = None,
    stop: Stop = lambda: False,
) -> Report:
    """Refreshes every workbook that the patterns name: each becomes the new one whole, or stays the old one.

    `files`: paths or patterns (`packs/**/*.xlsx`), relative ones from the configuration's folder. `as_of`: the day that
    TODAY() and a blank date mean, by default today in the company's time zone. `dry_run` computes and writes nothing.
    `why`: whether changes are explained, for which the books of the former refresh may have to be made again.
    `asked_at`: the moment of the refresh, by default now (UTC). `stop` is asked between files: those not begun are left.

    What is wrong with one file is in the report and hinders no other. Raises ConfigNeeded where a pattern names no
    file, and the errors of the books themselves.
    """
    paths = named(files, settings.root)
    configured(settings)  # a program that is named and missing is told before anything is read
    past = Past(settings, asked_at or dt.datetime.now(dt.UTC))
    standing = past.now(as_of or past.host.today)
    if why:
        _prepare(past, paths)
    job = Job(settings, past.asked_at, standing, Options(dry_run, why, settings.workbooks.backups))
    report = Report([], standing.ledger, standing.known_at.isoformat(), standing.as_of.isoformat())
    done: dict[Path, Refreshed] = {}
    for number, found in enumerate(_each(job, paths, stop), 1):
        done[found.path] = found
        if found.state == "refreshed":
            past.journal.note(found.path, standing)
        if progress:
            progress(_WORK, number, len(paths))
    report.files = [
        done.get(path) or Refreshed(path, "left alone", "the refresh was stopped before it") for path in paths
    ]
    return report


def named(files: Iterable[str | Path], root: Path) -> list[Path]:
    """The workbooks that paths and patterns name, each once, in order; lock files and hidden ones are none."""
    found: dict[Path, None] = {}
    for text in files:
        pattern = str(root / Path(text).expanduser())
        if Path(pattern).exists() or not glob.has_magic(pattern):
            found[Path(pattern)] = None
            continue
        matches = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207  (also absolute ones)
        workbooks = [
            path for path in matches if path.suffix.lower() in SUFFIXES and not path.name.startswith(("~$", "."))
        ]
        if not workbooks:
            raise ConfigNeeded(
                f"{text}: no workbook is called so in {root}. Check the pattern, or write one: backlog workbook new"
            )
        found.update(dict.fromkeys(workbooks))
    if not found:
        raise ConfigNeeded("no workbook was named: give files or patterns, such as packs/*.xlsx")
    return list(found)


def _prepare(past: Past, paths: Sequence[Path]) -> None:
    """Makes the books that the workbooks stand on, here and once, before several processes ask for them."""
    for path in paths:
        with suppress(OSError):  # a file that cannot be read is told when it is its turn
            if (standing := past.journal.standing(path)) is not None:
                past.ledger(standing)


def _each(job: Job, paths: Sequence[Path], stop: Stop) -> Iterator[Refreshed]:
    """Every file's outcome as it comes; a process that dies takes no other file's outcome with it."""
    workers = min(job.settings.workbooks.workers or os.cpu_count() or 1, len(paths))
    if workers < 2 or len(paths) <= _ALONE:
        for path in paths:
            if stop():
                return
            yield _refresh(job, path)
        return
    left = list(paths)
    try:
        for found in _shared_out(job, list(paths), workers, stop):
            left.remove(found.path)
            yield found
    except BrokenProcessPool:
        yield from _one_by_one(job, left, stop)


def _shared_out(job: Job, paths: list[Path], workers: int, stop: Stop) -> Iterator[Refreshed]:
    """Outcomes from a pool of processes. Raises BrokenProcessPool where one of them dies."""
    context = multiprocessing.get_context("spawn")  # the same on every system, and safe beside threads
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        running: set[Future[Refreshed]] = set()
        while paths or running:
            while paths and len(running) < workers and not stop():
                running.add(pool.submit(_refresh, job, paths.pop(0)))
            if not running:
                return
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()


def _one_by_one(job: Job, paths: Sequence[Path], stop: Stop) -> Iterator[Refreshed]:
    """Each file in a process of its own, for one of them may be what killed the others'."""
    for path in paths:
        try:
            yield from _shared_out(job, [path], 1, stop)
        except BrokenProcessPool:
            yield Refreshed(
                path, "failed", f"{path}: the process that refreshed it was killed. Is there enough memory?"
            )


def _refresh(job: Job, path: Path) -> Refreshed:
    try:
        past, program = _tools(job)
        return refresh_file(path, AsOf(past.host, job.standing.as_of, past.newest), program, job.options, past)
    except BacklogError as error:
        return Refreshed(path, "failed", str(error))


_TOOLS: dict[tuple[Path, dt.datetime, str], tuple[Past, LibreOffice | None]] = {}


def _tools(job: Job) -> tuple[Past, LibreOffice | None]:
    """The books and the program of a process, opened once for all its files."""
    key = (job.settings.path, job.asked_at, job.standing.ledger)
    if key not in _TOOLS:
        _TOOLS.clear()
        _TOOLS[key] = (Past(job.settings, job.asked_at, job.standing), configured(job.settings))
    return _TOOLS[key]
