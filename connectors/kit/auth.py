"""How a vendor is told who asks. An Auth gives headers; it never lets its secret out in a text.

A vendor declares one of these by name of its secret settings; the transport asks for headers before every request
and, on a 401, once for a renewal (tokens that expire do so; a plain key cannot).
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field


class Auth(ABC):
    """What every kind of authentication answers."""

    @abstractmethod
    def headers(self) -> Mapping[str, str]:
        """The headers that go with the next request."""

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Every text that must appear in no log, message or payload."""

    def renew(self) -> bool:
        """After a 401: fetches a fresh token if this kind has one. True: ask again."""
        return False


@dataclass(frozen=True)
class Bearer(Auth):
    """A token in `Authorization: Bearer`.

    >>> Bearer("t0ken")
    Bearer()
    """

    token: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self.token}"}

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token,)


@dataclass(frozen=True)
class BasicKey(Auth):
    """A key as the user of basic authentication, with an empty password unless one is given."""

    key: str = field(repr=False)
    password: str = field(default="", repr=False)

    def headers(self) -> Mapping[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Basic {self._coded()}"}

    def secrets(self) -> tuple[str, ...]:
        """The key, the password, and both as they are sent."""
        return tuple(secret for secret in (self.key, self.password, self._coded()) if secret)

    def _coded(self) -> str:
        return base64.b64encode(f"{self.key}:{self.password}".encode()).decode()


@dataclass(frozen=True)
class HeaderKey(Auth):
    """A key in a header of the vendor's own."""

    header: str
    key: str = field(repr=False)

    def headers(self) -> Mapping[str, str]:
        """The header."""
        return {self.header: self.key}

    def secrets(self) -> tuple[str, ...]:
        """The key."""
        return (self.key,)


class Nobody(Auth):
    """No authentication: the vendor answers anyone."""

    def headers(self) -> Mapping[str, str]:
        """None."""
        return {}

    def secrets(self) -> tuple[str, ...]:
        """None."""
        return ()
