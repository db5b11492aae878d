"""Where renewed tokens are kept: in the store, sealed, so that every program and machine that shares it has the newest.

The key that opens them is in the environment (BACKLOG_TOKEN_KEY, for servers) or in the system's keyring, where it is
made on first use. A copy or a backup of the store opens nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Iterator

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from connectors.kit.tokens import Tokens
from model.errors import ConfigNeeded, RetryLater
from model.settings import find_secret, keep_secret
from store.connect import translated
from store.write.tokens import announce_renewal, put_tokens, read_tokens
from sync.holder import leased

PATIENCE = 60.0
_LOOK_SECONDS = 0.1
_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class StoredSlot:
    """A connector's tokens in the store; see connectors.kit.tokens.Slot. `seed`: the refresh token a person gave."""

    def __init__(self, engine: sa.Engine, name: str, seed: str | None, seal: Callable[[], Fernet]) -> None:
        self._engine, self._name, self._seed, self._made_seal = engine, name, seed or "", seal
        self._was = self._kept_seed = ""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The right to renew; waits while another program has it."""
        deadline = time.monotonic() + PATIENCE
        with contextlib.ExitStack() as held:
            while True:
                try:
                    held.enter_context(leased(self._engine, f"tokens of {self._name}"))
                    break
                except RetryLater:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(_LOOK_SECONDS)
            yield

    def read(self) -> Tokens:
        """The tokens kept last; a refresh token that a person has given since then goes before them."""
        with translated(self._engine.url.database):
            kept = read_tokens(self._engine, self._name)
        self._was, self._kept_seed = (kept.text, kept.seed) if kept else ("", "")
        if kept and kept.text and (not self._seed or kept.seed == _mark(self._seed)):
            try:
                access, refresh, ends = json.loads(self._seal.decrypt(kept.text.encode()))
            except InvalidToken:
                if not self._seed:
                    raise self._missing("the key that opens its tokens is another one") from None
            else:
                return Tokens(access, refresh, dt.datetime.fromisoformat(ends))
        if not self._seed:
            raise self._missing("it has none")
        return Tokens("", self._seed, _LONG_AGO)

    def announce(self) -> bool:
        """Notes that a renewal begins; the key must be at hand, too."""
        assert self._seal  # noqa: S101 (raises ConfigNeeded where there is no key)
        with translated(self._engine.url.database):
            kept = read_tokens(self._engine, self._name)
            announce_renewal(self._engine, self._name, _utc_now())
        return bool(kept and kept.asked_at)

    def commit(self, tokens: Tokens) -> Tokens:
        """Keeps renewed tokens; where another program was faster (we were stopped for long), its tokens are the ones."""
        text = json.dumps([tokens.access, tokens.refresh, tokens.expires_at.isoformat()])
        sealed, seed = self._seal.encrypt(text.encode()).decode(), _mark(self._seed) or self._kept_seed
        with translated(self._engine.url.database):
            if put_tokens(self._engine, self._name, sealed, seed, self._was, _utc_now()):
                return tokens
        return self.read()

    @property
    def _seal(self) -> Fernet:
        return self._made_seal()

    def _missing(self, why: str) -> ConfigNeeded:
        name = f"{self._name}.refresh_token"
        return ConfigNeeded(f"{self._name} needs a refresh token ({why}). Run: backlog secrets set {name}")


def slot(engine: sa.Engine, name: str, seed: str | None) -> StoredSlot:
    """The slot of a connector's tokens."""
    return StoredSlot(engine, name, seed, seal)


def seal() -> Fernet:
    """What seals tokens: the key of the environment or the keyring; made there where there is none yet."""
    key = find_secret("token", "key")
    if key is None:
        key = Fernet.generate_key().decode()
        try:
            keep_secret("token", "key", key)
        except ConfigNeeded:
            raise ConfigNeeded(
                "tokens that a vendor renews are kept sealed, and there is no key. Make one with: backlog secrets key, "
                "and give it to every program that shares the store as BACKLOG_TOKEN_KEY in its environment"
            ) from None
    try:
        return Fernet(key)
    except ValueError:
        raise ConfigNeeded("BACKLOG_TOKEN_KEY is no key. Make one with: backlog secrets key") from None


def _mark(seed: str) -> str:
    """Tells one seed from another without telling it."""
    return hashlib.sha256(f"revenue-backlog seed {seed}".encode()).hexdigest()[:16] if seed else ""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
