"""The commands on a store in PostgreSQL, as a team uses them: the same words, and the password nowhere."""

import itertools
from types import SimpleNamespace

import pytest

_numbers = itertools.count(1)


@pytest.fixture
def team(postgres, company):
    """The company's configuration names a server's database; its password is to come from the environment."""
    name = f"team{next(_numbers)}"
    postgres.run(f"CREATE DATABASE {name}")
    config = company / "config.toml"
    address = f"postgresql://admin@127.0.0.1:{postgres.port}/{name}"
    config.write_text(config.read_text().replace("sqlite:///backlog.db", address))
    yield SimpleNamespace(address=address, name=name, config=config, password=postgres.password)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_team_syncs_asks_and_sees_its_state(backlog, team):
    def call(*words):
        done = backlog(*words, env={"BACKLOG_STORE_PASSWORD": team.password})
        assert team.password not in done.output
        assert done.exit_code == 0, done.output
        return done.stdout

    assert f"store: ready at {team.address}" in call("init")
    assert "books contract_lines: read 1, added 1" in call("sync")
    # 12,000 over twelve months, nine of them earned at the end of September.
    assert call("calc", "BACKLOG", "Acme Ltd", "2026-09-30").strip() == "3000.00"
    assert "books\t" in call("status")
    assert f"ok\tstore\t{team.address}, version" in call("doctor", "--offline")
    assert "contract_lines: read 1, added 0, changed 0, unchanged 1" in call("sync", "--dry-run")
    assert "store.password\tenvironment\t" in call("secrets", "list")


def test_a_password_in_the_file_works_and_doctor_advises_against_it(shell, team):
    team.config.write_text(team.config.read_text().replace("admin@", f"admin:{team.password}@"))
    done = shell("doctor", "--offline")
    assert "its password stands in the file: better take it out" in done.stdout
    assert team.password not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("sync",), ("status",), ("calc", "BACKLOG", "*", "2026-09-30"), ("doctor",)])
def test_without_the_password_every_command_says_how_to_give_it(backlog, team, words):
    done = backlog(*words, env={"BACKLOG_STORE_PASSWORD": "not-the-one"})
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "it is told, and no fault of ours"
    assert "refuses this user or password" in done.output
    assert "not-the-one" not in done.output
