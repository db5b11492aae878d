"""The configuration: what is accepted, and how every mistake is told before anything runs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import settings
from model.errors import ConfigNeeded
from model.settings_text import line_of, lines_of
from model.settings_words import cron

WHOLE = """\
[store]
url = "sqlite:///books/backlog.db"
[reporting]
currency = "EUR"
fiscal_year_start = 4
timezone = "Europe/Berlin"
[policy]
rounding = "last_period"
rpo_expedients = ["one_year", "right_to_invoice"]
progress_decimals = ""
[connectors.crm]
kind = "hubspot"
schedule = "*/15 * * * *"
timezone = "America/New_York"
[connectors.books]
kind = "files"
path = "import"
[jobs.month_end]
run = "workbook refresh"
files = ["packs/*.xlsx"]
schedule = "0 6 1 * *"
[matching]
authority = ["crm", "books"]
[matching.customers]
"books:C1" = "crm:4711"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigNeeded) as caught:
        settings.load(write(folder, text))
    return str(caught.value)


def test_a_whole_file_is_read(tmp_path):
    read = settings.load(write(tmp_path, WHOLE))
    assert read.root == tmp_path
    assert read.store.url == f"sqlite:///{(tmp_path / 'books/backlog.db').as_posix()}"
    assert (read.reporting.currency, read.reporting.fiscal_year_start) == ("EUR", 4)
    assert read.policy.rounding == "last_period"
    assert read.policy.progress_decimals is None
    assert read.connectors["books"]["path"] == str(tmp_path / "import")
    assert read.connectors["crm"]["schedule"] == "*/15 * * * *"
    assert read.jobs["month_end"].files == ["packs/*.xlsx"]
    assert read.matching.authority == ["crm", "books"]
    assert read.matching.customers == {"books:C1": "crm:4711"}


def test_an_empty_file_means_the_documented_defaults(tmp_path):
    read = settings.load(write(tmp_path, ""))
    assert (read.reporting.currency, read.reporting.fiscal_year_start, read.reporting.timezone) == ("USD", 1, "UTC")
    policy = read.policy
    assert (policy.rounding, policy.deferred_basis, policy.recognition) == (
        "cumulative",
        "billed",
        "straight_line_daily",
    )
    assert (policy.termination, policy.rpo_expedients, policy.credit_notes, policy.progress_decimals) == (
        "contracted",
        ("right_to_invoice",),
        "catch_up",
        4,
    )
    assert read.connectors == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[policy]\nroundng = "x"', ["line 2", "unknown setting 'roundng' in [policy]", "Did you mean 'rounding'?"]),
        ("[conectors.crm]\nkind = 'files'", ["line 1", "'conectors'", "Did you mean 'connectors'?"]),
        ('[policy]\n\nrounding = "cumulativ"', ["line 3", "did you mean 'cumulative'?", "cumulative, last_period"]),
        ("[store]\nurl = 3", ["line 2", "url = 3", "text in quotes"]),
        ("[store]\nurl = 'backlog.db'", ["line 2", 'url: this is no address of a store. Write "sqlite:///backlog.db"']),
        ("[store]\nurl = 'mysql://joe:pw@host/db'", ["line 2", 'or "postgresql://user@host/database"']),
        ("[reporting]\nfiscal_year_start = 13", ["line 2", "expected at most 12"]),
        ('[reporting]\nfiscal_year_start = "1"', ["line 2", "a whole number"]),
        ('[sales]\nincentive_rate = "0.05"', ["line 2", "expected a number without quotes, such as 0.05"]),
        ("[policy]\nprogress_decimals = -1", ["line 2", "expected at least 0"]),
        ('[reporting]\nfiscal_calendar = "445"', ["line 2", "did you mean '4-4-5'?"]),
        ('[reporting]\nfiscal_calendar = "custom"', ["fiscal_month_ends: 0 dates are no whole years"]),
        ("[reporting]\nfiscal_month_ends = [2026-01-31]", ["line 2", 'only with fiscal_calendar = "custom"']),
        ('[reporting]\nfiscal_month_ends = ["2026-01-31"]', ["line 2", "a date without quotes, such as 2026-01-31"]),
        ('[reporting]\ncurrency = "usd"', ["line 2", "did you mean 'USD'?"]),
        ('[reporting]\ntimezone = "Europe/Berln"', ["line 2", "did you mean 'Europe/Berlin'?"]),
        ('[reporting]\ntimezone = ""', ["line 2", "a zone such as Europe/Berlin"]),
        (
            '[web]\npublic_url = "backlog.example.com"',
            ["line 2", "write it whole, such as https://backlog.example.com"],
        ),
        ('[alerts]\nmail_to = ["finance"]', ["line 2", "'finance' is no mail address"]),
        ('[policy]\nrpo_expedients = [\n"oneyear"]', ["line 2", "did you mean 'one_year'?"]),
        ("[connectors.crm]\npath = 'x'", ["line 1", "[connectors.crm] has no 'kind'"]),
        ("[connectors.'a:b']\nkind = 'files'", ["line 1", "letters, digits, - and _"]),
        ("[connectors.crm]\nkind = 'files'\nschedule = '* * * *'", ["line 3", "five fields"]),
        ("[jobs.m]\nrun = 'workbok refresh'\nschedule = '0 6 1 * *'", ["line 2", "did you mean 'workbook refresh'?"]),
        ("[jobs.m]\nrun = 'workbook refresh'\nschedule = '0 6 1 * *'", ["line 1", "refreshes no workbook"]),
        ("[connectors.crm]\nkind='files'\n[matching]\nauthority = ['cmr']", ["line 4", "did you mean 'crm'?"]),
        ("[policy\n", ["not valid TOML", "line 1"]),
    ],
)
def test_a_mistake_names_its_line_and_what_is_allowed(tmp_path, text, told):
    message = refusal(tmp_path, text)
    assert "config.toml" in message
    assert [part for part in told if part not in message] == []


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path):
    lines = refusal(tmp_path, "[store]\nurl = 3\n[policy]\nrounding = 'x'\n[other]\n").splitlines()
    assert [line.split(": ")[0].rsplit(" ", 1)[1] for line in lines] == ["2", "4", "5"]


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigNeeded, match="backlog init"):
        settings.load(tmp_path / "config.toml")


def test_a_file_that_is_not_utf_8_is_named_and_one_with_a_byte_order_mark_is_read(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes('[reporting]\ncurrency = "€"'.encode("cp1252"))
    with pytest.raises(ConfigNeeded, match="UTF-8"):
        settings.load(file)
    file.write_bytes('[reporting]\ncurrency = "EUR"'.encode("utf-8-sig"))
    assert settings.load(file).reporting.currency == "EUR"


def test_the_file_is_the_named_one_else_the_environments_else_the_one_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKLOG_CONFIG", raising=False)
    assert settings.find() == tmp_path / "config.toml"
    monkeypatch.setenv("BACKLOG_CONFIG", str(tmp_path / "other.toml"))
    assert settings.find() == tmp_path / "other.toml"
    assert settings.find(Path("mine.toml")) == tmp_path / "mine.toml"


def test_a_secret_comes_from_the_environment_and_a_missing_one_says_how_to_give_it(tmp_path, monkeypatch):
    read = settings.load(write(tmp_path, WHOLE))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("BACKLOG_CRM_ACCESS_TOKEN", "s3cret")
    assert settings.secret(read, "crm", "access_token") == "s3cret"
    monkeypatch.delenv("BACKLOG_CRM_ACCESS_TOKEN")
    with pytest.raises(ConfigNeeded) as caught:
        settings.secret(read, "crm", "access_token")
    assert "config.toml line 11" in str(caught.value)
    assert "backlog secrets set crm.access_token" in str(caught.value)
    assert "BACKLOG_CRM_ACCESS_TOKEN" in str(caught.value)


def test_a_key_in_a_string_or_a_list_is_no_key():
    text = 'a = """\n[x]\nb = 1\n"""\nc = [\n  "d = 1", # e = [\n]\n[t."q.r"]\nf.g = 1\n[[u]]\nh = 1'
    assert lines_of(text) == {
        ("a",): 1,
        ("c",): 5,
        ("t", "q.r"): 8,
        ("t", "q.r", "f", "g"): 9,
        ("u",): 10,
        ("u", "h"): 11,
    }
    assert line_of({("connectors", "crm"): 3}, ("connectors", "crm", "kind")) == 3
    assert line_of({}, ("policy",)) is None


@given(st.lists(st.sampled_from(["# note", "", "x = '''\n[no]\n'''", "y = [\n1,\n]"]), max_size=6))
def test_lines_are_counted_whatever_stands_above(above):
    text = "\n".join([*above, "[last]", "key = 1"])
    lines = text.split("\n")
    assert lines_of(text)[("last", "key")] == len(lines)


@pytest.mark.parametrize("text", ["*/15 * * * *", "0 6 1 * *", "0,30 8-18/2 * jan-mar mon-fri", "5 4 1-7,15 * 7"])
def test_a_schedule_is_accepted(text):
    assert cron(text) == text


@pytest.mark.parametrize("text", ["", "* * * *", "60 * * * *", "* 24 * * *", "*/0 * * * *", "5-1 * * * *", "* * * x *"])
def test_a_schedule_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match="is no schedule"):
        cron(text)


def test_an_address_that_is_none_is_told_without_its_password(tmp_path):
    assert "s3cret" not in refusal(tmp_path, "[store]\nurl = 'mysql://joe:s3cret@host/db'\n")
