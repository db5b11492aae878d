"""`backlog connectors`: the kinds there are, and what a configured one gets from its vendor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import islice
from typing import Any

import click

from cli import screen
from cli.app import App, command, group
from cli.sources import made, none_configured, tested
from connectors.kit.connector import Item, Pull
from model.errors import BacklogError
from model.money import Money, to_decimal

ROWS = 5
"""How many rows a preview shows of each object."""


@group()
def connectors() -> None:
    """The connectors: kinds and settings, a read on trial, rows before and after mapping."""


@connectors.add_command
@command("backlog connectors list", name="list")
def list_(app: App) -> None:
    """The kinds of connectors and their settings."""
    from connectors.registry import KINDS

    rows = []
    for kind, connector in KINDS.items():
        rows.append((kind, "", connector.title, connector.rights))
        for setting in connector.settings:
            need = "secret" if setting.secret else "required" if setting.required else _default(setting.default)
            rows.append((kind, setting.name, setting.help, need))
    screen.table(("kind", "setting", "what it is", "default / rights"), rows)


@connectors.add_command
@command("backlog connectors test\nbacklog connectors test crm")
@click.argument("name", required=False)
def test(app: App, name: str | None) -> None:
    """Reads each object of a connector on trial and shows the vendor's own error.

    Without NAME it tries all that are configured, a line each; the exit code is 1 if any of them fails.
    """
    now = dt.datetime.now(dt.UTC)
    if name is None:
        _all(app, now)
        return
    tried = tested(app.settings, name, now)
    rows, told = [], set[str]()
    for check in tried.checks:
        # What fails for all alike (a key, a host) is told once.
        rows.append(
            (check.object, "ok" if check.ok else "failed", "the same" if check.detail in told else check.detail)
        )
        told |= set() if check.ok else {check.detail}
    screen.table(("object", "result", "detail"), rows)
    if tried.failed:
        raise BacklogError(
            f"{name}: {len(tried.failed)} of {len(tried.checks)} objects failed: {', '.join(tried.failed)}"
        )


def _all(app: App, now: dt.datetime) -> None:
    """Every connector on trial, each told as soon as it has answered."""
    if not app.settings.connectors:
        raise none_configured(app.settings)
    failed = []
    for name in app.settings.connectors:
        try:
            tried = tested(app.settings, name, now)
            ok, detail = not tried.failed, tried.told
        except BacklogError as error:
            ok, detail = False, str(error)
        screen.say(f"{name}\t{'ok' if ok else 'failed'}\t{detail}")
        failed += [] if ok else [name]
    if failed:
        raise BacklogError(f"{len(failed)} of {len(app.settings.connectors)} connectors failed: {', '.join(failed)}")


@connectors.add_command
@command("backlog connectors preview crm\nbacklog connectors preview crm --object deals")
@click.argument("name")
@click.option("--object", "only", help="Show this object of the vendor only.")
def preview(app: App, name: str, only: str | None) -> None:
    """Five rows of each object, in the vendor's words and as the records they become."""
    connector = made(app.settings, name)
    names = connector.objects()
    if only is not None and only not in names:
        raise click.BadParameter(f"{name} has no object {only!r}; it has: {', '.join(names)}", param_hint="--object")
    try:
        for each in (only,) if only else names:
            ask = Pull(None, dt.datetime.now(dt.UTC), full=True)
            items = (item for page in connector.pull(each, ask) for item in page.items)
            for item in islice(items, ROWS):
                _show(each, item)
    finally:
        connector.close()


def _show(name: str, item: Item) -> None:
    screen.say(f"{name} {item.key} ({item.place})" if item.place else f"{name} {item.key}")
    screen.say(f"  before: {_compact(item.payload)}")
    for problem in item.problems:
        screen.say(f"  rejected: {problem}")
    if item.deleted:
        screen.say("  deleted at the vendor")
    for row in item.rows:
        screen.say(f"  after: {row.table}: {_compact(row.values)}")


def _compact(values: Mapping[str, Any]) -> str:
    text = ", ".join(f"{key}={_plain(value)}" for key, value in values.items() if value not in (None, ""))
    return text if len(text) <= 600 else f"{text[:600]}…"


def _plain(value: Any) -> Any:
    """An amount as a person writes it."""
    return f"{to_decimal(value.minor, value.currency)} {value.currency}" if isinstance(value, Money) else value


def _default(value: Any) -> str:
    from cli.example import toml

    return "" if value is None else toml(value)
