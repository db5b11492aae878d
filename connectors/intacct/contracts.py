"""A contract and its lines.

A contract counts from the day it was entered, or began if that was earlier, unless a field of the company's own says when
it was signed. A line that begins with it was signed with it; one entered later is an amendment: a renewal where an
earlier line for the item has ended, else added scope. A line that was cancelled ends the day before its cancellation.
    One-time, Use billing template    the flat amount is the whole price
    Include with every invoice        the flat amount is the price of each billing period
    Quantity based                    usage, as it is invoiced
An evergreen line commits its running billing period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from connectors.intacct.reading import REMEDY, Company, Object, day, word
from connectors.kit.agreement import Agreement, Piece
from connectors.kit.connector import Row
from connectors.kit.fields import exact
from connectors.kit.terms import last_day, periods
from model.errors import RecordRejected
from model.money import round_minor

STATUS = {
    "draft": "draft", "in progress": "active", "renewed": "active", "canceled": "cancelled", "cancelled": "cancelled",
    "not renewed": "completed", "completed": "completed",
}  # fmt: skip
UNCOUNTED = ("draft", "renewal only")  # lines that post nothing
FREQUENCY = {"monthly": ("month", 1), "quarterly": ("month", 3), "annually": ("year", 1)}


def contract_rows(said: Object, reading: Company) -> Iterator[Row]:
    """A contract, its lines, and what was added, renewed and cancelled since."""
    payload = said["contract"]
    values, money = reading.priced("contracts", payload)
    signed = values.get("signed_on") or min(
        (day(payload[name]) for name in ("WHENCREATED", "BEGINDATE") if payload.get(name)), default=None
    )
    if signed is None:
        raise RecordRejected("it has no first day", column="signed_on", remedy=REMEDY)
    values |= {"signed_on": signed, "status": STATUS.get(word(payload, "STATE"), "draft")}
    if word(payload, "TERMTYPE") == "evergreen":
        values = {**values, "evergreen": True, "end_on": None}
    lines = [each for each in said["lines"] if word(each, "STATE") not in UNCOUNTED]
    pieces = list(_pieces(lines, payload, values, reading))
    ended = day(payload["CANCELDATE"]) if payload.get("CANCELDATE") else None
    agreed = Agreement(str(payload["CONTRACTID"]), money, signed, ended)
    told = {name: value for name, value in values.items() if value is not None}
    yield from agreed.rows(Row("contracts", told), pieces)
    for each in lines:
        left = day(each["CANCELDATE"]) if each.get("CANCELDATE") else None
        if left and not (ended and left >= ended):
            yield agreed.removed(str(each["RECORDNO"]), left)


def _pieces(lines: Sequence[Object], payload: Object, contract: Object, reading: Company) -> Iterator[Piece]:
    signed, begins = contract["signed_on"], contract.get("start_on")
    over: dict[str, dt.date] = {}  # item -> the last day of its earlier lines
    read = [
        (line, dict(reading.row("contract_lines", line, "", f"contract line {line['RECORDNO']}").values))
        for line in lines
    ]
    for line, row in sorted(
        read, key=lambda each: (each[1].get("start_on") or begins or dt.date.min, int(each[0]["RECORDNO"]))
    ):
        key, start = str(row.pop("line_id")), row.pop("start_on", None) or begins
        if start is None:
            raise RecordRejected(f"its line {key} has no first day", column="start_on", remedy=REMEDY)
        unit, count = _frequency(line, payload)
        end = row.pop("end_on", None) or contract.get("end_on") or last_day(start, unit, count)
        entered = day(line["WHENCREATED"]) if line.get("WHENCREATED") else signed
        item = str(line.get("ITEMID") or "")
        renews = item in over and over[item] < start
        over[item] = max(end, over.get(item, end))
        if word(line, "BILLINGMETHOD") == "quantity based":
            row["recognition"], amount = "usage", 0
        else:
            amount = _price(line, start, end, unit, count, str(contract["currency"]))
        first = not renews and (start <= (begins or start) or entered <= signed)
        yield Piece(key, item if renews else "", start, end, amount, signed if first else entered, row)


def _price(line: Object, start: dt.date, end: dt.date, unit: str, count: int, money: str) -> int:
    flat = exact(line.get("FLATAMOUNT") or 0)
    if word(line, "BILLINGOPTIONS") != "include with every invoice":
        return round_minor(flat, money)
    prorated = word(line, "PRORATEBILLINGPERIOD") == "true"
    return sum(round_minor(flat * (share if prorated else 1), money) for *_, share in periods(start, end, unit, count))


def _frequency(line: Object, contract: Object) -> tuple[str, int]:
    said = word(line, "BILLINGFREQUENCY") or word(contract, "BILLINGFREQUENCY")
    return FREQUENCY.get(said, ("month", 1))
