"""What is looked at before a period is closed: is everything here, is it whole, does it tie out, has someone seen the rest."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from store.periods import acknowledgements, closed_figures, period_events, read_since
from store.schema import REJECTS

if TYPE_CHECKING:
    from books.ledgers import Books
    from books.standing import Standing
    from engine.ledger import Ledger

# The day on which a record begins to count; a table that is not here has none of its own.
_COUNTS_ON: Mapping[str, str] = {
    "contracts": "signed_on", "estimates": "on", "amendments": "signed_on", "deliveries": "on", "schedules": "on",
    "invoices": "issued_on", "credit_notes": "issued_on", "payments": "received_on", "fx_rates": "on",
    "financials": "period_end", "capacity": "month", "targets": "month",
}  # fmt: skip
_TOLD = 5  # named in one line; the lists have them all


@dataclass(frozen=True)
class Check:
    """One thing looked at: what it is, whether it is right, and what was found, with the remedy where it is not."""

    name: str
    ok: bool
    found: str


def examined(
    books: Books, standing: Standing, ledger: Ledger, first: dt.date, last: dt.date, now: dt.datetime
) -> list[Check]:
    """Every check of the period first..last, in the order in which a month is worked on."""
    looks: list[Callable[[], Check]] = [
        lambda: _over(books, last, now),
        lambda: _fresh(books, last),
        lambda: _whole(books.engine, last),
        lambda: _seen(books.engine, ledger, last),
        lambda: _tied(books.engine, standing, ledger, first, last),
        lambda: _unbroken(books.engine),
    ]
    return [look() for look in looks]


def as_text(checks: list[Check]) -> str:
    """The checks as they are recorded with a close."""
    return json.dumps([dataclasses.asdict(check) for check in checks], ensure_ascii=False)


def _over(books: Books, last: dt.date, now: dt.datetime) -> Check:
    zone = books.settings.reporting.timezone
    ended = _end(last, zone) <= now
    return Check("the period is over", ended, f"it ended with {last} in {zone}" if ended else
                 f"it ends with {last} in {zone}. Close it after that")  # fmt: skip


def _fresh(books: Books, last: dt.date) -> Check:
    """Every connector was read, completely, after the period had ended."""
    ended, done = _end(last, books.settings.reporting.timezone), read_since(books.engine)
    stale = [name for name in books.settings.connectors if name not in done or done[name] < ended]
    read = f"{len(books.settings.connectors)} connectors were read after {last}"
    return Check("every connector is fresh", not stale, read if not stale else
                 f"not read completely after {last}: {', '.join(stale)}. Run: backlog sync {' '.join(stale)}")  # fmt: skip


def _whole(engine: sa.Engine, last: dt.date) -> Check:
    """No rejected record counts, or may count, in the period."""
    c = REJECTS.c
    query = sa.select(c.id, c.source, c.object, c.key, c.place, c.body).where(c.resolved_at.is_(None)).order_by(c.id)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    open_ = [
        f"{row.id} ({row.source} {row.place or f'{row.object} {row.key}'})" for row in rows if _concerns(row.body, last)
    ]
    found = f"{len(rows) - len(open_)} rejected records count later only" if rows else "nothing is rejected"
    return Check("no rejected record concerns the period", not open_, found if not open_ else
                 f"{_few(open_)}. Correct them at their source, or see: backlog rejected list")  # fmt: skip


def _concerns(body: str, last: dt.date) -> bool:
    """Whether what was rejected may count by the end of a day; what cannot be read may."""
    if not body:
        return True
    rows, _aliases = json.loads(body)
    days = [str(values.get(_COUNTS_ON[table]) or "") if table in _COUNTS_ON else "" for table, values in rows]
    return any(not day or day[:10] <= str(last)[: len(day)] for day in days)


def _seen(engine: sa.Engine, ledger: Ledger, last: dt.date) -> Check:
    from books.acknowledged import exceptions, unseen

    frame = exceptions(ledger, last, acknowledgements(engine))
    left = unseen(frame)
    names = [f"{row['exception']} ({row['rule'].replace('_', ' ')}, {row['contract'] or row['customer']})"
             for row in left.to_dict("records")]  # fmt: skip
    return Check("exceptions are acknowledged", left.empty, f"{len(frame)} exceptions, every error and warning acknowledged"
                 if left.empty else f"{_few(names)}. See: backlog exceptions list; "
                 "then correct them, or: backlog exceptions acknowledge NAME --why …")  # fmt: skip


def _tied(engine: sa.Engine, standing: Standing, ledger: Ledger, first: dt.date, last: dt.date) -> Check:
    """The roll-forward explains the closing, and opens with what the close before it recorded."""
    from books.periods import not_as_recorded
    from engine.recorded import untied

    off = untied(ledger, first, last)
    if standing.closes:
        before = standing.closes[-1]
        off += not_as_recorded(ledger, before, closed_figures(engine, before.id))
    return Check("the roll-forward ties", not off, "opening, movements and closing agree in every currency" if not off else
                 f"{_few(off)}. Rebuild the books (backlog sync); if it stays, keep them open and report it")  # fmt: skip


def _unbroken(engine: sa.Engine) -> Check:
    from books.digests import breaks

    broken = [f"{one.event.period}: {one.what}" for one in breaks(engine, period_events(engine))]
    return Check("earlier closes are as recorded", not broken, "every digest is right" if not broken else
                 f"{_few(broken)}. See: backlog periods")  # fmt: skip


def _end(last: dt.date, zone: str) -> dt.datetime:
    return dt.datetime.combine(last + dt.timedelta(1), dt.time(), ZoneInfo(zone))


def _few(words: list[str]) -> str:
    rest = len(words) - _TOLD
    return "; ".join(words[:_TOLD]) + (f"; and {rest} more" if rest > 0 else "")
