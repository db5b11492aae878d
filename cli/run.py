"""`backlog run`: the service that pulls every connector and does every job at its times, until it is stopped."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from cli import screen
from cli.app import App, command
from cli.signals import signalled
from cli.sources import all_made, made
from model.errors import ConfigNeeded
from model.settings import Settings, find_secret

if TYPE_CHECKING:
    from books.ledgers import Books
    from connectors.kit.connector import Connector
    from model.settings_blocks import Job
    from sync.alerts import Alerts, Send, Watched
    from sync.health import Health
    from sync.jobs import Jobs, Stop, Work

NOBODY = (
    "nobody is told of alerts. Set mail_to, mail_from and smtp_host under [alerts], or a webhook with: "
    "backlog secrets set alerts.webhook_url"
)
LOOK_SECONDS = 60  # how often stale data is looked for
_log = logging.getLogger("backlog.workbooks")


@command("backlog run\nbacklog run --log json\nbacklog run --test-alerts\nbacklog --config books/config.toml run")
@click.option("--log", "kind", type=click.Choice(["text", "json"]), help="How log lines are written, if not as set.")
@click.option("--test-alerts", is_flag=True, help="Send a test to all who are told of alerts, and end.")
def run(app: App, kind: str | None, test_alerts: bool) -> None:
    """Pulls every connector and does every job at its times, until it is stopped (Ctrl-C or SIGTERM).

    The page in hand is stored first; a kill loses nothing either, for a page is stored whole or not at all. Several
    services may share a store: each time of a job is done by one of them. /healthz and /metrics tell how it goes.
    """
    from sync.alerts import senders

    settings = app.settings
    told = senders(settings.alerts, lambda key: find_secret("alerts", key))
    if test_alerts:
        _test(told)
        return
    for connector in all_made(settings):  # every setting and secret is checked before anything runs
        connector.close()
    from books.ledgers import Books

    _serve(settings, Books(settings), told, kind or settings.service.log)


def _serve(settings: Settings, books: Books, told: list[Send], kind: str) -> None:
    from sync.alerts import Alerts
    from sync.desk import Desk
    from sync.health import Health
    from sync.jobs import Jobs
    from sync.logs import configure
    from sync.metrics import Metrics
    from sync.schedule import serve
    from sync.upkeep import bring_up_to_date

    jobs = Jobs(books.engine, partial(bring_up_to_date, books), method=settings.policy.recognition)
    pulls, others = list(_pulls(settings, jobs)), list(_others(settings, jobs, told))
    works = [*pulls, *others]
    if not works:
        raise ConfigNeeded(f'{settings.path}: nothing has a schedule. Add one, such as schedule = "*/15 * * * *"')
    configure(kind)
    alerts = Alerts(books.engine, told, _watched(settings, pulls), settings.alerts.after_failures)
    metrics = Metrics(books.engine)
    health = Health(books.engine, metrics)
    with _listening(settings, health):
        serve(
            works, Desk(books.engine, [metrics, alerts]), ready=lambda: _ready(works, kind), beat=_beat(health, alerts)
        )


def _watched(settings: Settings, pulls: list[Work]) -> list[Watched]:
    from sync.alerts import Watched, patience

    now, hours = dt.datetime.now(dt.UTC), settings.alerts.stale_after_hours
    return [Watched(work.name.removeprefix("sync "), patience(work, hours, now)) for work in pulls]


def _beat(health: Health, alerts: Alerts) -> Callable[[], None]:
    """What is done every half second: the service says that it lives, and once a minute looks for stale data."""
    import threading
    import time

    looking, last = threading.Lock(), [time.monotonic()]

    def look() -> None:
        with looking:
            alerts.look()

    def beat() -> None:
        health.beat()
        if time.monotonic() - last[0] >= LOOK_SECONDS and not looking.locked():
            last[0] = time.monotonic()
            threading.Thread(target=look, name="alerts", daemon=True).start()  # a mail server may be slow

    return beat


@contextlib.contextmanager
def _listening(settings: Settings, health: Health) -> Iterator[None]:
    """Answers for health while the service runs; another service on this machine may have the address."""
    from sync.health import listen

    end: Callable[[], None] = lambda: None  # noqa: E731
    if settings.service.listen:
        try:
            end = listen(health, settings.service.listen)
        except ConfigNeeded as error:
            logging.getLogger("backlog.service").warning("%s: %s", settings.where("service", "listen"), error)
    try:
        yield
    finally:
        end()


def _test(told: list[Send]) -> None:
    from model.errors import BacklogError, RetryLater
    from store.watch import Alert

    if not told:
        raise ConfigNeeded(NOBODY)
    failed = 0
    for send in told:
        try:
            send(Alert("test", "test", dt.datetime.now(dt.UTC), "this is a test: nothing is wrong", None))
        except RetryLater as error:
            failed += 1
            screen.warn(str(error))
    if failed:
        raise BacklogError(f"{failed} of {len(told)} could not be reached")
    screen.say(f"a test was sent to {len(told)}")


def _ready(works: list[Work], kind: str) -> None:
    """Says what runs when: to whoever started it, or to a collector that takes every line for JSON."""
    if kind == "json":
        for work in works:
            fields = {"event": "schedule", "job": work.name, "schedule": work.schedule, "timezone": work.timezone}
            logging.getLogger("backlog.service").info("%s is scheduled", work.name, extra={"fields": fields})
        return
    for work in works:
        screen.say(f"{work.name}: {work.schedule} ({work.timezone})")
    screen.say("running; stop with Ctrl-C")
    sys.stdout.flush()


def _pulls(settings: Settings, jobs: Jobs) -> Iterator[Work]:
    for name, block in settings.connectors.items():
        if schedule := block.get("schedule"):
            yield jobs.sync(name, _maker(settings, name), schedule, block["timezone"])


def _maker(settings: Settings, name: str) -> Callable[[], Connector]:
    return lambda: made(settings, name)


def _others(settings: Settings, jobs: Jobs, told: Sequence[Send]) -> Iterator[Work]:
    for name, job in settings.jobs.items():
        times = (job.schedule, job.timezone)
        if job.run == "sync":
            yield jobs.sync_all(name, [(each, _maker(settings, each)) for each in settings.connectors], *times)
        elif job.run == "ledger build":
            yield jobs.build(name, *times)
        elif job.run == "signals":
            yield jobs.other(name, lambda _stop: signalled(settings), *times)
        else:
            if job.report != "never" and not told:
                raise ConfigNeeded(f"{settings.where('jobs', name, 'report')}: {NOBODY}")
            yield jobs.other(name, _refresher(settings, name, job, told), *times)


def _refresher(settings: Settings, name: str, job: Job, told: Sequence[Send]) -> Callable[[Stop], None]:
    """Refreshes the workbooks of a job; what became of each is a line of the log, and a failed one fails the job."""

    def act(stop: Stop) -> None:
        from excel.refresh.files import refresh_files
        from store.watch import Alert
        from sync.alerts import tell

        report = refresh_files(settings, job.files, stop=stop)
        for line in report.text(verbose=_log.isEnabledFor(logging.DEBUG)).splitlines():
            _log.info(line)
        if job.report == "always" or (job.report == "changes" and report.changed):
            tell(told, Alert(name, "report", dt.datetime.now(dt.UTC), report.text(), None))
        report.require_done()

    return act
