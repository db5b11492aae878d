"""Customers of several systems: by what they are one, what is only suggested, and what people decided."""

import pytest

from books.identity import Identity, same_customers
from books.names import alike, core, likeness
from books.rules import Decision, Rules
from model.frames import frame

ORDER = ["crm", "billing", "books"]


def customers(*rows: tuple[str, dict[str, str]]):
    made = []
    for name, more in rows:
        source, _, own = name.partition(":")
        made.append({"source": source, "customer_id": own, "name": f"Company {own}", **more})
    return frame("customers", made)


def found(*rows: tuple[str, dict[str, str]], **rules) -> Identity:
    return same_customers(customers(*rows), Rules(**rules), (), ORDER)


def groups(identity: Identity) -> set[frozenset[str]]:
    by_root: dict[str, set[str]] = {}
    for name, root in identity.standing.items():
        by_root.setdefault(root, set()).add(name)
    return {frozenset(members) for members in by_root.values() if len(members) > 1}


def asked(identity: Identity) -> set[frozenset[str]]:
    return {frozenset((pair.left, pair.right)) for pair in identity.suggested}


def together(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ({"tax_id": "DE 123"}, {"tax_id": "de123"}, "tax id"),
        ({"domain": "acme.test"}, {"domain": "www.ACME.test"}, "domain"),
        ({}, {"shared_id": "1"}, "shared id"),
        ({}, {"shared_id": "crm:1"}, "shared id"),
        ({"shared_id": "X-9"}, {"shared_id": "x-9"}, "shared id"),
    ],
)
def test_each_key_joins(one, other, by):
    identity = found(("crm:1", {"name": "Acme", **one}), ("billing:c", {"name": "Zeta", **other}))
    assert identity.standing == {"crm:1": "crm:1", "billing:c": "crm:1"}
    assert [(pair.left, pair.right, pair.by) for pair in identity.pairs] == [("crm:1", "billing:c", by)]


@pytest.mark.parametrize("shared", ["cus_Nff7B", "cus_nff7b", "billing:cus_Nff7B", "Billing:CUS_NFF7B"])
def test_a_shared_id_means_a_record_whatever_the_case_of_its_letters(shared):
    rows = (("crm:1", {"shared_id": shared}), ("billing:cus_Nff7B", {}))
    assert groups(found(*rows)) == {together("crm:1", "billing:cus_Nff7B")}
    two = groups(found(*rows, ("billing:cus_nFF7B", {})))
    assert two == ({together("crm:1", "billing:cus_Nff7B")} if shared.endswith("cus_Nff7B") else set())


def test_only_the_keys_of_the_configuration_join():
    rows = (("crm:1", {"domain": "acme.test", "tax_id": "1"}), ("billing:c", {"domain": "acme.test", "tax_id": "1"}))
    assert groups(found(*rows, customer_keys=["map", "domain"]))
    assert found(*rows, customer_keys=["domain", "tax_id"]).pairs[0].by == "domain"
    assert not groups(found(*rows, customer_keys=["map"], similar=0))


def test_a_weaker_key_never_joins_what_a_stronger_one_tells_apart():
    identity = found(
        ("crm:1", {"tax_id": "DE1", "domain": "acme.test"}), ("billing:c", {"tax_id": "FR2", "domain": "acme.test"})
    )
    assert not groups(identity)
    assert asked(identity) == {together("crm:1", "billing:c")}


def test_a_domain_that_two_of_one_system_have_is_asked_about():
    identity = found(
        ("crm:1", {"name": "Acme US", "domain": "acme.test"}), ("crm:2", {"name": "Acme UK", "domain": "acme.test"}),
        ("billing:c", {"name": "Acme", "domain": "acme.test"}),
    )  # fmt: skip
    assert not groups(identity)
    assert asked(identity) == {together("crm:1", "billing:c"), together("crm:2", "billing:c")}


def test_a_domain_that_very_many_have_is_nobodys():
    rows = [(f"{source}:{n}", {"domain": "mail.test"}) for source in ("crm", "billing") for n in range(30)]
    assert not found(*rows, similar=0).suggested
    assert found(*rows[:2], rows[-1], similar=0).suggested


def test_mailbox_providers_are_nobodys_domain():
    identity = found(("crm:1", {"domain": "gmail.com"}), ("billing:c", {"domain": "gmail.com"}), similar=0)
    assert not groups(identity)


def test_names_that_are_alike_are_suggested_and_join_nothing():
    identity = found(
        ("crm:1", {"name": "Müller & Søhne GmbH"}), ("billing:c", {"name": "Muller und Søhne"}),
        ("books:7", {"name": "Borealis Inc."}), ("books:8", {"name": "Muller & Søhne Ltd", "tax_id": "GB1"}),
    )  # fmt: skip
    assert not groups(identity)
    assert together("crm:1", "billing:c") in asked(identity)
    assert all("books:7" not in pair for pair in asked(identity))
    assert asked(found(("crm:1", {"name": "Acme"}), ("billing:c", {"name": "Acme"}), similar=0)) == set()


def test_names_that_are_alike_with_different_tax_ids_are_two():
    assert not asked(found(("crm:1", {"name": "Acme", "tax_id": "1"}), ("billing:c", {"name": "Acme", "tax_id": "2"})))


def test_an_accepted_suggestion_joins_and_a_later_split_parts():
    rows = (("crm:1", {"name": "Acme"}), ("billing:c", {"name": "Acme"}))
    joined = found(*rows, decisions=[Decision("customers", "billing:c", "crm:1", same=True)])
    assert (joined.standing["billing:c"], joined.pairs[0].by, joined.suggested) == ("crm:1", "a person", [])
    parted = found(*rows, decisions=[Decision("customers", "billing:c", "crm:1", same=False)])
    assert (groups(parted), asked(parted)) == (set(), set())


@pytest.mark.parametrize("key", ["tax_id", "domain", "shared_id"])
def test_a_split_stays_split_whatever_the_keys_say(key):
    rows = (("crm:1", {key: "acme.test"}), ("billing:c", {key: "acme.test"}))
    assert groups(found(*rows))
    parted = found(*rows, decisions=[Decision("customers", "crm:1", "billing:c", same=False)])
    assert (groups(parted), asked(parted)) == (set(), set())


def test_a_split_holds_through_a_third_record():
    rows = (
        ("crm:1", {"tax_id": "1"}),
        ("books:7", {"tax_id": "1", "domain": "a.test"}),
        ("billing:c", {"domain": "a.test"}),
    )
    assert groups(found(*rows)) == {together("crm:1", "books:7", "billing:c")}
    parted = found(*rows, decisions=[Decision("customers", "crm:1", "billing:c", same=False)])
    assert groups(parted) == {together("crm:1", "books:7")}


def test_a_split_goes_before_the_configurations_map():
    rows = (("crm:1", {}), ("billing:c", {}))
    mapped = {"billing:c": "crm:1"}
    assert groups(found(*rows, customers=mapped))
    assert not groups(
        found(*rows, customers=mapped, decisions=[Decision("customers", "crm:1", "billing:c", same=False)])
    )


def test_ids_that_a_vendor_has_merged_mean_the_record_they_became():
    rows = (("crm:2", {"name": "Heir"}), ("billing:c", {"name": "Zeta", "shared_id": "1"}))
    former = {("crm", "customers"): {"1": "2"}}
    assert groups(found(*rows, former=former)) == {together("crm:2", "billing:c")}
    decided = [Decision("customers", "crm:1", "billing:c", same=False)]
    assert not groups(found(*rows, former=former, decisions=decided))
    assert groups(found(("crm:2", {}), ("billing:c", {}), former=former, customers={"billing:c": "crm:1"}))


def test_the_foremost_authority_of_customers_stands_for_the_group():
    rows = (("crm:1", {"tax_id": "1"}), ("books:7", {"tax_id": "1"}))
    assert found(*rows).standing["books:7"] == "crm:1"
    assert found(*rows, govern={"customers": ["books"]}).standing["crm:1"] == "books:7"


def test_likeness_does_not_care_for_forms_order_and_accents():
    assert core("L'Oréal S.A.") == core("l'oreal sa")
    assert likeness(core("Robotics Acme Inc."), core("ACME ROBOTICS, LLC")) == 100
    assert likeness(core("Acme Robotics"), core("Acme Robotic")) >= 85
    assert likeness(core("Acme Robotics"), core("Borealis Shipping")) < 50


def test_of_thousands_of_names_only_the_like_are_compared():
    names = [f"Company {n:04d} {chr(97 + n % 26)}{n * 7919}" for n in range(3000)]
    compared: list[tuple[int, int]] = []
    assert list(alike([*names, names[17].upper()], 100, lambda *pair: not compared.append(pair))) == [(17, 3000, 100)]
    assert len(compared) < 3000
    assert not list(alike([*names, names[17].upper()], 100, lambda *_: False))
