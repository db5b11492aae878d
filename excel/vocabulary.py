"""The arguments that recur, each with its one wording: a function's signature is put together from these."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from engine.scenario.shocked import MEASURES as SHOCKED
from excel import arguments
from excel.arguments import Argument, Given
from model.dimensions import DIMENSIONS

DEFERRED_PARTS = ("total", "current", "noncurrent")
DEFERRED_BASES = ("billed", "paid")
AGES = ("total", "current", "1-30", "31-60", "61-90", "90+")
PERIODS = ("month", "quarter", "year")

Customer = Annotated[
    Given[str],
    Argument("Customer id, name, alias or pattern such as Acme*", "all customers", arguments.text, "text"),
]
Product = Annotated[Given[str], Argument("Product id, name or pattern", "all products", arguments.text, "text")]
Contract = Annotated[Given[str], Argument("Contract id, number or pattern", "all contracts", arguments.text, "text")]
Date = Annotated[Given[dt.date], Argument("Figure at the close of this day", "today", arguments.day, "date")]
From = Annotated[
    Given[dt.date | None],
    Argument("First day of the period, included", "since the beginning", arguments.first_day, "date"),
]
To = Annotated[Given[dt.date], Argument("Last day of the period, included", "today", arguments.day, "date")]
Currency = Annotated[
    Given[str],
    Argument(
        "ISO 4217 code to answer in, such as USD",
        "the currency the selected contracts share, else the reporting currency",
        arguments.currency,
        "text",
    ),
]
KnownAt = Annotated[
    Given[dt.datetime | None],
    Argument("Answer as known at this moment; a day means its end", "now", arguments.instant, "date"),
]
Part = Annotated[
    Given[str],
    Argument(
        "Which part: total, current (due within 12 months) or noncurrent",
        "total",
        arguments.word(*DEFERRED_PARTS, blank="total"),
        "text",
        DEFERRED_PARTS,
    ),
]
Basis = Annotated[
    Given[str],
    Argument(
        "What was received: billed or paid",
        "the elected policy",
        arguments.word(*DEFERRED_BASES, blank=""),
        "text",
        DEFERRED_BASES,
    ),
]
Bucket = Annotated[
    Given[str],
    Argument(
        "Days past due: total, current, 1-30, 31-60, 61-90 or 90+",
        "total",
        arguments.word(*AGES, blank="total"),
        "text",
        AGES,
    ),
]
Months = Annotated[
    Given[int | None],
    Argument("Only what is due within so many months; 12 = current RPO", "all", arguments.months, "number"),
]
By = Annotated[
    Given[str],
    Argument(
        "Length of a period: month, quarter or year",
        "month",
        arguments.word(*PERIODS, blank="month"),
        "text",
        PERIODS,
    ),
]
Dimension = Annotated[
    Given[str],
    Argument(
        "What to break down by: customer, product, family, segment, region, sales_rep or currency",
        "customer",
        arguments.word(*DIMENSIONS, blank="customer"),
        "text",
        DIMENSIONS,
    ),
]
MetricName = Annotated[
    Given[str],
    Argument(
        "A measure by its name, such as recognition_rate; backlog metric lists them",
        "none: a name is needed",
        arguments.text,
        "text",
    ),
]
MetricFrom = Annotated[
    Given[dt.date | None],
    Argument(
        "First day of the period, included",
        "since the beginning, or the measure's own days",
        arguments.first_day,
        "date",
    ),
]
ScenarioName = Annotated[
    Given[str],
    Argument("A scenario by its name in the configuration", "none: a name is needed", arguments.text, "text"),
]
ShockedFunction = Annotated[
    Given[str],
    Argument(
        f"Which figure: {', '.join(SHOCKED[:-1])} or {SHOCKED[-1]}",
        "backlog",
        arguments.word(*SHOCKED, blank="backlog"),
        "text",
        SHOCKED,
    ),
]
Connector = Annotated[
    Given[str], Argument("A connector's name in the configuration", "the oldest of all", arguments.text, "text")
]
Pattern = Annotated[
    Given[str], Argument("Customer id, name, alias or pattern such as Acme*", "all customers", arguments.text, "text")
]
