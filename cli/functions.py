"""`backlog functions`: the catalogue, for reading or for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from cli.app import App, command
from cli.screen import say

if TYPE_CHECKING:
    from excel.catalogue import Function


@command("backlog functions\nbacklog functions DEFERRED\nbacklog functions --json")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the catalogue as JSON.")
def functions(app: App, name: str | None, as_json: bool) -> None:
    """Lists the functions a workbook can use, with their arguments."""
    from excel import catalogue
    from excel.reference import described

    chosen = [catalogue.find(name)] if name else list(catalogue.functions())
    if as_json:
        click.echo(json.dumps([described(f) for f in chosen], ensure_ascii=False, indent=2))
        return
    for function in chosen:
        _print(function, with_arguments=bool(name))


def _print(function: Function, *, with_arguments: bool) -> None:
    say(function.signature)
    say(f"    {function.description} Returns {function.returns}.")
    if with_arguments:
        for parameter in function.parameters:
            say(f"    {parameter.name}: {parameter.help}")
    say(f"    {function.example}")
