"""The reference page of the exceptions: every rule, how grave it is and what it means."""

from __future__ import annotations

from engine.exceptions import RULES

_INTRO = """
# Exceptions

What someone must look at, told and never clipped: in `backlog exceptions list`, `=EXCEPTIONS(customer, date)`, the month-end
workbook, and counted by source in `backlog quality`. Each has a rule, a severity, the customer, contract and line it is about,
the day from which it holds, the amount at stake, and the record that shows it. None of them changes a figure.

`backlog exceptions list` gives each a name of ten characters, by which it is acknowledged. With another amount or day it has
another name, to be looked at again. A period closes with every error and warning acknowledged; an info is for reading only.
[Close a month](../guides/close-a-month.md) says how to work the list.

"""


def page(made: str) -> str:
    """The whole page beneath the line that says what it was made from."""
    rows = [f"| `{rule}` | {severity} | {meaning} |" for rule, (severity, meaning) in sorted(RULES.items())]
    return "\n".join([f"{made}{_INTRO}| rule | severity | meaning |", "| --- | --- | --- |", *rows, ""])
