"""What every command shares: its configuration, `--config` before or after the sub-command, and errors as exit codes.

Exit 0 done · 1 failed with a reason · 2 wrong usage. A command raises the errors of model.errors; they become a
message here and nowhere else.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from model.errors import BacklogError, RecordRejected
from model.periods import parse_day, parse_month
from model.redaction import redacted
from model.settings import Settings, load


class App:
    """The state of one call: which configuration was named, and what it says, read when first asked for."""

    config: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        """The checked configuration; ConfigNeeded with every problem in it."""
        return load(self.config)

    @property
    def today(self) -> dt.date:
        """The day it is where the company reports."""
        return dt.datetime.now(ZoneInfo(self.settings.reporting.timezone)).date()


def _given_app(function: Callable[..., Any]) -> Callable[..., Any]:
    @click.pass_context
    @functools.wraps(function)
    def called(context: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        return function(context.find_root().ensure_object(App), *args, **kwargs)

    return called


def _remember(context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.find_root().ensure_object(App).config = value


config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_remember,
    expose_value=False,
    metavar="FILE",
    help="The configuration [default: $BACKLOG_CONFIG, else ./config.toml].",
)


def command(example: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """A sub-command: takes `--config`, gets the App as its first argument, and shows an example in its help."""

    def declare(function: Callable[..., Any]) -> click.Command:
        epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in example.splitlines())
        decorate: Callable[[Callable[..., Any]], click.Command] = click.command(epilog=epilog, **settings)
        return decorate(config_option(_given_app(function)))

    return declare


def group(**settings: Any) -> Callable[[Callable[..., Any]], click.Group]:
    """A sub-command of sub-commands; it takes `--config` too."""

    def declare(function: Callable[..., Any]) -> click.Group:
        decorate: Callable[[Callable[..., Any]], click.Group] = click.group(**settings)
        return decorate(config_option(function))

    return declare


class Day(click.ParamType[dt.date]):
    """A date as YYYY-MM-DD; anything else is wrong usage."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """The date of the text."""
        if isinstance(value, dt.date):
            return value
        try:
            return parse_day(value)
        except RecordRejected as error:
            self.fail(str(error), param, ctx)


class Month(click.ParamType[str]):
    """A fiscal month by its name YYYY-MM or its last day YYYY-MM-DD; anything else is wrong usage."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text, for Calendar.named: which days it means, the configuration says."""
        try:
            parse_day(value) if value.count("-") == 2 else parse_month(value)
        except RecordRejected as error:
            self.fail(str(error), param, ctx)
        return str(value)


DAY = Day()
MONTH = Month()


class Commands(click.Group):
    """Sub-commands loaded when they are asked for, so that one of them does not pay for the imports of the others.

    `places`: module by command name; the module holds the command under that name.
    """

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of a month's work."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, loaded now."""
        if cmd_name not in self.places:
            return None
        found: click.Command = getattr(importlib.import_module(self.places[cmd_name]), cmd_name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; what is wrong with data, configuration, files or the database is told, not traced."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            context = error.ctx
            if (
                context
                and not error.possibilities
                and any(isinstance(p, click.Argument) for p in context.command.params)
            ):
                hint = f"A text that begins with - goes behind two of them: {context.command_path} -- …"
                raise click.UsageError(f"{error.format_message()} {hint}", context) from None
            raise
        except BacklogError as error:
            raise click.ClickException(redacted(str(error))) from error
        except OSError as error:
            if not error.filename:
                raise
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error
        except Exception as error:
            if (told := _database_error(error)) is None:
                raise
            raise click.ClickException(redacted(told)) from error


def _database_error(error: Exception) -> str | None:
    """The database's own words; told by the module's name, for importing SQLAlchemy would slow every command."""
    if not type(error).__module__.startswith("sqlalchemy."):
        return None
    cause = getattr(error, "orig", None) or error
    return f"the store: {str(cause).splitlines()[0]}. Check [store] url, its rights and free space: backlog doctor"
