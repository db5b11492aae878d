"""The pages made from the code are current; every command, setting and word is documented."""

import tomllib
from pathlib import Path

import pytest

from cli import reference
from cli.main import cli
from connectors.kit.connector import Connector
from connectors.registry import KINDS, make
from model.settings import load
from model.settings_blocks import ConfigFile, Job

COMMANDS = [(" ".join(path), command) for path, command in reference.walk(cli, ("backlog",))]


@pytest.mark.parametrize("page", reference.PAGES)
def test_a_page_is_current(page, root):
    assert (root / page).read_text("utf-8") == reference.PAGES[page](), "run: make docs"


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_a_command_has_help_and_an_example(name, command):
    assert command.help
    if not hasattr(command, "commands") and name != "backlog":
        assert command.epilog
        assert name in command.epilog
        assert any(option.name == "config" for option in command.params)


def test_every_word_has_a_meaning_and_a_source():
    for term, about in reference.terms().items():
        assert about["meaning"].endswith("."), term
        assert about["source"], term


def loaded(root: Path) -> tuple[dict, str]:
    text = (root / "config.example.toml").read_text("utf-8")
    return tomllib.loads(text), text


def test_the_example_configuration_shows_every_setting(root):
    data, text = loaded(root)
    for name in ("store", "reporting", "policy", "matching", "service", "web", "alerts"):
        assert set(data[name]) == set(ConfigFile.model_fields[name].annotation.model_fields)
    assert set(data["jobs"]["nightly"]) == set(Job.model_fields)
    for kind, connector in KINDS.items():
        shown = text.partition(f"[connectors.{kind}]")[2]
        missing = [s.name for s in connector.settings if f"\n{s.name} = " not in shown and f"\n# {s.name}" not in shown]
        assert missing == []


def test_the_example_configuration_loads_and_its_sources_can_be_made(root, tmp_path):
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    settings, defaults = load(root / "config.example.toml"), load(tmp_path / "config.toml")
    assert (settings.reporting, settings.policy) == (defaults.reporting, defaults.policy)
    for name, block in settings.connectors.items():
        connector = make(name, block, lambda key: f"secret-{key}")
        assert isinstance(connector, Connector)
        connector.close()
