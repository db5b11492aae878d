"""Secrets come from the keyring or the environment and are never printed whole."""

import keyring
import pytest
from keyring.backend import KeyringBackend

TOKEN = "sk_test_0123456789abcdef"


class Drawer(KeyringBackend):
    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[(service, username)] = password


@pytest.fixture
def drawer(company):
    (company / "config.toml").write_text("[connectors.pay]\nkind = 'stripe'\n", encoding="utf-8")
    before = keyring.get_keyring()
    made = Drawer()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def key_of(backlog):
    return backlog("secrets", "list").output.splitlines()[1].split("\t")[0]


def test_a_secret_is_read_from_a_pipe_kept_and_listed_masked(backlog, drawer):
    name = key_of(backlog)
    result = backlog("secrets", "set", name, input=f"{TOKEN}\n")
    assert result.exit_code == 0, result.output
    assert drawer.kept == {("revenue-backlog", name): TOKEN}
    listed = backlog("secrets", "list").output
    assert "…cdef" in listed
    assert TOKEN not in listed + result.output


def test_the_environment_goes_before_the_keyring(backlog, drawer, monkeypatch):
    name = key_of(backlog)
    monkeypatch.setenv("BACKLOG_" + name.upper().replace(".", "_"), "another-secret-7777")
    assert "environment\t…7777" in backlog("secrets", "list").output


def test_an_unknown_secret_is_refused_with_the_nearest(backlog, drawer):
    name = key_of(backlog)
    result = backlog("secrets", "set", name[:-1], input=f"{TOKEN}\n")
    assert result.exit_code == 1
    assert f"Did you mean '{name}'?" in result.output
    assert drawer.kept == {}


def test_without_a_keyring_the_environment_variable_is_named(shell, company):
    (company / "config.toml").write_text("[connectors.pay]\nkind = 'stripe'\n", encoding="utf-8")
    name = shell("secrets", "list").stdout.splitlines()[1].split("\t")[0]
    done = shell("secrets", "set", name, given=f"{TOKEN}\n")
    assert done.returncode == 1
    assert "Set BACKLOG_PAY_API_KEY in the environment instead" in done.stderr
    assert TOKEN not in done.stderr + done.stdout
