"""Figures from a team's server: the same as from the books, asked for once, and never waited for long."""

import contextlib
import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import small_company
import web_server

from books.ledgers import Books
from excel.catalogue import find, functions
from excel.host import BooksHost
from excel.presentation import in_sheet
from excel.remote import PAUSE, NotReached, Server, Told, trimmed
from model.settings import load

NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_server.Served]:
    config = small_company.make(tmp_path_factory.mktemp("company"), '[web]\nlisten = "127.0.0.1:0"\n')
    with web_server.running(config) as made:
        yield made


@pytest.mark.parametrize("function", functions(), ids=lambda f: f.name)
def test_the_server_answers_as_the_books_do(served: web_server.Served, function: Any) -> None:
    settings = load(served.config)
    local = BooksHost(settings, Books(settings), lambda: NOW)
    arguments = small_company.example_arguments(function)
    told = Server(served.url, served.token).answer(function, arguments)
    wanted = function.answer(arguments, local)
    assert in_sheet(told).get("rows", [[in_sheet(told).get("value")]]) == in_sheet(wanted).get(
        "rows", [[in_sheet(wanted).get("value")]]
    )


def test_an_error_is_the_same_error(served: web_server.Served) -> None:
    with pytest.raises(Told) as told:
        Server(served.url, served.token).answer(find("BACKLOG"), ["Nobody"])
    assert told.value.excel == "#N/A"
    assert "Nobody" in str(told.value)


def test_dates_and_ranges_arrive_as_they_were_meant(served: web_server.Served) -> None:
    server = Server(served.url, served.token)
    day = dt.datetime(2026, 1, 31)  # noqa: DTZ001 (a cell's time has no zone)
    told = server.answer(find("BACKLOG"), [[["Acme Ltd"], ["Nobody"]], [[day]]])
    assert told.rows()[0] == [11000]
    assert list(told.failures()) == [(1, 0)]
    assert server.answer(find("BACKLOG"), ["Acme Ltd", 46053.0 - 1462], date1904=True).rows() == [[11000]]
    assert trimmed([[["a"]], None, "", [[None]]]) == [[["a"]]]


class Fake:
    """A server of our own that counts, and fails when told to."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.looks, self.tag, self.now, self.down = 0, '"1"', 1000.0, False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectTimeout("no answer")
        if request.method == "GET":
            self.looks += 1
            same = request.headers.get("if-none-match") == self.tag
            return httpx.Response(304 if same else 200, headers={"etag": self.tag}, json={})
        calls = json.loads(request.content)["calls"]
        self.batches.append(calls)
        answers = [{"value": float(len(self.batches))} for _ in calls]
        return httpx.Response(200, headers={"etag": self.tag}, json={"answers": answers})

    def server(self) -> Server:
        return Server(
            "http://team", "t", client=httpx.Client(transport=httpx.MockTransport(self)), clock=lambda: self.now
        )


def test_equal_cells_are_asked_for_once_and_new_data_in_one_request() -> None:
    fake = Fake()
    server = fake.server()
    backlog = find("BACKLOG")
    for _ in range(3):
        for n in range(50):
            server.answer(backlog, [f"C{n}"])
    assert len(fake.batches) == 50
    fake.tag, fake.now = '"2"', fake.now + 2
    values = [server.answer(backlog, [f"C{n}"]).rows()[0][0] for n in range(50)]
    assert [len(calls) for calls in fake.batches[50:]] == [50]
    assert values == [51] * 50


def test_a_server_that_is_away_is_waited_for_once_and_the_last_value_told() -> None:
    fake = Fake()
    server = fake.server()
    backlog = find("BACKLOG")
    server.answer(backlog, ["C1"])
    fake.down, fake.now = True, fake.now + 125
    with pytest.raises(NotReached, match=r"does not answer.*The last value was 1\.0, 2 min ago"):
        server.answer(backlog, ["C1"])
    fake.down = False
    with pytest.raises(NotReached, match="does not answer"):
        server.answer(backlog, ["C2"])  # within the pause nothing is asked
    assert len(fake.batches) == 1
    fake.now += PAUSE
    assert server.answer(backlog, ["C2"]).rows() == [[2]]


def test_an_answer_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, the whole does not."""
    monkeypatch.setattr("excel.remote.SECONDS", 0.4)
    ended = threading.Event()

    def drip(place: socket.socket) -> None:
        line, _ = place.accept()
        with line, contextlib.suppress(OSError):
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            while not ended.wait(0.1):
                line.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as place:
        threading.Thread(target=drip, args=(place,), daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(NotReached, match=r"did not answer within 0\.4 s"):
            Server(f"http://127.0.0.1:{place.getsockname()[1]}", "t").answer(find("SYNCED"), [])
        assert time.monotonic() - begun < 5
        ended.set()


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_refusal_is_told_with_its_reason(status: int) -> None:
    reply = httpx.Response(status, json={"error": "this token counts no more"})
    client = httpx.Client(transport=httpx.MockTransport(lambda _: reply))
    with pytest.raises(NotReached, match="counts no more"):
        Server("http://team", "t", client=client).answer(find("SYNCED"), [])


def test_excel_shows_the_servers_figures_and_its_absence(
    served: web_server.Served, harness: Any, tmp_path: Path
) -> None:
    calls = [["BACKLOG", ["Acme Ltd", {"date": "2026-01-31"}], True, False], ["BACKLOG", ["Nobody"], True, False]]
    token = {"BACKLOG_SERVER_TOKEN": served.token}
    there = harness({"calls": calls, "config": True}, BACKLOG_SERVER=served.url, **token)
    assert there["answers"][0] == [[11000.0]]
    assert there["answers"][1] == [["revenue-backlog error 2042"]]
    assert "Nobody" in there["told"][1]
    away = harness({"calls": calls, "config": True}, BACKLOG_SERVER="http://127.0.0.1:9", **token)
    assert away["answers"][0] == [["revenue-backlog error 2046"]]
    assert "does not answer" in away["told"][0]
