"""The one module that speaks HTTP: it asks, waits, tries again, and turns every refusal into one line a person can use.

What happens to a reply:
    2xx with JSON                      decoded by msgspec; a number with a point is an exact Decimal
    2xx with half a JSON or a web page  asked again, then RetryLater
    429, 5xx, no connection, silence    asked again with growing, jittered pauses or after Retry-After, then RetryLater
    a Retry-After beyond patience       RetryLater with `park`: a daily quota is not waited out
    a host that has no address          ConfigNeeded
    401                                 the token is renewed once, if its kind can be; then ConfigNeeded
    403, other 4xx                      ConfigNeeded with the vendor's own words and the remedy
    404                                 NotThere
"""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import httpx
import msgspec

from connectors.kit import answers, hosts
from connectors.kit.auth import Auth
from connectors.kit.limits import Limit, Pace, Rest, rest_awake, retry_after
from model.errors import ConfigNeeded, RetryLater
from model.redaction import redacted, remember


class NotThere(ConfigNeeded):
    """The vendor has no such thing (404): an object that is gone, or an address that is wrong."""


@dataclass(frozen=True)
class Patience:
    """How long a request is tried: `attempts` in all, pauses from `first` to `longest` seconds, doubled and jittered.

    A vendor that asks for more than `parks_after` seconds is taken at its word and left alone until the next run.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 30.0
    parks_after: float = 120.0
    silence: float = 60.0

    def pause(self, attempt: int) -> float:
        """Seconds to wait after so many attempts: doubled each time, and by chance, so that programs spread out."""
        chance = random.uniform(0, self.first)  # noqa: S311 (any will do)
        return min(self.longest, self.first * 2.0 ** (attempt - 1)) + chance


@dataclass(frozen=True)
class Vendor:
    """What error texts need to know: the connector's name, the vendor's title, which rights to grant, and how the
    vendor words its errors (`explain`: decoded body → its text, "" for none).

    `quota`: of a refusal's headers and decoded body, the seconds until a quota that lasts for hours is renewed; None for
    any other refusal. Such a quota is not waited out: the pull is parked.
    """

    name: str
    title: str
    rights: str = ""
    secret: str = "api_key"  # noqa: S105 (the setting's name)
    explain: Callable[[Any], str] = lambda body: ""
    quota: Callable[[Mapping[str, str], Any], float | None] = lambda headers, body: None


@lru_cache
def trust() -> ssl.SSLContext:
    """Whose certificates are trusted; read once, for reading them takes longer than a request."""
    return httpx.create_ssl_context()


class Transport:
    """A vendor's API at one base URL. Close it after the last request.

    `rest` waits; it says False where waiting is to end, as when the service is told to stop. `budget`: how many requests
    it may make in all; one more parks the pull.
    """

    def __init__(
        self,
        vendor: Vendor,
        base_url: str,
        auth: Auth,
        *,
        limit: Limit | None = None,
        headers: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        rest: Rest = rest_awake,
        budget: int | None = None,
    ) -> None:
        if urlsplit(base_url).scheme not in ("http", "https"):
            raise ConfigNeeded(f"{vendor.name}: base_url {base_url!r} is no web address. Write it as https://…")
        self.vendor, self.auth, self.patience = vendor, auth, patience or Patience()
        self._pace = Pace(limit) if limit else None
        self._rest = rest
        self.budget, self.asked = budget, 0
        self._client = httpx.Client(
            base_url=base_url.rstrip("/"), headers=dict(headers or {}), timeout=self.patience.silence, verify=trust()
        )

    def get(self, path: str, params: answers.Params | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """The decoded answer to a GET. Raises RetryLater, ConfigNeeded or NotThere."""
        return self._ask(
            "GET", path, answers.as_json, params=answers.pairs(params) or None, headers=dict(headers or {})
        )

    def post(
        self, path: str, body: Any, params: answers.Params | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The decoded answer to a POST of JSON that only reads (a search, a batch read), so it may be repeated."""
        content, kind = msgspec.json.encode(body), {"Content-Type": "application/json", **(headers or {})}
        return self._ask(
            "POST", path, answers.as_json, params=answers.pairs(params) or None, content=content, headers=kind
        )

    def text(
        self, path: str, params: answers.Params | None = None, kind: str = "text/csv"
    ) -> tuple[str, Mapping[str, str]]:
        """An answer that is no JSON, and its headers: a page of CSV."""
        return self._ask("GET", path, answers.plain, params=answers.pairs(params) or None, headers={"Accept": kind})  # type: ignore[no-any-return]

    def xml(self, path: str, content: bytes | None = None) -> Xml.Element:
        """The root of an answer in XML to a GET, or to a POST of XML that only reads, whose refusals (400, 401) are answers."""
        asked: dict[str, Any] = {"headers": {"Accept": "application/xml"}}
        if content is not None:
            asked = {"headers": {"Content-Type": "application/xml"}, "content": content, "told": (400, 401)}
        root: Xml.Element = self._ask("GET" if content is None else "POST", path, answers.tree, **asked)
        return root

    def close(self) -> None:
        """Hangs up."""
        self._client.close()
        if self._pace:
            self._pace.close()

    def _ask(self, method: str, path: str, read: Callable[[httpx.Response], Any], **request: Any) -> Any:
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(method, path, read, request)
            except RetryLater as error:
                error.park = error.park or (error.seconds or 0) > self.patience.parks_after
                if error.park or attempt >= self.patience.attempts:
                    raise
                seconds = self.patience.pause(attempt) if error.seconds is None else error.seconds
                if not self._rest(seconds):
                    raise

    def _once(
        self, method: str, path: str, read: Callable[[httpx.Response], Any], request: Mapping[str, Any], *,
        renewed: bool = False,
    ) -> Any:  # fmt: skip
        self._spend(path)
        if self._pace and not self._pace.wait(self._rest):
            raise RetryLater(self._text(path, "was not asked, for we are to end"))
        asked = {name: value for name, value in request.items() if name != "told"}
        own = {**request.get("headers", {}), **self.auth.headers()}
        remember(*self.auth.secrets())  # a token may have been renewed
        try:
            response = self._client.request(method, path, **{**asked, "headers": own})
        except httpx.TimeoutException:
            raise RetryLater(self._text(path, f"said nothing for {self.patience.silence:g} seconds")) from None
        except httpx.TransportError as error:
            host, why = self._client.base_url.host, redacted(str(error)) or type(error).__name__
            if hosts.is_unknown(error):
                raise hosts.unknown(self.vendor.name, self.vendor.title, host) from None
            raise RetryLater(self._text(path, f"cannot be reached at {host} ({why})")) from None
        if self._pace:
            self._pace.heed(response.headers)
        if response.status_code == 401 and not renewed and self.auth.renew():
            return self._once(method, path, read, request, renewed=True)
        told = response.status_code in request.get("told", ()) and answers.is_xml(response)
        if not response.is_success and not told:
            raise self._refusal(path, response)
        try:
            return read(response)
        except msgspec.DecodeError as error:
            raise RetryLater(self._text(path, answers.unreadable(response, error))) from None

    def _spend(self, path: str) -> None:
        """Counts a request against the run's budget, so that a first load leaves the vendor's quota to others."""
        self.asked += 1
        if self.budget is not None and self.asked > self.budget:
            what = f"has answered {self.budget} requests in this run, its budget (requests_per_run); the next goes on"
            raise RetryLater(self._text(path, what), park=True)

    def _refusal(self, path: str, response: httpx.Response) -> RetryLater | ConfigNeeded:
        status, name, title = response.status_code, self.vendor.name, self.vendor.title
        words = self._words(response)
        quota = self.vendor.quota(response.headers, self._body(response))
        if quota is not None:
            hours = f"its quota is used up; it may be asked again in {quota / 3600:.1f} hours"
            return RetryLater(self._text(path, f"answered {status}{words}: {hours}"), quota, park=True)
        if status == 429 or status >= 500:
            seconds = retry_after(response.headers)
            wait = f"; it asks to wait {seconds:g} seconds" if seconds is not None else ""
            return RetryLater(self._text(path, f"answered {status}{words}{wait}"), seconds)
        if status == 401:
            return ConfigNeeded(
                f"{name}: {title} does not accept the {self.vendor.secret}{words}. Set a valid one with: "
                f"backlog secrets set {name}.{self.vendor.secret}, then run: backlog connectors test {name}"
            )
        if status == 403:
            rights = f" (needed: {self.vendor.rights})" if self.vendor.rights else ""
            return ConfigNeeded(
                f"{name}: {title} does not let us read {path}{words}. Grant the right{rights}, "
                f"then run: backlog connectors test {name}"
            )
        kind = NotThere if status == 404 else ConfigNeeded
        return kind(
            f"{name}: {title} answered {status} to {path}{words}. Check the settings of [connectors.{name}], "
            f"then run: backlog connectors test {name}"
        )

    def _words(self, response: httpx.Response) -> str:
        """The vendor's own text, without our secrets, as ` (…)`."""
        try:
            said = self.vendor.explain(self._body(response))
        except (AttributeError, TypeError, KeyError, IndexError):
            said = ""
        said = redacted(said).strip().rstrip(".")
        return f" ({said})" if said else ""

    def _body(self, response: httpx.Response) -> Any:
        """A refusal's body, None where it is no JSON."""
        try:
            return answers.decode(response.content)
        except msgspec.DecodeError:
            return None

    def _text(self, path: str, what: str) -> str:
        name = self.vendor.name
        return f"{name}: {self.vendor.title} {what}, asked for {path}. Later, run: backlog sync {name}"
