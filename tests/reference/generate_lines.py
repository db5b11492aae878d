"""Random contract lines of every recognition, and what was delivered of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from model.money import Money

Rows = dict[str, list[dict[str, Any]]]
DAY = dt.timedelta(days=1)
EDGES = tuple(
    dt.date.fromisoformat(day)
    for day in (
        "2023-12-31", "2024-01-01", "2024-01-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-04-30", "2024-05-31",
        "2024-06-15", "2024-12-31", "2025-01-01", "2025-02-28", "2025-03-31",
    )
)  # fmt: skip
PROGRESS = {
    "point_in_time": "delivered", "milestone": "milestone", "percent_complete": "percent", "units": "units",
    "usage": "usage",
}  # fmt: skip


def days() -> SearchStrategy[dt.date]:
    return st.one_of(st.sampled_from(EDGES), st.dates(dt.date(2023, 11, 1), dt.date(2025, 6, 30)))


def amounts() -> SearchStrategy[int]:
    return st.one_of(st.sampled_from((0, 1, 2, 3, 100, 101, 99_999)), st.integers(0, 200_000))


def near(day: dt.date, before: int, after: int) -> SearchStrategy[dt.date]:
    return st.integers(-before, after).map(lambda n: day + n * DAY)


def decimals(low: int, high: int, digits: int) -> SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda n: Decimal(n).scaleb(-digits))


def money_line(record: dict[str, Any], line_id: str, amount: int) -> dict[str, Any]:
    return {
        "line_id": line_id, "contract_id": record["contract_id"], "amount": Money(amount, record["currency"]),
        "currency": record["currency"], "product_id": None, "recognition": None,
    }  # fmt: skip


def line(draw: DrawFn, record: dict[str, Any], line_id: str, prices: str, method: str, n: int) -> dict[str, Any]:
    """One contract line of a given method, with whatever stand-alone price its contract's pricing calls for."""
    currency = record["currency"]
    # The first line has a price: a contract of nothing has no proportion in which to spread what comes later.
    row = money_line(record, line_id, draw(amounts()) + (n == 0))
    row |= {"recognition": method, "product_id": draw(st.sampled_from((None, "P0", "P1")))}
    row |= terms(draw, method, record)
    if prices in ("ssp", "residual", "bundle") or (prices == "some" and draw(st.booleans())):
        row["ssp"] = Money(draw(st.integers(0, 200_000)), currency)
    if prices == "residual" and n == 1:
        least = Money(draw(st.integers(0, 200_000)), currency)  # below which the residual is no faithful price
        row["ssp_method"], row["ssp"] = "residual", draw(st.sampled_from((None, None, least)))
    if prices == "bundle" and n < 2:
        row["bundle"], row["bundle_ssp"] = "together", Money(150_000, currency)
    return row


def terms(draw: DrawFn, method: str, record: dict[str, Any]) -> dict[str, Any]:
    """Dates, and a quantity or an expected cost where the method needs one."""
    row: dict[str, Any] = {}
    if draw(st.booleans()):
        row["start_on"] = draw(near(record["start_on"], 20, 60) | days())
        row["end_on"] = draw(near(row["start_on"], 0, 400) | st.just(row["start_on"]))
    if method == "units":
        row["quantity"] = draw(decimals(1, 40, 0) | decimals(5, 100, 1))
    if method == "percent_complete" and draw(st.booleans()):
        row["expected_cost"] = Money(draw(st.integers(1, 2000)), record["currency"])
    return row


def deliveries(draw: DrawFn, rows: Rows, r: dict[str, Any], record: dict[str, Any]) -> None:
    """What was delivered of one line: by its method, mostly in time, now and then early, late or too much."""
    method, line_id = r["recognition"], r["line_id"]
    product = next((p for p in rows["products"] if p["product_id"] == r.get("product_id")), {})
    method = method or product.get("recognition") or "straight_line_daily"
    start = r.get("start_on") or record["start_on"]
    on = near(start, 15, 300)
    if method == "manual":
        for day in sorted(draw(st.sets(on, max_size=3))):
            amount = Money(draw(st.integers(0, 60_000)), record["currency"])
            rows["schedules"].append({"line_id": line_id, "on": day, "amount": amount, "currency": amount.currency})
    measure = PROGRESS.get(method)
    if measure is None:
        return
    values = {
        "delivered": st.just(Decimal(1)),
        "milestone": decimals(0, 60, 2),
        "percent": decimals(0, 110_000, 5),
        "units": decimals(0, 200, 1),
        "usage": decimals(0, 3000, 0),
    }
    if r.get("expected_cost") is not None:
        measure = "cost"
        values["cost"] = st.integers(0, 1200).map(lambda n: _major(n, record["currency"]))
    for n in range(draw(st.integers(0, 3))):
        rows["deliveries"].append({
            "delivery_id": f"{line_id}-{n}", "line_id": line_id, "on": draw(on), "measure": measure,
            "value": draw(values[measure]),
        })  # fmt: skip


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-{"JPY": 0, "KWD": 3}.get(currency, 2))
