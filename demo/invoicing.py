"""Invoices, credit notes and cash of the agreements in the books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from random import Random

from demo.calendar import LAST, period_starts, whole_term
from demo.deals import RHYTHMS, Charge, Deal, Promise
from demo.ledger_rows import Rows, in_minor, money, shares_of

TAX_PERCENT = {"USD": 0, "EUR": 20, "JPY": 10}
# Why a credit note is written, and how often: the price goes down with the second to fourth.
REASONS = (("billing_correction", 20), ("price_concession", 30), ("cancellation", 20), ("refund", 20), ("bad_debt", 10))


def write_invoices(chance: Random, deal: Deal, rows: Rows, usage: Iterable[Charge] = ()) -> None:
    """Every invoice of a deal until the last day, with what became of it."""
    charges = [*_charges(chance, deal), *deal.later, *usage]
    charges = sorted((each for each in charges if each.minor), key=lambda each: (each.on, each.line))
    number = 0
    for on, group in groupby(charges, key=lambda each: each.on):
        lines = list(group)
        if sum(each.minor for each in lines) <= 0 or on > LAST + dt.timedelta(days=8):
            continue
        number += 1
        _invoice(chance, deal, rows, number, on, lines)
    if deal.status == "cancelled":
        _credit_rest(deal, rows)


def _charges(chance: Random, deal: Deal) -> list[Charge]:
    if deal.rhythm == "events":
        return [charge for line in deal.lines for charge in _by_events(chance, deal, line)]
    step = RHYTHMS[deal.rhythm] or deal.months
    starts = period_starts(deal.start_on, step, -(-deal.months // step))
    early = chance.choice((0, 0, 10, 20)) if deal.rhythm in ("annual", "prepaid") else 0
    charges = []
    for line in deal.lines:
        weights = [min(step, deal.months - step * place) for place in range(len(starts))]
        for first, part, length in zip(starts, shares_of(line.minor, weights), weights, strict=True):
            if first < deal.stops.get(line.key, dt.date.max):
                on = max(deal.signed_on, first - dt.timedelta(days=early))
                charges.append(Charge(on, line.key, part, first, whole_term(first, length)))
    return charges


def _by_events(chance: Random, deal: Deal, line: Promise) -> list[Charge]:
    """A part when it is signed, the rest as the work is planned."""
    count = {"build": 5, "training": 3}.get(deal.shape, 8)
    parts = shares_of(line.minor, [3, *[2] * (count - 1)])
    length = (deal.end_on - deal.start_on).days
    days = [deal.signed_on + dt.timedelta(days=chance.randrange(0, 6))]
    days += [deal.start_on + dt.timedelta(days=length * place // count) for place in range(1, count)]
    return [Charge(max(on, days[0]), line.key, part, on, on) for on, part in zip(days, parts, strict=True)]


def _invoice(chance: Random, deal: Deal, rows: Rows, number: int, on: dt.date, charges: list[Charge]) -> None:
    key, currency = f"INV-{deal.number:04d}-{number:02d}", deal.currency
    taxes = [each.minor * TAX_PERCENT[currency] // 100 for each in charges]
    total = sum(each.minor for each in charges) + sum(taxes)
    due = on + dt.timedelta(days=30)
    paid_on = on + dt.timedelta(days=chance.choice((12, 25, 28, 30, 33, 41, 55)))
    status = _status(chance, on, paid_on)
    written_off: object = due + dt.timedelta(days=150) if status == "uncollectible" else ""
    rows.add(
        "invoices", invoice_id=key, customer_id=customer_id(deal), issued_on=on, currency=currency, status=status,
        contract_id=deal.key, number=f"{on.year}-{deal.number:04d}{number:02d}", due_on=due, written_off_on=written_off,
    )  # fmt: skip
    for place, (charge, tax) in enumerate(zip(charges, taxes, strict=True)):
        rows.add(
            "invoice_lines", invoice_line_id=f"{key}-{place + 1}", invoice_id=key,
            amount=money(charge.minor, currency), line_id=charge.line, tax=money(tax, currency) if tax else "",
            service_start=charge.first, service_end=charge.last,
        )  # fmt: skip
    less = 0
    if status in ("open", "paid"):
        less = _credit(chance, deal, rows, key, on, charges[0], paid_on if status == "paid" else None)
    if status == "paid":
        _cash(chance, deal, rows, key, paid_on, total - less)


def customer_id(deal: Deal) -> str:
    """The customer's number in the books."""
    return f"C-{deal.client.number:04d}"


def _status(chance: Random, on: dt.date, paid_on: dt.date) -> str:
    if on > LAST:
        return "draft"
    luck = chance.random()
    if luck < 0.008:
        return "void"
    if luck < 0.02 and on < LAST - dt.timedelta(days=200):
        return "uncollectible"
    # Some pay very late, whatever the terms.
    late = luck >= 0.97 and on > LAST - dt.timedelta(days=240)
    return "paid" if paid_on <= LAST and not late else "open"


def _credit(
    chance: Random, deal: Deal, rows: Rows, key: str, on: dt.date, charge: Charge, paid_on: dt.date | None
) -> int:
    """A credit note for a few invoices in a hundred, on their first line; by how much less is then paid on `paid_on`."""
    issued = on + dt.timedelta(days=chance.randrange(5, 40))
    steady = deal.shape in ("licence", "prepaid", "terminable") and len(deal.changes) == 1
    if (
        chance.random() >= (0.05 if steady else 0.02)
        or issued > LAST
        or not charge.line
        or deal.stops
        or charge.minor <= 0
    ):
        return 0
    reason = chance.choices([name for name, _ in REASONS], [weight for _, weight in REASONS])[0]
    if not steady and reason != "bad_debt":
        reason = "billing_correction"
    minor = charge.minor * chance.choice((5, 8, 10, 20)) // 100
    tax = minor * TAX_PERCENT[deal.currency] // 100
    rows.add(
        "credit_notes", credit_note_id=f"CN-{key[4:]}", customer_id=customer_id(deal), issued_on=issued,
        currency=deal.currency, amount=money(minor, deal.currency), invoice_id=key, line_id=charge.line,
        tax=money(tax, deal.currency) if tax else "", reason=reason,
    )  # fmt: skip
    if reason in ("price_concession", "cancellation", "refund"):
        deal.changes.append((issued, -minor))
    if paid_on is None:
        return 0
    if reason == "refund":
        _pay(rows, deal, f"{key}-R", issued + dt.timedelta(days=3), minor + tax, key, "refund")
        return 0
    return minor + tax if issued <= paid_on else 0


def _credit_rest(deal: Deal, rows: Rows) -> None:
    """What was billed of a terminated agreement beyond what is left of its price is credited, on its last invoice."""
    final = [
        row for row in rows["invoices"][-60:] if row["contract_id"] == deal.key and row["status"] in ("open", "paid")
    ]
    keys = {row["invoice_id"] for row in final}
    billed = [row for row in rows["invoice_lines"][-120:] if row["invoice_id"] in keys]
    over = sum(in_minor(row["amount"], deal.currency) for row in billed) - deal.committed(LAST)
    issued = min(deal.stops.values(), default=LAST) + dt.timedelta(days=6)
    if over > 0 and issued <= LAST:
        tax = over * TAX_PERCENT[deal.currency] // 100
        rows.add(
            "credit_notes", credit_note_id=f"CN-{deal.number:04d}-END", customer_id=customer_id(deal), issued_on=issued,
            currency=deal.currency, amount=money(over, deal.currency), invoice_id=final[-1]["invoice_id"],
            line_id=deal.lines[0].key, tax=money(tax, deal.currency) if tax else "", reason="billing_correction",
        )  # fmt: skip


def _cash(chance: Random, deal: Deal, rows: Rows, key: str, paid_on: dt.date, total: int) -> None:
    if chance.random() < 0.06:
        first = total * 2 // 5
        _pay(rows, deal, f"{key}-P1", paid_on, first, key)
        _pay(rows, deal, f"{key}-P2", paid_on + dt.timedelta(days=21), total - first, key)
        return
    _pay(rows, deal, f"{key}-P1", paid_on, total, key)
    if chance.random() < 0.006:
        disputed = paid_on + dt.timedelta(days=18)
        _pay(rows, deal, f"{key}-X1", disputed, total, key, "dispute")
        if chance.random() < 0.6:
            _pay(rows, deal, f"{key}-X2", disputed + dt.timedelta(days=45), -total, key, "dispute")


def _pay(rows: Rows, deal: Deal, key: str, on: dt.date, minor: int, invoice: str, kind: str = "payment") -> None:
    if on <= LAST:
        rows.add(
            "payments", payment_id=f"PAY-{key[4:]}", customer_id=customer_id(deal), received_on=on,
            amount=money(minor, deal.currency), currency=deal.currency, invoice_id=invoice, kind=kind,
        )  # fmt: skip
