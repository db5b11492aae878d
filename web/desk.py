"""What the server holds: the company's books, opened once, and the state in which a request finds them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from books.ledgers import Books
from excel.batch import Result, answers
from excel.host import BooksHost
from model.settings import Settings
from sync.health import Health
from sync.metrics import Metrics

HOLD = dt.timedelta(seconds=1)
"""How long requests are answered from the ledger at hand before asking whether there is a newer one."""


@dataclass(frozen=True)
class State:
    """The data that an answer stands on: its version, the day a blank date meant, and the age of each source."""

    version: str
    today: dt.date
    sources: Mapping[str, dt.datetime | None]

    @property
    def etag(self) -> str:
        """Changes when an answer may change: with the data, its age, and the day."""
        words = [self.version, self.today.isoformat(), sorted((n, str(at)) for n, at in self.sources.items())]
        return f'"{hashlib.sha256(json.dumps(words).encode()).hexdigest()[:20]}"'

    def as_json(self) -> dict[str, Any]:
        """As a request is told; `oldest` is what SYNCED() answers, null where a source was never complete."""
        known = list(self.sources.values())
        oldest = None if not known or None in known else min(at for at in known if at is not None)
        return {
            "version": self.version,
            "today": self.today.isoformat(),
            "oldest": _text(oldest),
            "sources": {name: _text(at) for name, at in self.sources.items()},
        }


class Desk:
    """Answers requests over one company's books; several threads may ask it at once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.books = Books(settings)
        self.host = BooksHost(settings, self.books, lambda: dt.datetime.now(dt.UTC), HOLD)
        self.health = Health(self.books.engine, Metrics(self.books.engine))

    def state(self) -> State:
        """The data as it stands now."""
        return _state(self.host.as_of_now())

    def answer(self, calls: list[Any], date1904: bool, seconds: float) -> tuple[list[Result], State]:
        """Answers calls under one version of the data; what is not reached in `seconds` is answered with TimeIsUp."""
        end = time.monotonic() + seconds

        def goes_on() -> bool:
            return time.monotonic() < end

        host = self.host.as_of_now(goes_on)
        state = _state(host)
        return answers(calls, host, date1904=date1904, goes_on=goes_on), state


def _state(host: BooksHost) -> State:
    return State(host.ledger(None).version, host.today, host.freshness())


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds").replace("+00:00", "Z")
