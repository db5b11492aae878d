"""All promises of speed, kept in docs/reference/speed.md: a table for each step, with what it was measured on.

python -m bench [STEP …]: only the steps that are named, whose tables take the place of theirs in the page; none named: all.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import (
    api,
    asking,
    building,
    bulk_upsert,
    cold,
    columns,
    company,
    conversion,
    matching,
    matrix,
    montecarlo,
    opening,
    packing,
    pull_again,
    pulling,
    refresh,
    updating,
)
from bench.measure import Line, busy, machine, table
from cli.main import look_for_garbage_less_often
from engine.build import build
from model.policy import Policy

_PAGE = Path(__file__).parents[1] / "docs" / "reference" / "speed.md"
_HEAD = f"""# Speed

The promises of speed and what was measured the last time (`make bench`): a company of {building.WHOLE:,} contract lines,
{building.WHOLE // 5:,} amendments, {building.WHOLE // 10:,} customers, {company.MONTHS} months, unless said otherwise. Times are
medians of runs that take turns, in processor time (of several threads that of the busiest, which is what the clock shows
where nothing else is at work) and over all threads of a rival; the update after a sync, and what goes over HTTP, by the clock.
Everything compared gives the same cents in every cell first. Nothing here is a test: times differ with the machine.
"""


def _figures() -> list[Line]:
    ledger = build(company.facts(building.WHOLE), Policy())
    return [*matrix.lines(ledger), *asking.lines(ledger), *opening.lines(ledger)]


def _storing() -> list[Line]:
    return [*pulling.lines(), *pull_again.lines(), *bulk_upsert.lines(), *columns.lines()]


@dataclass(frozen=True)
class _Step:
    """One of the page's tables: its heading, what gives its rows, and a word on them."""

    title: str
    lines: Callable[[], list[Line]]
    note: str = ""


_STEPS = {
    "storing": _Step(
        "The store", _storing,
        "The server that is pulled from is a process of its own, and its time does not count. The pull keeps payloads, versions "
        "and what\nit knows of each item; dlt only adds rows. The rows by hand bound every pull that leaves as much in the store.",
    ),
    "matching": _Step(
        "Several systems", matching.lines, "All that both tell is told twice, so that everything has to find its like.",
    ),
    "building": _Step("Building the ledger", building.lines),
    "figures": _Step(
        "Figures", _figures,
        "The matrix is revenue by customer and month. Its rivals are fed the ledger's own segments and only expand, prorate, "
        "round and\nadd them up; what they took is the time of one whole table.",
    ),
    "montecarlo": _Step("Simulation", montecarlo.lines),
    "updating": _Step("After a sync", lambda: updating.lines(building.WHOLE)),
    "packing": _Step("The month-end pack", packing.lines),
    "refresh": _Step(
        "Refreshing workbooks", refresh.lines,
        "Over the books of a company of 200 customers; many workbooks at once by the clock, as many at a time as there are processors.",
    ),
    "api": _Step("The server and the catalogue", api.lines, "Asked of a company of 200 customers, on this machine."),
    "cold": _Step(
        "A server that was just started", lambda: cold.lines(building.WHOLE),
        "Processor time of the server from the start of its program, with the import of every library, to its answer over HTTP.",
    ),
    "conversion": _Step(
        "Excel on Windows", conversion.lines,
        "xlwings' own conversion and call path with only Excel's side of it replaced, against a function of the same arguments\n"
        "that gives back the same figures and does nothing.",
    ),
}  # fmt: skip


def main(words: Sequence[str]) -> None:
    """Measures what is named, as the program runs it, prints the tables and keeps them."""
    look_for_garbage_less_often()
    tables = _kept()
    for name in words or _STEPS:
        step, before = _STEPS[name], busy()
        note = f"\n{step.note}\n" if step.note else ""
        tables[step.title] = f"{machine()}. {before}\n\n{table(step.lines())}\n{note}"
        print(f"{step.title}. {tables[step.title]}")
    parts = (f"\n## {step.title}\n\n{tables[step.title]}" for step in _STEPS.values() if step.title in tables)
    _PAGE.write_text(_HEAD + "".join(parts), "utf-8", newline="\n")


def _kept() -> dict[str, str]:
    """The tables of the page by their headings."""
    parts = re.split(r"^## (.*)\n\n", _PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    return {title: f"{text.rstrip()}\n" for title, text in zip(parts[::2], parts[1::2], strict=True)}


if __name__ == "__main__":
    main(sys.argv[1:])
