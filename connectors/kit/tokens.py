"""Tokens that a vendor renews (OAuth 2, RFC 6749 section 6) where each renewal ends the refresh token it was asked with.

A refresh token of that kind is lost for good if its successor is lost, and two programs that renew at once end each
other's. So a renewal happens under a lock that all programs share, is announced before it is asked for, and its answer
is kept before it is used. Where the process dies between the answer and its keeping, the next one asks again with the
token that is kept: vendors answer that for a while (Xero for 30 minutes, Intuit for a day).

    auth = Rotating(Endpoint("books", "Xero", "https://identity.xero.com/connect/token", client), slot)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.kit.auth import Auth
from connectors.kit.oauth import EARLY, Endpoint, Refused
from model.errors import ConfigNeeded
from model.redaction import remember


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


class Held:
    """A slot in memory alone, where nothing can be kept: good for one process and no longer."""

    def __init__(self, seed: str) -> None:
        self._tokens = Tokens("", seed, dt.datetime.min.replace(tzinfo=dt.UTC))

    def locked(self) -> AbstractContextManager[object]:
        """Nobody else has it."""
        return nullcontext()

    def read(self) -> Tokens:
        """What was kept last."""
        return self._tokens

    def announce(self) -> bool:
        """Nothing survives this process, so nothing was left undone."""
        return False

    def commit(self, tokens: Tokens) -> Tokens:
        """Keeps them as long as the process lives."""
        self._tokens = tokens
        return tokens


def slot_of(option: Any) -> Slot:
    """The slot that a `rotates` setting holds; one in memory where there is only the token's text."""
    return Held(option) if isinstance(option, str) else option


class Rotating(Auth):
    """A bearer token from a token endpoint, renewed before it ends and after a 401.

    `secret`: the setting a person gives the first refresh token by.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        slot: Slot,
        *,
        secret: str = "refresh_token",  # noqa: S107 (the setting's name)
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._endpoint, self._secret, self._slot, self._now = endpoint, secret, slot, now
        self._tokens: Tokens | None = None

    def headers(self) -> Mapping[str, str]:
        """The Authorization header, with a token that lasts."""
        if self._tokens is None or not self._tokens.lasts(self._now()):
            self.renew()
        assert self._tokens is not None  # noqa: S101 (renew has set it or raised)
        return {"Authorization": f"Bearer {self._tokens.access}"}

    def secrets(self) -> tuple[str, ...]:
        """The tokens in hand and the client's own secret."""
        own = (self._endpoint.client[1],)
        return own if self._tokens is None else (*own, self._tokens.access, self._tokens.refresh)

    def renew(self) -> bool:
        """Takes the tokens that another program has renewed meanwhile, or renews them itself."""
        mine = self._tokens.access if self._tokens else ""
        with self._slot.locked():
            kept = self._slot.read()
            if kept.access == mine or not kept.lasts(self._now()):
                lost = self._slot.announce()
                try:
                    asked = self._asked(kept.refresh, lost)
                except ConfigNeeded:
                    if not lost:  # it was answered, and the answer was no: nothing is under way
                        self._slot.commit(kept)
                    raise
                kept = self._slot.commit(asked)
        remember(kept.access, kept.refresh)
        self._tokens = kept
        return True

    def _asked(self, refresh: str, lost: bool) -> Tokens:
        try:
            said = self._endpoint.ask({"grant_type": "refresh_token", "refresh_token": refresh})
        except Refused as refusal:
            raise ConfigNeeded(self._refused(str(refusal), lost)) from None
        ends = self._now() + dt.timedelta(seconds=int(said.get("expires_in") or 1800))
        return Tokens(str(said["access_token"]), str(said.get("refresh_token") or refresh), ends)

    def _refused(self, words: str, lost: bool) -> str:
        name, title = self._endpoint.name, self._endpoint.title
        why = f" ({words})" if words else ""
        crash = " The answer to an earlier renewal was lost in a crash." if lost else ""
        return (
            f"{name}: {title} does not accept the refresh token any more{why}.{crash} Authorize this "
            f"program at {title} anew, then run: backlog secrets set {name}.{self._secret}"
        )
