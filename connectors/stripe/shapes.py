"""Stripe's shapes: how amounts are counted, and where an invoice line says what it bills.

Amounts: https://docs.stripe.com/currencies (zero-decimal, three-decimal, and the special cases ISK and UGX, which are
written with two decimals though they have none). Lines: https://docs.stripe.com/api/invoice-line-item/object; since
the version 2025-03-31.basil a line's origin is under `parent` and its price under `pricing`, before it was flat. Both
are read, because events and test servers still speak the older one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.kit.fields import exact, look
from model.errors import RecordRejected
from model.money import Money, exponent

Object = Mapping[str, Any]

_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
_ITEM = (
    "parent.subscription_item_details.subscription_item",
    "parent.subscription_details.subscription_item",
    "subscription_item",
)
_SUBSCRIPTION = (
    "parent.subscription_item_details.subscription",
    "parent.invoice_item_details.subscription",
    "parent.subscription_details.subscription",
    "subscription",
)
_PRORATION = ("parent.subscription_item_details.proration", "parent.invoice_item_details.proration", "proration")
_PRICE = ("pricing.price_details.price", "price", "plan")
_PRODUCT = ("pricing.price_details.product", "price.product", "plan.product", "product")


def decimals(currency: str) -> int:
    """Digits after the point in Stripe's amounts of a currency.

    >>> decimals("JPY"), decimals("ISK"), decimals("KWD"), decimals("USD")
    (0, 2, 3, 2)
    """
    return _DECIMALS.get(currency, 2)


def money(amount: int, currency: str) -> Money:
    """What one of Stripe's amounts is in ISO 4217 minor units.

    >>> money(500, "ISK"), money(7, "MGA")
    (Money(minor=5, currency='ISK'), Money(minor=700, currency='MGA'))
    """
    shift = exponent(currency) - decimals(currency)
    if shift >= 0:
        return Money(amount * 10**shift, currency)
    whole, rest = divmod(amount, 10**-shift)
    if rest:
        raise RecordRejected(f"{amount} is no whole amount of {currency}", remedy="Correct it in Stripe")
    return Money(whole, currency)


def major(amount: Any, currency: str) -> Decimal:
    """A unit price in major units, which may have more digits than the currency."""
    return exact(amount).scaleb(-decimals(currency))


def ident(value: Any) -> str:
    """The id of an object that is given by id or expanded; "" for none."""
    if type(value) is str:  # as nearly all are
        return value
    return str(value.get("id", "")) if isinstance(value, Mapping) else str(value or "")


def first(payload: Any, paths: tuple[str, ...]) -> Any:
    """What the first of several paths holds."""
    for path in paths:
        found = look(payload, path)
        if found is not None:
            return found
    return None


def item_of(line: Object) -> str:
    """The subscription item a line bills, "" for none."""
    return ident(first(line, _ITEM))


def subscription_of(payload: Object) -> str:
    """The subscription behind an invoice, an invoice line or an invoice item, "" for none."""
    return ident(first(payload, _SUBSCRIPTION))


def price_of(line: Object) -> Any:
    """A line's or item's price, expanded or by id."""
    return first(line, _PRICE)


def product_of(line: Object) -> str | None:
    """The product behind a line or item."""
    return ident(first(line, _PRODUCT)) or None


def is_proration(line: Object) -> bool:
    """Whether a line settles a change in the middle of a period."""
    return bool(first(line, _PRORATION))


def is_metered(price: Any) -> bool:
    """Whether a price counts usage; older plans say so themselves."""
    return "metered" in (look(price, "recurring.usage_type"), look(price, "usage_type"))


def net(line: Object) -> int:
    """What a line charges: after its discounts, without tax, in Stripe's minor units."""
    discounts = sum(int(each["amount"]) for each in line.get("discount_amounts") or ())
    inclusive = sum(int(each["amount"]) for each in _taxes(line) if _is_inclusive(each))
    return int(line["amount"]) - discounts - inclusive


def tax(line: Object) -> int:
    """A line's tax, whether within its amount or on top of it."""
    return sum(int(each["amount"]) for each in _taxes(line))


def line_id(line: Object) -> str:
    """The contract line an invoice line bills: subscription item and period start; its own id for one-off charges."""
    item = item_of(line)
    return f"{item}:{line['period']['start']}" if item else ident(line)


def _taxes(line: Object) -> list[Object]:
    return list(line.get("taxes") or line.get("tax_amounts") or ())


def _is_inclusive(entry: Object) -> bool:
    return bool(entry.get("tax_behavior") == "inclusive" or entry.get("inclusive"))
