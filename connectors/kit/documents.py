"""Invoices and their lines as records, alike for every system that bills.

Where an invoice belongs to no contract, it may stand for one: a sale signed on its day, its lines the promises
(`invoices_as_contracts`). It is off unless asked for, because most deals come from the system that sold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.kit.connector import Row, Setting
from model.errors import RecordRejected
from model.money import Money

SALES = Setting(
    "invoices_as_contracts",
    "whether an invoice that names no contract stands for one, signed on its day",
    False,
    kind=bool,
)
_PROMISE = ("product_id", "quantity", "unit_price", "description", "recognition")
_BILLED = ("open", "paid", "uncollectible")
Values = Mapping[str, Any]


def invoice_rows(invoice: Values, lines: Sequence[Values], *, stands: bool = False) -> Iterator[Row]:
    """The invoice and its lines, and the contract it stands for. Lines may also hold columns of a contract line."""
    key, contract = str(invoice["invoice_id"]), invoice.get("contract_id")
    alone = stands and not contract and invoice["status"] in _BILLED and bool(lines)
    if alone:
        yield from _sale(invoice, lines)
    yield Row("invoices", {**invoice, **({"contract_id": key} if alone else {})})
    for line in lines:
        own = {name: value for name, value in line.items() if name not in _PROMISE or name == "description"}
        yield Row(
            "invoice_lines", {**own, "invoice_id": key, **({"line_id": line["invoice_line_id"]} if alone else {})}
        )


def adds_up(lines: Sequence[Values], total: Money, place: str, remedy: str) -> None:
    """Refuses an invoice whose lines are not all there."""
    charged = sum(line["amount"].minor for line in lines)
    if charged != total.minor:
        raise RecordRejected(
            f"its lines add up to {charged}, the document says {total.minor} (minor units)", place=place, remedy=remedy
        )


def _sale(invoice: Values, lines: Sequence[Values]) -> Iterator[Row]:
    issued = invoice["issued_on"]
    spans = [(line.get("service_start") or issued, line.get("service_end") or line.get("service_start") or issued)
             for line in lines]  # fmt: skip
    values = {
        "contract_id": invoice["invoice_id"], "customer_id": invoice["customer_id"], "status": "signed",
        "signed_on": issued, "currency": invoice["currency"], "number": invoice.get("number") or invoice["invoice_id"],
        "start_on": min(first for first, _ in spans), "end_on": max(last for _, last in spans),
        "deal_id": invoice.get("deal_id"),
    }  # fmt: skip
    yield Row("contracts", {name: value for name, value in values.items() if value is not None})
    for line, (first, last) in zip(lines, spans, strict=True):
        own = {name: line[name] for name in _PROMISE if line.get(name) is not None}
        yield Row("contract_lines", {
            "line_id": line["invoice_line_id"], "contract_id": invoice["invoice_id"], "amount": line["amount"],
            "start_on": first, "end_on": last, **own,
        })  # fmt: skip
