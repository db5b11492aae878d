"""The functions described, as data and as a page: python -m excel.reference docs/reference/functions.md"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from excel.catalogue import Function, functions

_INTRO = """<!-- Made from the catalogue by `python -m excel.reference`; do not edit. -->

# Functions

The same functions in a cell of Excel, as `backlog calc NAME ARG …` and in every workbook this product writes.
Any argument may be left out or blank. Where one value is expected a range may stand: equal shapes go cell by cell, a
column of customers beside a row of dates gives the whole table, and the range is answered in one evaluation.

What has no answer is an error with its reason, never a silent zero: `#N/A` for an unknown customer or a missing
exchange rate, `#VALUE!` for an argument that is no date, number or known word, `#CONNECT!` while the books cannot be
opened. `backlog calc` with the same arguments tells the reason. An error passed in comes out as it was. A known
customer without contracts is 0.

Dates are date cells, serial numbers of the workbook's date system, or text such as `2026-01-31`. Tables spill with
their headings as first row. Setting Excel up: [guide](../guides/excel-on-windows.md).

| function | answers |
| --- | --- |
"""

_RETURNS = {
    "money": "an amount",
    "number": "a number",
    "date": "a date and time",
    "text": "a text",
    "table": "a table, which spills",
}


def page() -> str:
    """The whole page."""
    lines = [f"| [`{f.signature}`](#{f.name.lower()}) | {f.description.rstrip('.')} |" for f in functions()]
    return _INTRO + "\n".join(lines) + "\n\n" + "\n".join(_section(f) for f in functions())


def described(function: Function) -> dict[str, Any]:
    """One function as plain data: what `backlog functions --json` prints."""
    return {
        "name": function.name,
        "description": function.description,
        "category": function.category,
        "returns": function.returns,
        "example": function.example,
        "arguments": [
            {
                "name": p.name,
                "help": p.help,
                "kind": p.argument.kind,
                "optional": True,
                "default": p.argument.blank,
                **({"words": list(p.argument.words)} if p.argument.words else {}),
            }
            for p in function.parameters
        ],
    }


def _section(function: Function) -> str:
    rows = [f"| `{p.name}` | {p.argument.help} | {p.argument.blank} |" for p in function.parameters]
    return "\n".join(
        [
            f"## {function.name}",
            "",
            f"{function.description} Returns {_RETURNS[function.returns]}.",
            "",
            "```",
            function.example,
            "```",
            "",
            "| argument | is | blank |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8", newline="\n")
