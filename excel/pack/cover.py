"""The cover: what the pack is, how fresh its data is, whether it ties out, and where everything stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from excel.pack.closes import state_of
from excel.pack.empty import nothing_yet
from excel.pack.groups import Group
from excel.pack.sheet import Block, Check, Column, Content, Formula, Link, Paragraph, Row, Sheet
from excel.pack.source import Month, minus

TITLE = "Cover"


# The blocks of a cover are all as wide as its widest, the checks.
_EMPTY = tuple(Column(f"empty{n}", "") for n in range(3))
# What the whole comes to, by the name of its cell: words, measure, function, arguments, options.
_TOTALS: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("contracted", "Contracted", "contracted", "CONTRACTED", "as_of", {}),
    ("backlog", "Backlog", "backlog", "BACKLOG", "as_of", {}),
    ("rpo", "Remaining performance obligations", "rpo", "RPO", "as_of,", {}),
    ("deferred", "Deferred revenue", "deferred", "DEFERRED", "as_of,,", {}),
    ("unbilled", "Unbilled", "unbilled", "UNBILLED", "as_of", {}),
    ("receivable", "Receivable", "receivable", "RECEIVABLE", "as_of,", {}),
    ("trailing", "Revenue of twelve months", "recognized", "RECOGNIZED", "trailing_start,as_of", {"since": True}),
)


def sheet(month: Month, others: Sequence[Sheet], groups: Sequence[Group], title: str) -> Sheet:
    """The cover of a pack whose other sheets are given: it lists them, gathers their checks, and holds the totals of every
    group they are about.
    """
    nothing = nothing_yet(month.ledger, month.last)
    empty = (Paragraph(f"{nothing[0].upper()}{nothing[1:]}.", title="This pack is empty"),) if nothing else ()
    checks = [check for other in others for check in other.checks]
    return Sheet(
        title=TITLE,
        heading=f"{month.company}: revenue backlog" if month.company else "Revenue backlog",
        subtitle=f"{title} for {month.title}",
        items=(*empty, _about(month), _totals(month, groups), _checks(checks), _contents(others), _freshness(month)),
        landscape=False,
        one_page=True,
        notes=(
            "Figures are live formulas of the Revenue Backlog functions, stored with their values: where the add-in is "
            "missing, they show what they were when the pack was made.",
        ),
    )


def _about(month: Month) -> Block:
    ledger = month.ledger
    rows: list[tuple[str, Content, str]] = [
        ("Period begins", month.first, "period_start"),
        ("As of (end of day)", month.last, "as_of"),
        ("Prior month end", month.prior_month, "prior_month_end"),
        ("Same day of the prior year", month.prior_year, "prior_year_end"),
        ("Twelve months begin", month.trailing, "trailing_start"),
        ("Fiscal year began", month.year_start, "year_start"),
        ("State of the period", state_of(month), "period_state"),
        ("Reporting currency", month.currency, "reporting_currency"),
        ("Facts known until (UTC)", _moment(ledger.known_at), "known_until"),
        ("Ledger version", str(ledger.version), "ledger_version"),
        ("Policies in force (see Method)", ledger.policy.digest(), "policy_digest"),
    ]
    columns = (Column("what", "This pack", "text", 34), Column("value", "", "text", 24), *_EMPTY)
    return Block(
        "about",
        columns,
        tuple(Row({"what": what, "value": value}, names={"value": name}) for what, value, name in rows),
    )


def _totals(month: Month, groups: Sequence[Group]) -> Block:
    rows = []
    for group in groups:
        about = f", {group.part.words}" if group.part.words else ""
        for key, words, measure, function, arguments, options in _TOTALS:
            since = month.trailing if options.get("since") else None
            value = month.one(group, measure, month.last, since=since)
            cells: dict[str, Content] = {"what": words + about, "left": group.total(group.call(function, arguments), value),
                                         "right": group.currency}  # fmt: skip
            names = {"left": f"total_{key}{group.totals}"}
            rows.append(
                Row(cells, currency=group.currency, names=names, style="strong" if key == "backlog" else "body")
            )
    columns = (
        Column("what", "Key figures", "text", 52),
        Column("left", "Amount", "money"),
        Column("right", "Currency", "text"),
        *_EMPTY[:2],
    )
    return Block("totals", columns, tuple(rows), title="What does it come to?")


def _checks(checks: Sequence[Check]) -> Block:
    columns = (
        Column("what", "Tie-out check", "text", 52),
        Column("left", "Figure", "money"),
        Column("right", "Must equal", "money"),
        Column("off", "Difference", "money"),
        Column("currency", "Currency", "text"),
    )
    rows = tuple(
        Row(
            {
                "what": check.text,
                "left": check.left,
                "right": check.right,
                "off": Formula("ROUND({left}-{right},4)", minus(check.left, check.right)),
                "currency": check.currency,
            },
            style="check",
            currency=check.currency,
        )
        for check in checks
    )
    note = "A difference other than zero is shown in red."
    return Block("checks", columns, rows, title="Does it tie out?", note=note, alert=("off",))


def _freshness(month: Month) -> Block:
    columns = (
        Column("what", "Source", "text"),
        Column("at", "Data complete at (UTC)", "moment"),
        *_EMPTY,
    )
    rows = tuple(
        Row({"what": name, "at": _moment(at), "empty0": _state(at, month.last)}, kind="moment")
        for name, at in sorted(month.freshness.items())
    )
    return Block("freshness", columns, rows, title="How fresh is the data?")


def _contents(others: Sequence[Sheet]) -> Block:
    columns = (Column("what", "Sheet"), Column("about", "Shows", "text", 24), *_EMPTY)
    rows = tuple(Row({"what": Link(other.title, other.title), "about": other.about}) for other in others)
    return Block("contents", columns, rows, title="What is in it?")


def _moment(at: dt.datetime | None) -> dt.datetime | str:
    if at is None:
        return "now"
    return at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0) if at.tzinfo else at.replace(microsecond=0)


def _state(at: dt.datetime, last: dt.date) -> str:
    return "before the period's end" if at.date() <= last else "after the period's end"
