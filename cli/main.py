"""The `backlog` command: the list of sub-commands, and where each one lives."""

from __future__ import annotations

import gc
import sys
import traceback
from importlib.util import find_spec
from io import TextIOWrapper
from types import TracebackType

import click

from cli.app import Commands, config_option
from model.redaction import redacted

PLACES = {
    "demo": "cli.demo",
    "init": "cli.init",
    "doctor": "cli.doctor",
    "secrets": "cli.secrets",
    "connectors": "cli.connectors",
    "sync": "cli.sync",
    "run": "cli.run",
    "serve": "cli.serve",
    "token": "cli.token",
    "status": "cli.status",
    "rejected": "cli.rejected",
    "matches": "cli.matches",
    "calc": "cli.calc",
    "functions": "cli.functions",
    "metric": "cli.metric",
    "scenario": "cli.scenario",
    "signals": "cli.signals",
    "report": "cli.report",
    "method": "cli.method",
    "excel": "cli.excel",
    "explain": "cli.explain",
    "workbook": "cli.workbook",
    "exceptions": "cli.exceptions",
    "quality": "cli.quality",
    "close": "cli.close",
    "reopen": "cli.reopen",
    "periods": "cli.periods",
    "export": "cli.export",
    "store": "cli.store",
}


@click.group(
    cls=Commands,
    places={name: place for name, place in PLACES.items() if find_spec(place)},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nStart with:\n  backlog demo          a sample company, nothing configured\n"
    "  backlog init          a configuration of your own",
)
@click.version_option(package_name="revenue-backlog", prog_name="backlog", message="%(prog)s %(version)s")
@config_option
def cli() -> None:
    """Revenue backlog and ASC 606 schedules, from your systems into the workbooks finance already uses."""


def look_for_garbage_less_often() -> None:
    """Has what refers to itself looked for every 10,000 objects: nearly all of ours go without, and each look costs.

    At Python's own 700 every page of a pull is looked through several times while it is at work, a tenth of its time.
    """
    gc.set_threshold(10_000)


def main() -> None:
    """The entry point: output that any pipe can take, then the command."""
    look_for_garbage_less_often()
    for stream in (sys.stdout, sys.stderr):
        # A pipe on Windows, or a POSIX locale without UTF-8, would otherwise refuse names and typographic signs.
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.excepthook = _told
    cli(prog_name="backlog")


def _told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of ours with its trace, as Python tells it, but without secrets."""
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, error, trace))))
