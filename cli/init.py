"""`backlog init`: a commented configuration and an empty store, touching nothing that is there."""

from __future__ import annotations

from pathlib import Path

import click

from cli import screen
from cli.app import App, command
from model.settings import load


@command("backlog init\nbacklog init mybooks")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(app: App, folder: Path) -> None:
    """Writes a commented config.toml and an empty store; touches nothing that is there."""
    from cli.example import example
    from connectors.registry import KINDS
    from store.connect import connect, shown

    file = app.config or folder / "config.toml"
    text = example(KINDS, in_force=False)
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
