"""The bridge: from backlog to RPO, to the net contract position, to deferred revenue and unbilled; it ties to 0.00."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from engine.figures import Scope, answer, contracts_of
from excel.pack.groups import Group
from excel.pack.listing import block_title
from excel.pack.sheet import Block, Check, Column, Content, Formula, Row, Sheet
from excel.pack.source import Amount, Month, minus, plus
from excel.pack.steps import Step, bridge_chart
from excel.patch.values import CellError
from model.money import to_decimal
from model.periods import day_number

TITLE = "Bridge"
_ASKED = ("contracted", "billed", "backlog", "rpo", "deferred", "unbilled")


def sheet(month: Month) -> Sheet:
    """The sheet: the whole in the reporting currency, then each contract currency by itself, without any conversion."""
    blocks = [_whole(month, group) for group in month.groups]
    currencies = _currencies(month)
    main = month.groups[0]
    key, chart = f"bridge_steps{main.suffix}", "From backlog to deferred revenue"
    drawn, table = bridge_chart(key, chart, main.currency, _steps(month))
    checks = []
    for group, block in zip(month.groups, blocks, strict=True):
        found = plus(block.foot[0].cells["amount"])
        whole = Formula(f"total_deferred{group.totals}", month.one(group, "deferred", month.last))
        text = "Bridge: backlog less future billings plus unbilled is deferred revenue"
        checks.append(Check(text, Formula(f"bridge_deferred{group.suffix}", found), whole, group.currency))
    return Sheet(
        title=TITLE,
        heading="From backlog to RPO, deferred revenue and unbilled",
        subtitle=f"As of {month.last:%d %B %Y}: what was promised, what is disclosed, what is billed ahead and behind",
        items=(*drawn, *blocks, currencies, *table),
        checks=tuple(checks),
        notes=(
            "Contracted and not yet billed: the fixed price of signed contracts for which no invoice has been issued. "
            "Deferred revenue and unbilled are worked out contract by contract and never netted (ASC 606-10-45-1).",
        ),
    )


def _whole(month: Month, group: Group) -> Block:
    ask: dict[str, Amount] = {one: month.one(group, one, month.last) for one in _ASKED}
    found = plus(_net(ask), ask["unbilled"])
    current = month.one(group, "deferred", month.last, part="current")
    return Block(
        f"bridge{group.suffix}",
        (Column("what", f"In {group.currency}", "text", 46), Column("amount", "Amount", "money", 20)),
        tuple(_rows(group, ask)),
        (
            Row({"what": "Deferred revenue", "amount": Formula("{@net}+{@unbilled}", found)}, "deferred", "total",
                names={"amount": f"bridge_deferred{group.suffix}"}),
            Row({"what": "Deferred revenue as the ledger states it",
                 "amount": Formula(f"total_deferred{group.totals}", ask["deferred"])}, "stated", "quiet"),
            Row({"what": "Difference", "amount": Formula("ROUND({@deferred}-{@stated},4)", minus(found, ask["deferred"]))},
                "off", "check"),
            Row({"what": "of it current: recognized within 12 months",
                 "amount": group.total(group.call("DEFERRED", 'as_of,"current",'), current)}, "current", "quiet"),
        ),
        title=block_title(month, group, "The whole"),
        currency=group.currency,
        alert=("amount",),
    )  # fmt: skip


def _net(ask: Mapping[str, Amount]) -> Amount:
    """The net contract position."""
    return minus(ask["deferred"], ask["unbilled"])


def _rows(group: Group, ask: Mapping[str, Amount]) -> Iterator[Row]:
    """From backlog to RPO, on to what is billed ahead and behind, and to what is earned ahead of billing."""
    left_out, future, last = minus(ask["rpo"], ask["backlog"]), minus(ask["billed"], ask["contracted"]), "future"
    yield _row("backlog", "Backlog", Formula(f"total_backlog{group.totals}", ask["backlog"]), "strong")
    text = f"total_rpo{group.totals}-total_backlog{group.totals}"
    yield _row("out", "Left out of RPO: expedients, not enforceable", Formula(text, left_out))
    yield _row("rpo", "Remaining performance obligations", Formula("{@backlog}+{@out}", ask["rpo"]), "subtotal")
    yield _row("in", "Taken back in", Formula("-{@out}", minus(None, left_out)))
    call = group.call("BILLED", ",as_of") + "-" + group.call("CONTRACTED", "as_of")
    yield _row("future", "Contracted and not yet billed", group.total(call, future))
    net = _net(ask)
    if group.converted:
        stated = f"total_deferred{group.totals}-total_unbilled{group.totals}"
        text = f"ROUND({stated}-({{@rpo}}+{{@in}}+{{@future}}),4)"
        left = Formula(text, minus(net, plus(ask["backlog"], future)))
        yield _row("exchange", "Exchange differences on what was billed", left)
        last = "exchange"
    position: dict[str, Content] = {
        "what": "Net contract position (deferred − unbilled)",
        "amount": Formula(f"SUM({{@rpo~{last}}})", net),
    }
    yield Row(position, "net", "subtotal", names={"amount": f"bridge_net{group.suffix}"})
    unbilled = Formula(f"total_unbilled{group.totals}", ask["unbilled"])
    yield _row("unbilled", "Unbilled: earned ahead of billing", unbilled)


def _steps(month: Month) -> list[Step]:
    """The bridge of the first group, step by step."""
    group = month.groups[0]
    ask = {one: month.one(group, one, month.last) for one in ("backlog", "rpo", "deferred", "unbilled")}
    net = minus(ask["deferred"], ask["unbilled"])
    names = {one: f"total_{one}{group.totals}" for one in ask} | {"net": f"bridge_net{group.suffix}"}
    return [
        Step("Backlog", names["backlog"], ask["backlog"], stands=True),
        Step("Left out of RPO", f"{names['rpo']}-{names['backlog']}", minus(ask["rpo"], ask["backlog"])),
        Step("RPO", names["rpo"], ask["rpo"], stands=True),
        Step("Not yet billed, and back in", f"{names['net']}-{names['rpo']}", minus(net, ask["rpo"])),
        Step("Net contract position", names["net"], net, stands=True),
        Step("Unbilled", names["unbilled"], ask["unbilled"]),
        Step("Deferred revenue", names["deferred"], ask["deferred"], stands=True),
    ]


def _row(key: str, words: str, amount: Content, style: str = "body") -> Row:
    return Row({"what": words, "amount": amount}, key, style)  # type: ignore[arg-type]


def _currencies(month: Month) -> Block:
    """Each contract currency by itself: nothing is converted, so nothing but 0.00 may be left."""
    part = month.groups[0].part.scope
    mine = contracts_of(month.ledger, part)
    held = np.asarray(month.ledger.contracts["currency"])[mine]
    day = np.array([day_number(month.last)], np.int64)
    rows = []
    for currency in sorted(set(held.tolist())):
        scope = Scope(products=part.products, contracts=mine[held == currency].astype(np.int64))
        cells: dict[str, Content] = {"currency": currency}
        for measure in _ASKED:
            found = answer(month.ledger, measure, [scope], day, currency=currency)
            cells[measure] = CellError("#N/A") if found.errors else to_decimal(int(found.minor[0, 0]), currency)
        cells["future"] = minus(cells.pop("billed"), cells.pop("contracted"))
        cells["out"] = Formula("{rpo}-{backlog}", minus(cells["rpo"], cells["backlog"]))
        off = minus(plus(cells["backlog"], cells["future"], cells["unbilled"]), cells["deferred"])
        cells["off"] = Formula("ROUND({backlog}+{future}+{unbilled}-{deferred},4)", off)
        rows.append(Row(cells, currency=currency, style="check"))
    named = {
        "backlog": "Backlog", "out": "Left out of RPO", "rpo": "RPO", "future": "Not yet billed", "unbilled": "Unbilled",
        "deferred": "Deferred", "off": "Difference",
    }  # fmt: skip
    columns = (Column("currency", "Contract currency"), *(Column(key, words, "money") for key, words in named.items()))
    return Block(
        f"bridge_currencies{month.groups[0].part.key}",
        columns,
        tuple(rows),
        title="In each contract currency",
        note="Difference = Backlog + not yet billed (negative) + Unbilled − Deferred.",
        alert=("off",),
    )
