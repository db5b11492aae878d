"""Configured fields, held against the records that a check reads where a vendor has no list of its fields."""

from typing import Any

import pytest

from connectors.kit.fields import Context, record, text
from connectors.kit.known import Configured, by_name
from connectors.kit.maps import override

MAPS = {"customers": {"customer_id": text("id"), "region": text("address.country")}, "products": {"name": text("name")}}
STRIPE = {"id": "cus_1", "address": None, "metadata": {"segment": "smb"}, "tags": [{"name": "gold"}]}


def told(path: str, *payloads: dict[str, Any], custom: tuple[str, ...] = ()) -> list[str]:
    maps = override(MAPS, {"customers.segment": path}, "billing")
    configured = Configured({"customers.segment": path})
    configured.watch(maps)
    for payload in payloads:
        record("customers", maps["customers"], payload, Context())
    return configured.wrong("customers", custom) or [configured.proof("customers", "Stripe")]


@pytest.mark.parametrize("path", ["metadata.segment", "address", "tags.0.name", "id"])
def test_a_field_that_a_record_has_is_proven_though_it_may_be_empty(path: str) -> None:
    assert told(path, STRIPE, {"id": "cus_2"}) == ["found in the records read (Stripe has no list of all its fields)"]


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("metadata.segmnet", " (did you mean 'metadata.segment'?)"),
        ("adress", " (did you mean 'address'?)"),
        ("tags.0.nmae", " (did you mean 'tags.0.name'?)"),
        ("zzz.zzz", ""),
    ],
)
def test_a_field_that_no_record_has_is_told_with_the_nearest(path: str, hint: str) -> None:
    assert told(path, STRIPE, STRIPE) == [
        f"customers.segment = {path!r}: none of the records read (2) has it{hint}. Correct the name, or give one a value"
    ]


def test_a_custom_field_of_the_vendors_list_needs_no_record_with_a_value() -> None:
    assert told("custom.region", STRIPE, custom=("custom.region",))[0].startswith("found")
    (wrong,) = told("custom.regoin", STRIPE, custom=("custom.region",))
    assert "nor the list of custom fields (did you mean 'custom.region'?)" in wrong


def test_without_a_record_nothing_is_proven_and_that_is_said() -> None:
    assert told("metadata.anything") == ["not compared, for no record with it was read: customers.segment"]


def test_a_watched_field_reads_what_it_read_before() -> None:
    maps = override(MAPS, {"customers.segment": "metadata.segment"}, "billing")
    Configured({"customers.segment": "metadata.segment"}).watch(maps)
    row = record("customers", maps["customers"], STRIPE, Context())
    assert row.values == {"customer_id": "cus_1", "segment": "smb"}


def test_named_values_are_a_table() -> None:
    entries = [{"Name": "Crew #", "Type": "StringType"}, {"Name": "Days", "NumberValue": 7}]
    assert by_name(entries, "Name", "StringValue", "NumberValue") == {"Crew #": None, "Days": 7}
    assert by_name(None, "name", "value") == {}
