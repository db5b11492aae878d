"""What the simulated vendors share: tables in memory, a clock, a token endpoint, changes and deletions by someone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer

Object = dict[str, Any]
_PAIR = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY_PEM = _PAIR.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
OTHER_PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
PUBLIC = RSAKey.import_key(
    _PAIR.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)


class Simulated(VendorServer):
    """A vendor with tables of records. `key_field`: where a record's id is.

    `page`: how many records a page holds at most, whatever is asked for; small, so that ties fall on its edges.
    """

    key_field = "id"

    def __init__(self, tables: Mapping[str, Sequence[Object]], *, page: int = 3, **options: Any) -> None:
        super().__init__(**options)
        self.tables = {name: [dict(record) for record in records] for name, records in tables.items()}
        self.page = page

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)

    def find(self, table: str, key: str) -> Object:
        return next(each for each in self.tables[table] if str(each[self.key_field]) == key)

    def update(self, table: str, key: str, **fields: Any) -> None:
        """Someone changes a record."""
        with self.lock:
            record = self.find(table, key)
            record.update(fields)
            self.stamp(table, record)

    def add(self, table: str, record: Object) -> None:
        with self.lock:
            self.tables[table].append(dict(record))
            self.stamp(table, self.tables[table][-1])

    def delete(self, table: str, key: str) -> None:
        """Someone deletes a record, in the vendor's own way."""
        with self.lock:
            self.gone(table, self.find(table, key))

    def stamp(self, table: str, record: Object) -> None:
        """Notes that a record changed now."""
        raise AssertionError("a vendor notes changes in its own way")

    def gone(self, table: str, record: Object) -> None:
        """Notes that a record was deleted now; by default it has vanished."""
        self.tables[table].remove(record)


class Tokens:
    """A token endpoint: what it gives is good until it is ended."""

    def __init__(self, prefix: str = "access") -> None:
        self.prefix, self.given, self.live = prefix, 0, set[str]()

    def give(self, **more: Any) -> Reply:
        self.given += 1
        token = f"{self.prefix}-{self.given:04d}-token-of-the-simulated-vendor"
        self.live.add(token)
        return Reply(200, {"access_token": token, "token_type": "Bearer", **more})

    def accepts(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.live


def form(request: Request) -> dict[str, str]:
    """A form's fields."""
    return {key: values[-1] for key, values in parse_qs(request.body.decode()).items()}


def claims_of(assertion: str, algorithm: str = "RS256") -> Mapping[str, Any] | None:
    """The claims of a JWT that the right key signed and whose time is not over, else None."""
    try:
        token = jwt.decode(assertion, PUBLIC, algorithms=[algorithm])
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(token.claims)
    except Exception:  # noqa: BLE001 (whatever is wrong with it, it is refused)
        return None
    return token.claims
