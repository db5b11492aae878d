"""Remaining performance obligations as public companies print them (ASC 606-10-50-13), and the bridge to backlog."""

from __future__ import annotations

from excel.pack.listing import block_title, call
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import Group, Month, minus, plus, ratio

TITLE = "RPO"
_BANDS = (
    ("Within 12 months", 12),
    ("13 to 24 months", 24),
    ("25 to 36 months", 36),
    ("37 to 60 months", 60),
)


def sheet(month: Month) -> Sheet:
    """The sheet: time bands that sum to RPO, backlog to RPO, and contracted to backlog."""
    items, checks = [], []
    for group in month.groups:
        bands, bridge = _bands(month, group), _bridge(month, group)
        items += [bands, _to_rpo(month, group), bridge]
        checks.append(
            Check(
                "RPO: the time bands' sum is the whole",
                Formula(f"total_rpo_bands{group.suffix}", plus(bands.foot[0].cells["amount"])),
                Formula(f"total_rpo{group.suffix}", month.one(group, "rpo", month.last)),
                group.currency,
            )
        )
    return Sheet(
        title=TITLE,
        heading="Remaining performance obligations",
        subtitle=f"As of {month.last:%d %B %Y}: ASC 606-10-50-13, after the expedients elected (see Method)",
        items=tuple(items),
        checks=tuple(checks),
        about="RPO by time band; bridges from backlog and contracted",
    )


def _bands(month: Month, group: Group) -> Block:
    whole = month.one(group, "rpo", month.last)
    rows, before = [], plus()
    for number, (words, months) in enumerate(_BANDS):
        until = month.one(group, "rpo", month.last, months=months)
        text = call("RPO", '"*"', f"as_of,{months}", group.word)
        if number:
            text += "-" + call("RPO", '"*"', f"as_of,{_BANDS[number - 1][1]}", group.word)
        rows.append((words, text, minus(until, before)))
        before = until
    text = call("RPO", '"*"', "as_of,", group.word) + "-" + call("RPO", '"*"', f"as_of,{_BANDS[-1][1]}", group.word)
    rows.append(("Later", text, minus(whole, before)))
    total = f"total_rpo_bands{group.suffix}"
    share = f"IF({total}=0,NA(),{{amount}}/{total})"
    return Block(
        f"rpo{group.suffix}",
        (
            Column("band", "Expected to be recognized", "text", 44),
            Column("amount", f"RPO ({group.currency})", "money", 20),
            Column("share", "Share", "percent"),
        ),
        tuple(
            Row({"band": words, "amount": group.total(text, amount), "share": Formula(share, ratio(amount, whole))})
            for words, text, amount in rows
        ),
        (
            Row(
                {"band": "Remaining performance obligations", "amount": Formula("SUM({above})", whole)},
                style="total",
                names={"amount": total},
            ),
        ),
        title=block_title(month, group, "By time band"),
        currency=group.currency,
    )


def _to_rpo(month: Month, group: Group) -> Block:
    backlog, rpo = month.one(group, "backlog", month.last), month.one(group, "rpo", month.last)
    left_out = Formula(f"{{@rpo}}-total_backlog{group.suffix}", minus(rpo, backlog))
    cells: list[tuple[str, str, Content]] = [
        ("backlog", "Backlog", Formula(f"total_backlog{group.suffix}", backlog)),
        ("out", "Left out by expedients, or not enforceable", left_out),
    ]
    return Block(
        f"to_rpo{group.suffix}",
        (Column("band", f"In {group.currency}", "text"), Column("amount", "Amount", "money")),
        tuple(Row({"band": words, "amount": content}, key) for key, words, content in cells),
        (
            Row(
                {"band": "Remaining performance obligations", "amount": Formula(f"total_rpo{group.suffix}", rpo)},
                "rpo",
                "total",
            ),
        ),
        title=block_title(month, group, "From backlog to RPO"),
        currency=group.currency,
    )


def _bridge(month: Month, group: Group) -> Block:
    ask = {
        one: month.one(group, one, month.last) for one in ("contracted", "billed", "deferred", "unbilled", "backlog")
    }
    word = group.word
    cells: list[tuple[str, str, Content]] = [
        ("contracted", "Contracted", group.total(call("CONTRACTED", '"*"', "as_of", word), ask["contracted"])),
        (
            "billed",
            "Billed to date",
            group.total("-" + call("BILLED", '"*"', ",as_of", word), minus(None, ask["billed"])),
        ),
        ("deferred", "Deferred revenue", group.total(call("DEFERRED", '"*"', "as_of,,", word), ask["deferred"])),
        (
            "unbilled",
            "Unbilled",
            group.total("-" + call("UNBILLED", '"*"', "as_of", word), minus(None, ask["unbilled"])),
        ),
    ]
    moved = plus(*(content for _, _, content in cells))
    exchange = Formula("ROUND({@backlog}-SUM({@contracted~unbilled}),4)", minus(ask["backlog"], moved))
    cells.append(("exchange", "Exchange differences on what was billed", exchange))
    return Block(
        f"bridge{group.suffix}",
        (Column("band", f"In {group.currency}", "text"), Column("amount", "Amount", "money")),
        tuple(Row({"band": words, "amount": content}, key) for key, words, content in cells),
        (
            Row(
                {"band": "Backlog", "amount": Formula(f"total_backlog{group.suffix}", ask["backlog"])},
                "backlog",
                "total",
            ),
        ),
        title=block_title(month, group, "From contracted to backlog"),
        currency=group.currency,
        note="The identity is proved in each contract currency on the sheet By segment and currency.",
    )
