"""What two systems say of one company becomes one set of facts: every promise and every document once."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from books.facts import Unified, unify
from books.rules import Rules
from engine.build import build
from engine.figures import Scope, answer
from model.frames import empty_facts, frame
from model.periods import day_number
from model.policy import Policy

SIGNED = dt.date(2026, 1, 1)
YEAR = {"start_on": SIGNED, "end_on": dt.date(2026, 12, 31)}


def two_systems(*, deal_id: str = "D1", billed: str = "12000.00", second: bool = False) -> dict:
    """A deal of 12,000 in the CRM and the subscription that bills it, with one invoice."""
    facts = empty_facts()
    crm = {"source": "crm", "currency": "USD"}
    bill = {"source": "billing", "currency": "USD"}
    facts["customers"] = frame(
        "customers",
        [
            {"source": "crm", "customer_id": "77", "name": "Acme Ltd", "domain": "acme.test"},
            {
                "source": "billing",
                "customer_id": "cus_1",
                "name": "ACME Limited",
                "domain": "www.Acme.test",
                "region": "EMEA",
            },
        ],
    )
    contracts = [
        {**crm, "contract_id": "D1", "customer_id": "77", "status": "signed", "signed_on": SIGNED, **YEAR},
        {
            **bill,
            "contract_id": "sub_1",
            "customer_id": "cus_1",
            "status": "active",
            "signed_on": SIGNED,
            "deal_id": deal_id,
        },
    ]
    lines = [
        {**crm, "line_id": "L1", "contract_id": "D1", "amount": Decimal("12000.00"), **YEAR},
        {**bill, "line_id": "si_1", "contract_id": "sub_1", "amount": Decimal(billed), **YEAR},
    ]
    if second:
        contracts.append(
            {**bill, "contract_id": "sub_2", "customer_id": "cus_1", "status": "active", "signed_on": SIGNED}
        )
        lines.append({**bill, "line_id": "si_2", "contract_id": "sub_2", "amount": Decimal(billed), **YEAR})
    facts["contracts"], facts["contract_lines"] = frame("contracts", contracts), frame("contract_lines", lines)
    facts["invoices"] = frame(
        "invoices",
        [
            {
                **bill,
                "invoice_id": "in_1",
                "customer_id": "cus_1",
                "issued_on": SIGNED,
                "status": "open",
                "contract_id": "sub_1",
            }
        ],
    )
    facts["invoice_lines"] = frame(
        "invoice_lines",
        [{**bill, "invoice_line_id": "il_1", "invoice_id": "in_1", "line_id": "si_1", "amount": Decimal("12000.00")}],
    )
    return facts


def figure(unified: Unified, measure: str, customer: str, day: dt.date) -> int:
    ledger = build(unified.tables, Policy(), aliases=unified.aliases)
    scope = Scope(customers=ledger.find_customers(customer))
    return int(answer(ledger, measure, [scope], np.array([day_number(day)])).minor[0, 0])


def test_a_deal_and_its_subscription_count_once() -> None:
    unified = unify(two_systems(), ["crm", "billing"])
    assert figure(unified, "contracted", "Acme Ltd", SIGNED) == 12_000_00
    assert figure(unified, "billed", "Acme Ltd", SIGNED) == 12_000_00
    # Billed 12,000 and one day of 365 earned: 12,000 × 364/365 = 11,967.12 is deferred, on the deal's own contract.
    assert figure(unified, "deferred", "Acme Ltd", SIGNED) == 11_967_12
    assert unified.matched[["kept", "same", "by"]].to_numpy().tolist() == [["D1", "sub_1", "deal id"]]


def test_the_signed_order_governs_the_price_and_the_difference_is_told() -> None:
    unified = unify(two_systems(billed="12600.00"), ["crm", "billing"])
    assert figure(unified, "contracted", "*", SIGNED) == 12_000_00
    assert unified.matched[["kept_minor", "same_minor"]].to_numpy().tolist() == [[12_000_00, 12_600_00]]


def test_without_a_deal_id_customer_and_amount_tell() -> None:
    unified = unify(two_systems(deal_id=""), ["crm", "billing"])
    assert figure(unified, "contracted", "*", SIGNED) == 12_000_00
    assert unified.matched["by"].tolist() == ["customer and amount"]


def test_two_alike_in_one_system_are_not_guessed_at() -> None:
    unified = unify(two_systems(deal_id="", second=True), ["crm", "billing"])
    assert unified.matched.empty
    assert figure(unified, "contracted", "*", SIGNED) == 36_000_00


@pytest.mark.parametrize("name", ["77", "cus_1", "acme ltd", "ACME LIMITED"])
def test_a_customer_answers_to_every_name_and_id(name: str) -> None:
    assert figure(unify(two_systems(), ["crm", "billing"]), "contracted", name, SIGNED) == 12_000_00


def test_what_the_governing_record_leaves_blank_the_other_fills() -> None:
    customers = unify(two_systems(), ["crm", "billing"]).tables["customers"]
    assert customers[["customer_id", "name", "region"]].to_numpy().tolist() == [["77", "Acme Ltd", "EMEA"]]


def test_a_parent_is_the_customer_that_it_has_become() -> None:
    facts = two_systems()  # in which billing's cus_1 and the CRM's 77 are one by their domain
    more = [
        ("crm", "78", "77"), ("billing", "cus_2", "cus_1"), ("billing", "78", "cus_9"), ("billing", "cus_3", "78"),
        ("crm", "79", "none"),
    ]  # fmt: skip
    facts["customers"] = frame(
        "customers",
        [
            *facts["customers"].to_dict("records"),
            *({"source": s, "customer_id": own, "name": f"{s} {own}", "parent_id": parent} for s, own, parent in more),
        ],
    )
    customers = unify(facts, ["crm", "billing"]).tables["customers"]
    assert dict(zip(customers["customer_id"], customers["parent_id"], strict=True)) == {
        "77": "", "78": "77", "cus_2": "77", "billing:78": "cus_9", "cus_3": "billing:78", "79": "none",
    }  # fmt: skip


def test_nobody_is_the_parent_of_himself() -> None:
    facts = two_systems()
    facts["customers"].loc[1, "parent_id"] = "77"  # of the record that is found to be 77
    assert unify(facts, ["crm", "billing"]).tables["customers"]["parent_id"].tolist() == [""]
    alone = empty_facts()
    row = {"source": "crm", "customer_id": "77", "name": "Acme Ltd", "parent_id": "77"}  # the vendor merged both
    alone["customers"] = frame("customers", [row])
    assert unify(alone, []).tables["customers"]["parent_id"].tolist() == [""]


def test_equal_ids_of_different_systems_stay_apart() -> None:
    facts = empty_facts()
    facts["customers"] = frame(
        "customers",
        [{"source": s, "customer_id": "1", "name": n} for s, n in (("crm", "Acme"), ("billing", "Borealis"))],
    )
    facts["contracts"] = frame(
        "contracts",
        [{"source": s, "currency": "USD", "contract_id": "K", "customer_id": "1", "status": "signed", "signed_on": SIGNED}
         for s in ("crm", "billing")],
    )  # fmt: skip
    facts["contract_lines"] = frame(
        "contract_lines",
        [{"source": s, "currency": "USD", "line_id": "L", "contract_id": "K", "amount": Decimal(a), **YEAR}
         for s, a in (("crm", "100.00"), ("billing", "7.00"))],
    )  # fmt: skip
    unified = unify(facts, ["crm", "billing"])
    assert unified.tables["contracts"]["contract_id"].tolist() == ["K", "billing:K"]
    assert figure(unified, "contracted", "Borealis", SIGNED) == 7_00
    assert figure(unified, "contracted", "Acme", SIGNED) == 100_00


def test_customers_named_in_the_configuration_are_one() -> None:
    facts = two_systems()
    facts["customers"].loc[1, "domain"] = "elsewhere.test"
    facts["contracts"].loc[1, "deal_id"] = ""
    assert len(unify(facts, ["crm", "billing"]).tables["customers"]) == 2
    assert len(unify(facts, ["crm", "billing"], Rules(customers={"billing:cus_1": "crm:77"})).tables["customers"]) == 1


def test_a_system_of_rates_alone_makes_no_two_customers_one() -> None:
    facts = empty_facts()
    facts["customers"] = frame("customers", [
        {"source": "crm", "customer_id": name, "name": f"Branch {name}", "tax_id": "DE1"} for name in ("1", "2")
    ])  # fmt: skip
    alone = unify(facts, ["crm"]).tables["customers"]
    facts["fx_rates"] = frame("fx_rates", [
        {"source": "ecb", "on": SIGNED, "from_currency": "EUR", "to_currency": "USD", "rate": Decimal("1.1"), "kind": "closing"}
    ])  # fmt: skip
    assert unify(facts, ["crm", "ecb"]).as_read
    assert unify(facts, ["crm", "ecb"]).tables["customers"].equals(alone)
