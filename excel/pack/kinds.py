"""The kinds of sheets a pack may hold, in the order of the pack that is made without a template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from excel.pack import (
    bookings,
    breakdown,
    bridge,
    closes,
    cohorts,
    concentration,
    contracts,
    customers,
    deferred,
    exceptions,
    measures,
    measures_by,
    method,
    products,
    quality,
    receivable,
    reconciliation,
    rollforward,
    rpo,
    sales,
    scenarios,
    schedule,
    signals,
    summary,
    trend,
    waterfall,
)
from excel.pack.groups import FILTERS
from excel.pack.sheet import Sheet
from excel.pack.source import Month, Options


@dataclass(frozen=True)
class Kind:
    """A kind of sheet: what makes it, its `title`, what it is `about`, and the options it takes with their defaults.

    `filtered`: whether it can be about a part of the books. `months`, `rows`, `bands`: None = it takes none. `by`: the
    dimensions it can be broken down by, the first by default. `last`: made after the others, since it adds them up.
    """

    make: Callable[[Month], Sheet]
    title: str
    about: str
    filtered: bool = True
    months: int | None = None
    rows: int | None = None
    bands: tuple[int, ...] | None = None
    by: tuple[str, ...] = ()
    last: bool = False

    def options(self, **stated: Any) -> Options:
        """What a sheet of the kind is made with: as stated, else as usual."""
        return Options(
            months=stated.get("months") or self.months or 0,
            rows=stated.get("rows") or self.rows or 0,
            bands=stated.get("bands") or self.bands or (),
            by=stated.get("by") or (*self.by, "")[0],
        )

    def takes(self) -> tuple[str, ...]:
        """The options it takes."""
        own = {"months": self.months is not None, "rows": self.rows is not None, "bands": self.bands is not None,
               "by": bool(self.by)}  # fmt: skip
        return (*(name for name, taken in own.items() if taken), *(FILTERS if self.filtered else ()))


KINDS: dict[str, Kind] = {
    "summary": Kind(summary.sheet, summary.TITLE, "key figures beside the prior month and year, with charts"),
    "rollforward": Kind(rollforward.sheet, rollforward.TITLE, "opening + bookings ± changes − recognized = closing", months=6),
    "bridge": Kind(bridge.sheet, bridge.TITLE, "from backlog to RPO to deferred revenue and unbilled, without a difference"),
    "rpo": Kind(rpo.sheet, rpo.TITLE, "remaining performance obligations by time band, as companies disclose them",
                bands=(12, 24, 36), by=rpo.DIMENSIONS),
    "deferred": Kind(deferred.sheet, deferred.TITLE, "how deferred revenue moved; current and long-term by customer", rows=0),
    "schedule": Kind(schedule.sheet, schedule.TITLE, "revenue of the months ahead from signed contracts", months=24),
    "waterfall": Kind(waterfall.sheet, waterfall.TITLE, "booking cohorts down, quarters of recognition across", months=18),
    "bookings": Kind(bookings.sheet, bookings.TITLE, "what was booked and cancelled, by month and by contract", months=13, rows=15),
    "customers": Kind(customers.sheet, customers.TITLE, "contracted, recognized and backlog of each customer", rows=0),
    "contracts": Kind(contracts.sheet, contracts.TITLE, "each contract with something left to deliver", rows=0),
    "products": Kind(products.sheet, products.TITLE, "product families, with their products"),
    "segments": Kind(breakdown.sheet, breakdown.TITLE, "segments, regions, sales reps; each contract currency", last=True),
    "concentration": Kind(concentration.sheet, concentration.TITLE, "how much the largest customers hold", rows=20),
    "cohorts": Kind(cohorts.sheet, cohorts.TITLE, "what share of each cohort's bookings became revenue", months=18),
    "quality": Kind(quality.sheet, quality.TITLE, "how firm the backlog is: not cancellable, billed, past due", by=quality.DIMENSIONS),
    "trend": Kind(trend.sheet, trend.TITLE, "bookings, revenue, billing, cash and balances by month", months=13),
    "receivable": Kind(receivable.sheet, receivable.TITLE, "what customers owe, by how long it is due", rows=0),
    "measures": Kind(measures.sheet, measures.TITLE, "ratios, with their formulas and amounts", filtered=False),
    "measures_by": Kind(measures_by.sheet, measures_by.TITLE, "the measures by month, customer, family, segment and salesperson",
                        filtered=False),
    "sales": Kind(sales.sheet, sales.TITLE, "each salesperson's bookings, backlog and credit, down to the contract",
                  filtered=False, rows=40),
    "signals": Kind(signals.sheet, signals.TITLE, "rules that say when someone should act", filtered=False),
    "scenarios": Kind(scenarios.sheet, scenarios.TITLE, "the figures under each configured shock", filtered=False, months=12),
    "exceptions": Kind(exceptions.sheet, exceptions.TITLE, "what someone must look at before the books close", filtered=False,
                       rows=5_000),
    "reconciliation": Kind(reconciliation.sheet, reconciliation.TITLE, "where systems differ, with amounts", filtered=False,
                           rows=200),
    "closes": Kind(closes.sheet, closes.TITLE, "what closed months recorded beside what the books say now", filtered=False),
    "method": Kind(method.sheet, method.TITLE, "the accounting policies in force, with their paragraphs", filtered=False),
}  # fmt: skip
