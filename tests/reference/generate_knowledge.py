"""What was known of a history at an earlier moment: records missing, other than they turned out, or since withdrawn."""

from __future__ import annotations

import random
from typing import Any

from generate_lines import DAY, Rows

from model.money import Money

_OWNERS = (
    ("contract_lines", "contract_id", "contracts"), ("amendments", "contract_id", "contracts"),
    ("estimates", "contract_id", "contracts"), ("amendments", "line_id", "lines"), ("estimates", "line_id", "lines"),
    ("deliveries", "line_id", "lines"), ("schedules", "line_id", "lines"), ("invoices", "contract_id", "contracts"),
    ("invoice_lines", "invoice_id", "invoices"), ("invoice_lines", "line_id", "lines"),
    ("credit_notes", "invoice_id", "invoices"), ("credit_notes", "line_id", "lines"),
    ("payments", "invoice_id", "invoices"),
)  # fmt: skip
_DAYS = {
    "contracts": ("signed_on",), "amendments": ("effective_on", "signed_on"), "estimates": ("on",), "deliveries": ("on",),
    "schedules": ("on",), "invoices": ("issued_on", "due_on"), "credit_notes": ("issued_on",), "payments": ("received_on",),
    "contract_lines": ("end_on",),
}  # fmt: skip


def another(records: Rows, chance: random.Random, share: float = 0.2) -> Rows:
    """The same history as another moment knows it: about `share` of the records left out, and as many otherwise."""
    first = records["contracts"][0]["contract_id"]  # one contract is known from the start, so that there are books
    rows = {
        name: [
            _otherwise(name, r, chance, share)
            for r in found
            if name == "customers" or chance.random() > share
            or (name in ("contracts", "contract_lines") and r["contract_id"] == first)
        ]
        for name, found in records.items()
    }  # fmt: skip
    return whole(rows)


def whole(rows: Rows) -> Rows:
    """Without the records that point at one that is not there."""
    before = -1
    while before != (before := sum(len(found) for found in rows.values())):
        known = {
            "contracts": {r["contract_id"] for r in rows["contracts"]},
            "invoices": {r["invoice_id"] for r in rows["invoices"]},
            "lines": {r["line_id"] for r in rows["contract_lines"]}
            | {r["new_line_id"] for r in rows["amendments"] if r.get("new_line_id")},
        }
        for table, column, owner in _OWNERS:
            rows[table] = [r for r in rows[table] if r.get(column) is None or r[column] in known[owner]]
    return rows


def _otherwise(name: str, record: dict[str, Any], chance: random.Random, share: float) -> dict[str, Any]:
    if chance.random() > share:
        return record
    changed = dict(record)
    for column in _DAYS.get(name, ()):
        if changed.get(column) is not None:
            changed[column] += chance.randint(-40, 40) * DAY
            break
    if isinstance(changed.get("amount"), Money) and name != "schedules":
        changed["amount"] = Money(
            max(1, changed["amount"].minor + chance.randint(-500, 500)), changed["amount"].currency
        )
    if name == "contracts" and chance.random() < 0.5:
        changed["customer_id"] = chance.choice(("C0", "C1"))
    if name in ("contract_lines", "amendments") and chance.random() < 0.3:
        changed["product_id"] = chance.choice((None, "P0", "P1"))
    if name == "contracts" and chance.random() < 0.3:
        changed |= {"terminable_on_notice_days": chance.choice((None, 30)), "evergreen": chance.random() < 0.5}
    return changed
