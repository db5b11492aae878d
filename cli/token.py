"""`backlog token`: who may ask the server."""

from __future__ import annotations

import datetime as dt

import click

from cli.app import App, command, group
from cli.screen import say, table
from model.errors import BacklogError
from model.roles import ROLES


@group()
def token() -> None:
    """Who may ask the server of `backlog serve`."""


@command(
    'backlog token create --name "Ann\'s Excel"\nbacklog token create --name Prometheus --role operator --days 365'
)
@click.option("--name", required=True, help="Whose it is, for the list and the log.")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What it may do.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="For how long.")
def create(app: App, name: str, role: str, days: int) -> None:
    """Makes a token and shows it this one time; only its digest is kept.

    A viewer asks for figures; an operator also sees how the service goes and records as their vendor sent them; an
    admin may do all.
    """
    from store.connect import connect
    from sync.access import give

    now = dt.datetime.now(dt.UTC)
    ends = now + dt.timedelta(days=days)
    number, text = give(connect(app.settings.store.url), name, role, now, ends)
    click.echo(text)  # the one time that it is shown
    click.echo(f"token {number}: {role}, for {name}, until {ends:%Y-%m-%d}. It is not shown again", err=True)


@command("backlog token list")
def list_(app: App) -> None:
    """Lists all tokens ever given: whose, which role, until when; never the token itself."""
    from store.access import grants
    from store.connect import connect

    now = dt.datetime.now(dt.UTC)
    rows = [
        (each.id, each.name, each.role, f"{each.created_at:%Y-%m-%d}", _day(each.expires_at), each.refused(now) or "valid")
        for each in grants(connect(app.settings.store.url))
    ]  # fmt: skip
    table(("token", "name", "role", "created", "expires", "state"), rows)


@command("backlog token revoke 3")
@click.argument("number", type=click.IntRange(1))
def revoke(app: App, number: int) -> None:
    """Takes a token back; it counts no more from this moment on."""
    from store.connect import connect
    from sync.access import revoke as take_back

    if not take_back(connect(app.settings.store.url), number, dt.datetime.now(dt.UTC)):
        raise BacklogError(f"there is no valid token {number}. See: backlog token list")
    say(f"token {number}: revoked")


def _day(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "never"


token.add_command(create)
token.add_command(list_, "list")
token.add_command(revoke)
