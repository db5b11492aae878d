"""Blocks of the configuration are checked before anything runs."""

from typing import Any

import pytest

from connectors.kit.connector import Connector
from connectors.registry import KINDS, described, make
from model.errors import ConfigNeeded


def secret(key: str) -> str | None:
    return {"api_key": "rk_test_1", "access_token": "pat-1"}.get(key)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_says_what_it_is(kind: str) -> None:
    found = KINDS[kind]
    assert issubclass(found, Connector)
    assert found.kind == kind
    assert found.title
    assert found.rights
    assert all(setting.help for setting in found.settings)


def test_kinds_are_described_with_the_common_settings_first() -> None:
    kinds = {each.kind: each for each in described()}
    assert [setting.name for setting in kinds["stripe"].settings][:4] == ["kind", "schedule", "timezone", "api_key"]


def test_defaults_are_filled_in() -> None:
    connector = make("billing", {"kind": "stripe", "timezone": "Europe/Berlin"}, secret)
    assert connector.options["deal_key"] == "deal_id"
    assert connector.options["api_key"] == "rk_test_1"
    connector.close()


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"kind": "strip"}, "kind = 'strip' .did you mean 'stripe'"),
        ({}, "kind = ''. Allowed: chargebee, .*xero, zuora"),
        ({"kind": "stripe", "deal_kee": "x"}, "unknown key 'deal_kee' .did you mean 'deal_key'"),
        ({"kind": "stripe", "reconcile_days": "7"}, "must be a whole number"),
        ({"kind": "stripe", "reconcile_days": True}, "must be a whole number"),
        ({"kind": "hubspot", "requests_per_second": -3}, "requests_per_second = -3 must not be less than 0"),
        ({"kind": "stripe", "api_key": "rk_live_1"}, "must not hold 'api_key': it is a secret"),
        ({"kind": "stripe", "timezone": "Mars"}, "timezone 'Mars' is not known"),
        ({"kind": "files"}, "needs 'path'"),
        (
            {"kind": "hubspot", "default_currency": "Euro"},
            "default_currency = 'Euro' is not a currency. Use an ISO 4217",
        ),
        ({"kind": "ecb", "currencies": ["USD", ""]}, "connectors.books. currencies: '' is not a currency"),
        ({"kind": "files", "path": "x", "missing": "drop"}, "Allowed: keep, delete"),
        ({"kind": "hubspot", "stages": ["closedwon"]}, "must be a table"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(block: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        make("books", block, secret)


def test_what_is_blank_is_the_default_and_a_currency_is_read_in_any_case() -> None:
    blank = {"kind": "quickbooks", "base_url": "", "realm_id": "1", "client_id": "2"}
    make("books", blank, lambda key: "x").close()
    hubspot = make("books", {"kind": "hubspot", "default_currency": "eur"}, secret)
    assert hubspot.options["default_currency"] == "EUR"
    hubspot.close()


def test_a_secret_in_the_file_is_not_repeated() -> None:
    with pytest.raises(ConfigNeeded) as caught:
        make("billing", {"kind": "stripe", "api_key": "rk_live_1"}, secret)
    assert "rk_live_1" not in str(caught.value)


def test_a_missing_secret_names_its_variable() -> None:
    with pytest.raises(ConfigNeeded, match="BACKLOG_MY_CRM_ACCESS_TOKEN"):
        make("my-crm", {"kind": "hubspot"}, lambda key: None)
