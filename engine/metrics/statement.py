"""Amounts of the financial statements, by measure and period: one period for all that a ratio needs, never a mixture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.errors import Unanswerable
from model.money import Money
from model.periods import day_number, day_of

if TYPE_CHECKING:
    import pandas as pd

ALIASES = {
    "total_assets": ("assets",),
    "total_liabilities": ("liabilities",),
    "inventory": ("inventories",),
    "equity": ("total_equity", "shareholders_equity", "stockholders_equity"),
    "operating_cash_flow": ("ocf", "cash_flow_from_operations", "net_cash_from_operating_activities"),
    "revenue": ("revenues", "total_revenue", "sales", "net_sales"),
    "cogs": ("cost_of_goods_sold", "cost_of_sales", "cost_of_revenue"),
}
"""Other words in which financials.csv may say a measure; capitals, blanks and signs between words do not matter."""
_KNOWN = {other: name for name, others in ALIASES.items() for other in others}


def measure_name(text: str) -> str:
    """A measure of financials.csv by its one name.

    >>> measure_name("Cost of Goods Sold"), measure_name("total-assets")
    ('cogs', 'total_assets')
    """
    words = "".join(sign if sign.isalnum() else " " for sign in text.replace("'", "").casefold()).split()
    name = "_".join(words)
    return _KNOWN.get(name, name)


def stated(
    financials: pd.DataFrame, names: Sequence[str], date: dt.date, first: dt.date | None, reporting: str
) -> list[tuple[str, Money]]:
    """Those measures at the last period end by `date` that has all of them, each labelled with it.

    With `first`, amounts are summed over the periods that end in first..date: for revenue and costs, which are of a period.
    Raises Unanswerable where one is missing: it names the measure, the day and the file.
    """
    rows = financials.assign(measure=financials["measure"].map(measure_name))
    rows = rows[rows["measure"].isin(names) & (rows["period_end"] <= day_number(date))]
    if first is not None:
        rows = rows[rows["period_end"] >= day_number(first)]
    if rows.empty:
        when = f"by {date}" if first is None else f"from {first} to {date}"
        raise Unanswerable(f"no {_listed(names)} is stated {when}: add them to financials")
    currency = _currency(rows, reporting)
    rows = rows[rows["currency"] == currency]
    if first is None:
        whole = rows.groupby("period_end")["measure"].nunique() == len(set(names))
        ends = whole.index[whole]
        rows = rows[rows["period_end"] == (ends.max() if len(ends) else rows["period_end"].max())]
    last = day_of(int(rows["period_end"].max()))
    found = []
    for name in names:
        of = rows[rows["measure"] == name]
        if of.empty:
            raise Unanswerable(f"{name} is not stated for {last} in {currency}: add it to financials")
        label = f"{name}, stated for {last}" if len(of) == 1 else f"{name}, stated for {len(of)} periods to {last}"
        found.append((label, Money(int(of["amount_minor"].sum()), currency)))
    return found


def _currency(rows: pd.DataFrame, reporting: str) -> str:
    """The reporting currency where amounts are stated in it, else the only one they are stated in."""
    codes = sorted(set(rows["currency"]))
    if reporting in codes:
        return reporting
    if len(codes) > 1:
        raise Unanswerable(
            f"financials are stated in {', '.join(codes)} and not in {reporting}: state them in {reporting}"
        )
    return str(codes[0])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
