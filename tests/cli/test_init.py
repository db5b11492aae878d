"""`backlog init` gives a start and touches nothing that is there."""

import re

from connectors.registry import KINDS
from model.settings import load


def test_it_writes_a_configuration_that_loads_and_an_empty_store(backlog, tmp_path):
    result = backlog("init", "mine")
    assert result.exit_code == 0, result.output
    settings = load(tmp_path / "mine" / "config.toml")
    assert settings.connectors == {}
    assert (tmp_path / "mine" / "backlog.db").exists()


def test_lifting_its_comments_gives_a_configuration_of_every_source(backlog, tmp_path):
    backlog("init")
    file = tmp_path / "config.toml"
    text = file.read_text("utf-8")
    file.write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE), encoding="utf-8")
    settings = load(file)
    assert [block["kind"] for block in settings.connectors.values()] == list(KINDS)
    assert list(settings.jobs) == ["nightly"]


def test_it_touches_nothing_that_is_there(backlog, company):
    before = (company / "config.toml").read_bytes()
    first = backlog("init")
    store = (company / "backlog.db").read_bytes()
    second = backlog("init")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (company / "config.toml").read_bytes() == before
    assert (company / "backlog.db").read_bytes() == store
    assert "left as it is" in second.output


def test_a_system_that_is_named_is_in_force(backlog, tmp_path):
    result = backlog("init", "--with", "chargebee", "--with", "files")
    assert result.exit_code == 0, result.output
    settings = load(tmp_path / "config.toml")
    assert set(settings.connectors) == {"chargebee", "files"}
    assert settings.connectors["chargebee"]["site"] == "mycompany"


def test_a_person_is_asked_which_systems_there_are(backlog, tmp_path, monkeypatch):
    monkeypatch.setattr("cli.init.watched", lambda: True)
    result = backlog("init", input="salesforce, stripe\nhttps://acme.my.salesforce.com\n3MVG9\nbot@acme.example\n")
    assert result.exit_code == 0, result.output
    block = load(tmp_path / "config.toml").connectors["salesforce"]
    assert (block["base_url"], block["client_id"], block["username"]) == (
        "https://acme.my.salesforce.com", "3MVG9", "bot@acme.example",
    )  # fmt: skip
    assert "stripe" in load(tmp_path / "config.toml").connectors


def test_a_system_that_is_none_is_told_with_the_nearest(backlog):
    result = backlog("init", "--with", "salesforc")
    assert result.exit_code == 2
    assert "did you mean 'salesforce'" in result.output
