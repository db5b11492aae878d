"""`backlog init`: a commented configuration and an empty store, touching nothing that is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from cli import screen
from cli.app import App, command
from connectors.kit.connector import Connector
from connectors.kit.fields import nearest
from model.settings import load


@command("backlog init\nbacklog init mybooks\nbacklog init --with salesforce --with chargebee")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with", "kinds", multiple=True, metavar="KIND", help="A system to put in force; may be repeated.")
def init(app: App, folder: Path, kinds: tuple[str, ...]) -> None:
    """Writes a commented config.toml and an empty store; touches nothing that is there. On a terminal it asks which systems."""
    from cli.example import example
    from connectors.registry import KINDS
    from store.connect import connect, shown

    file = app.config or folder / "config.toml"
    text = "" if file.exists() else example(KINDS, in_force=False, chosen=_chosen(kinds, KINDS))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8", newline="\n") as new:
            new.write(text)
        screen.say(f"{file}: written. Lift the comments of the sources you have")
    except FileExistsError:
        screen.say(f"{file}: is there already, left as it is")
    settings = load(file)
    connect(settings.store.url).dispose()
    screen.say(f"store: ready at {shown(settings.store.url)}")
    screen.say("Next: backlog doctor" + ("" if file.parent == Path() else f" --config {file}"))


def _chosen(kinds: Sequence[str], known: Mapping[str, type[Connector]]) -> dict[str, dict[str, str]]:
    """The systems to put in force, with what a person says of each; nothing is asked where nobody is there to answer."""
    asks = watched()
    if asks and not kinds:
        screen.say(f"Systems to read from: {', '.join(known)}")
        said = click.prompt(
            "Which do you have (separated by commas; empty: none)", default="", show_default=False, err=True
        )
        kinds = [word.strip().lower() for word in said.split(",") if word.strip()]
    found: dict[str, dict[str, str]] = {}
    for kind in kinds:
        if kind not in known:
            raise click.BadParameter(f"{kind!r} is no system we know{nearest(kind, known)}", param_hint="--with")
        wanted = [each for each in known[kind].settings if each.required and not each.secret and each.kind is str]
        found[kind] = {
            each.name: said
            for each in wanted
            if asks
            and (said := click.prompt(f"{kind} {each.name} ({each.help})", default="", show_default=False, err=True))
        }
    return found


def watched() -> bool:
    """Whether a person sits before the terminal."""
    return sys.stdin.isatty()
