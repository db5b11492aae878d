"""Random amendments and estimates for one contract: every kind, every treatment, before, on and after the edges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from generate_lines import DAY, Rows, amounts, line, near
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from model.money import Money

CHANGES = ("change_line",) * 3 + ("extend",) * 2 + ("add_line", "renew", "remove_line", "terminate")


def effective(signed_on: dt.date, start: dt.date, end: dt.date) -> SearchStrategy[dt.date]:
    """Days to take effect: near the signing, on either edge of the line, just outside it."""
    edges = st.sampled_from((signed_on, start, start - DAY, start + DAY, end, end + DAY, end - DAY))
    return st.one_of(near(signed_on, 60, 90), edges)


def amendments(
    draw: DrawFn, rows: Rows, record: dict[str, Any], lines: list[dict[str, Any]], methods: tuple[str, ...]
) -> None:
    """Up to three amendments in the order they were signed, often on one day; a removed line is not touched again."""
    live = {r["line_id"]: (r, dt.date.min) for r in lines if r["amount"].minor >= 0}
    signed_on = record["signed_on"]
    for n in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        signed_on = signed_on + draw(st.sampled_from((0, 0, 1, 30)) | st.integers(0, 200)) * DAY
        kind = draw(st.sampled_from(CHANGES))
        line_id = draw(st.sampled_from(sorted(live))) if live else ""
        if not line_id and kind not in ("add_line", "renew"):
            return
        target, earliest = live.get(line_id, (record, dt.date.min))
        start = target.get("start_on") or record["start_on"]
        end = target.get("end_on") or record["end_on"]
        row: dict[str, Any] = {
            "amendment_id": f"{record['contract_id']}-A{n}", "contract_id": record["contract_id"], "kind": kind,
            "signed_on": signed_on, "effective_on": max(earliest, draw(effective(signed_on, start, end))),
            "currency": record["currency"],
        }  # fmt: skip
        if kind in ("add_line", "renew"):
            row |= addition(draw, record, f"{record['contract_id']}-N{n}", methods)
            live[row["new_line_id"]] = ({**row, "line_id": row["new_line_id"]}, row["effective_on"])
        elif kind == "terminate":
            if draw(st.booleans()):
                row["amount"] = Money(draw(amounts()), record["currency"])
        else:
            row["line_id"] = line_id
            if kind == "remove_line":
                del live[line_id]
            else:
                row |= change(draw, kind, target, start, end, record["currency"])
        rows["amendments"].append(row)
        if kind == "terminate":
            return


def addition(draw: DrawFn, record: dict[str, Any], line_id: str, methods: tuple[str, ...]) -> dict[str, Any]:
    """A new line: its dates and method are its own."""
    method = draw(st.sampled_from(methods))
    row = line(draw, record, line_id, draw(st.sampled_from(("stated", "ssp"))), method, 9)
    row |= {"start_on": draw(near(record["start_on"], 0, 200))}
    row |= {"end_on": draw(near(row["start_on"], 0, 400)), "new_line_id": line_id, "line_id": None}
    if row.get("ssp") is not None:
        row["ssp"] = row["amount"] if draw(st.booleans()) else Money(draw(st.integers(1, 50_000)), record["currency"])
    return row | {"treatment": draw(st.sampled_from((None, None, "separate_contract", "prospective", "catch_up")))}


def change(
    draw: DrawFn, kind: str, target: dict[str, Any], start: dt.date, end: dt.date, currency: str
) -> dict[str, Any]:
    """New totals of a line, each given or left blank."""
    row: dict[str, Any] = {}
    if kind == "extend" or draw(st.booleans()):
        longer = draw(near(end, 0 if kind == "extend" else 60, 300))
        row["end_on"] = max(start, longer)
    if kind == "change_line" or draw(st.booleans()):
        row["amount"] = Money(draw(amounts()), currency)
    if kind == "change_line" and target.get("quantity") is not None and draw(st.booleans()):
        row["quantity"] = Decimal(draw(st.integers(1, 60)))
    if kind == "change_line" and target.get("expected_cost") is not None and draw(st.booleans()):
        row["expected_cost"] = Money(draw(st.integers(1, 3000)), currency)
    return row | {"treatment": draw(st.sampled_from((None, None, "prospective", "catch_up", "separate_contract")))}


def estimates(draw: DrawFn, rows: Rows, record: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    """Variable consideration of a line or of the whole contract, replaced now and then, also when some of it is gone.

    Of usage only while all of it stands: what is owed for use has no estimate.
    """
    own = [r for r in rows["amendments"] if r["contract_id"] == record["contract_id"]]
    used = any(r.get("recognition") in (None, "usage") for r in (*lines, *own))
    goes = [r["signed_on"] for r in own if r["kind"] in ("remove_line", "terminate")]
    until = min(goes, default=dt.date.max) if used else dt.date.max
    targets = [None] + [r["line_id"] for r in lines if r["amount"].minor >= 0]
    for n in range(draw(st.sampled_from((0, 0, 1, 2)))):
        rows["estimates"].append({
            "estimate_id": f"{record['contract_id']}-E{n}", "contract_id": record["contract_id"],
            "line_id": draw(st.sampled_from(targets)), "on": min(until - DAY, draw(near(record["signed_on"], 10, 200))),
            "amount": Money(draw(st.integers(-500, 5000)), record["currency"]), "currency": record["currency"],
        })  # fmt: skip
