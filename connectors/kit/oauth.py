"""Asking a token endpoint (RFC 6749), and the grants that need no person: client credentials and signed JWT (RFC 7523).

    Endpoint("crm", "Salesforce", "https://login.salesforce.com/services/oauth2/token", (client_id, ""))
    Granted(endpoint, lambda: {"grant_type": "client_credentials"})

Authlib prepares the requests and signs the JWTs; this is the only module that knows it. Grants whose refresh token
rotates are in kit.tokens, which asks through the same Endpoint.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7523.assertion import sign_jwt_bearer_assertion
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from connectors.kit import hosts
from connectors.kit.auth import Auth
from connectors.kit.limits import retry_after
from connectors.kit.transport import trust
from model.errors import BacklogError, ConfigNeeded, RetryLater
from model.redaction import redacted, remember

SILENCE = 30.0
EARLY = dt.timedelta(seconds=60)  # an access token is renewed so long before it ends
_SECRETS = ("refresh_token", "assertion", "password")  # fields of a form that nobody may see
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Refused(BacklogError):
    """The endpoint gives no token; the text is what it said, without our secrets."""


@dataclass(frozen=True)
class Endpoint:
    """A token endpoint and the client that asks it.

    `name` is the connector's, `title` the vendor's. `client`: id and secret; `method`: how it is told who asks, a name
    of RFC 7591 ("client_secret_basic", "client_secret_post", "none") or an assertion signed by `key` ("private_key_jwt") with
    `claims` and `header` of the vendor's.
    """

    name: str
    title: str
    address: str
    client: tuple[str, str] = field(repr=False)
    method: str = "client_secret_basic"
    key: Callable[[], Any] | None = field(default=None, repr=False)
    algorithm: str = "RS256"
    claims: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, str] = field(default_factory=dict)
    silence: float = SILENCE

    def ask(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """The endpoint's answer to a form. Raises RetryLater, or Refused with its words."""
        remember(self.client[1], *(form.get(name) for name in _SECRETS))
        method: Any = self.method
        if method == "private_key_jwt":
            method = PrivateKeyJWT(self.address, dict(self.claims), dict(self.header), self.algorithm)
        auth = ClientAuth(self.client[0], self.key() if self.key else self.client[1], method)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        body = httpx.QueryParams(dict(form))
        address, headers, content = auth.prepare("POST", self.address, headers, str(body))
        try:
            answer = httpx.post(address, content=content, headers=headers, timeout=self.silence, verify=trust())
        except httpx.HTTPError as error:
            if hosts.is_unknown(error):
                raise hosts.unknown(self.name, self.title, httpx.URL(self.address).host) from None
            why = redacted(str(error)) or type(error).__name__
            raise RetryLater(f"{self.name}: {self.title} renews no token now ({why}). Later: {self._again}") from None
        said = _decoded(answer)
        if answer.is_success and said.get("access_token"):
            remember(str(said["access_token"]), str(said.get("refresh_token") or ""))
            return said
        words = redacted(_words(said))
        if answer.status_code == 429 or answer.status_code >= 500 or answer.is_success:
            text = f"{self.name}: {self.title} answered {answer.status_code} in place of a token"
            seconds = retry_after(answer.headers)
            raise RetryLater(f"{text}{f' ({words})' if words else ''}. Later: {self._again}", seconds)
        raise Refused(words)

    @property
    def _again(self) -> str:
        return f"backlog sync {self.name}"


class Granted(Auth):
    """A bearer token that the client's own credentials are good for; asked for anew when it ends.

    `form` makes the grant's fields; `secret` is the setting that a person gave the credentials by. `lasts`: seconds a
    token is good for where the endpoint does not say.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        form: Callable[[], Mapping[str, str]],
        *,
        secret: str = "client_secret",  # noqa: S107 (the setting's name)
        lasts: int = 1800,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._endpoint, self._form, self._secret, self._lasts, self._now = endpoint, form, secret, lasts, now
        self._token = ""
        self._ends = dt.datetime.min.replace(tzinfo=dt.UTC)

    def headers(self) -> Mapping[str, str]:
        """The Authorization header, with a token that lasts."""
        if not self._token or self._ends <= self._now() + EARLY:
            self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def secrets(self) -> tuple[str, ...]:
        """The token in hand and the client's own secret."""
        return tuple(each for each in (self._token, self._endpoint.client[1]) if each)

    def renew(self) -> bool:
        """Asks for a token."""
        name, title = self._endpoint.name, self._endpoint.title
        try:
            said = self._endpoint.ask(self._form())
        except Refused as refusal:
            why = f" ({refusal})" if str(refusal) else ""
            raise ConfigNeeded(
                f"{name}: {title} gives no token for this client{why}. Check its id, its {self._secret} and its rights "
                f"at {title}; set the secret with: backlog secrets set {name}.{self._secret}"
            ) from None
        self._token = str(said["access_token"])
        self._ends = self._now() + dt.timedelta(seconds=int(said.get("expires_in") or self._lasts))
        return True

    def __repr__(self) -> str:
        return f"Granted({self._endpoint.title})"


def private_key(text: str, name: str, secret: str = "private_key") -> Any:  # noqa: S107 (the setting's name)
    """A private key from its PEM text; ConfigNeeded where it is none. Line ends may be written as \\n."""
    remember(text)
    try:
        return import_key(text.replace("\\n", "\n").strip().encode(), _kind(text))
    except (JoseError, ValueError, TypeError):
        raise ConfigNeeded(
            f"{name}: the {secret} is no private key in PEM form (-----BEGIN PRIVATE KEY-----). "
            f"Set it with: backlog secrets set {name}.{secret}"
        ) from None


def jwt_bearer(key: Any, *, issuer: str, subject: str, audience: str, lasts: int = 180) -> Mapping[str, str]:
    """The form of a JWT bearer grant, signed now."""
    assertion = sign_jwt_bearer_assertion(key, issuer, audience, subject, alg="RS256", expires_in=lasts)
    return {"grant_type": JWT_BEARER, "assertion": str(assertion)}


def _kind(text: str) -> Any:
    """RSA, or EC where the PEM says so."""
    return "EC" if "EC PRIVATE KEY" in text else "RSA"


def _words(said: Mapping[str, Any]) -> str:
    found = said.get("error_description") or said.get("error") or said.get("message") or said.get("Detail") or ""
    return str(found.get("message") or "") if isinstance(found, Mapping) else str(found)


def _decoded(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        said = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}
