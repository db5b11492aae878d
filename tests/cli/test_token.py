"""Tokens on the command line: shown once, listed without themselves, taken back."""

from typing import Any


def test_a_token_is_made_listed_and_revoked(company: Any, backlog: Any) -> None:
    made = backlog("token", "create", "--name", "Ann's Excel")
    token = made.stdout.strip()
    assert token.startswith("rbk_")
    assert "viewer" in made.stderr
    backlog("token", "create", "--name", "Prometheus", "--role", "operator", "--days", "365")
    listed = backlog("token", "list").stdout
    assert "Ann's Excel\tviewer" in listed
    assert "Prometheus\toperator" in listed
    assert token not in listed
    assert backlog("token", "revoke", "1").exit_code == 0
    assert "revoked" in backlog("token", "list").stdout
    again = backlog("token", "revoke", "1")
    assert again.exit_code == 1
    assert "no valid token 1" in again.stderr


def test_a_role_that_there_is_not_is_misuse(company: Any, backlog: Any) -> None:
    assert backlog("token", "create", "--name", "x", "--role", "boss").exit_code == 2
    assert backlog("token", "create", "--name", "x", "--days", "0").exit_code == 2
