"""Whom to tell of what: a job that failed, data that is stale, and that either is over.

An alert is told once, by webhook and mail as configured, and its end once. What is open stands in the store, so that a
service that starts again tells nobody twice and of two services one tells. Where nobody can be reached it is tried again.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import pairwise

import httpx
import sqlalchemy as sa

from model.errors import BacklogError, RetryLater
from model.redaction import redacted, remember
from model.settings_blocks import AlertsBlock
from store.connect import translated
from store.read import freshness
from store.watch import Alert, alerts, jobs
from store.write.jobs import open_alert, resolve_alert, told_alert
from sync.holder import Busy, leased
from sync.jobs import Outcome, Work, sync_job
from sync.times import trigger

_SILENCE = 20.0
_log = logging.getLogger("backlog.service")
Send = Callable[[Alert], None]


@dataclass(frozen=True)
class Watched:
    """A connector whose data must stay fresh: how old it may be."""

    source: str
    patience: dt.timedelta


class Alerts:
    """Watches jobs and data. `senders` reach people; without one, alerts are kept and logged only."""

    def __init__(
        self,
        engine: sa.Engine,
        senders: Sequence[Send],
        watched: Sequence[Watched] = (),
        after_failures: int = 1,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._engine, self._senders, self._watched = engine, senders, watched
        self._after, self._now, self._begun = after_failures, now, now()
        self._unstored: dict[str, Alert] = {}

    def ended(self, name: str, outcome: Outcome, failures: int, seconds: float) -> None:
        """Opens the alert of a job that failed often enough, or ends it."""
        self._found()
        with translated(self._engine.url.database):
            if outcome.state == "failed" and failures >= self._after:
                often = f" ({failures} times in a row)" if failures > 1 else ""
                open_alert(
                    self._engine, f"job {name}", "failure", f"{name} failed{often}: {outcome.error}", self._now()
                )
            elif outcome.state == "complete":
                resolve_alert(self._engine, f"job {name}", f"{name} works again")
        self.look()

    def lost(self, name: str, error: str) -> None:
        """The store cannot be used: told at once and once, for nothing can be kept about it."""
        if "store" not in self._unstored:
            found = Alert("store", "failure", self._now(), f"{name} could not be done: {error}", None)
            self._unstored["store"] = found
            self._send(found)

    def look(self) -> None:
        """Finds data that has become stale or fresh, and tells what is still to be told."""
        try:
            with translated(self._engine.url.database), leased(self._engine, "alerts"):
                self._stale()
                for alert in alerts(self._engine).values():
                    if alert.told_at is None and self._send(alert):
                        told_alert(self._engine, alert.name, alert.kind, self._now())
        except Busy:
            return  # another service tells
        except BacklogError as error:
            self.lost("looking for stale data", redacted(str(error)))

    def _stale(self) -> None:
        done, known = freshness(self._engine), jobs(self._engine)
        for each in self._watched:
            name, last = f"data of {each.source}", done.get(each.source)
            state = known.get(sync_job(each.source))
            first = min(self._begun, state.started_at) if state else self._begun
            if self._now() - (last or first) > each.patience:
                since = f"since {last.isoformat(timespec='minutes')}" if last else "yet"
                text = f"{each.source} was not read completely {since}. Look: backlog status"
                open_alert(self._engine, name, "stale", text, self._now())
            elif last is not None:
                resolve_alert(self._engine, name, f"{each.source} is fresh again")

    def _found(self) -> None:
        """The store is there again."""
        if self._unstored.pop("store", None):
            self._send(Alert("store", "recovered", self._now(), "the store can be used again", None))

    def _send(self, alert: Alert) -> bool:
        reached = tell(self._senders, alert)
        fields = {"event": "alert", "kind": alert.kind, "name": alert.name, "reached": reached}
        _log.warning("alert (%s): %s", alert.kind, alert.text, extra={"fields": fields})
        return reached


def tell(senders: Sequence[Send], alert: Alert) -> bool:
    """Tells all; True if someone could be reached, or nobody is to be."""
    reached = not senders
    for send in senders:
        try:
            send(alert)
            reached = True
        except RetryLater as error:
            fields = {"event": "alert unsent", "kind": alert.kind, "name": alert.name}
            _log.error(
                "an alert (%s, %s) could not be sent: %s", alert.kind, alert.name, error, extra={"fields": fields}
            )
    return reached


def webhook(url: str) -> Send:
    """Posts alerts as JSON: `text` for a person (as Slack and Teams take it), and its parts for programs."""
    remember(url)

    def send(alert: Alert) -> None:
        body = {
            "text": f"Revenue Backlog, {alert.kind}: {redacted(alert.text)}", "kind": alert.kind, "name": alert.name,
            "since": alert.since.isoformat(timespec="seconds"), "detail": redacted(alert.text),
        }  # fmt: skip
        try:
            answer = httpx.post(url, json=body, timeout=_SILENCE)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise RetryLater(
                f"the webhook cannot be reached ({redacted(str(error)) or type(error).__name__})"
            ) from None
        if not answer.is_success:
            raise RetryLater(f"the webhook answered {answer.status_code}. Check the secret alerts.webhook_url")

    return send


def mail(block: AlertsBlock, password: str | None) -> Send:
    """Sends alerts by mail."""
    remember(password)

    def send(alert: Alert) -> None:
        message = EmailMessage()
        message["From"], message["To"] = block.mail_from, ", ".join(block.mail_to)
        message["Subject"] = f"Revenue Backlog, {alert.kind}: {alert.name}"
        message.set_content(f"{redacted(alert.text)}\n\nSince {alert.since.isoformat(timespec='seconds')}\n")
        try:
            with _server(block) as server:
                if block.smtp_user:
                    server.login(block.smtp_user, password or "")
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise RetryLater(f"mail through {block.smtp_host} failed: {redacted(str(error))}") from None

    return send


def _server(block: AlertsBlock) -> smtplib.SMTP:
    if block.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(block.smtp_host, block.smtp_port, timeout=_SILENCE, context=context)
    server = smtplib.SMTP(block.smtp_host, block.smtp_port, timeout=_SILENCE)
    if block.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def patience(work: Work, hours: int, now: dt.datetime) -> dt.timedelta:
    """How old the data of a pull may be: `hours`, or twice the longest time between its next pulls, if that is more."""
    times, moments = trigger(work.schedule, work.timezone), [now]
    while len(moments) < 9 and (following := times.after(moments[-1])) is not None:
        moments.append(following)
    gaps = [later - earlier for earlier, later in pairwise(moments[1:])]
    return max([dt.timedelta(hours=hours), *(2 * gap for gap in gaps)])


def senders(block: AlertsBlock, secret: Callable[[str], str | None]) -> list[Send]:
    """Those whom the configuration names; `secret` gives alerts.webhook_url and alerts.smtp_password."""
    found: list[Send] = []
    if url := secret("webhook_url"):
        found.append(webhook(url))
    if block.mail_to:
        found.append(mail(block, secret("smtp_password")))
    return found
