"""`backlog excel`: setting up, and workbooks to begin with."""

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import small_company
import web_server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.delenv("APPDATA", raising=False)
    return tmp_path / "home"


def test_setting_up_tells_each_step_and_fails_where_one_is_left(company: Any, backlog: Any, home: Path) -> None:
    done = backlog("excel", "install")
    assert "ok\tVBA module" in done.stdout
    assert str(company / "config.toml") in (home / ".xlwings" / "xlwings.conf").read_text("utf-8")
    if "not done" in done.stdout:
        assert done.exit_code == 1
        assert "could not be done" in done.stderr


def test_a_server_is_tried_before_it_is_set_up(
    company: Any, backlog: Any, home: Path, monkeypatch: Any, tmp_path: Path
) -> None:
    config = small_company.make(tmp_path / "team", '[web]\nlisten = "127.0.0.1:0"\n')
    with web_server.running(config) as served:
        monkeypatch.setenv("BACKLOG_SERVER_TOKEN", served.token)
        done = backlog("excel", "install", "--server", served.url)
        assert f"ok\tserver\t{served.url} answers" in done.stdout
        assert served.token not in done.output
        assert served.url in (home / ".xlwings" / "xlwings.conf").read_text("utf-8")
        monkeypatch.setenv("BACKLOG_SERVER_TOKEN", "rbk_unknown-token")
        refused = backlog("excel", "install", "--server", served.url)
        assert refused.exit_code == 1
        assert "not known here" in refused.stderr


def test_the_doctor_looks_at_the_server_that_excel_asks(
    backlog: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On a machine without books of its own, as the one of an accountant."""
    config = small_company.make(tmp_path / "team", '[web]\nlisten = "127.0.0.1:0"\n')
    conf = tmp_path / "xlwings.conf"
    monkeypatch.setattr("xlwings.USER_CONFIG_FILE", str(conf))
    with web_server.running(config) as served:
        conf.write_text(f'"BACKLOG_SERVER","{served.url}"\n', "utf-8")

        def told(token: str, *words: str) -> tuple[str, str]:
            monkeypatch.setenv("BACKLOG_SERVER_TOKEN", token)
            server, configuration = backlog("doctor", *words).stdout.splitlines()[:2]
            assert configuration.startswith("–\tconfiguration\tnone here")
            state, what, detail = server.split("\t")
            assert what == f"server {served.url}"
            return state, detail

        today = dt.datetime.now(dt.UTC).date()
        state, detail = told(web_server.token(served.config, "operator", days=90))
        assert state == "ok"
        assert f"data of {today}" in detail
        assert "(0 minutes old)" in detail
        assert detail.endswith(f"the token of a test's operator, operator, counts until {today + dt.timedelta(90)}")
        assert told(served.token)[1].endswith("Ask for a new token soon")
        assert told("rbk_unknown", "--offline") == ("–", "Excel asks it; not asked")
        for token, why in (("rbk_unknown", "not known here"), (web_server.token(served.config, days=-1), "expired on")):
            state, detail = told(token)
            assert state == "failed"
            assert why in detail
            assert "backlog secrets set server.token" in detail
        served.stop()
        assert told(served.token) == (
            "failed",
            f"{served.url} does not answer (ConnectError): is it running?",
        )


@pytest.mark.parametrize("words", [("vba", "own.xlsx"), ("libreoffice", "own.xlsx")])
def test_no_other_kind_of_file_is_written_over(tmp_path: Path, backlog: Any, words: tuple[str, str]) -> None:
    own = tmp_path / words[1]
    own.write_bytes(b"mine")
    assert backlog("excel", words[0], own).exit_code == 2
    assert own.read_bytes() == b"mine"


def test_samples_are_written_once_and_filled_in(tmp_path: Path, backlog: Any) -> None:
    config = small_company.make(tmp_path / "company")
    words = ("excel", "samples", "out", "--customer", "Acme Ltd", "--day", "2026-01-31", "--config", config)
    assert backlog(*words).exit_code == 0
    again = backlog(*words)
    assert again.exit_code == 1
    assert "there already" in again.stderr
    done = backlog("workbook", "refresh", "out/statement.xlsx", "out/year.xlsx", "--config", config)
    assert done.exit_code == 0, done.output
    statement = openpyxl.load_workbook(tmp_path / "out" / "statement.xlsx", data_only=True)["Statement"]
    assert [statement.cell(row, 2).value for row in (7, 8, 9, 12, 14)] == [12000, 1000, 11000, 12000, 11000]
    assert statement["B18"].value == 0
    year = openpyxl.load_workbook(tmp_path / "out" / "year.xlsx", data_only=True)["Year"]
    assert [year.cell(11, column).value for column in range(2, 14)] == [1000 * n for n in range(11, -1, -1)]
    assert year["N9"].value == 12000
