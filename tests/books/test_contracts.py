"""Contracts of several systems: joined by decisions, map, deal and amount; asked about where they are only near."""

import datetime as dt
from decimal import Decimal

import numpy as np

from books.facts import Unified, unify
from books.rules import Decision, Rules
from engine.build import build
from engine.figures import Scope, answer
from model.frames import empty_facts, frame
from model.periods import day_number
from model.policy import Policy

SIGNED = dt.date(2026, 1, 1)
YEAR = {"start_on": SIGNED, "end_on": dt.date(2026, 12, 31)}
ORDER = ["crm", "billing", "books"]


def facts(*contracts: tuple[str, str], **more: dict[str, object]) -> dict:
    """Contracts as (source:id, amount), all of one customer known by its tax id; `more` by id: further columns."""
    made = empty_facts()
    sources = dict.fromkeys(name.split(":")[0] for name, _ in contracts)
    made["customers"] = frame(
        "customers", [{"source": s, "customer_id": f"{s}-1", "name": "Acme", "tax_id": "1"} for s in sources]
    )
    heads, lines = [], []
    for name, amount in contracts:
        source, _, own = name.partition(":")
        head = {"source": source, "contract_id": own, "customer_id": f"{source}-1", "status": "signed",
                "currency": "USD", "signed_on": SIGNED}  # fmt: skip
        heads.append({**head, **more.get(own, {})})
        lines.append({"source": source, "line_id": f"L{own}", "contract_id": own, "amount": Decimal(amount),
                      "currency": "USD", **YEAR})  # fmt: skip
    made["contracts"], made["contract_lines"] = frame("contracts", heads), frame("contract_lines", lines)
    return made


def unified(*contracts: tuple[str, str], rules: Rules | None = None, **more: dict[str, object]) -> Unified:
    return unify(facts(*contracts, **more), ORDER, rules)


def matched(found: Unified) -> list[list[str]]:
    return found.matched[["kept_name", "same_name", "by"]].to_numpy().tolist()


def contracted(found: Unified) -> int:
    ledger = build(found.tables, Policy(), aliases=found.aliases)
    scope = Scope(customers=ledger.find_customers("*"))
    return int(answer(ledger, "contracted", [scope], np.array([day_number(SIGNED)])).minor[0, 0])


def test_the_same_promise_in_three_systems_counts_once():
    found = unified(
        ("crm:D1", "1200.00"), ("billing:sub", "1200.00"), ("books:K", "1200.00"),
        sub={"deal_id": "D1"}, K={"deal_id": "sub"},
    )  # fmt: skip
    assert matched(found) == [["crm:D1", "billing:sub", "deal id"], ["crm:D1", "books:K", "deal id"]]
    assert contracted(found) == 1200_00


def test_equal_ids_are_a_coincidence_unless_a_deal_says_so():
    two = (("crm:7", "1200.00"), ("billing:7", "500.00"))
    apart = unify(_named_otherwise(facts(*two), "D1"), ORDER)
    assert (contracted(apart), matched(apart)) == (1700_00, [])
    assert contracted(unify(_named_otherwise(facts(*two), "7"), ORDER)) == 1200_00


def _named_otherwise(made: dict, deal: str) -> dict:
    made["contracts"].loc[1, "deal_id"] = deal
    return made


def test_two_subscriptions_may_bill_one_deal():
    found = unified(
        ("crm:D1", "1200.00"), ("billing:s1", "600.00"), ("billing:s2", "600.00"),
        s1={"deal_id": "D1"}, s2={"deal_id": "D1"},
    )  # fmt: skip
    assert contracted(found) == 1200_00
    assert len(found.matched) == 2


def test_the_configuration_and_people_go_before_keys():
    found = unified(("crm:D1", "900.00"), ("billing:sub", "500.00"), rules=Rules(contracts={"billing:sub": "crm:D1"}))
    assert matched(found) == [["crm:D1", "billing:sub", "the configuration"]]
    assert contracted(found) == 900_00
    joined = Rules(decisions=[Decision("contracts", "billing:sub", "crm:D1", same=True)])
    assert matched(unified(("crm:D1", "900.00"), ("billing:sub", "500.00"), rules=joined))[0][2] == "a person"


def test_a_split_stays_split_by_deal_and_by_amount():
    apart = Rules(decisions=[Decision("contracts", "crm:D1", "billing:sub", same=False)])
    for more in ({"sub": {"deal_id": "D1"}}, {}):
        assert contracted(unified(("crm:D1", "1200.00"), ("billing:sub", "1200.00"), **more)) == 1200_00
        parted = unified(("crm:D1", "1200.00"), ("billing:sub", "1200.00"), rules=apart, **more)
        assert (contracted(parted), matched(parted), parted.asked) == (2400_00, [], [])


def test_only_the_keys_of_the_configuration_join():
    two = (("crm:D1", "1200.00"), ("billing:sub", "1200.00"))
    by_deal = Rules(contract_keys=["map", "deal_id"])
    found = unified(*two, rules=by_deal)
    assert contracted(found) == 2400_00
    assert [(pair.left, pair.right, pair.by) for pair in found.asked] == [
        ("crm:D1", "billing:sub", "customer and amount")
    ]
    assert contracted(unified(*two, rules=Rules(contract_keys=["amount"]), sub={"deal_id": "D1"})) == 1200_00


def test_near_amounts_are_asked_about_and_count_until_then():
    found = unified(("crm:D1", "1200.00"), ("billing:sub", "1150.00"))
    assert contracted(found) == 2350_00
    (pair,) = found.asked
    assert (pair.kind, pair.by) == ("contracts", "customer and near amount")
    assert unified(("crm:D1", "1200.00"), ("billing:sub", "700.00")).asked == []


def test_two_alike_in_one_system_are_asked_about():
    found = unified(("crm:D1", "1200.00"), ("billing:s1", "1200.00"), ("billing:s2", "1200.00"))
    assert contracted(found) == 3600_00
    assert {(pair.left, pair.right) for pair in found.asked} == {("crm:D1", "billing:s1"), ("crm:D1", "billing:s2")}


def test_who_governs_is_said_by_kind():
    govern = Rules(govern={"contracts": ["billing"]})
    found = unified(("crm:D1", "1200.00"), ("billing:sub", "1300.00"), rules=govern, sub={"deal_id": "D1"})
    assert (matched(found)[0][:2], contracted(found)) == (["billing:sub", "crm:D1"], 1300_00)
