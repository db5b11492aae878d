"""Single requests: what each kind of answer becomes."""

import datetime as dt
import email.utils
import socket
import time
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from connectors.kit.answers import decode
from connectors.kit.auth import Auth, BasicKey, Bearer
from connectors.kit.oauth import Endpoint
from connectors.kit.transport import NotThere, Patience, Transport, Vendor
from model.errors import BacklogError, ConfigNeeded, RetryLater

URL = "https://api.vendor.example"
SECRET = "tok-4711-secret"


def transport(auth: Auth | None = None, **more: Any) -> Transport:
    vendor = Vendor("crm", "Vendor", "read on deals", "token", lambda body: str(body["message"]))
    patience = Patience(attempts=3, first=0.001, longest=0.002, parks_after=10)
    return Transport(vendor, URL, auth or Bearer(SECRET), patience=patience, **more)


def test_numbers_stay_exact() -> None:
    assert decode(b'{"a": 99999999999999.99, "b": 0.10, "c": 7}') == {
        "a": Decimal("99999999999999.99"), "b": Decimal("0.10"), "c": 7,
    }  # fmt: skip


@respx.mock
def test_parameters_repeat_and_leave_out() -> None:
    route = respx.get(f"{URL}/deals").respond(json={"ok": True})
    transport().get("/deals", {"id": ["1", "2"], "archived": False, "after": None})
    assert str(route.calls[0].request.url) == f"{URL}/deals?id=1&id=2&archived=false"
    assert route.calls[0].request.headers["Authorization"] == f"Bearer {SECRET}"


@respx.mock
def test_a_post_carries_json() -> None:
    route = respx.post(f"{URL}/search").respond(json=[1])
    assert transport().post("/search", {"limit": 2}) == [1]
    assert route.calls[0].request.content == b'{"limit":2}'


@respx.mock
@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (401, ConfigNeeded, "Vendor does not accept the token (no)"),
        (403, ConfigNeeded, "does not let us read /deals (no). Grant the right (needed: read on deals)"),
        (404, NotThere, "answered 404 to /deals (no)"),
        (400, ConfigNeeded, "answered 400 to /deals (no)"),
        (302, ConfigNeeded, "answered 302 to /deals (no)"),
        (429, RetryLater, "answered 429 (no), asked for /deals"),
        (503, RetryLater, "answered 503 (no), asked for /deals"),
    ],
)
def test_a_refusal_says_what_where_and_the_remedy(status: int, kind: type[Exception], text: str) -> None:
    respx.get(f"{URL}/deals").respond(status, json={"message": "no."})
    with pytest.raises(kind) as caught:
        transport().get("/deals")
    assert text in str(caught.value)
    assert "backlog" in str(caught.value)


@respx.mock
def test_what_passes_is_asked_again() -> None:
    answers = [httpx.Response(500), httpx.ConnectError("refused"), httpx.Response(200, json={"ok": 1})]
    route = respx.get(f"{URL}/deals").mock(side_effect=answers)
    assert transport().get("/deals") == {"ok": 1}
    assert route.call_count == 3


@respx.mock
def test_what_a_person_must_mend_is_asked_once() -> None:
    route = respx.get(f"{URL}/deals").respond(403)
    with pytest.raises(ConfigNeeded):
        transport().get("/deals")
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b'{"a": [1, 2', "application/json", "incomplete JSON"),
        (b"<!DOCTYPE html><p>Sign in", "text/html; charset=utf-8", "a web page in place of JSON"),
        (b"<html>", "application/json", "a web page in place of JSON"),
        (b"", "application/json", "incomplete JSON"),
    ],
)
def test_what_is_no_json_is_asked_again(body: bytes, kind: str, text: str) -> None:
    route = respx.get(f"{URL}/deals").respond(200, content=body, headers={"Content-Type": kind})
    with pytest.raises(RetryLater, match=text):
        transport().get("/deals")
    assert route.call_count == 3


@respx.mock
def test_a_retry_after_may_be_a_date() -> None:
    sent = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    headers = {
        "Date": email.utils.format_datetime(sent, usegmt=True),
        "Retry-After": email.utils.format_datetime(sent + dt.timedelta(minutes=5), usegmt=True),
    }
    respx.get(f"{URL}/deals").respond(429, headers=headers)
    with pytest.raises(RetryLater) as caught:
        transport().get("/deals")
    assert (caught.value.seconds, caught.value.park) == (300, True)


@respx.mock
def test_a_vendor_that_repeats_our_secret_does_not_make_us_tell_it() -> None:
    respx.get(f"{URL}/deals").respond(401, json={"message": f"bad key {SECRET}"})
    with pytest.raises(ConfigNeeded) as caught:
        transport().get("/deals")
    assert SECRET not in str(caught.value)
    assert "bad key ***" in str(caught.value)


@respx.mock
def test_a_token_that_expired_is_renewed_once() -> None:
    class Expiring(Auth):
        token = "old"

        def headers(self) -> dict[str, str]:
            return {"Authorization": self.token}

        def secrets(self) -> tuple[str, ...]:
            return (self.token,)

        def renew(self) -> bool:
            self.token = "new"
            return True

    route = respx.get(f"{URL}/deals").mock(side_effect=[httpx.Response(401), httpx.Response(200, json={})])
    assert transport(Expiring()).get("/deals") == {}
    assert [call.request.headers["Authorization"] for call in route.calls] == ["old", "new"]


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(ConfigNeeded, match="is no web address"):
        Transport(Vendor("crm", "Vendor"), "api.vendor.example", Bearer(SECRET))


@pytest.mark.parametrize("auth", [Bearer(SECRET), BasicKey(SECRET), BasicKey("user", SECRET)])
def test_authentication_never_shows_its_secret(auth: Auth) -> None:
    assert SECRET not in repr(auth)
    assert SECRET in auth.secrets()


def test_a_basic_key_is_sent_as_the_user() -> None:
    # base64 of "key:" by RFC 7617
    assert BasicKey("key").headers() == {"Authorization": "Basic a2V5Og=="}


@respx.mock
def test_a_quota_that_lasts_for_hours_is_not_waited_out() -> None:
    route = respx.get(f"{URL}/deals").respond(403, json={"code": "REQUEST_LIMIT_EXCEEDED"}, headers={"X-Left": "0"})

    def quota(headers: Any, body: Any) -> float | None:
        return 7200.0 if headers["X-Left"] == "0" and body["code"] == "REQUEST_LIMIT_EXCEEDED" else None

    api = Transport(Vendor("crm", "Vendor", quota=quota), URL, Bearer(SECRET))
    with pytest.raises(RetryLater, match=r"its quota is used up; it may be asked again in 2\.0 hours") as caught:
        api.get("/deals")
    assert (caught.value.park, caught.value.seconds, route.call_count) == (True, 7200, 1)


@respx.mock
def test_a_wait_ends_when_we_are_to_end() -> None:
    route = respx.get(f"{URL}/deals").respond(429, headers={"Retry-After": "60"})
    begun = time.monotonic()
    api = Transport(Vendor("crm", "Vendor"), URL, Bearer(SECRET), rest=lambda seconds: False)
    with pytest.raises(RetryLater, match="it asks to wait 60 seconds"):
        api.get("/deals")
    assert route.call_count == 1
    assert time.monotonic() - begun < 10


def test_pauses_double_up_to_the_longest() -> None:
    patience = Patience(first=1.0, longest=8.0)
    for attempt, least in ((1, 1), (2, 2), (3, 4), (4, 8), (9, 8)):
        assert all(least <= patience.pause(attempt) <= least + 1 for _ in range(20))


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        (socket.EAI_NONAME, ConfigNeeded, "Vendor has no host api.vendor.example. Correct the site"),
        (socket.EAI_AGAIN, RetryLater, "cannot be reached at api.vendor.example"),
    ],
)
def test_an_unknown_host_is_a_matter_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[BacklogError], text: str
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(code, "no address")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    endpoint = Endpoint("crm", "Vendor", f"{URL}/token", ("client", SECRET))
    for ask in (lambda: transport().get("/deals"), lambda: endpoint.ask({"grant_type": "client_credentials"})):
        with pytest.raises(kind) as caught:
            ask()
        assert text in str(caught.value) or (kind is RetryLater and "renews no token now" in str(caught.value))
