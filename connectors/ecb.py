"""The European Central Bank's euro reference rates: what one euro is worth, on each day the bank publishes.

Reference: https://data.ecb.europa.eu/help/api/data (series EXR, D.<currency>.EUR.SP00.A, as CSV). A rate is published on
working days about 16:00 CET; other currencies are crossed through the euro. A month's average is the mean of its days.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.kit.auth import Auth, Nobody
from connectors.kit.connector import Item, Page, Pull, Row, Setting
from connectors.kit.fields import exact
from connectors.kit.limits import Limit
from connectors.kit.rest import PACE, RestConnector
from model.errors import ConfigNeeded
from model.money import EXPONENTS
from model.periods import add_months

FIRST = dt.date(1999, 1, 4)  # the first day of the euro's rates
_AVERAGE = Decimal("0.0000000001")


class Ecb(RestConnector):
    """Reads reference rates; no account is needed."""

    kind = "ecb"
    title = "European Central Bank, reference rates"
    rights = "none: the rates are public"
    settings = (
        Setting("currencies", "the currencies wanted, beside the euro: a list of ISO 4217 codes", ["USD"], kind=list),
        Setting("from_day", "the first day wanted: YYYY-MM-DD", "2015-01-01"),
        Setting("averages", "whether a month's average is made, too", True, kind=bool),
        Setting("base_url", "another address of the API, for tests", "https://data-api.ecb.europa.eu"),
        PACE,
    )
    base_url = "https://data-api.ecb.europa.eu"
    # A courtesy: one question is enough for a run.
    published = Limit(2)

    def __init__(self, name: str, options: Mapping[str, Any], **more: Any) -> None:
        super().__init__(name, options, **more)
        self._wanted = sorted({str(code).upper() for code in self.options.get("currencies") or ["USD"]} - {"EUR"})
        for code in self._wanted:
            if code not in EXPONENTS:
                raise ConfigNeeded(
                    f"[connectors.{name}] currencies: {code!r} is not a currency. Use ISO 4217 codes, such as USD"
                )
        try:
            self._first = max(FIRST, dt.date.fromisoformat(str(self.options.get("from_day") or "2015-01-01")))
        except ValueError:
            raise ConfigNeeded(f"[connectors.{name}] from_day must be a day: YYYY-MM-DD") from None

    def auth(self) -> Auth:
        """None is needed."""
        return Nobody()

    def objects(self) -> tuple[str, ...]:
        """The days' rates."""
        return ("rates",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """An item a day and one a month that is over; read again from the month before the last day known."""
        known = None if ask.full else (ask.cursor or {}).get("day")
        start = add_months(dt.date.fromisoformat(str(known)).replace(day=1), -1) if known else self._first
        start = max(self._first, min(start, ask.since) if ask.since else start)
        text, _ = self.api.text(f"/service/data/EXR/D.{'+'.join(self._wanted)}.EUR.SP00.A",
                                {"startPeriod": start, "format": "csvdata"}, "text/csv")  # fmt: skip
        days: dict[dt.date, dict[str, Decimal]] = {}
        for row in csv.DictReader(io.StringIO(text)):
            if row.get("OBS_VALUE"):
                day = dt.date.fromisoformat(row["TIME_PERIOD"])
                days.setdefault(day, {})[row["CURRENCY"]] = exact(row["OBS_VALUE"])
        items = [self._item(str(day), day, rates, "closing") for day, rates in sorted(days.items())]
        if self.options.get("averages", True):
            items += self._averages(days, start, ask.now.date())
        last = max(days, default=None)
        yield Page(items, {"day": str(last)} if last else ask.cursor)

    def _averages(self, days: Mapping[dt.date, Mapping[str, Decimal]], start: dt.date, today: dt.date) -> list[Item]:
        """Of the months that are over and were read from their first day."""
        months: dict[dt.date, dict[str, list[Decimal]]] = {}
        for day, rates in days.items():
            for code, rate in rates.items():
                months.setdefault(day.replace(day=1), {}).setdefault(code, []).append(rate)
        items = []
        for first, found in sorted(months.items()):
            end = add_months(first, 1) - dt.timedelta(days=1)
            if first < start or end >= today:
                continue
            means = {
                code: (sum(rates, Decimal(0)) / len(rates)).quantize(_AVERAGE, ROUND_HALF_UP)
                for code, rates in found.items()
            }
            items.append(self._item(f"{first:%Y-%m} average", end, means, "average"))
        return items

    def _item(self, key: str, day: dt.date, rates: Mapping[str, Decimal], kind: str) -> Item:
        rows = tuple(
            Row("fx_rates", {"on": day, "from_currency": "EUR", "to_currency": code, "rate": rate, "kind": kind})
            for code, rate in sorted(rates.items())
        )
        return Item(
            key, {"day": str(day), **{code: str(rate) for code, rate in rates.items()}}, rows, f"rates of {key}"
        )
