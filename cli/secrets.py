"""`backlog secrets`: the secrets connectors need, in the system's keyring or the environment, never in a file."""

from __future__ import annotations

import os
import sys

import click

from cli import screen
from cli.app import App, command, group
from model.errors import ConfigNeeded
from model.settings import Settings, find_secret, keep_secret, variable
from model.settings_blocks import ALERT_SECRETS
from model.settings_text import nearest


@group()
def secrets() -> None:
    """The secrets that connectors need: from the keyring or the environment, never in a file."""


@secrets.add_command
@command("backlog secrets set crm.access_token\nbacklog secrets set crm.access_token < token.txt", name="set")
@click.argument("secret", metavar="NAME.KEY")
def set_(app: App, secret: str) -> None:
    """Asks for a connector's secret and keeps it in the keyring (or reads it from a pipe)."""
    name, _, key = secret.partition(".")
    known = needed(app.settings)
    if (name, key) not in known:
        raise ConfigNeeded(_no_such_secret(secret, [f"{n}.{k}" for n, k in known]))
    watched = sys.stdin.isatty()
    value = (click.prompt(secret, hide_input=True, err=True) if watched else sys.stdin.readline()).strip()
    if not value:
        raise ConfigNeeded(f"no secret was given for {secret}")
    keep_secret(name, key, value)
    screen.say(f"{secret} is kept in the keyring")


@secrets.add_command
@command("backlog secrets list", name="list")
def list_(app: App) -> None:
    """Which secrets are needed, where each comes from, and its last signs."""
    rows = []
    must = required(app.settings)
    for name, key in needed(app.settings):
        value = find_secret(name, key)
        if name == "alerts" and value is None:
            continue  # nobody needs to be told
        unset = "missing" if (name, key) in must else "not set, optional"
        place = "environment" if os.environ.get(variable(name, key)) else "keyring" if value else unset
        rows.append((f"{name}.{key}", place, masked(value), variable(name, key)))
    screen.table(("secret", "from", "value", "environment variable"), rows)


@secrets.add_command
@command("backlog secrets key")
def key(app: App) -> None:
    """Prints a new key, for BACKLOG_TOKEN_KEY: it opens the tokens that vendors renew, which are kept sealed.

    A machine with a keyring makes its own. Give the same key to every machine that shares a store.
    """
    from cryptography.fernet import Fernet

    click.echo(Fernet.generate_key().decode())


def needed(settings: Settings) -> list[tuple[str, str]]:
    """The (name, key) of every secret that connectors, the store on a server and the service's alerts know."""
    from connectors.registry import KINDS

    store = [("store", "password")] if settings.store.url.startswith("postgres") else []
    connectors = [
        (name, setting.name)
        for name, block in settings.connectors.items()
        if block["kind"] in KINDS
        for setting in KINDS[block["kind"]].settings
        if setting.secret
    ]
    return store + connectors + [("alerts", key) for key in ALERT_SECRETS]


def required(settings: Settings) -> set[tuple[str, str]]:
    """The (name, key) of those without which their connector cannot be asked at all."""
    from connectors.registry import KINDS

    return {
        (name, setting.name)
        for name, block in settings.connectors.items()
        if block["kind"] in KINDS
        for setting in KINDS[block["kind"]].settings
        if setting.secret and setting.required
    }


def masked(value: str | None) -> str:
    """Enough to recognize a secret and too little to use it.

    >>> masked("pat-na1-0123456789"), masked("short"), masked(None)
    ('…6789', '…', '')
    """
    if not value:
        return ""
    return f"…{value[-4:]}" if len(value) >= 12 else "…"


def _no_such_secret(secret: str, known: list[str]) -> str:
    near = nearest(secret, known)
    hint = f"Did you mean {near!r}? " if near else ""
    return f"no configured connector has a secret {secret!r}. {hint}Known: {', '.join(known) or 'none'}"
