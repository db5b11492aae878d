"""A bridge as a chart: what stands is a bar from nothing, a change hangs between what was before it and what is after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from excel.pack.sheet import Block, Chart, Charts, Column, Formula, Row, Series
from excel.pack.source import Amount, minus, plus


@dataclass(frozen=True)
class Step:
    """A bar or a change: its `words`, its amount as a formula `text` that names cells, its `value`; `stands`: it is a bar."""

    words: str
    text: str
    value: Amount
    stands: bool = False


def bridge_chart(
    key: str, title: str, currency: str, steps: Sequence[Step]
) -> tuple[tuple[Charts, ...], tuple[Block, ...]]:
    """The chart, and the table that it draws. Nothing where an amount is missing or a bar would hang below nothing."""
    runs = _runs(steps)
    if not all(isinstance(run, Decimal) and run >= 0 for run in runs):
        return (), ()
    rows: list[Row] = []
    before: Amount = Decimal(0)
    for n, (step, run) in enumerate(zip(steps, runs, strict=True)):
        after = plus(run)
        cells: dict[str, Formula | str] = {"step": step.words}
        if step.stands:
            cells |= {"level": Formula(step.text, after), "run": Formula("{level}", after)}
        else:
            change = plus(step.value)
            cells |= {
                "change": Formula(step.text, change),
                "run": Formula(f"{{@s{n - 1}}}+{{change}}", after),
                "base": Formula(f"MIN({{<s{n - 1}}},{{run}})", min(before, after)),
                "down": Formula("MAX(-{change},0)", max(minus(None, change), Decimal(0))),
                "up": Formula("MAX({change},0)", max(change, Decimal(0))),
            }
        rows.append(Row(cells, f"s{n}", "quiet"))
        before = after
    named = {"change": "Change", "level": "Stands at", "run": "Then", "base": "Drawn from", "down": "Down", "up": "Up"}
    columns = (
        Column("step", f"Drawn above, in {currency}", "text", 32),
        *(Column(k, words, "money") for k, words in named.items()),
    )
    series = (Series(key, "level"), Series(key, "base", clear=True), Series(key, "up"), Series(key, "down"))
    chart = Chart("stacked", title, Series(key, "step"), series, currency)
    return (Charts((chart,), rows=15),), (
        Block(key, columns, tuple(rows), title="What the chart draws", currency=currency),
    )


def _runs(steps: Sequence[Step]) -> list[Amount]:
    """What stands after each step."""
    runs: list[Amount] = []
    for step in steps:
        runs.append(step.value if step.stands else plus(runs[-1], step.value))
    return runs
