"""The company's own guide to its backlog: the policies in force, what every figure means, examples from its contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from engine.explain import explain
from engine.figures import Scope
from engine.ledger import Ledger
from engine.metrics.formulas import METRICS
from engine.metrics.inputs import Inputs
from excel.pack.method import FIXED, RECOGNITION_WORDS, elections
from model.money import to_decimal
from model.records import NO_DAY
from model.thresholds import Thresholds


def guide(ledger: Ledger, inputs: Inputs, limits: Thresholds, date: dt.date, company: str = "") -> str:
    """The guide in Markdown, its examples as of the end of `date`."""
    return "\n".join(
        [
            f"# How {company or 'we'} count{'s' if company else ''} the backlog",
            "",
            f"Made from the policies in force ({ledger.policy.digest()}) and the ledger {ledger.version}, as of {date}. "
            "Paragraphs are of the FASB's Accounting Standards Codification.",
            "",
            "## Policies elected",
            "",
            *_table(("subject", "policy", "what it means", "source"), elections(ledger.policy)),
            "",
            "## What every figure means",
            "",
            *_table(("figure", "meaning", "source"), FIXED),
            "",
            "## Worked examples",
            "",
            *_examples(ledger, date),
            "## Measures",
            "",
            *_table(("measure", "formula", "days"), [(m.name, m.formula, m.days) for m in METRICS.values()]),
            "",
            "## Signals",
            "",
            *_table(("threshold", "value"), [(name, str(value)) for name, value in vars(limits).items()]),
            "",
            "## Scenarios",
            "",
            *(_table(("scenario", "what it stands for"), [(s.name, s.about or "–") for s in inputs.scenarios.values()])
              if inputs.scenarios else ["None is configured."]),
            "",
        ]
    )  # fmt: skip


def _examples(ledger: Ledger, date: dt.date) -> Iterator[str]:
    """For each method of recognition in use, the promise with the largest backlog, from its price to what is left."""
    rows = explain(ledger, Scope(), date)
    if rows.empty:
        yield f"No commitment counts on {date}."
        yield ""
        return
    order = rows.sort_values(["backlog_minor", "line"], ascending=[False, True], kind="stable")
    for method, part in order.groupby("method", sort=True):
        yield from _example(ledger, str(method), part.iloc[0], date)


def _example(ledger: Ledger, method: str, row: Any, date: dt.date) -> Iterator[str]:
    ids = ledger.obligations["id"]
    place = next(n for n, name in enumerate(ids) if name == row["line"])
    start, end = (int(ledger.obligations[name][place]) for name in ("start_on", "agreed_end_on"))
    price, earned, left = (
        f"{to_decimal(int(row[f'{name}_minor']), row['currency']):,} {row['currency']}"
        for name in ("contracted", "recognized", "backlog")
    )
    yield f"### {method.replace('_', ' ')}: {RECOGNITION_WORDS[method]}"
    yield ""
    where = f"Contract {row['contract']} of {row['customer']}, promise {row['line']}"
    yield f"{where}, booked on {row['booked_on']} ({row['version']}, ASC {row['rule']})."
    yield ""
    if start != NO_DAY and end != NO_DAY and end >= start:
        from model.periods import day_number, day_of

        days, done = end - start + 1, min(max(day_number(date) - start + 1, 0), end - start + 1)
        yield f"- Service from {day_of(start)} to {day_of(end)}: {done} of {days} days by {date}."
    yield f"- Contracted {price}; recognized {earned}; backlog {price} − {earned} = {left}."
    yield f'- The proof, down to the source record: `backlog explain "{row["customer"]}" {date} --contract {row["contract"]}`'
    yield ""


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [headings, ["---"] * len(headings), *rows]
    return [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
