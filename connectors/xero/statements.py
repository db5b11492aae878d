"""The months' figures of the profit and loss and the balance sheet, in Xero's standard layout: an organisation may have others.

https://developer.xero.com/documentation/api/accounting/reports (standardLayout)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import exact, look
from connectors.kit.statements import figures

Object = Mapping[str, Any]
PROFIT = {
    "Total Income": "revenue", "Total Revenue": "revenue", "Total Trading Income": "revenue",
    "Total Cost of Sales": "cogs", "Gross Profit": "gross_profit",
    "Total Operating Expenses": "operating_expenses", "Net Profit": "net_income",
}  # fmt: skip
BALANCE = {
    "Total Assets": "total_assets", "Total Current Assets": "current_assets", "Total Liabilities": "total_liabilities",
    "Total Current Liabilities": "current_liabilities", "Total Equity": "equity",
}  # fmt: skip


def month(report: Callable[[str, Mapping[str, str]], Any], first: dt.date, last: dt.date) -> dict[str, Any]:
    """The figures of one month, as the reports write them; `report` asks for one by its name."""
    amounts: dict[str, Any] = {}
    profit = {"fromDate": str(first), "toDate": str(last)}
    for name, words, asked in (("ProfitAndLoss", PROFIT, profit), ("BalanceSheet", BALANCE, {"date": str(last)})):
        told = report(name, {**asked, "standardLayout": "true"})
        for title, cell in _cells(look(told, "Reports.0.Rows") or ()):
            if title in words and cell:
                amounts[words[title]] = cell
    return amounts


def figure_rows(month: Object) -> Iterator[Row]:
    """A month's figures as records."""
    amounts = {measure: exact(str(cell).replace(",", "")) for measure, cell in month["amounts"].items()}
    yield from figures(dt.date.fromisoformat(month["period_end"]), str(month["currency"]), amounts)


def _cells(rows: Sequence[Object]) -> Iterator[tuple[str, Any]]:
    """Title and first figure of every line of a report."""
    for row in rows:
        cells: Sequence[Object] = row.get("Cells") or ()
        if row.get("RowType") in ("Row", "SummaryRow") and len(cells) > 1:
            yield str(cells[0].get("Value") or ""), cells[1].get("Value")
        yield from _cells(row.get("Rows") or ())
