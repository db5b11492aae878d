"""Amounts as https://docs.stripe.com/currencies writes them, in ISO 4217 minor units."""

import pytest

from connectors.stripe.shapes import line_id, money, net, subscription_of, tax
from model.errors import RecordRejected
from model.money import Money


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (1000, "USD", 1000), (500, "JPY", 500), (5120, "KWD", 5120),
        # Special cases: two decimals at Stripe, none in ISO 4217.
        (500, "ISK", 5), (100, "UGX", 1),
        # No decimals at Stripe, two in ISO 4217.
        (500, "MGA", 50_000), (-500, "ISK", -5),
    ],
)  # fmt: skip
def test_amounts(amount: int, currency: str, minor: int) -> None:
    assert money(amount, currency) == Money(minor, currency)


def test_a_fraction_of_a_whole_currency_is_refused() -> None:
    with pytest.raises(RecordRejected, match="4010 is no whole amount of ISK"):
        money(4010, "ISK")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(RecordRejected, match="'XYZ' is not a currency"):
        money(1, "XYZ")


def test_a_line_is_named_alike_in_both_shapes() -> None:
    period = {"start": 1, "end": 2}
    new = {"id": "il_1", "period": period, "parent": {"subscription_item_details": {"subscription_item": "si_1"}}}
    old = {"id": "il_1", "period": period, "subscription_item": "si_1"}
    assert line_id(new) == line_id(old) == "si_1:1"
    assert line_id({"id": "il_1", "period": period}) == "il_1"


def test_the_subscription_is_found_in_both_shapes() -> None:
    assert subscription_of({"parent": {"subscription_details": {"subscription": "sub_1"}}}) == "sub_1"
    assert subscription_of({"subscription": {"id": "sub_1"}}) == "sub_1"
    assert subscription_of({"parent": None, "subscription": None}) == ""


def test_net_is_after_discounts_and_without_tax() -> None:
    line = {
        "amount": 11_900,
        "discount_amounts": [{"amount": 1_190}],
        "tax_amounts": [{"amount": 1_710, "inclusive": True}],
    }
    assert (net(line), tax(line)) == (9_000, 1_710)
