"""What a simulated vendor is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")  # as vendors write them


@dataclass(frozen=True)
class Request:
    """One request as it came in. `query` keeps every value of a key, in order; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    @classmethod
    def of(cls, method: str, address: str, headers: Mapping[str, str], body: bytes) -> Request:
        """A request as it stands on the wire; `address`: path and query."""
        parts = urlsplit(address)
        query: dict[str, list[str]] = {}
        for key, value in parse_qsl(parts.query, keep_blank_values=True):
            query.setdefault(key, []).append(value)
        return cls(method, parts.path, query, {key.lower(): value for key, value in headers.items()}, body)

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def parts(self) -> list[str]:
        """The path's segments, decoded."""
        return [unquote(part) for part in self.path.split("/") if part]

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body or b"null")
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True)
class Reply:
    """What goes back: a status, a JSON-able payload (or bytes as they are), and headers."""

    status: int
    payload: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        """The body on the wire."""
        if isinstance(self.payload, bytes):
            return self.payload
        return _ENCODER.encode(self.payload)
