"""Exchange rates, targets, capacity and statement figures of the sample company."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from demo.calendar import FIRST, LAST, months, stream
from demo.ledger_rows import Rows
from model.periods import add_months, month_end

# Where each currency's rate into USD starts, how far a day moves it, and what it is pulled back to.
_RATES = {"EUR": (Decimal("1.0050"), Decimal("0.0035"), 4), "JPY": (Decimal("0.006720"), Decimal("0.000026"), 6)}
_CAPACITY = {"Platform": 2_600_000, "Services": 420_000, "Support": 130_000, "Devices": 260_000, "Data": 60_000}


def write_references(seed: int, rows: Rows) -> None:
    """Closing rates for every day and averages for every month, and what plans and statements say."""
    for currency in _RATES:
        _rates(seed, rows, currency)
    chance = stream(seed, "references")
    for place, month in enumerate(months()):
        grown = Decimal(100 + 2 * place) / 100
        name = month.strftime("%Y-%m")
        for family, amount in _CAPACITY.items():
            noise = Decimal(chance.randrange(95, 106)) / 100
            rows.add(
                "capacity", month=name, family=family, amount=f"{_round(amount * grown * noise)}.00", currency="USD"
            )
    for place in range(60):  # a year of them lies ahead
        name, grown = add_months(FIRST, place).strftime("%Y-%m"), Decimal(100 + 2 * place) / 100
        for measure, amount in (("bookings", 1_500_000), ("revenue", 1_250_000)):
            rows.add("targets", month=name, measure=measure, amount=f"{_round(amount * grown)}.00", currency="USD")
    for quarter in range(2, 48, 3):
        _statement(rows, month_end(add_months(FIRST, quarter)), Decimal(100 + 2 * quarter) / 100)


def _round(amount: Decimal) -> int:
    return int(amount // 1000) * 1000


def _rates(seed: int, rows: Rows, currency: str) -> None:
    chance = stream(seed, f"rates:{currency}")
    rate, step, digits = _RATES[currency]
    home, unit = rate, Decimal(1).scaleb(-digits)
    day, month_rates = FIRST - dt.timedelta(days=1), list[Decimal]()
    while day <= LAST:
        if day.weekday() < 5:
            drift = (home - rate) * Decimal("0.01")
            rate = (rate + drift + step * chance.randrange(-100, 101) / 100).quantize(unit)
        rows.add("fx_rates", on=day, from_currency=currency, to_currency="USD", rate=rate, kind="closing")
        month_rates.append(rate)
        if day == month_end(day):
            mean = (sum(month_rates, Decimal(0)) / len(month_rates)).quantize(unit)
            rows.add("fx_rates", on=day, from_currency=currency, to_currency="USD", rate=mean, kind="average")
            month_rates = []
        day += dt.timedelta(days=1)


def _statement(rows: Rows, end: dt.date, grown: Decimal) -> None:
    figures = {
        "revenue": 3_700_000, "cogs": 1_450_000, "operating_cash_flow": 720_000, "total_assets": 21_000_000,
        "current_assets": 9_400_000, "inventory": 650_000, "current_liabilities": 5_900_000,
        "total_liabilities": 8_800_000, "equity": 12_200_000,
    }  # fmt: skip
    for measure, amount in figures.items():
        rows.add("financials", period_end=end, measure=measure, amount=f"{_round(amount * grown)}.00", currency="USD")
