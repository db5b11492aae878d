"""What happened under an agreement after it was signed: deliveries, estimates, planned schedules and amendments.

Each writes canonical records (docs/reference/files.md) and, beside them, notes in `Deal.changes` what it did to the
committed price, by arithmetic of its own.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from demo.calendar import LAST, period_starts, whole_term
from demo.catalogue import PRODUCTS
from demo.deals import Deal, Promise
from demo.ledger_rows import Rows, delivered_by_day, money, shares_of

AMENDMENTS = ("add_line", "change_line", "remove_line", "extend", "renew", "terminate")


def write_events(chance: Random, deal: Deal, rows: Rows) -> None:
    """Everything that happened to one agreement until the last day."""
    maker = {
        "build": _milestones, "project": _costs, "variable": _costs, "training": _units, "devices": _devices,
        "usage": _usage, "advisory": _schedule,
    }.get(deal.shape)  # fmt: skip
    if maker:
        maker(chance, deal, rows)
    if deal.shape == "variable":
        _estimates(chance, deal, rows)
    if chance.random() < {"licence": 0.75, "terminable": 0.7, "prepaid": 0.3}.get(deal.shape, 0):
        _amend(chance, deal, rows)


def _deliver(rows: Rows, line: Promise, on: dt.date, measure: str, value: object) -> None:
    if on <= LAST:
        number = sum(1 for row in rows["deliveries"] if row["line_id"] == line.key) + 1 if line.key else 0
        rows.add(
            "deliveries", delivery_id=f"{line.key}-D{number}", line_id=line.key, on=on, measure=measure, value=value
        )


def _spread(chance: Random, deal: Deal, count: int) -> list[dt.date]:
    """Days over the term, in order, some projects running late."""
    length = (deal.end_on - deal.start_on).days * (1.3 if chance.random() < 0.15 else 1.0)
    days = sorted({round(length * (place + 0.4 + 0.6 * chance.random()) / count) for place in range(count)})
    return [deal.start_on + dt.timedelta(days=day) for day in days]


def _milestones(chance: Random, deal: Deal, rows: Rows) -> None:
    steps = chance.choice((("0.25", "0.35", "0.40"), ("0.1", "0.2", "0.3", "0.25", "0.15"), ("0.5", "0.5")))
    for share, on in zip(steps, _spread(chance, deal, len(steps)), strict=False):
        _deliver(rows, deal.lines[0], on, "milestone", share)


def _costs(chance: Random, deal: Deal, rows: Rows) -> None:
    line = deal.lines[0]
    if chance.random() < 0.3:
        for done, on in zip(("0.15", "0.4", "0.7", "1"), _spread(chance, deal, 4), strict=False):
            _deliver(rows, line, on, "percent", done)
        return
    expected = rows.expected_cost(line)
    parts = shares_of(expected, [chance.randrange(6, 18) for _ in range(6)])
    for part, on in zip(parts, _spread(chance, deal, 6), strict=False):
        _deliver(rows, line, on, "cost", money(part, deal.currency))


def _units(chance: Random, deal: Deal, rows: Rows) -> None:
    line = deal.lines[0]
    for count, on in zip(shares_of(line.quantity, [2, 1, 3, 2]), _spread(chance, deal, 4), strict=False):
        if count:
            _deliver(rows, line, on, "units", count)


def _devices(chance: Random, deal: Deal, rows: Rows) -> None:
    shipped = deal.start_on + dt.timedelta(days=chance.randrange(0, 25))
    _deliver(rows, deal.lines[0], shipped, "delivered", 1)
    packs = deal.lines[1]
    for place, count in enumerate(shares_of(packs.quantity, [3, 2, 1])):
        _deliver(rows, packs, shipped + dt.timedelta(days=30 * place), "units", count)


def _usage(chance: Random, deal: Deal, rows: Rows) -> None:
    line = deal.lines[1]
    for first in period_starts(deal.start_on, 1, deal.months):
        calls = chance.randrange(1200, 5200)
        _deliver(rows, line, whole_term(first, 1), "usage", money(calls * line.unit_minor // 20, deal.currency))


def _schedule(chance: Random, deal: Deal, rows: Rows) -> None:
    line = deal.lines[0]
    days = [whole_term(first, 1) for first in period_starts(deal.start_on, 1, deal.months)]
    for on, part in zip(days, shares_of(line.minor, [chance.randrange(5, 15) for _ in days]), strict=True):
        rows.add("schedules", line_id=line.key, on=on, amount=money(part, deal.currency))


def _estimates(chance: Random, deal: Deal, rows: Rows) -> None:
    line, held = deal.lines[0], 0
    half = (deal.end_on - deal.start_on).days // 2
    for number, share in enumerate(chance.choice(((5,), (6, 9), (8, 3), (4, 8, 10)))):
        on = deal.signed_on if number == 0 else deal.start_on + dt.timedelta(days=half // 2 * number + 20)
        if on > LAST:
            return
        bonus = line.minor * share // 100
        rows.add(
            "estimates", estimate_id=f"{line.key}-E{number + 1}", contract_id=deal.key, line_id=line.key, on=on,
            amount=money(bonus, deal.currency), reason="Bonus for early acceptance",
        )  # fmt: skip
        deal.changes.append((on, bonus - held))
        held = bonus


def _amend(chance: Random, deal: Deal, rows: Rows) -> None:
    """One amendment, of a kind that suits the agreement's lines."""
    count = len(deal.lines)
    kinds = [kind for kind in AMENDMENTS if {"remove_line": count == 2, "terminate": count == 1}.get(kind, True)]
    if count == 2 and deal.lines[1].product.recognition != "straight_line_daily":
        kinds.remove("remove_line")
    term = (deal.end_on - deal.start_on).days
    effective = deal.start_on + dt.timedelta(days=round(term * (0.25 + 0.5 * chance.random())))
    signed = effective - dt.timedelta(days=chance.choice((0, 3, 10, 25)))
    kind = chance.choices(kinds, [3 if kind in ("terminate", "remove_line") else 2 for kind in kinds])[0]
    if kind == "renew":
        effective = deal.end_on + dt.timedelta(days=1)
        signed = effective - dt.timedelta(days=chance.choice((5, 20, 45)))
    if signed > LAST or signed < deal.signed_on:
        return
    delta, values = _AMENDERS[kind](chance, deal, effective)
    rows.add(
        "amendments", amendment_id=f"{deal.key}-A1", contract_id=deal.key, signed_on=signed, effective_on=effective,
        kind=kind, **values,
    )  # fmt: skip
    deal.changes.append((signed, delta))


# What an amendment does to the committed price, and its columns.
Values = tuple[int, dict[str, object]]


def _months_left(deal: Deal, effective: dt.date) -> int:
    return max(1, round((deal.end_on - effective).days / 30.4))


def _add_line(chance: Random, deal: Deal, effective: dt.date) -> Values:
    product = PRODUCTS["P-ANALYTICS"]
    unit, seats = product.unit_minor(deal.currency), chance.choice((20, 40, 75))
    minor = unit * seats * _months_left(deal, effective)
    new = Promise(f"{deal.key}-9", product, seats, unit, minor, effective, deal.end_on, product.name)
    deal.bill_later(effective, new.key, minor, effective, deal.end_on)
    return minor, {
        "new_line_id": new.key, "product_id": product.key, "description": product.name, "quantity": seats,
        "unit_price": money(unit, deal.currency), "amount": money(minor, deal.currency), "start_on": effective,
        "end_on": deal.end_on, "treatment": chance.choice(("", "separate_contract")),
    }  # fmt: skip


def _change_line(chance: Random, deal: Deal, effective: dt.date) -> Values:
    line = deal.lines[0]
    more = chance.choice((-10, 10, 25, 50))
    delta = line.unit_minor * more * _months_left(deal, effective)
    if delta > 0:
        deal.bill_later(effective, line.key, delta, effective, deal.end_on)
    return delta, {
        "line_id": line.key, "quantity": line.quantity + more, "amount": money(line.minor + delta, deal.currency),
        "treatment": chance.choice(("", "prospective")),
    }  # fmt: skip


def _remove_line(chance: Random, deal: Deal, effective: dt.date) -> Values:
    line = deal.lines[1]
    deal.stops[line.key] = effective
    return delivered_by_day(line, effective - dt.timedelta(days=1)) - line.minor, {"line_id": line.key}


def _extend(chance: Random, deal: Deal, effective: dt.date) -> Values:
    line, months = deal.lines[0], chance.choice((3, 6))
    end = whole_term(deal.end_on + dt.timedelta(days=1), months)
    delta = line.unit_minor * line.quantity * months
    begins = deal.end_on + dt.timedelta(days=1)
    deal.bill_later(begins, line.key, delta, begins, end)
    return delta, {"line_id": line.key, "end_on": end, "amount": money(line.minor + delta, deal.currency)}


def _renew(chance: Random, deal: Deal, effective: dt.date) -> Values:
    line = deal.lines[0]
    uplift = chance.choice((100, 103, 105))
    minor = line.unit_minor * line.quantity * 12 * uplift // 100
    key, end = f"{deal.key}-9", whole_term(effective, 12)
    deal.bill_later(effective, key, minor, effective, end)
    return minor, {
        "new_line_id": key, "product_id": line.product.key, "description": f"{line.description}, renewed",
        "quantity": line.quantity, "amount": money(minor, deal.currency), "start_on": effective, "end_on": end,
    }  # fmt: skip


def _terminate(chance: Random, deal: Deal, effective: dt.date) -> Values:
    line = deal.lines[0]
    kept = delivered_by_day(line, effective - dt.timedelta(days=1))
    fee = (line.minor - kept) // 10 if chance.random() < 0.5 else 0
    deal.stops[line.key], deal.status = effective, "cancelled"
    if fee:
        deal.bill_later(effective, "", fee, effective, effective)
    return kept - line.minor + fee, {"amount": money(fee, deal.currency) if fee else ""}


_AMENDERS = {
    "add_line": _add_line, "change_line": _change_line, "remove_line": _remove_line, "extend": _extend,
    "renew": _renew, "terminate": _terminate,
}  # fmt: skip
