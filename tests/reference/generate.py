"""Random but valid contract histories, as plain records by table, with a taste for edges.

Edges: one-day terms, leap days, month ends, zero prices, discounts, changes on the first and last day, before the
start and after the end, signed late or early, several on one day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from generate_billing import documents
from generate_changes import amendments, estimates
from generate_lines import DAY, Rows, days, decimals, deliveries, line, money_line, near
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from model.records import RECOGNITION, TABLES

EPOCH = dt.date(1970, 1, 1)
CURRENCIES = ("USD", "EUR", "JPY", "KWD")


@st.composite
def histories(draw: DrawFn, methods: tuple[str, ...] = RECOGNITION, amended: bool = True) -> Rows:
    """Up to two customers with up to three contracts between them, and everything that happened to them."""
    rows: Rows = {name: [] for name in TABLES}
    rows["customers"] = [{"customer_id": f"C{i}", "name": f"Customer {i}"} for i in range(2)]
    for i in range(2):
        ssp = draw(st.none() | decimals(0, 5000, 0))
        recognition = draw(st.sampled_from((None, "straight_line_daily", "point_in_time")))
        recognition = recognition if recognition in methods else None
        rows["products"].append({"product_id": f"P{i}", "name": f"Product {i}", "ssp": ssp, "recognition": recognition})
    for i in range(draw(st.integers(1, 3))):
        contract(draw, rows, f"K{i}", methods, amended)
    documents(draw, rows)
    return rows


def contract(draw: DrawFn, rows: Rows, contract_id: str, methods: tuple[str, ...], amended: bool) -> None:
    """One contract with its lines, estimates, deliveries and amendments."""
    signed_on, start = draw(days()), draw(days())
    end = draw(near(start, 0, 500) | st.just(start))
    status = draw(st.sampled_from(("signed",) * 8 + ("active", "completed", "cancelled", "draft")))
    record: dict[str, Any] = {
        "contract_id": contract_id, "customer_id": draw(st.sampled_from(("C0", "C1"))), "status": status,
        "signed_on": signed_on, "start_on": start, "end_on": end, "currency": draw(st.sampled_from(CURRENCIES)),
        "payment_terms_days": draw(st.sampled_from((None, 0, 30))),
    }  # fmt: skip
    if draw(st.integers(0, 5)) == 0:
        record["terminable_on_notice_days"] = draw(st.sampled_from((0, 30, 90)))
        record["evergreen"] = draw(st.booleans())
    rows["contracts"].append(record)
    prices = draw(st.sampled_from(("stated", "stated", "ssp", "some", "residual", "bundle")))
    lines = [
        line(draw, record, f"{contract_id}-L{n}", prices, draw(st.sampled_from(methods)), n)
        for n in range(draw(st.integers(1, 5)))
    ]
    if draw(st.integers(0, 3)) == 0:
        discount = draw(st.integers(0, sum(r["amount"].minor for r in lines)))
        lines.append(money_line(record, f"{contract_id}-D", -discount))
    rows["contract_lines"] += lines
    if amended:
        amendments(draw, rows, record, lines, methods)
        estimates(draw, rows, record, lines)
    added = [r for r in rows["amendments"] if r["contract_id"] == contract_id and r.get("new_line_id")]
    if status == "cancelled":
        # A status that arrives after whatever was agreed: nobody changes a cancelled contract.
        own = [r for name in ("amendments", "estimates") for r in rows[name] if r["contract_id"] == contract_id]
        last = max(
            [signed_on, start, *(r.get("signed_on") or r["on"] for r in own), *(r["effective_on"] for r in added)]
        )
        record["cancelled_on"] = (draw(near(last + DAY, 0, 300)) - EPOCH).days
    for r in lines + [{**r, "line_id": r["new_line_id"]} for r in added]:
        deliveries(draw, rows, r, record)
