"""The reference page of the measures: names, formulas and days, as the engine computes them."""

from __future__ import annotations

from engine.metrics.formulas import METRICS
from engine.metrics.measure import DIGITS
from engine.metrics.statement import ALIASES

_INTRO = f"""
# Measures

`=METRIC(name, date, customer, from)` in a sheet, `backlog calc METRIC …`, and with every amount it is made of
`backlog metric NAME DATE CUSTOMER`. A ratio is rounded half away from zero to {DIGITS} decimals. Where there is nothing to
divide by, or an amount is not stated, the answer is `#N/A` with its reason, never 0.

All amounts of one ratio are in one currency: the one that the selected contracts share, else the reporting currency; with
a target or a capacity, in theirs. Bookings, cancellations, revenue and backlog are those of the functions of that name.

"""


def page(made: str) -> str:
    """The whole page beneath the line that says what it was made from."""
    rows = [f"| `{each.name}` | {each.formula} | {each.days} |" for each in METRICS.values()]
    names = [f"| `{name}` | {', '.join(f'`{other}`' for other in others)} |" for name, others in ALIASES.items()]
    return "\n".join(
        [
            f"{made}{_INTRO}| measure | formula | days |",
            "| --- | --- | --- |",
            *rows,
            "",
            "## What measures read",
            "",
            "`financials.csv` states amounts by `period_end` and `measure`; all amounts of a ratio are of one period end, the",
            "last one by the date that has them all. Capitals, blanks and signs between words of a measure do not matter:",
            "`Total Assets` is `total_assets`. Other words for the same:",
            "",
            "| measure | also |",
            "| --- | --- |",
            *names,
            "| `current_assets`, `current_liabilities` | – |",
            "",
            "`targets.csv`: the measure `revenue` by month, for coverage; all twelve months after the date are needed if any is",
            "set. Targets of `bookings`, `revenue`, `backlog` and `deferred` stand in `backlog report trend` and in the pack beside",
            "what came, with the gap. `capacity.csv`: the revenue that can be delivered in a month, by family. Costs:",
            "`expected_cost` of a line, else its `quantity` at its own or its product's `unit_cost`; of what remains, in proportion to",
            "the price that remains.",
            "Salespeople's credit: `[sales]` in the [settings](settings.md).",
            "",
        ]
    )
