"""Tokens that rotate: one renewal at a time, its answer kept before it is used, nothing lost in a crash."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from token_endpoint import CLIENT, FIRST, TokenServer

from connectors.kit.oauth import Endpoint
from connectors.kit.tokens import Rotating, Tokens
from connectors.kit.transport import Patience, Transport, Vendor
from demo.vendors.faults import Fault
from model.errors import ConfigNeeded, RetryLater
from store.connect import connect
from sync import vault
from sync.vault import StoredSlot

KEY = Fernet.generate_key()
PROGRAM = """
import os, sys
from cryptography.fernet import Fernet
from connectors.kit.oauth import Endpoint
from connectors.kit.tokens import Rotating
from store.connect import connect
from sync.vault import StoredSlot

url, endpoint, key, seed, crash = sys.argv[1:]
slot = StoredSlot(connect(url), "xero", seed, lambda: Fernet(key.encode()))
if crash:
    slot.commit = lambda tokens: os._exit(9)  # the answer has come, and the process dies before it is kept
print(Rotating(Endpoint("xero", "Xero", endpoint, ("client-4711", "client-secret-0815")), slot).headers()["Authorization"])
"""


@pytest.fixture
def url(tmp_path: Path, empty_store: Path) -> str:
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    return f"sqlite:///{tmp_path / 'backlog.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = connect(url)
    yield made
    made.dispose()


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


def slot(engine: sa.Engine, seed: str | None = FIRST) -> StoredSlot:
    return StoredSlot(engine, "xero", seed, lambda: Fernet(KEY))


def rotating(server: TokenServer, kept: StoredSlot) -> Rotating:
    return Rotating(endpoint(server), kept)


def endpoint(server: TokenServer) -> Endpoint:
    return Endpoint("xero", "Xero", f"{server.url}/token", CLIENT)


def program(root: Path, url: str, server: TokenServer, crash: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, url, f"{server.url}/token", KEY.decode(), FIRST, crash],
        cwd=root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_token_is_fetched_once_and_serves_until_it_ends(server: TokenServer, engine: sa.Engine) -> None:
    auth = rotating(server, slot(engine))
    assert auth.headers() == auth.headers() == {"Authorization": "Bearer access-0001-0000-token"}
    assert server.given == 1
    # Another program finds what this one has kept and asks nothing.
    assert rotating(server, slot(engine)).headers() == auth.headers()
    assert server.given == 1


def test_a_token_is_renewed_before_it_ends(server: TokenServer, engine: sa.Engine) -> None:
    now = dt.datetime.now(dt.UTC)
    late = Rotating(endpoint(server), slot(engine), now=lambda: now)
    first = late.headers()
    now += dt.timedelta(seconds=1800 - 61)
    assert late.headers() == first
    now += dt.timedelta(seconds=2)
    assert late.headers() != first
    assert server.refused_renewals == 0


def test_a_401_renews_once_and_the_request_is_repeated(server: TokenServer, engine: sa.Engine) -> None:
    api = Transport(Vendor("xero", "Xero"), server.url, rotating(server, slot(engine)), patience=Patience(attempts=1))
    assert api.get("/things") == {"things": [1, 2]}
    server.access.clear()  # the vendor has ended the token before its time
    assert api.get("/things") == {"things": [1, 2]}
    assert server.given == 2
    api.close()


def test_the_answer_is_kept_before_it_is_used(server: TokenServer, engine: sa.Engine, url: str, root: Path) -> None:
    """Killed after its renewal was kept: the next program goes on with the successor."""
    assert program(root, url, server).stdout == "Bearer access-0001-0000-token\n"
    server.access.clear()
    auth = rotating(server, slot(engine))
    assert auth.headers()["Authorization"] == "Bearer access-0001-0000-token"
    assert auth.renew()
    assert (server.given, server.refused_renewals) == (2, 0)


def test_a_crash_between_answer_and_keeping_is_outlived_where_the_vendor_answers_again(
    engine: sa.Engine, url: str, root: Path
) -> None:
    with TokenServer(grace=1) as server:
        assert program(root, url, server, crash="yes").returncode == 9
        assert server.given == 1
        auth = rotating(server, slot(engine))
        assert auth.headers()["Authorization"].startswith("Bearer access-0001")
        assert auth.renew()
        assert (server.given, server.refused_renewals) == (2, 0)


def test_a_crash_that_cost_the_token_is_told_with_the_remedy(
    server: TokenServer, engine: sa.Engine, url: str, root: Path
) -> None:
    assert program(root, url, server, crash="yes").returncode == 9
    with pytest.raises(ConfigNeeded) as caught:
        rotating(server, slot(engine)).headers()
    assert "lost in a crash" in str(caught.value)
    assert "backlog secrets set xero.refresh_token" in str(caught.value)
    assert FIRST not in str(caught.value)
    server.valid = "refresh-given-anew-1"  # the person authorizes anew: the new token goes before what is kept
    assert rotating(server, slot(engine, "refresh-given-anew-1")).headers()


def test_a_token_that_was_revoked_is_told_as_that_however_often(server: TokenServer, engine: sa.Engine) -> None:
    server.valid = "refresh-of-another-authorization"
    for _ in range(2):
        with pytest.raises(ConfigNeeded, match="does not accept the refresh token any more") as caught:
            rotating(server, slot(engine)).headers()
        assert "crash" not in str(caught.value)
    server.valid = FIRST  # what was refused has cost nothing
    assert rotating(server, slot(engine)).headers()


def test_many_programs_that_renew_at_once_end_nobodys_token(server: TokenServer, url: str) -> None:
    engines = [connect(url) for _ in range(6)]
    auths = [rotating(server, slot(engine)) for engine in engines]
    first = {auth.headers()["Authorization"] for auth in auths}
    server.access.clear()  # the vendor ends the token before its time: every program meets a 401
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda auth=auth: said.append(auth.renew() and auth.headers()["Authorization"]))
        for auth in auths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (server.given, server.refused_renewals) == (2, 0)  # one renewal serves all six
    assert (len(said), len(set(said))) == (6, 1)
    assert set(said) != first
    for engine in engines:
        engine.dispose()


def test_one_stopped_for_long_overwrites_nobodys_token(server: TokenServer, engine: sa.Engine) -> None:
    sleeper, other = slot(engine), slot(engine)
    sleeper.read()
    sleeper.announce()
    fresh = rotating(server, other).headers()
    late = Tokens("access-late", "refresh-late-0000", dt.datetime.max.replace(tzinfo=dt.UTC))
    assert sleeper.commit(late).access == fresh["Authorization"].removeprefix("Bearer ")
    assert slot(engine).read().refresh == server.valid


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("drop", times=9), "renews no token now"),
        (Fault("status", status=503, payload={"error": "busy"}, times=9), "answered 503 in place of a token (busy)"),
        (Fault("html", times=9), "answered 200 in place of a token"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_endpoint_in_trouble_costs_no_token(server: TokenServer, engine: sa.Engine, fault: Fault, text: str) -> None:
    server.grace = 9  # the answer that was cut on its way had ended the token asked with
    server.faults.append(fault)
    auth = rotating(server, slot(engine))
    with pytest.raises(RetryLater) as caught:
        auth.headers()
    assert text in str(caught.value)
    server.faults.clear()
    assert auth.headers()


def test_no_token_is_kept_readable(server: TokenServer, engine: sa.Engine, tmp_path: Path) -> None:
    auth = rotating(server, slot(engine))
    auth.headers()
    told = [*auth.secrets(), FIRST, server.valid]
    with closing(sqlite3.connect(tmp_path / "backlog.db")) as store:
        rows = json.dumps(store.execute("SELECT * FROM tokens").fetchall())
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    assert [secret for secret in told if secret in rows or any(secret.encode() in data for data in files)] == []
    assert all(secret not in repr(auth) for secret in told)


def test_without_a_key_nothing_is_renewed(
    server: TokenServer, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = rotating(server, vault.slot(engine, "xero", FIRST))
    with pytest.raises(ConfigNeeded, match=r"backlog secrets key.*BACKLOG_TOKEN_KEY"):
        auth.headers()
    assert server.given == 0  # a token that cannot be kept is not asked for
    monkeypatch.setenv("BACKLOG_TOKEN_KEY", KEY.decode())
    assert auth.headers()
    monkeypatch.setenv("BACKLOG_TOKEN_KEY", "no key")
    with pytest.raises(ConfigNeeded, match="BACKLOG_TOKEN_KEY is no key"):
        auth.renew()
    assert os.environ["BACKLOG_TOKEN_KEY"] == "no key"


def test_without_a_refresh_token_its_setting_is_named(engine: sa.Engine) -> None:
    with pytest.raises(ConfigNeeded, match=r"xero needs a refresh token.*backlog secrets set xero\.refresh_token"):
        slot(engine, None).read()
