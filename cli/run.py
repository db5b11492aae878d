"""`backlog run`: the service that pulls every connector and does every job at its times, until it is stopped."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from cli import screen
from cli.app import App, command
from cli.sources import all_made, made
from model.errors import ConfigNeeded
from model.settings import Settings

if TYPE_CHECKING:
    from connectors.kit.connector import Connector
    from sync.jobs import Jobs, Stop, Work

LEFT_OUT = "this version refreshes no workbooks; it makes them anew: backlog workbook new"


@command("backlog run\nbacklog --config books/config.toml run")
def run(app: App) -> None:
    """Pulls every connector and does every job at its times, until it is stopped (Ctrl-C or SIGTERM).

    The page in hand is stored first; a kill loses nothing either, for a page is stored whole or not at all.
    """
    from books.ledgers import Books
    from sync.jobs import Jobs
    from sync.schedule import serve
    from sync.upkeep import bring_up_to_date

    settings = app.settings
    for connector in all_made(settings):  # every setting and secret is checked before anything runs
        connector.close()
    books = Books(settings)
    jobs = Jobs(books.engine, partial(bring_up_to_date, books), method=settings.policy.recognition)
    works = [*_pulls(settings, jobs), *_others(settings, jobs)]
    if not works:
        raise ConfigNeeded(f'{settings.path}: nothing has a schedule. Add one, such as schedule = "*/15 * * * *"')
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    serve(works, ready=lambda: _ready(works))


def _ready(works: list[Work]) -> None:
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


def _others(settings: Settings, jobs: Jobs) -> Iterator[Work]:
    from sync.jobs import Work

    for name, job in settings.jobs.items():
        if job.run == "sync":
            yield Work(name, job.schedule, job.timezone, _pull_all(settings, jobs))
        else:
            screen.warn(f"{settings.where('jobs', name)}: job {name!r} is left out: {LEFT_OUT}")


def _pull_all(settings: Settings, jobs: Jobs) -> Callable[[Stop], None]:
    def act(stop: Stop) -> None:
        for name in settings.connectors:
            if not stop():
                jobs.pull_and_build(_maker(settings, name), stop)

    return act
