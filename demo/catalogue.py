"""What the sample company sells: products by family, how each is earned, and its prices in three currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from model.money import round_minor


@dataclass(frozen=True)
class Product:
    """A product: `price` is the list price in USD of one unit (a seat for a month, a day, a device, a whole project).

    `ssp`: whether the price list is good evidence of a stand-alone selling price.
    """

    key: str
    name: str
    family: str
    recognition: str
    price: int
    unit_cost: int
    ssp: bool = False

    def unit_minor(self, currency: str, factor: Decimal = Decimal(1)) -> int:
        """A price in minor units, in the currency's own round numbers."""
        amount = self.price * _LEVEL[currency] * factor
        step = Decimal(50) if currency == "JPY" else Decimal("0.50")
        return round_minor((amount / step).quantize(Decimal(1)) * step, currency)


# Price lists per currency are set once a year, not by the day's rate.
_LEVEL = {"USD": Decimal(1), "EUR": Decimal("0.92"), "JPY": Decimal(145)}

PRODUCTS = {
    product.key: product
    for product in (
        Product("P-CORE", "Platform Core", "Platform", "straight_line_daily", 48, 9),
        Product("P-ANALYTICS", "Platform Analytics", "Platform", "straight_line_daily", 26, 5),
        Product("P-TEAM", "Platform Team", "Platform", "straight_line_daily", 19, 4),
        Product("P-API", "API Calls", "Platform", "usage", 1, 0),
        Product("P-SUPPORT", "Premium Support", "Support", "straight_line_monthly", 12, 4),
        Product("P-DATA", "Market Data Feed", "Data", "straight_line_full_months", 900, 420),
        Product("P-MAINT", "Site Maintenance", "Support", "straight_line_half_month", 640, 300),
        Product("P-HOSTING", "Managed Hosting", "Platform", "straight_line_30_360", 1100, 520),
        Product("P-IMPL", "Implementation", "Services", "percent_complete", 90000, 52000),
        Product("P-BUILD", "Custom Build", "Services", "milestone", 140000, 83000),
        Product("P-TRAINING", "Training Days", "Services", "units", 1400, 600),
        Product("P-ADVISORY", "Advisory Retainer", "Services", "manual", 36000, 19000),
        Product("P-GATEWAY", "Edge Gateway", "Devices", "point_in_time", 2600, 1450, ssp=True),
        Product("P-SENSORS", "Sensor Pack", "Devices", "units", 180, 95, ssp=True),
        Product("P-CARE", "Device Care", "Devices", "straight_line_monthly", 310, 120, ssp=True),
    )
}
