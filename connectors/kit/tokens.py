"""Tokens that a vendor renews (OAuth 2, RFC 6749 section 6) where each renewal ends the refresh token it was asked with.

A refresh token of that kind is lost for good if its successor is lost, and two programs that renew at once end each
other's. So a renewal happens under a lock that all programs share, is announced before it is asked for, and its answer
is kept before it is used. Where the process dies between the answer and its keeping, the next one asks again with the
token that is kept: vendors answer that for a while (Xero for 30 minutes, Intuit for a day).

    auth = Rotating(vendor, "https://identity.xero.com/connect/token", client_id, client_secret, slot)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import msgspec

from connectors.kit.auth import Auth, BasicKey
from model.errors import ConfigNeeded, RetryLater
from model.redaction import redacted, remember

EARLY = dt.timedelta(seconds=60)  # an access token is renewed so long before it ends
SILENCE = 30.0


@dataclass(frozen=True)
class Tokens:
    """What a token endpoint gave. `access` is blank where only a refresh token is known yet."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: dt.datetime

    def lasts(self, now: dt.datetime) -> bool:
        """Whether the access token can still be used."""
        return bool(self.access) and now + EARLY < self.expires_at


class Slot(Protocol):
    """Where one connector's tokens are kept, for all programs that use them."""

    def locked(self) -> AbstractContextManager[object]:
        """Held by one program at a time; raises RetryLater where another holds it for too long."""

    def read(self) -> Tokens:
        """The tokens kept last, or the refresh token a person gave; ConfigNeeded where there is none."""

    def announce(self) -> bool:
        """Notes that a renewal begins. True: an earlier one was announced and never ended."""

    def commit(self, tokens: Tokens) -> Tokens:
        """Keeps renewed tokens, so that no crash loses them; those of another program, if it was faster."""


class Rotating(Auth):
    """A bearer token from a token endpoint, renewed before it ends and after a 401.

    `name` is the connector's, `title` the vendor's; `secret` the setting a person gives the first refresh token by.
    """

    def __init__(
        self,
        name: str,
        title: str,
        endpoint: str,
        client: tuple[str, str],
        slot: Slot,
        *,
        secret: str = "refresh_token",  # noqa: S107 (the setting's name)
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._name, self._title, self._endpoint, self._secret = name, title, endpoint, secret
        self._client, self._slot, self._now = BasicKey(*client), slot, now
        self._tokens: Tokens | None = None

    def headers(self) -> Mapping[str, str]:
        """The Authorization header, with a token that lasts."""
        if self._tokens is None or not self._tokens.lasts(self._now()):
            self.renew()
        assert self._tokens is not None  # noqa: S101 (renew has set it or raised)
        return {"Authorization": f"Bearer {self._tokens.access}"}

    def secrets(self) -> tuple[str, ...]:
        """The tokens in hand and the client's own secret."""
        own = self._client.secrets()
        return own if self._tokens is None else (*own, self._tokens.access, self._tokens.refresh)

    def renew(self) -> bool:
        """Takes the tokens that another program has renewed meanwhile, or renews them itself."""
        mine = self._tokens.access if self._tokens else ""
        with self._slot.locked():
            kept = self._slot.read()
            if kept.access == mine or not kept.lasts(self._now()):
                lost = self._slot.announce()
                kept = self._slot.commit(self._asked(kept.refresh, lost))
        remember(kept.access, kept.refresh)
        self._tokens = kept
        return True

    def _asked(self, refresh: str, lost: bool) -> Tokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        remember(refresh, *self._client.secrets())
        try:
            answer = httpx.post(self._endpoint, data=form, headers=dict(self._client.headers()), timeout=SILENCE)
        except httpx.HTTPError as error:
            why = redacted(str(error)) or type(error).__name__
            raise RetryLater(f"{self._name}: {self._title} renews no token now ({why}). Later: {self._again}") from None
        said = _decoded(answer)
        if answer.is_success and said.get("access_token"):
            ends = self._now() + dt.timedelta(seconds=int(said.get("expires_in") or 1800))
            return Tokens(str(said["access_token"]), str(said.get("refresh_token") or refresh), ends)
        words = redacted(str(said.get("error_description") or said.get("error") or ""))
        if answer.status_code == 429 or answer.status_code >= 500 or answer.is_success:
            text = f"{self._name}: {self._title} answered {answer.status_code} in place of a token"
            raise RetryLater(f"{text}{f' ({words})' if words else ''}. Later: {self._again}")
        raise ConfigNeeded(self._refused(words, lost))

    def _refused(self, words: str, lost: bool) -> str:
        why = f" ({words})" if words else ""
        crash = " The answer to an earlier renewal was lost in a crash." if lost else ""
        return (
            f"{self._name}: {self._title} does not accept the refresh token any more{why}.{crash} Authorize this "
            f"program at {self._title} anew, then run: backlog secrets set {self._name}.{self._secret}"
        )

    @property
    def _again(self) -> str:
        return f"backlog sync {self._name}"


def _decoded(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}
