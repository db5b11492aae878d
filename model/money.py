"""Money: whole minor units beside an ISO 4217 currency; decimals only where figures enter and leave.

A currency's exponent says how many digits follow the point: USD 2, JPY 0, KWD 3. Rounding is half away from
zero everywhere, so that a credit mirrors its charge to the cent.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from model.errors import RecordRejected

# ISO 4217 list one (amendment 179). Every currency not named in the two small tables has two digits.
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK "
    "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
    "SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER "
    "ZAR ZMW ZWG ZWL"
)
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"
EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO.split(), 2),
    **dict.fromkeys(_ZERO.split(), 0),
    **dict.fromkeys(_THREE.split(), 3),
    "CLF": 4,
    "UYW": 4,
}

INT64_MAX = 2**63 - 1
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}\Z")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")


class Money(NamedTuple):
    """An exact amount: `minor` whole minor units of `currency`.

    >>> Money(1200050, "USD")
    Money(minor=1200050, currency='USD')
    """

    minor: int
    currency: str


def exponent(currency: str) -> int:
    """Digits after the point of an ISO 4217 currency; an unknown code is rejected.

    >>> exponent("JPY"), exponent("USD"), exponent("KWD")
    (0, 2, 3)
    """
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise RecordRejected(
            f"{currency!r} is not a currency", remedy="Use an ISO 4217 code in capitals, such as USD"
        ) from None


def parse_decimal(text: str) -> Decimal:
    """An exact decimal from text with a point: no thousands signs, no exponent, no float on the way.

    >>> parse_decimal("12000.00")
    Decimal('12000.00')
    """
    if not _DECIMAL.match(text):
        raise RecordRejected(f"{text!r} is no amount", remedy="Write digits with a point: 12000.00")
    return Decimal(text)


class Grouped(Decimal):
    """An amount whose point may group thousands: 1.500 is one and a half, or fifteen hundred where decimals have a comma.

    Only a currency of three decimals is written so without a doubt.
    """


def parse_amount(text: str) -> Decimal:
    """An amount as a person writes it in a file: exact, and `Grouped` where its point leaves a doubt.

    >>> type(parse_amount("1.500")).__name__, type(parse_amount("1500.00")).__name__
    ('Grouped', 'Decimal')
    """
    amount = parse_decimal(text)
    return Grouped(amount) if text[-4:-3] == "." and _GROUPED.match(text) else amount


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units of a major-unit amount; more digits than the currency has are refused, not rounded.

    >>> to_minor(Decimal("12000.50"), "USD"), to_minor(Decimal("100000"), "JPY")
    (1200050, 100000)
    """
    digits = exponent(currency)
    if isinstance(amount, Grouped) and digits < 3:
        raise RecordRejected(
            f"{amount} may mean {format(amount * 1000, ',.0f')} {currency} or {amount.normalize():f}: its point may group thousands",
            remedy=f"Write it without grouping and with no more than {digits} decimals",
        )
    scaled = amount.scaleb(digits)
    if abs(scaled) > INT64_MAX:
        raise RecordRejected(f"{amount} {currency} is beyond what a ledger can hold", remedy="Check the amount")
    minor = int(scaled)
    # Decimal arithmetic keeps 28 digits; comparing the way back is exact, so no digit is dropped unseen.
    if Decimal(minor).scaleb(-digits) != amount:
        raise RecordRejected(f"{amount} has more than the {digits} decimals of {currency}", remedy="Round it first")
    return minor


def round_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units, rounded half away from zero: for prices times quantities, never for stated amounts.

    >>> round_minor(Decimal("0.125"), "USD"), round_minor(Decimal("-0.125"), "USD")
    (13, -13)
    """
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def to_decimal(minor: int, currency: str) -> Decimal:
    """The amount in major units, with exactly the currency's digits.

    >>> str(to_decimal(1100000, "USD")), str(to_decimal(8333, "JPY"))
    ('11000.00', '8333')
    """
    return Decimal(int(minor)).scaleb(-exponent(currency))
