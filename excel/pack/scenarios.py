"""Scenarios: the figures of the last day as they stand and under each configured shock, and the months ahead."""

from __future__ import annotations

from engine.figures import Scope
from engine.scenario.months import by_month
from engine.scenario.overlay import Scenario
from engine.scenario.shocked import shocked
from excel.pack.sheet import Block, Chart, Charts, Column, Content, Formula, Row, Series, Sheet
from excel.pack.source import Month, minus
from model.errors import Unanswerable
from model.money import to_decimal

TITLE = "Scenarios"
_SHOWN = (("backlog", "BACKLOG"), ("contracted", "CONTRACTED"), ("deferred", "DEFERRED"), ("rpo", "RPO"))


def sheet(month: Month) -> Sheet:
    """The sheet: a row a figure and scenario; then, a table a scenario, the months ahead."""
    scenarios = list(month.inputs.scenarios.values())
    found = [_figures(month, each) for each in scenarios]
    # Figure by figure, so that the first lines, of the backlog, can be drawn.
    rows: list[Row] = [row for line in zip(*(each for each in found if len(each) > 1), strict=True) for row in line]
    rows += [each[0] for each in found if len(each) == 1]
    columns = (
        Column("scenario", "Scenario", "text", 22),
        Column("figure", "Figure", "text", 14),
        Column("base", "As it stands", "money"),
        Column("shocked", "Under the scenario", "money"),
        Column("difference", "Difference", "money"),
        Column("currency", "Currency", "text", 10),
        Column("about", "What it stands for", "long", 56),
    )
    nothing = () if scenarios else ("No scenario is configured: add [scenarios.NAME] to the configuration.",)
    ahead = tuple(block for each in scenarios for block in _ahead(month, each))
    table = Block("scenarios", columns, tuple(rows), table="tbl_scenarios")
    return Sheet(
        title=TITLE,
        heading="Scenarios",
        subtitle=f"As of {month.last:%d %B %Y}; a scenario books nothing",
        items=(*_charts(len(rows) // len(_SHOWN), ahead), table, *ahead),
        notes=nothing,
    )


def _charts(count: int, ahead: tuple[Block, ...]) -> tuple[Charts, ...]:
    """Backlog under each scenario, and the months ahead under the last, which may combine the others."""
    if not count or not ahead:
        return ()
    last = ahead[-1]
    pair = ("base", "shocked")
    return (
        Charts(
            (
                Chart("column", "Backlog under each scenario", Series("scenarios", "scenario", count),
                      tuple(Series("scenarios", key, count) for key in pair), last.currency),
                Chart("line", f"Revenue ahead under {last.key.removeprefix('ahead_')}", Series(last.key, "to"),
                      tuple(Series(last.key, key) for key in pair), last.currency),
            ),
            rows=15,
        ),
    )  # fmt: skip


def _figures(month: Month, scenario: Scenario) -> list[Row]:
    """A row a figure; where there is none, one row that says why."""
    rows: list[Row] = []
    for measure, function in _SHOWN:
        try:
            found = shocked(month.ledger, scenario, measure, Scope(), month.last)
        except Unanswerable as error:
            return [Row({"scenario": scenario.name, "figure": measure, "about": str(error)})]
        base, after = (to_decimal(minor, found.currency) for minor in (found.base, found.shocked))
        cells: dict[str, Content] = {
            "scenario": scenario.name,
            "figure": measure,
            "base": Formula(f'{function}("*",as_of)', base),
            "shocked": Formula('SCENARIO({scenario},{figure},"*",as_of)', after),
            "difference": Formula("{shocked}-{base}", minus(after, base)),
            "currency": found.currency,
            "about": scenario.about if not rows else "",
        }
        rows.append(Row(cells, currency=found.currency))
    return rows


def _ahead(month: Month, scenario: Scenario) -> list[Block]:
    try:
        frame = by_month(month.ledger, scenario, Scope(), month.last, month.options.months)
    except Unanswerable:
        return []  # the table above says why
    unit = str(frame["currency"].iloc[0])
    rows = [
        Row({
            "to": record["period_end"], "base": to_decimal(int(record["base_revenue_minor"]), unit),
            "shocked": to_decimal(int(record["shocked_revenue_minor"]), unit),
            "difference": Formula("{shocked}-{base}", to_decimal(int(record["difference_minor"]), unit)),
            "backlog": to_decimal(int(record["base_backlog_minor"]), unit), "left": to_decimal(int(record["shocked_backlog_minor"]), unit),
        })
        for record in frame.to_dict("records")
    ]  # fmt: skip
    columns = (
        Column("to", "Month", "month"),
        Column("base", f"Revenue as it stands ({unit})", "money"),
        Column("shocked", f"Under the scenario ({unit})", "money"),
        Column("difference", f"Difference ({unit})", "money"),
        Column("backlog", f"Backlog ({unit})", "money"),
        Column("left", f"Shocked backlog ({unit})", "money"),
    )
    return [
        Block(f"ahead_{scenario.name}", columns, tuple(rows), title=f"{scenario.name}: the months ahead", currency=unit)
    ]
