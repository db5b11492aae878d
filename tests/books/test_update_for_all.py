"""What tells on everybody makes a ledger of several systems whole; what was told later is no difference of an earlier one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from several import OTHERS, Company, is_whole


def test_names_that_are_alike_and_other_differences_are_told_as_of_everything(acme: Company) -> None:
    acme.find("customers", "A")["name"] = "Borealis Shipping Ltd"
    acme.find("customers", "bD")["name"] = "Borealis Shipping"
    acme.updated()
    found = acme.books.reconciliation(acme.books.current())
    assert found.to_dict("list") == acme.anew.reconciliation(acme.books.current()).to_dict("list")
    assert (found["finding"] == "to be judged").sum() == 1
    assert (found["finding"] == "only in billing").any()


def test_differences_of_a_ledger_are_not_those_of_what_is_told_later(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "1"
    acme.telling.tell(acme.rows, ())
    found = acme.books.build()
    assert not is_whole(found)
    acme.customer("billing", "late")
    acme.telling.tell(acme.rows, ())
    assert "Company late" in set(acme.books.reconciliation(found.version)["customer"])  # as it is by now
    assert not acme.books.shelf.differences(found.version).exists()
    version = acme.books.build().version
    acme.books.reconciliation(version)
    assert acme.books.shelf.differences(version).exists()


def test_who_governs_is_for_all(acme: Company) -> None:
    acme.configure('[matching]\nauthority = ["billing", "crm"]\n')
    found = acme.sync()
    assert is_whole(found)
    assert "b0" in set(found.customers["id"])


def test_a_domain_that_very_many_have_is_for_all(acme: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for n in range(51):
        acme.customer("books", f"m{n:02}", domain="mail.test")
    assert not is_whole(acme.sync())  # of those that come all are known
    acme.find("customers", "A")["domain"] = "mail.test"
    acme.whole()
    acme.find("contract_lines", "L-A")["amount"] = acme.find("contract_lines", "L-m07")["amount"] = Decimal(7)
    assert "A" in acme.updated()  # two of them are no more one than all
    acme.find("customers", "bA")["domain"] = "mail.test"
    assert is_whole(acme.sync())
    assert "a customer's domain is mail.test, which very many have" in caplog.text


def test_a_name_that_others_have_too_is_for_all(acme: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for own in ("A", "bA"):
        acme.find("customers", own)["domain"] = "a.test"
    acme.find("customers", "bA")["name"] = "Company b0"  # as that of another, which is found by it
    assert is_whole(acme.sync())
    assert "names that others have too" in caplog.text


def test_a_system_that_begins_to_tell_is_matched_with_all(
    tmp_path: Path, new_url: Callable[..., str], in_parts: None
) -> None:
    made = Company(tmp_path, new_url(ready=True))
    for n in range(OTHERS):
        made.customer("crm", f"c{n}", domain=f"other{n}.test")
    made.customer("crm", "A", tax_id="1")
    assert is_whole(made.sync())
    made.customer("billing", "bA", tax_id="1")
    found = made.sync()
    assert is_whole(found)
    assert "bA" not in set(found.customers["id"])
    made.find("contract_lines", "L-bA")["amount"] = Decimal(5)
    assert "bA" not in made.updated()
    made.books.engine.dispose()
