"""What the sample company's totals must be, summed from its plan and its documents by plain arithmetic.

None of it knows the engine: tests hold the engine's figures against these, by currency and in minor units.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from demo.calendar import LAST
from demo.company import Company, governing_id
from demo.ledger_rows import delivered_by_day, in_minor

Sums = Mapping[str, int]
FINAL = ("open", "paid", "uncollectible")


def contracted(company: Company, day: dt.date = LAST) -> Sums:
    """Committed price, of contracts whose price follows from records by plain sums; see `Deal.exact`."""
    found: Counter[str] = Counter()
    for currency, minor in company.committed(day).values():
        found[currency] += minor
    return found


def billed(company: Company, day: dt.date = LAST) -> Sums:
    """Finalised invoices less credit notes, by document date and without tax; bad debt was billed all the same."""
    found: Counter[str] = Counter()
    for currency, on, minor in (*_books_invoices(company), *_billing_invoices(company)):
        found[currency] += minor if on <= day else 0
    for row in company.books["credit_notes"]:
        if row["reason"] != "bad_debt" and _day(row["issued_on"]) <= day:
            found[str(row["currency"])] -= in_minor(row["amount"], str(row["currency"]))
    for note in company.billing["credit_notes"]:
        if _moment(note["created"]) <= day:
            found[str(note["currency"]).upper()] -= note["total_excluding_tax"]
    return found


def collected(company: Company, day: dt.date = LAST) -> Sums:
    """Cash received, less refunds and disputes, plus disputes that were won."""
    found: Counter[str] = Counter()
    for row in company.books["payments"]:
        if _day(row["received_on"]) <= day:
            minor = in_minor(row["amount"], str(row["currency"]))
            found[str(row["currency"])] += minor if row["kind"] == "payment" else -minor
    for sign, name, amount in ((1, "invoice_payments", "amount_paid"), (-1, "refunds", "amount")):
        for each in company.billing[name]:
            if _moment(each["created"]) <= day:
                found[each["currency"].upper()] += sign * each[amount]
    for dispute in company.billing["disputes"]:
        for move in dispute["balance_transactions"]:
            found[dispute["currency"].upper()] += move["amount"] if _moment(move["created"]) <= day else 0
    return found


def _books_invoices(company: Company) -> Iterator[tuple[str, dt.date, int]]:
    heads = {row["invoice_id"]: row for row in company.books["invoices"] if row["status"] in FINAL}
    for line in company.books["invoice_lines"]:
        head = heads.get(line["invoice_id"])
        if head:
            currency = str(head["currency"])
            yield currency, _day(head["issued_on"]), in_minor(line["amount"], currency)


def _billing_invoices(company: Company) -> Iterator[tuple[str, dt.date, int]]:
    for invoice in company.billing["invoices"]:
        if invoice["status"] in FINAL:
            yield invoice["currency"].upper(), _moment(invoice["effective_at"]), invoice["subtotal"]


def _day(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _moment(seconds: int) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date()


def recognized_daily(company: Company, day: dt.date = LAST) -> Mapping[str, int]:
    """What is earned of subscriptions that were sold and are earned by the day alone, by contract id."""
    return {
        governing_id(deal): sum(delivered_by_day(line, day) for line in deal.lines)
        for deal in company.deals
        if deal.kind == "cloud"
        and len(deal.changes) == 1
        and all(line.product.recognition == "straight_line_daily" for line in deal.lines)
    }
