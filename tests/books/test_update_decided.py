"""A company of several systems after an id was merged, a person has spoken or a period was closed: updates go on from there."""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal

import pytest
from several import HEAD, Company, is_whole


def test_an_id_that_was_merged_means_its_heir_in_what_comes_later(acme: Company) -> None:
    acme.rows["customers"].remove(acme.find("customers", "D"))
    acme.find("contracts", "K-D")["customer_id"] = "C"
    assert is_whole(acme.sync(("crm", "customers", "D", "C")))  # ids were found to be one: everything is made anew
    acme.rows["contracts"].append({"source": "crm", "contract_id": "K-late", "customer_id": "D", **HEAD})
    acme.rows["contract_lines"].append(
        {"source": "crm", "line_id": "L-late", "contract_id": "K-late", "amount": Decimal(5), "currency": "USD"}
    )
    acme.find("customers", "bA")["shared_id"] = "d"
    assert "D" not in acme.updated()


def test_of_heirs_of_one_id_the_foremost_systems_is_meant_whoever_is_read(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "1"
    acme.find("customers", "bB")["tax_id"] = "2"
    acme.customer("books", "M", shared_id="old")
    acme.customer("billing", "00")  # comes first of all, and has nothing to do with them
    acme.sync(("crm", "customers", "old", "A"), ("billing", "customers", "old", "bB"))
    acme.find("contract_lines", "L-M")["amount"] = Decimal(33)
    assert "M" in acme.sync().aliases["alias"]


def test_a_record_that_is_named_stands_although_it_was_merged_into_one_that_is_not_there(acme: Company) -> None:
    acme.rows["customers"].append({"source": "crm", "customer_id": "E", "name": "Emporium"})
    acme.customer("books", "M", shared_id="crm:E")
    acme.sync(("crm", "customers", "E", "gone"))
    acme.find("contract_lines", "L-M")["amount"] = Decimal(33)
    assert "M" not in acme.updated()


def test_a_persons_word_is_made_whole_and_holds_for_what_comes_later(
    acme: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for word, left, right in (
        ("same", "crm:A", "billing:bA"),
        ("apart", "crm:B", "billing:bB"),
        ("same", "crm:C", "books:M"),
    ):
        acme.decide(word, left, right)
    found = acme.sync()
    assert is_whole(found)
    assert "records were found to be one" in caplog.text
    assert "bA" not in set(found.customers["id"])
    acme.find("contract_lines", "L-bA")["amount"] = Decimal(7)
    assert "bA" not in acme.updated()
    for own in ("B", "bB"):
        acme.find("customers", own)["tax_id"] = "DE 2"
    assert {"B", "bB"} <= acme.updated()
    acme.customer("books", "M")  # whom a person named before it was there
    assert "M" not in acme.updated()
    acme.decide("apart", "crm:A", "billing:bA")
    assert is_whole(acme.sync())


@pytest.mark.parametrize("lines", [True, False], ids=["billed", "without lines"])
@pytest.mark.parametrize("touched", ["A", "bA"])
def test_what_was_another_customers_at_a_close_is_made_with_both(acme: Company, touched: str, *, lines: bool) -> None:
    for own in ("A", "bA"):
        acme.find("customers", own)["tax_id"] = "1"
    invoice = {
        "source": "billing",
        "invoice_id": "I1",
        "issued_on": dt.date(2026, 1, 10),
        "currency": "USD",
        "status": "open",
    }
    acme.rows["invoices"].append({**invoice, "customer_id": "bA", "number": "I1"})
    if lines:
        acme.rows["invoice_lines"].append({"source": "billing", "invoice_line_id": "1", "invoice_id": "I1", "currency": "USD",
                                           "amount": Decimal(100)})  # fmt: skip
    acme.sync()
    acme.close()
    acme.sync()
    acme.find("customers", "bA")["tax_id"] = "2"  # they are two after all
    acme.sync()
    (acme.books.folder / "current.json").unlink()
    assert is_whole(acme.sync())
    acme.find("contract_lines", f"L-{touched}")["amount"] = Decimal(33)
    assert list(acme.sync().invoices["id"]).count("I1") == 1
