"""`backlog doctor`: whether everything stands ready, and for what does not, the remedy."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from cli import screen
from cli.app import App, command
from cli.sources import made, tested
from cli.status import age
from model.errors import BacklogError, LedgerBroken
from model.settings import Settings, find, find_secret
from model.settings_blocks import Job

if TYPE_CHECKING:
    from excel.remote import Server

# Where Excel loads the xlwings add-in from, by system.
_STARTUP = {
    "win32": "~/AppData/Roaming/Microsoft/Excel/XLSTART/xlwings.xlam",
    "darwin": "~/Library/Group Containers/UBF8T346G9.Office/User Content.localized/"
    "Startup.localized/Excel/xlwings.xlam",
}


_SOON = dt.timedelta(14)


class Finding(NamedTuple):
    """One thing looked at: `ok` None means it does not matter here; `detail` holds the remedy where it is not."""

    what: str
    ok: bool | None
    detail: str


@command("backlog doctor\nbacklog doctor --offline")
@click.option("--offline", is_flag=True, help="Ask no vendor and no server.")
def doctor(app: App, offline: bool) -> None:
    """Checks configuration, connections, store, ledger and Excel, and says the remedy for what is wrong."""
    findings = []
    for finding in _examined(app, offline):
        findings.append(finding)
        result = {True: "ok", False: "failed", None: "–"}[finding.ok]
        screen.say(f"{result}\t{finding.what}\t{finding.detail}")
    if failed := [finding.what for finding in findings if finding.ok is False]:
        raise BacklogError(f"{len(failed)} of {len(findings)} checks failed: {', '.join(failed)}")


def _examined(app: App, offline: bool) -> Iterator[Finding]:
    from excel.asked import excels_server

    server = excels_server()
    if server is not None:
        yield _server(server, offline, dt.datetime.now(dt.UTC))
    if server is not None and not find(app.config).is_file():
        yield Finding("configuration", None, "none here: Excel asks the server")
        yield _excel()
        return
    try:
        settings = app.settings
    except BacklogError as error:
        yield Finding("configuration", False, str(error))
        return
    yield Finding("configuration", True, str(settings.path))
    if not settings.connectors:
        yield Finding("connectors", False, f"none in {settings.path}. Lift the comments of the sources you have")
    for name in settings.connectors:
        yield _connector(settings, name, offline)
    for name, job in settings.jobs.items():
        yield _tried(f"job {name}", partial(_job, settings, job))
    if settings.jobs or any(block.get("schedule") for block in settings.connectors.values()):
        yield _alerts(settings)
    yield _tried("store", lambda: _store(settings))
    yield _tried("ledger", lambda: _ledger(settings, app.today))
    yield _tried("closed periods", lambda: _closed(settings))
    yield _excel()
    if any(job.run == "workbook refresh" for job in settings.jobs.values()):
        yield _calculator(settings)


def _server(server: Server, offline: bool, now: dt.datetime) -> Finding:
    """The team's server that Excel asks here: whether it answers, whose token it takes, how old its data is."""
    from excel.remote import NotReached

    what = f"server {server.address}"
    if offline:
        return Finding(what, None, "Excel asks it; not asked")
    try:
        told = server.data()
    except NotReached as error:
        remedy = ". Keep a token that counts with: backlog secrets set server.token" if error.status == 401 else ""
        return Finding(what, False, f"{error}{remedy}")
    you, oldest = told["you"], told["oldest"]
    data = f"data of {oldest} ({age(dt.datetime.fromisoformat(oldest), now)} old)" if oldest else "data never complete"
    until = you.get("until")
    if until is None:
        return Finding(what, True, f"{data}; asks as {you['name']}, {you['role']}")
    ends = dt.datetime.fromisoformat(until)
    soon = ". Ask for a new token soon" if ends - now < _SOON else ""
    return Finding(what, True, f"{data}; the token of {you['name']}, {you['role']}, counts until {ends:%Y-%m-%d}{soon}")


def _alerts(settings: Settings) -> Finding:
    webhook = find_secret("alerts", "webhook_url")
    told = [*(["a webhook"] if webhook else []), *settings.alerts.mail_to]
    if not told:
        return Finding("alerts", None, "nobody is told of failures: see [alerts], or set alerts.webhook_url")
    return Finding("alerts", True, f"{', '.join(told)} (try them: backlog run --test-alerts)")


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except BacklogError as error:
        return Finding(what, False, str(error))


def _connector(settings: Settings, name: str, offline: bool) -> Finding:
    what = f"connector {name}"
    try:
        if offline:
            made(settings, name).close()
            return Finding(what, True, "set up; not asked")
        tried = tested(settings, name, dt.datetime.now(dt.UTC))
    except BacklogError as error:
        return Finding(what, False, str(error))
    return Finding(what, not tried.failed, tried.told)


def _job(settings: Settings, job: Job) -> str:
    if job.run != "workbook refresh":
        return f"at {job.schedule}"
    from excel.refresh.files import named

    return f"at {job.schedule}: {len(named(job.files, settings.root))} workbooks"


def _calculator(settings: Settings) -> Finding:
    from excel.refresh.libreoffice import configured

    try:
        program = configured(settings)
    except BacklogError as error:
        return Finding("LibreOffice", False, str(error))
    if program is None:
        return Finding("LibreOffice", None, "not used: what only a spreadsheet program computes is left to Excel")
    return Finding("LibreOffice", True, str(program.program))


def _store(settings: Settings) -> str:
    from store import read
    from store.connect import connect, parse, shown

    engine = connect(settings.store.url)
    try:
        told = f"{shown(settings.store.url)}, version {read.data_version(engine)}"
        if parse(settings.store.url).password:
            told += "; its password stands in the file: better take it out and run: backlog secrets set store.password"
        return told
    finally:
        engine.dispose()


def _ledger(settings: Settings, today: dt.date) -> str:
    from books.ledgers import Books
    from engine.arisen import how_many

    ledger = Books(settings).open()
    return f"{ledger.version}, {how_many(ledger, today)} (backlog status)"


def _closed(settings: Settings) -> str:
    from books.digests import breaks
    from books.ledgers import Books
    from books.periods import in_force
    from store.periods import period_events

    engine = Books(settings).engine
    events = period_events(engine)
    if broken := breaks(engine, events):
        raise LedgerBroken(f"{broken[0].event.period}: {broken[0].what}. See: backlog periods")
    held = in_force(events)
    return f"closed to {held[-1].ends_on}, every digest is right" if held else "none yet"


def _excel() -> Finding:
    if sys.platform not in _STARTUP:
        return Finding("Excel", None, "does not run on this system; workbooks are written all the same")
    place = Path(_STARTUP[sys.platform]).expanduser()
    if place.exists():
        return Finding("Excel", True, str(place))
    return Finding("Excel", False, "the xlwings add-in is not installed. Close Excel, then run: xlwings addin install")
