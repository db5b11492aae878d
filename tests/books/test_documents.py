"""Invoices that billing and accounting both have count once, with their credits and cash; differences are told."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from books.facts import Unified, unify
from books.rules import Decision, Rules
from engine.build import build
from engine.figures import Scope, answer
from model.frames import NO_AMOUNT, empty_facts, frame
from model.periods import day_number
from model.policy import Policy

DAY = dt.date(2026, 2, 1)
LATE = dt.date(2026, 12, 31)
ORDER = ["crm", "billing", "books"]


def invoice(name: str, amount: str, number: str = "INV-1", day: dt.date = DAY, **more: object) -> dict:
    source, _, own = name.partition(":")
    return {"source": source, "invoice_id": own, "customer_id": f"{source}-1", "issued_on": day, "currency": "USD",
            "status": "open", "number": number, "amount": amount, **more}  # fmt: skip


def facts(*invoices: dict, payments: tuple = (), credits: tuple = ()) -> dict:
    made = empty_facts()
    sources = dict.fromkeys(["billing", "books"])
    made["customers"] = frame(
        "customers", [{"source": s, "customer_id": f"{s}-1", "name": "Acme", "tax_id": "1"} for s in sources]
    )
    head = {"source": "billing", "contract_id": "K", "currency": "USD"}
    signed = {"customer_id": "billing-1", "status": "signed", "signed_on": DAY}
    made["contracts"] = frame("contracts", [{**head, **signed}])
    line = {"line_id": "L", "amount": Decimal("1000.00"), "recognition": "point_in_time"}
    made["contract_lines"] = frame("contract_lines", [{**head, **line}])
    made["invoices"] = frame("invoices", invoices)
    made["invoice_lines"] = frame(
        "invoice_lines",
        [{"source": i["source"], "invoice_line_id": f"L{i['invoice_id']}", "invoice_id": i["invoice_id"], "currency": "USD",
          "amount": Decimal(i["amount"]), "tax": Decimal(str(i.get("tax", "0")))} for i in invoices],
    )  # fmt: skip
    for name, rows in (("payments", payments), ("credit_notes", credits)):
        made[name] = frame(name, [{"currency": "USD", "customer_id": f"{row['source']}-1", **row} for row in rows])
    return made


def figure(found: Unified, measure: str) -> int:
    ledger = build(found.tables, Policy(), aliases=found.aliases)
    scope = Scope(customers=ledger.find_customers("Acme"))
    return int(answer(ledger, measure, [scope], np.array([day_number(LATE)])).minor[0, 0])


def paid(name: str, invoice_id: str, amount: str = "100.00", day: dt.date = DAY, **more: object) -> dict:
    source, _, own = name.partition(":")
    return {"source": source, "payment_id": own, "invoice_id": invoice_id, "received_on": day,
            "amount": Decimal(amount), "kind": "payment", **more}  # fmt: skip


def credited(name: str, invoice_id: str, amount: str, day: dt.date = DAY) -> dict:
    source, _, own = name.partition(":")
    return {"source": source, "credit_note_id": own, "invoice_id": invoice_id, "issued_on": day,
            "amount": Decimal(amount), "reason": "billing_correction"}  # fmt: skip


def test_an_invoice_in_two_systems_is_billed_once_and_billing_governs():
    found = unify(facts(invoice("billing:in_1", "100.00"), invoice("books:77", "103.00")), ORDER)
    assert figure(found, "billed") == 100_00
    assert [(pair.left, pair.right, pair.by) for pair in found.pairs if pair.kind == "invoices"] == [
        ("billing:in_1", "books:77", "number")
    ]
    govern = Rules(govern={"invoices": ["books", "billing"]})
    assert (
        figure(unify(facts(invoice("billing:in_1", "100.00"), invoice("books:77", "103.00")), ORDER, govern), "billed")
        == 103_00
    )


def test_the_accounting_may_carry_billings_own_id_as_its_number():
    found = unify(facts(invoice("billing:in_1", "100.00", ""), invoice("books:77", "100.00", "IN_1")), ORDER)
    assert figure(found, "billed") == 100_00


@pytest.mark.parametrize(
    "second",
    [
        invoice("books:77", "100.00", "INV-2"),
        invoice("books:77", "100.00", status="draft"),
        invoice("books:77", "100.00", currency="EUR"),
    ],
    ids=["another number", "a draft", "another currency"],
)
def test_what_is_another_invoice_stays_one(second):
    rows = facts(invoice("billing:in_1", "100.00"), second)
    assert len(unify(rows, ORDER).tables["invoices"]) == 2


def test_equal_ids_without_numbers_are_a_coincidence():
    found = unify(facts(invoice("billing:1", "100.00", ""), invoice("books:1", "250.00", "")), ORDER)
    assert figure(found, "billed") == 350_00


def test_a_number_used_again_long_after_is_asked_about():
    again = invoice("books:77", "250.00", day=dt.date(2026, 11, 1))
    found = unify(facts(invoice("billing:in_1", "100.00"), again), ORDER)
    assert figure(found, "billed") == 350_00
    assert [(pair.kind, pair.left, pair.right) for pair in found.asked] == [("invoices", "billing:in_1", "books:77")]


def test_a_number_that_a_system_has_twice_is_nobodys_guess():
    rows = facts(invoice("billing:in_1", "100.00"), invoice("books:77", "100.00"), invoice("books:78", "100.00"))
    assert figure(unify(rows, ORDER), "billed") == 300_00


def test_cash_and_credits_of_both_systems_count_once_on_the_governing_invoice():
    rows = facts(
        invoice("billing:in_1", "100.00"), invoice("books:77", "100.00"),
        payments=(
            paid("billing:p1", "in_1", "40.00"), paid("billing:p2", "in_1", "40.00"),
            paid("books:9", "77", "40.00", DAY + dt.timedelta(days=2)),  # the bank's day for p1 or p2
            paid("books:10", "77", "15.00"),  # cash that the processor never saw
        ),
        credits=(credited("billing:cn", "in_1", "5.00"), credited("books:5", "77", "5.00", DAY + dt.timedelta(days=3))),
    )  # fmt: skip
    found = unify(rows, ORDER)
    assert figure(found, "billed") == 95_00
    assert figure(found, "collected") == 95_00
    assert found.tables["payments"]["payment_id"].tolist() == ["p1", "p2", "10"]
    assert set(found.tables["payments"]["invoice_id"]) == {"in_1"}


def test_equal_cash_weeks_apart_is_two_payments():
    rows = facts(
        invoice("billing:in_1", "100.00"), invoice("books:77", "100.00"),
        payments=(paid("billing:p1", "in_1", "40.00"), paid("books:9", "77", "40.00", DAY + dt.timedelta(days=30))),
    )  # fmt: skip
    assert figure(unify(rows, ORDER), "collected") == 80_00


def test_a_refund_is_no_payment():
    rows = facts(
        invoice("billing:in_1", "100.00"), invoice("books:77", "100.00"),
        payments=(paid("billing:p1", "in_1", "40.00"), paid("books:9", "77", "40.00", kind="refund")),
    )  # fmt: skip
    assert len(unify(rows, ORDER).tables["payments"]) == 2


def test_what_billing_leaves_blank_the_books_fill():
    second = invoice("books:77", "100.00", due_on=dt.date(2026, 3, 1))
    found = unify(facts(invoice("billing:in_1", "100.00"), second), ORDER)
    assert found.tables["invoices"]["due_on"].tolist() == [day_number(dt.date(2026, 3, 1))]


def test_a_split_invoice_stays_two_and_an_accepted_one_is_one():
    rows = facts(invoice("billing:in_1", "100.00"), invoice("books:77", "100.00"))
    apart = Rules(decisions=[Decision("invoices", "books:77", "billing:in_1", same=False)])
    assert figure(unify(rows, ORDER, apart), "billed") == 200_00
    rows = facts(invoice("billing:in_1", "100.00"), invoice("books:77", "100.00", "A-9"))
    joined = Rules(decisions=[Decision("invoices", "books:77", "billing:in_1", same=True)])
    assert figure(unify(rows, ORDER, joined), "billed") == 100_00


def test_differences_are_a_list_with_amounts():
    rows = facts(
        invoice("billing:in_1", "100.00", tax="7.00"),
        invoice("books:77", "103.50", tax="7.00", day=DAY + dt.timedelta(days=1), status="void"),
        invoice("books:78", "20.00", "INV-2"),
    )
    frame_ = unify(rows, ORDER).reconciliation
    told = frame_[["finding", "source", "id", "other_source", "other_id", "difference_minor", "detail"]]
    assert told.to_numpy().tolist() == [
        ["amount differs", "billing", "in_1", "books", "77", 3_50, ""],
        ["status differs", "billing", "in_1", "books", "77", NO_AMOUNT, "open, the other void"],
        ["day differs", "billing", "in_1", "books", "77", NO_AMOUNT, "2026-02-01, the other 2026-02-02"],
        ["only in books", "books", "78", "", "", -20_00, ""],
    ]
    assert frame_["amount_minor"].tolist() == [100_00, NO_AMOUNT, NO_AMOUNT, 20_00]
    assert set(frame_["customer"]) == {"Acme"}


def test_one_system_has_nothing_to_reconcile():
    rows = facts(invoice("billing:in_1", "100.00"))
    rows["customers"] = rows["customers"][rows["customers"]["source"] == "billing"]
    assert unify(rows, ORDER).reconciliation.empty
