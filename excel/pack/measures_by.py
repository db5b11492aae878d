"""Measures that make sense of a part: by month, by customer, product family, segment and salesperson."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.figures import Scope, answer
from engine.metrics.measure import Measured, measure
from engine.movements import scopes_by
from excel.pack.customers import entries
from excel.pack.sheet import Block, Column, Content, Formula, Row, Sheet
from excel.pack.source import Month, measured_cell
from model.money import to_decimal
from model.periods import day_number

TITLE = "Measures by part"
_MONTHS, _MOST = 12, 10
_SHOWN = (
    ("recognition_rate", "Recognition rate", False),
    ("book_to_bill", "Book to bill", True),
    ("backlog_growth", "Backlog growth", False),
    ("burn_down_months", "Burn-down, months", False),
    ("coverage", "Coverage", False),
    ("backlog_margin", "Margin in backlog", False),
)
"""The measure, its heading, and whether it is of the twelve months where it is of a part."""
_DIMENSIONS = (("family", "product family"), ("segment", "segment"), ("sales_rep", "salesperson"))


def sheet(month: Month) -> Sheet:
    """The sheet: a table for the months, one for the largest customers, one for each dimension."""
    return Sheet(
        title=TITLE,
        heading="Measures by month and part",
        subtitle=f"As of {month.last:%d %B %Y}",
        items=(_by_month(month), *_by_customer(month), *(_by(month, key, words) for key, words in _DIMENSIONS)),
        notes=(
            "By month: book to bill is the month's own, growth is over the twelve months to it. By customer and part: book to "
            "bill is of the twelve months. Formulas and amounts are on the sheet Measures.",
            "Families, segments and salespeople are read when the pack was made; backlog metric NAME --by says them anew.",
        ),
        landscape=False,
    )


def _by_month(month: Month) -> Block:
    rows = []
    for first, last in month.back(_MONTHS):
        cells: dict[str, Content] = {"from": first, "to": last}
        for name, _, flow in _SHOWN:
            # The month's own bookings over its revenue; the others stand at its end.
            found = measure(month.ledger, name, [Scope()], last, first if flow else None, month.inputs)[0]
            cells[name] = Formula(f'METRIC("{name}",{{to}}' + (',"*",{from})' if flow else ")"), measured_cell(found))
        rows.append(Row(cells))
    first_columns = (Column("from", "From", "date"), Column("to", "Month", "month"))
    return Block("measures_month", (*first_columns, *_columns()), tuple(rows), title="By month")


def _by_customer(month: Month) -> tuple[Block, ...]:
    main = month.groups[0]
    known = [entry for entry in entries(month, main) if entry.who]
    held = _backlog(month, [entry.scope for entry in known], main.currency)
    order = sorted(range(len(known)), key=lambda n: -held[n])[:_MOST]
    chosen = [known[n] for n in order if held[n] > 0]
    found = _measured(month, [entry.scope for entry in chosen])
    rows = []
    for n, entry in enumerate(chosen):
        cells: dict[str, Content] = {"customer": entry.texts["customer"], "id": entry.texts["id"]}
        for name, _, flow in _SHOWN:
            text = f'METRIC("{name}",as_of,{entry.who}' + (",trailing_start)" if flow else ")")
            cells[name] = Formula(text, measured_cell(found[name][n]))
        rows.append(Row(cells))
    words = (Column("customer", "Customer", "text", 26), Column("id", "Id"))
    block = Block("measures_customer", (*words, *_columns()), tuple(rows), title="The largest customers")
    return (block,) if rows else ()


def _by(month: Month, dimension: str, words: str) -> Block:
    values = scopes_by(month.ledger, dimension)
    held = _backlog(month, [scope for _, scope in values], month.groups[0].currency)
    order = [n for n in sorted(range(len(held)), key=lambda n: -held[n])[:_MOST] if held[n] > 0]
    found, unit = _measured(month, [values[n][1] for n in order]), month.groups[0].currency
    rows = []
    for place, n in enumerate(order):
        cells: dict[str, Content] = {"value": values[n][0], "backlog": to_decimal(held[n], unit)}
        rows.append(Row({**cells, **{name: measured_cell(found[name][place]) for name, _, _ in _SHOWN}}))
    columns = (Column("value", words.capitalize(), "text", 26), Column("backlog", f"Backlog ({unit})", "money"))
    return Block(f"measures_{dimension}", (*columns, *_columns()), tuple(rows), title=f"By {words}", currency=unit)


def _measured(month: Month, scopes: Sequence[Scope]) -> dict[str, list[Measured]]:
    return {
        name: measure(month.ledger, name, scopes, month.last, month.trailing if flow else None, month.inputs)
        for name, _, flow in _SHOWN
    }


def _backlog(month: Month, scopes: Sequence[Scope], currency: str) -> list[int]:
    found = answer(month.ledger, "backlog", scopes, np.array([day_number(month.last)]), currency=currency)
    return [0 if (n, 0) in found.errors else int(found.minor[n, 0]) for n in range(len(scopes))]


def _columns() -> tuple[Column, ...]:
    return tuple(Column(name, title, "ratio", 17) for name, title, _ in _SHOWN)
