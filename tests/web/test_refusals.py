"""Who may not, may not: and the log says who tried, without any token in it."""

import contextlib
import logging
import socket
import time
from typing import Any

import httpx
import pytest
import web_server

from store.access import grants
from store.connect import connect
from sync.access import revoke
from web import server as serving
from web.guard import MOST_BYTES

PATHS = ["/api/v1/functions", "/api/v1/data", "/api/v1/records/1", "/api/v1/health", "/api/v1/metrics"]


def anybody(served: Any, **headers: str) -> httpx.Client:
    return httpx.Client(base_url=served.url, headers=headers, timeout=30)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_is_told(served: Any, path: str, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING), anybody(served) as client:
        done = client.get(path)
    assert (done.status_code, list(done.json())) == (401, ["error"])
    assert done.headers["www-authenticate"] == "Bearer"
    assert path in caplog.text


@pytest.mark.parametrize("given", ["Bearer x", "Bearer", "Basic YTpi", "Bearer \x7f", "bearer " + "y" * 5000])
def test_what_is_no_token_is_refused(served: Any, given: str) -> None:
    with anybody(served, authorization=given) as client:
        assert client.post("/api/v1/batch", json={"calls": []}).status_code == 401


def test_a_role_that_is_not_enough_is_refused(served: Any, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING), anybody(served, **served.headers) as client:
        for path in PATHS[2:]:
            done = client.get(path)
            assert done.status_code == 403
            assert "operator" in done.json()["error"]
    assert "a test's viewer" in caplog.text
    assert served.token not in caplog.text


def test_an_expired_and_a_revoked_token_count_no_more(served: Any) -> None:
    old = web_server.token(served.config, days=-0.001)
    with anybody(served, authorization=f"Bearer {old}") as client:
        assert "expired" in client.get("/api/v1/data").json()["error"]
    taken = web_server.token(served.config)
    with anybody(served, authorization=f"Bearer {taken}") as client:
        assert client.get("/api/v1/data").status_code == 200
        engine = connect(f"sqlite:///{served.config.parent / 'backlog.db'}")
        number = grants(engine)[-1].id
        assert revoke(engine, number, grants(engine)[-1].created_at)
        assert not revoke(engine, number, grants(engine)[-1].created_at)
        engine.dispose()
        assert "revoked" in client.get("/api/v1/data").json()["error"]


def test_tokens_are_kept_by_their_digest_alone(served: Any) -> None:
    for path in served.config.parent.glob("backlog.db*"):
        if path.is_file():
            assert served.token.encode() not in path.read_bytes()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://["])
def test_a_page_of_another_site_may_not_ask(served: Any, origin: str) -> None:
    with anybody(served, origin=origin, **served.headers) as client:
        done = client.post("/api/v1/batch", json={"calls": []})
        assert done.status_code == 403
        assert "access-control-allow-origin" not in done.headers
        assert client.options("/api/v1/batch").status_code == 403


def test_its_own_pages_may(served: Any) -> None:
    with anybody(served, origin=served.url, **served.headers) as client:
        assert client.post("/api/v1/batch", json={"calls": []}).status_code == 200


def test_a_name_that_was_made_to_lead_here_is_refused(served: Any) -> None:
    with anybody(served, host="rebound.example", **served.headers) as client:
        assert client.get("/api/v1/data").status_code == 421


@pytest.mark.parametrize(
    "path",
    [
        "/../config.toml",
        "/%2e%2e/config.toml",
        "/addin/..%2f..%2fconfig.toml",
        "/addin/%2e%2e/backlog.db",
        "//etc/passwd",
    ],
)
def test_no_path_leads_out(served: Any, path: str, caplog: Any) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.split(b" ", 2)[1] == b"404"
    assert b"sqlite" not in answer
    assert ("lead upwards" in caplog.text) is path.startswith(("/..", "/%2e", "/addin"))


def test_a_body_that_is_too_large_is_cut_off(served: Any) -> None:
    with anybody(served, **served.headers) as client:
        assert client.post("/api/v1/batch", content=b" " * (MOST_BYTES + 1)).status_code == 413

        def parts() -> Any:
            for _ in range(MOST_BYTES // 65536 + 2):
                yield b" " * 65536

        with contextlib.suppress(httpx.WriteError):  # the server may answer and hang up before all was sent
            assert client.post("/api/v1/batch", content=parts()).status_code == 413
        assert client.get("/api/v1/data").status_code == 200


def test_who_says_nothing_is_dropped(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.3)
    for head in (b"", b"POST /api/v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nX-"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            begun = time.monotonic()
            line.sendall(head)
            assert line.recv(100) == b""
            assert time.monotonic() - begun < 5
    drip = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    with drip:
        begun = time.monotonic()
        with pytest.raises(OSError):  # noqa: PT012
            for _ in range(200):
                drip.sendall(b"X")
                time.sleep(0.05)
        assert time.monotonic() - begun < 5


def test_a_body_that_drips_is_given_up(served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("web.guard.BODY_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        head = f"POST /api/v1/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.token}\r\n"
        line.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
        assert line.recv(1000).split(b" ")[1] == b"408"


def test_headers_that_are_too_long_and_requests_that_are_none(served: Any) -> None:
    for text in (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"y" * 200_000, b"\x00\x01\x02\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            try:
                line.sendall(text)
                assert line.recv(1000).split(b" ")[1:2] in ([b"400"], [])
            except ConnectionResetError:
                pass  # the server hung up while we were still sending, which is a refusal too
    with anybody(served, **served.headers) as client:
        assert client.get("/api/v1/data").status_code == 200
