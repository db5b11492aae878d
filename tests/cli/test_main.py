"""What a script may rely on whatever the command: where the configuration is found, exit codes, plain errors."""

import gc
import sys
from importlib.metadata import version

import pytest

from cli.main import main


def test_the_version_is_the_distributions(backlog):
    assert backlog("--version").output.strip() == f"backlog {version('revenue-backlog')}"


def test_what_refers_to_itself_is_looked_for_less_often(monkeypatch):
    before = gc.get_threshold()
    monkeypatch.setattr(sys, "argv", ["backlog", "--version"])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        with pytest.raises(SystemExit):
            main()
        assert gc.get_threshold() == (10_000, *before[1:])
    finally:
        gc.set_threshold(*before)


@pytest.mark.parametrize("words", [["nope"], ["sync", "--since", "31.1.2026"], ["connectors", "preview"], ["--nope"]])
def test_wrong_usage_exits_2(backlog, company, words):
    assert backlog(*words).exit_code == 2


def test_the_configuration_is_taken_before_and_after_the_sub_command(backlog, company, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.toml").write_text("[connectors.mine]\nkind = 'stripe'\n", encoding="utf-8")
    for words in (
        ["--config", other / "mine.toml", "secrets", "list"],
        ["secrets", "--config", other / "mine.toml", "list"],
        ["secrets", "list", "--config", other / "mine.toml"],
    ):
        result = backlog(*words)
        assert result.exit_code == 0, result.output
        assert "mine." in result.output


def test_the_last_configuration_named_counts_and_the_environment_is_the_default(backlog, company, monkeypatch):
    (company / "mine.toml").write_text("[connectors.mine]\nkind = 'stripe'\n", encoding="utf-8")
    monkeypatch.setenv("BACKLOG_CONFIG", str(company / "mine.toml"))
    assert "mine." in backlog("secrets", "list").output
    assert "mine." not in backlog("--config", "mine.toml", "secrets", "list", "--config", "config.toml").output


def test_without_a_configuration_the_remedy_is_named(shell):
    done = shell("secrets", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "backlog init" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[policy]\nroundng = 'x'\n", ["line 2", "did you mean 'rounding'"]),
        ("[store]\nurl = 1\n", ["line 2", "text in quotes"]),
        ("[policy\n", ["not valid TOML"]),
        ("[connectors.books]\nkind = 'files'\n", ["line 1", "needs 'path'"]),
        ("[connectors.books]\nkind = 'fils'\n", ["line 2", "did you mean 'files'"]),
        ("[connectors.books]\nkind = 'files'\npath = '.'\npth = 1\n", ["line 4", "did you mean 'path'"]),
        ("[connectors.pay]\nkind = 'stripe'\n", ["line 1", "secret", "backlog secrets set pay."]),
    ],
)
def test_a_mistake_in_the_configuration_stops_a_sync_before_it_starts(shell, company, text, told):
    (company / "backlog.db").unlink()
    (company / "config.toml").write_text(text, encoding="utf-8")
    done = shell("sync")
    assert done.returncode == 1
    assert [part for part in told if part.lower() not in done.stderr.lower()] == []
    assert "Traceback" not in done.stderr
    assert not (company / "backlog.db").exists()


def test_every_problem_of_every_connector_is_told_at_once(shell, company):
    (company / "config.toml").write_text(
        "[connectors.a]\nkind = 'fils'\n[connectors.b]\nkind = 'files'\n", encoding="utf-8"
    )
    errors = shell("sync").stderr
    assert "line 2" in errors
    assert "line 3" in errors


def test_help_starts_fast_because_commands_load_what_they_need(shell, company):
    done = shell("--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"numpy", "pandas", "sqlalchemy", "httpx", "openpyxl", "xlwings", "rich.console"}


def test_output_takes_a_pipe_that_knows_no_utf_8(shell, company):
    done = shell("connectors", "list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "files" in done.stdout
