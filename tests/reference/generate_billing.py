"""Random documents for contracts that exist: invoices of every status, credit notes, cash, refunds, disputes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from model.money import Money
from model.records import CREDIT_REASONS

Rows = dict[str, list[dict[str, Any]]]
DAY = dt.timedelta(days=1)
STATUSES = ("open", "open", "paid", "paid", "draft", "void", "uncollectible")


def documents(draw: DrawFn, rows: Rows) -> None:
    """Up to two invoices a contract, an invoice of no contract now and then, and unapplied cash."""
    for contract in list(rows["contracts"]):
        for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
            invoice(draw, rows, contract)
    if draw(st.integers(0, 4)) == 0:
        invoice(draw, rows, {**rows["contracts"][0], "contract_id": None})
    if draw(st.integers(0, 4)) == 0:
        currency = rows["contracts"][0]["currency"]
        rows["payments"].append({
            "payment_id": "unapplied", "customer_id": "C0", "received_on": dt.date(2024, 3, 15), "kind": "payment",
            "currency": currency, "amount": Money(draw(st.integers(0, 5000)), currency),
        })  # fmt: skip


def shared(draw: DrawFn, rows: Rows, contract: dict[str, Any]) -> list[str]:
    """Now and then one invoice bills the lines of all contracts of its customer, whatever their currency."""
    if draw(st.integers(0, 4)):
        return []
    theirs = {r["contract_id"] for r in rows["contracts"] if r["customer_id"] == contract["customer_id"]}
    return [r["line_id"] for r in rows["contract_lines"] if r["contract_id"] in theirs]


def invoice(draw: DrawFn, rows: Rows, contract: dict[str, Any]) -> None:
    """One invoice with its lines, then what happened to it."""
    currency, number = contract["currency"], len(rows["invoices"])
    issued_on = contract["signed_on"] + draw(st.integers(-5, 250)) * DAY
    status = draw(st.sampled_from(STATUSES))
    row: dict[str, Any] = {
        "invoice_id": f"I{number}", "customer_id": contract["customer_id"], "issued_on": issued_on,
        "currency": currency, "status": status, "contract_id": contract["contract_id"],
        "due_on": draw(st.none() | st.integers(0, 60).map(lambda n: issued_on + n * DAY)),
    }  # fmt: skip
    if status == "uncollectible" and draw(st.booleans()):
        row["written_off_on"] = issued_on + draw(st.integers(0, 120)) * DAY
    rows["invoices"].append(row)
    promises = [r for r in rows["contract_lines"] if r["amount"].minor >= 0]
    own = [r["line_id"] for r in promises if r["contract_id"] == contract["contract_id"]]
    changes = [r for r in rows["amendments"] if r["contract_id"] == contract["contract_id"]]
    own += [r["new_line_id"] for r in changes if r.get("new_line_id")]
    billable = own + shared(draw, rows, contract)
    total = 0
    for n in range(draw(st.integers(1, 2))):
        net, tax = draw(st.integers(1, 90_000)), draw(st.sampled_from((0, 0, 7, 1900)))
        if n and draw(st.integers(0, 2)) == 0:  # a deduction, now and then of more than is charged
            net, tax = -net, -tax
        total += net
        served = issued_on + draw(st.integers(-70, 40)) * DAY
        rows["invoice_lines"].append({
            "invoice_line_id": f"I{number}-{n}", "invoice_id": f"I{number}", "amount": Money(net, currency),
            "line_id": draw(st.sampled_from([None, *billable])), "tax": Money(tax, currency) if tax else None,
            "currency": currency, "service_start": draw(st.sampled_from((None, None, served))),
            "service_end": draw(st.sampled_from((None, None, served + 30 * DAY))),
        })  # fmt: skip
    if status in ("open", "paid", "uncollectible"):
        credit(draw, rows, row, own, max(1, total), issued_on + 200 * DAY)
        cash(draw, rows, row, max(1, total), issued_on + 200 * DAY)


def credit(draw: DrawFn, rows: Rows, invoice: dict[str, Any], own: list[str], total: int, until: dt.date) -> None:
    """A credit note of any reason, by line or for the whole invoice."""
    if draw(st.integers(0, 2)):
        return
    issued_on = invoice["issued_on"] + draw(st.integers(0, max(0, (until - invoice["issued_on"]).days))) * DAY
    tax = draw(st.sampled_from((None, None, 5)))
    rows["credit_notes"].append({
        "credit_note_id": f"{invoice['invoice_id']}-C", "customer_id": invoice["customer_id"], "issued_on": issued_on,
        "currency": invoice["currency"], "amount": Money(draw(st.integers(1, total)), invoice["currency"]),
        "invoice_id": invoice["invoice_id"], "line_id": draw(st.sampled_from([None, *own])),
        "tax": None if tax is None else Money(tax, invoice["currency"]),
        "reason": draw(st.sampled_from(CREDIT_REASONS)),
    })  # fmt: skip


def cash(draw: DrawFn, rows: Rows, invoice: dict[str, Any], total: int, until: dt.date) -> None:
    """Payments, refunds, and a dispute that may come back."""
    kinds = draw(st.sampled_from(((), ("payment",), ("payment", "payment"), ("payment", "refund"),
                                  ("payment", "dispute"), ("payment", "dispute", "won"))))  # fmt: skip
    for n, kind in enumerate(kinds):
        amount = draw(st.integers(1, total))
        received_on = invoice["issued_on"] + draw(st.integers(-10, max(0, (until - invoice["issued_on"]).days))) * DAY
        rows["payments"].append({
            "payment_id": f"{invoice['invoice_id']}-P{n}", "customer_id": invoice["customer_id"],
            "received_on": min(received_on, until), "currency": invoice["currency"],
            "amount": Money(-amount if kind == "won" else amount, invoice["currency"]),
            "invoice_id": invoice["invoice_id"], "kind": "dispute" if kind == "won" else kind,
        })  # fmt: skip
