"""The reference pages, the glossary and config.example.toml, made from the code: python -m cli.reference

Commands come from their --help, settings and connectors from their declarations, words from model/terms.toml. A test
holds every page current.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from cli.example import choices, example, toml
from cli.main import cli
from cli.reference_exceptions import page as exceptions_page
from cli.reference_files import page as files_page
from cli.reference_measures import page as measures_page
from connectors.registry import KINDS
from excel.reference import page as functions_page
from model.settings import variable
from model.settings_blocks import ConfigFile, ConnectorBlock, GovernBlock, Job
from model.settings_steering import ScenarioBlock

_MADE = "<!-- Made from the code by `make docs`; changes belong there. -->\n"


def commands() -> str:
    """Every command's help."""
    parts = [
        f"{_MADE}\n# Commands\n",
        "Every command takes `--config FILE`, before or after it. Exit 0: done · 1: failed, told why · 2: misuse.\n",
    ]
    for path, command in walk(cli, ("backlog",)):
        parts.append(f"{'##' if len(path) < 3 else '###'} {' '.join(path)}\n\n```\n{_help(path, command)}\n```\n")
    return "\n".join(parts)


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all beneath it, with the words that call each."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from walk(found, (*path, name))


def settings() -> str:
    """Every block of config.toml and its keys."""
    parts = [
        f"{_MADE}\n# Settings\n",
        "The configuration is one TOML file: `--config FILE`, else `$BACKLOG_CONFIG`, else `./config.toml`. "
        "[config.example.toml](../../config.example.toml) shows all of it. Relative paths start at its folder.\n",
    ]
    for name in ("store", "reporting", "policy", "workbooks", "sales", "signals", "risk", "matching"):
        block: Any = ConfigFile.model_fields[name].annotation
        parts.append(_block(f"[{name}]", block))
    parts.append(_block("[matching.govern]", GovernBlock))
    parts.append(_block("[scenarios.NAME]", ScenarioBlock))
    parts.append(_block("[connectors.NAME]", ConnectorBlock))
    parts.append("Each kind has keys of its own: see [connectors](connectors.md).\n")
    parts.append(_block("[jobs.NAME]", Job))
    for name in ("service", "web", "alerts"):
        block = ConfigFile.model_fields[name].annotation
        parts.append(_block(f"[{name}]", block))
    return "\n".join(parts)


def connectors() -> str:
    """Every kind of connector with its settings and the rights it needs."""
    parts = [f"{_MADE}\n# Connectors\n", "Adding one: [guide](../guides/add-a-connector.md).\n"]
    for kind, made in KINDS.items():
        parts.append(f'## {made.title}: `kind = "{kind}"`\n\nRights at the vendor: {_sentence(made.rights)}\n')
        rows = []
        for setting in made.settings:
            default = "required" if setting.required else f"`{toml(setting.default)}`" if setting.default else "–"
            if setting.secret:
                default = f"secret: `{variable('NAME', setting.name)}` or the keyring"
            words = f" One of: {', '.join(f'`{word}`' for word in setting.choices)}." if setting.choices else ""
            rows.append((f"`{setting.name}`", f"{_sentence(setting.help)}{words}", default))
        parts.append(_table(("setting", "what it is", "default"), rows))
    return "\n".join(parts)


def terms() -> Mapping[str, Mapping[str, Any]]:
    """The words of the product: meaning, source, and where each is seen."""
    return tomllib.loads((files("model") / "terms.toml").read_text("utf-8"))


def glossary() -> str:
    """The words of the product as a page."""
    rows = [
        (f"**{term}**", about["meaning"], about["source"], ", ".join(f"`{name}`" for name in about["seen"]) or "–")
        for term, about in sorted(terms().items(), key=lambda item: item[0].casefold())
    ]
    intro = "One word per idea, in columns, functions, sheets and documents alike. Paragraphs are of ASC 606-10.\n"
    return f"{_MADE}\n# Glossary\n\n{intro}\n" + _table(("term", "meaning", "source", "seen as"), rows)


def config_example() -> str:
    """config.example.toml: every setting with its default."""
    return example(KINDS, in_force=True)


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands,
    "docs/reference/settings.md": settings,
    "docs/reference/connectors.md": connectors,
    "docs/reference/functions.md": functions_page,
    "docs/reference/files.md": lambda: files_page(_MADE),
    "docs/reference/measures.md": lambda: measures_page(_MADE),
    "docs/reference/exceptions.md": lambda: exceptions_page(_MADE),
    "docs/glossary.md": glossary,
    "config.example.toml": config_example,
}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…")) else ".")


def _help(path: tuple[str, ...], command: click.Command) -> str:
    parent = click.Context(cli, info_name=" ".join(path[:-1])) if len(path) > 1 else None
    known: list[str] = cli.context_settings["help_option_names"]
    context = click.Context(
        command,
        info_name=path[-1],
        parent=parent,
        help_option_names=known,
        terminal_width=100,
        max_content_width=100,
    )
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    return "\n".join(lines).replace("backlog backlog", "backlog")


def _block(title: str, block: type[BaseModel]) -> str:
    rows = []
    for name, field in block.model_fields.items():
        words = choices(field)
        purpose = _sentence(field.description or "") + (
            f" One of: {', '.join(f'`{word}`' for word in words)}." if words else ""
        )
        default = "required" if field.is_required() else "–" if field.default is None else f"`{toml(field.default)}`"
        rows.append((f"`{name}`", purpose, default))
    return f"## {title}\n\n{(block.__doc__ or '').strip().splitlines()[0]}\n\n" + _table(
        ("key", "purpose", "default"), rows
    )


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def stale(root: Path) -> dict[str, str]:
    """The pages beneath the repository's top that are not current, with the text they should have."""
    made = {name: make() for name, make in PAGES.items()}
    return {
        name: text
        for name, text in made.items()
        if not (root / name).exists() or (root / name).read_text("utf-8") != text
    }


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; fail if a page is not current.")
def main(check: bool) -> None:
    """Writes every page that is not current."""
    root = Path(__file__).parents[1]
    pages = stale(root)
    for name, text in pages.items():
        if not check:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"{name}: {'not current; run: make docs' if check else 'written'}")
    if check and pages:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
