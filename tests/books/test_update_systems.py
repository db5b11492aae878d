"""A company that several systems tell of, brought up to date: what may have become one, or two, is made anew, and nothing else."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from several import Company, is_whole

from engine.ledger import Ledger


def called(ledger: Ledger, name: str) -> list[str]:
    """The ids of the customers that a name finds."""
    return [ledger.customers["id"][place] for place in ledger.find_customers(name).tolist()]


def test_a_key_that_a_record_comes_to_share_makes_two_one_and_the_loss_of_it_two_again(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "DE 1"
    acme.whole()
    acme.find("customers", "bB")["tax_id"] = "de1"
    assert "bB" not in acme.updated()
    acme.whole()
    acme.find("customers", "A")["tax_id"] = ""
    assert "bB" in acme.updated()
    acme.find("customers", "bC")["shared_id"] = "C"  # what another system's record is called
    assert "bC" not in acme.updated()
    acme.find("customers", "bD")["shared_id"] = "crm:C"  # and a third one joins
    assert not {"bC", "bD"} & acme.updated()
    acme.find("contracts", "K-bA")["deal_id"] = "K-A"  # contracts that are one are one customer's
    assert not {"bA", "bC", "bD"} & acme.updated()


@pytest.mark.parametrize("asked", [("customers", "bA", "shared_id", "N"), ("contracts", "K-bA", "deal_id", "K-N")])
def test_who_was_asked_for_before_he_came_is_found_when_he_comes(
    acme: Company, asked: tuple[str, str, str, str]
) -> None:
    table, own, key, value = asked
    acme.find(table, own)[key] = value
    assert "bA" in set(acme.whole().customers["id"])
    acme.customer("crm", "N")
    assert "bA" not in acme.updated()


def test_a_parent_that_becomes_another_customer_is_that_one_to_its_children(acme: Company) -> None:
    def parents() -> dict[str, str]:
        found = acme.sync()
        assert not is_whole(found)
        named = dict(zip(found.customers["id"], found.customers["parent"], strict=True))
        return {own: parent for own, parent in named.items() if parent}

    for own, parent in (("bC", "bA"), ("bD", "N"), ("D", "C")):
        acme.find("customers", own)["parent_id"] = parent
    acme.whole()
    acme.find("customers", "A")["tax_id"] = acme.find("customers", "bA")["tax_id"] = "1"
    assert parents() == {"bC": "A", "bD": "N", "D": "C"}
    acme.customer("crm", "N")
    acme.customer("billing", "N")  # the parent that was missing, under an id that another system has, too
    assert parents() == {"bC": "A", "bD": "billing:N", "D": "C"}
    acme.find("customers", "bA")["tax_id"] = ""
    acme.find("customers", "C")["tax_id"] = acme.find("customers", "D")["tax_id"] = "2"
    assert parents() == {"bC": "bA", "bD": "billing:N"}  # and nobody is the parent of himself


def test_a_shared_id_joins_two_groups_that_both_had_been_there(acme: Company) -> None:
    acme.find("customers", "bA")["domain"] = acme.find("customers", "A")["domain"] = "a.test"
    acme.find("customers", "bB")["domain"] = acme.find("customers", "B")["domain"] = "b.test"
    acme.find("customers", "B")["tax_id"] = "1"
    acme.whole()
    acme.customer("books", "M", shared_id="crm:A", tax_id="1")
    assert acme.updated() == {"A", "C", "D", "bC", "bD"}


def test_an_id_that_another_system_uses_is_told_apart_while_it_does(acme: Company) -> None:
    acme.customer("books", "A", name="Somebody else")
    assert "books:A" in acme.updated()
    acme.whole()
    for table, key in (("contract_lines", "L-A"), ("contracts", "K-A"), ("customers", "A")):
        acme.rows[table].remove(acme.find(table, key))  # of the CRM's, whose id it was first
    assert "books:A" not in acme.updated()
    acme.whole()
    acme.customer("billing", "A")
    assert "books:A" in acme.updated()


def test_a_name_that_two_customers_have_is_the_firsts(acme: Company) -> None:
    for own in "AB":
        acme.find("customers", own)["domain"] = acme.find("customers", f"b{own}")["domain"] = f"{own}.test"
        acme.find("customers", f"b{own}")["name"] = "Another name"
    acme.whole()
    assert called(acme.sync(), "Another name") == ["A"]
    acme.find("customers", "bA")["name"] = "Its own"  # so that the other is found by it
    assert called(acme.sync(), "Another name") == ["B"]


def test_terminations_that_two_systems_call_alike_have_each_its_fee(acme: Company) -> None:
    def ended(system: str, own: str) -> dict[str, Any]:
        return {"source": system, "amendment_id": "1", "contract_id": f"K-{own}", "kind": "terminate", "currency": "USD",
                "signed_on": dt.date(2026, 6, 1), "effective_on": dt.date(2026, 6, 30), "amount": Decimal(50)}  # fmt: skip

    acme.rows["amendments"] += [ended("crm", "A"), ended("billing", "bB")]
    acme.updated()
    assert {"1 fee", "billing:1 fee"} == {name for name in acme.whole().obligations["id"] if name.endswith(" fee")}
    acme.rows["amendments"].pop(0)
    acme.updated()  # what was called by its system's name is called so no more
    assert "1 fee" in acme.whole().obligations["id"]
