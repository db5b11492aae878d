"""Money: exact minor units, and what is refused rather than rounded."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import RecordRejected
from model.money import EXPONENTS, INT64_MAX, exponent, parse_amount, parse_decimal, round_minor, to_decimal, to_minor

CURRENCIES = st.sampled_from(sorted(EXPONENTS))
MINOR = st.integers(-INT64_MAX, INT64_MAX)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("CLP", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_a_currency_has_the_digits_that_iso_4217_gives_it(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["usd", "XBT", "", "US", "DOLLAR"])
def test_an_unknown_currency_is_refused_with_the_remedy(code):
    with pytest.raises(RecordRejected) as refused:
        exponent(code)
    assert str(refused.value) == f"{code!r} is not a currency. Use an ISO 4217 code in capitals, such as USD"


@pytest.mark.parametrize(
    ("text", "amount"),
    [("12000.00", "12000.00"), ("-0.01", "-0.01"), ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("007", "7")],
)
def test_an_amount_is_digits_with_a_point(text, amount):
    assert parse_decimal(text) == Decimal(amount)


def test_a_point_that_may_group_thousands_is_refused_where_no_currency_has_three_decimals():
    """A sheet that shows 12.000 where decimals have a comma is no sheet of twelve dollars."""
    for currency, text in (("USD", "1.500"), ("EUR", "-12.000"), ("JPY", "12.000")):
        with pytest.raises(RecordRejected, match="its point may group thousands"):
            to_minor(parse_amount(text), currency)
    assert to_minor(parse_amount("1.500"), "KWD") == 1500
    assert [to_minor(parse_amount(text), "USD") for text in ("0.500", "1500.000", "12.50")] == [50, 150000, 1250]


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1,000", "1e3", "NaN", "Infinity", "--1", "0x10", "1_000", "$1", "."])
def test_anything_else_is_no_amount(text):
    with pytest.raises(RecordRejected) as refused:
        parse_decimal(text)
    assert str(refused.value) == f"{text!r} is no amount. Write digits with a point: 12000.00"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12000.50", "USD", 1200050), ("100000", "JPY", 100000), ("1.234", "KWD", 1234), ("-0.01", "EUR", -1)],
)
def test_a_stated_amount_in_minor_units(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("0.001", "USD"), ("0.5", "JPY"), ("1.2345", "KWD"), ("12000.000000000000000000000000000000001", "USD")],
)
def test_more_digits_than_the_currency_has_are_refused_never_rounded(amount, currency):
    with pytest.raises(RecordRejected) as refused:
        to_minor(Decimal(amount), currency)
    digits = exponent(currency)
    assert str(refused.value) == f"{amount} has more than the {digits} decimals of {currency}. Round it first"


@pytest.mark.parametrize("amount", ["92233720368547758.08", "-92233720368547758.08", "9" * 60])
def test_an_amount_beyond_a_ledger_is_refused(amount):
    with pytest.raises(RecordRejected, match="beyond what a ledger can hold"):
        to_minor(Decimal(amount), "USD")


@given(MINOR, CURRENCIES)
def test_minor_units_shown_as_a_decimal_read_back_equal(minor, currency):
    shown = to_decimal(minor, currency)
    assert to_minor(shown, currency) == minor
    assert -shown.as_tuple().exponent == exponent(currency)


@given(st.decimals(-(10**12), 10**12, places=6), CURRENCIES)
def test_rounding_is_to_the_nearest_half_away_from_zero(amount, currency):
    exact = Fraction(amount) * 10 ** exponent(currency)
    half_up = int(abs(exact) + Fraction(1, 2))
    assert round_minor(amount, currency) == (half_up if exact >= 0 else -half_up)


@given(st.decimals(-(10**12), 10**12, places=6), CURRENCIES)
def test_a_credit_mirrors_its_charge(amount, currency):
    assert round_minor(-amount, currency) == -round_minor(amount, currency)
