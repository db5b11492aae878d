"""The API answers as the command line does: in order, under one version, errors with their reasons."""

import gzip
import json
import sqlite3
import time
from typing import Any

import httpx
import pytest
import small_company
import web_server
from click.testing import CliRunner

from cli.main import cli
from excel.catalogue import functions


def batch(client: httpx.Client, *calls: list[Any], **more: Any) -> list[dict[str, Any]]:
    done = client.post("/api/v1/batch", json={"calls": calls, **more})
    assert done.status_code == 200, done.text
    answers: list[dict[str, Any]] = done.json()["answers"]
    return answers


def test_every_example_is_answered_as_on_the_command_line(served: Any, viewer: Any) -> None:
    calls = [[f.name, *small_company.example_arguments(f)] for f in functions()]
    told = CliRunner().invoke(cli, ["calc", "--batch", "-", "--config", str(served.config)], input=json.dumps(calls))
    wanted = [{k: v for k, v in one.items() if k != "excel"} for one in batch(viewer, *calls)]
    assert wanted == json.loads(told.stdout)
    assert wanted[0] == {"value": "11000.00"}


def test_answers_stand_in_the_order_of_the_calls_and_an_error_spoils_no_other(viewer: Any) -> None:
    day = "2026-01-31"
    one, two, three, four, five = batch(
        viewer, ["BACKLOG", "Nobody", day], ["BACKLOG", "Acme Ltd", day], ["BACKLOG", "Acme Ltd", "soon"], ["NOPE"], 7
    )
    assert "Nobody" in one["error"]
    assert one["excel"] == "#N/A"
    assert two == {"value": "11000.00"}
    assert three["excel"] == four["excel"] == five["excel"] == "#VALUE!"
    assert "soon" in three["error"]


def test_cells_as_a_sheet_holds_them(viewer: Any) -> None:
    figure, table, day, cells = batch(
        viewer,
        ["BACKLOG", "Beta KK", 46053],
        ["CONTRACTS", "Acme Ltd", "2026-01-31"],
        ["SYNCED"],
        ["BACKLOG", [["Acme Ltd"], ["Nobody"]], "2026-01-31"],
        form="sheet",
    )
    assert figure == {"value": 91667}  # 100,000 yen over twelve months, one earned
    assert table["rows"][0][0] == "contract_id"
    assert {"date": "2025-12-31"} in table["rows"][1]
    assert day["value"]["date"].startswith("20")
    assert cells["rows"][0] == [11000]
    assert cells["rows"][1][0]["excel"] == "#N/A"


def test_serial_numbers_of_the_1904_system(viewer: Any) -> None:
    assert batch(viewer, ["BACKLOG", "Acme Ltd", 46053 - 1462], date1904=True) == [{"value": "11000.00"}]


def test_one_version_is_named_and_kept_to(viewer: Any, served: Any) -> None:
    done = viewer.post("/api/v1/batch", json={"calls": [["BACKLOG", "Acme Ltd", "2026-01-31"]]})
    tag = done.headers["etag"]
    assert done.json()["data"]["version"] == viewer.get("/api/v1/data").json()["version"]
    assert viewer.get("/api/v1/data", headers={"if-none-match": tag}).status_code == 304
    assert viewer.get("/api/v1/functions", headers={"if-none-match": f'"x", W/{tag}'}).status_code == 304
    same = viewer.post("/api/v1/batch", json={"calls": []}, headers={"if-match": tag})
    assert (same.status_code, same.json()["answers"]) == (200, [])
    assert viewer.post("/api/v1/batch", json={"calls": []}, headers={"if-match": '"older"'}).status_code == 412


def test_new_data_has_a_new_version_and_new_figures(tmp_path: Any) -> None:
    config = small_company.make(tmp_path / "company", '[web]\nlisten = "127.0.0.1:0"\n')
    with (
        web_server.running(config) as served,
        httpx.Client(base_url=served.url, headers=served.headers, timeout=60) as client,
    ):
        call = {"calls": [["BACKLOG", "Acme Ltd", "2026-01-31"]]}
        before = client.post("/api/v1/batch", json=call)
        lines = config.parent / "import" / "contract_lines.csv"
        lines.write_text(lines.read_text("utf-8").replace("12000.00", "24000.00"), "utf-8")
        small_company.sync(config)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:  # the ledger at hand is held for a second
            time.sleep(0.1)
            after = client.post("/api/v1/batch", json=call)
            if after.headers["etag"] != before.headers["etag"] and after.json()["answers"] != before.json()["answers"]:
                break
        assert after.json()["answers"] == [{"value": "22000.00"}]
        assert after.json()["data"]["version"] != before.json()["data"]["version"]


def test_the_catalogue_names_every_function_and_argument(viewer: Any) -> None:
    told = {each["name"]: each for each in viewer.get("/api/v1/functions").json()["functions"]}
    assert list(told) == [f.name for f in functions()]
    assert [a["name"] for a in told["DEFERRED"]["arguments"]][:4] == ["customer", "date", "part", "basis"]


def test_long_answers_are_packed(viewer: Any) -> None:
    with viewer.stream("GET", "/api/v1/functions", headers={"accept-encoding": "gzip"}) as answer:
        packed = answer.read() if "content-encoding" not in answer.headers else b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
    assert b"BACKLOG" in gzip.decompress(packed)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"calls": [["BACKLOG", NaN]]}', 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b'{"calls": 7}', 422),
        (b'{"calls": [], "form": "xml"}', 422),
        (b'{"calls": [], "date1904": 1}', 422),
        (b'{"calls": [], "what": 1}', 422),
        (json.dumps({"calls": [["SYNCED"]] * 5_001}).encode(), 413),
        (json.dumps({"calls": [["BACKLOG", [["*"]] * 1000, [["2026-01-31"] * 300]]]}).encode(), 413),
    ],
)
def test_a_body_that_asks_nothing_is_refused_with_its_reason(viewer: Any, body: bytes, status: int) -> None:
    done = viewer.post("/api/v1/batch", content=body)
    assert done.status_code == status
    assert done.json()["error"]


def test_five_thousand_calls_are_answered(viewer: Any) -> None:
    answers = batch(viewer, *[["BACKLOG", "Acme Ltd", "2026-01-31"]] * 5_000)
    assert answers == [{"value": "11000.00"}] * 5_000


def test_a_source_record_is_shown_to_an_operator(served: Any, viewer: Any) -> None:
    operator = {"authorization": f"Bearer {web_server.token(served.config, 'operator')}"}
    told = viewer.get("/api/v1/records/1", headers=operator).json()
    assert told["source"] == "crm"
    assert told["payload"]
    for number in ("0", "999999", str(2**70)):
        assert viewer.get(f"/api/v1/records/{number}", headers=operator).status_code == 404
    assert viewer.get("/api/v1/records/x", headers=operator).status_code == 422
    assert "crm" in viewer.get("/api/v1/health", headers=operator).json()["sources"]
    assert "backlog_source_complete" in viewer.get("/api/v1/metrics", headers=operator).text
    assert viewer.get("/healthz", headers={"authorization": ""}).json() == {"status": "ok"}


def test_books_that_cannot_be_opened_are_told_as_such(served: Any, viewer: Any, monkeypatch: Any) -> None:
    from excel.host import BooksHost
    from model.errors import LedgerBroken

    def broken(*_: object) -> None:
        raise LedgerBroken("the ledger is damaged")

    monkeypatch.setattr(BooksHost, "as_of_now", broken)
    done = viewer.post("/api/v1/batch", json={"calls": [["SYNCED"]]})
    assert (done.status_code, done.json()["error"]) == (503, "the ledger is damaged")


def test_a_store_that_is_gone_is_told_without_its_words(tmp_path: Any, caplog: Any) -> None:
    config = small_company.make(tmp_path / "company", '[web]\nlisten = "127.0.0.1:0"\nauthentication = "none"\n')
    with web_server.running(config) as served, httpx.Client(base_url=served.url, timeout=60) as client:
        assert client.get("/api/v1/data").status_code == 200
        with sqlite3.connect(config.parent / "backlog.db") as store:
            store.execute("ALTER TABLE runs RENAME TO elsewhere")
        done = client.get("/api/v1/data")
        assert done.status_code == 503
        assert "the store cannot be read" in done.json()["error"]
        assert "runs" not in done.text
        assert "runs" in caplog.text
