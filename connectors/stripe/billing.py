"""Invoices and credit notes: what was billed, line by line, without tax.

https://docs.stripe.com/api/invoices/object · https://docs.stripe.com/api/credit_notes/object
An invoice of a subscription bills the subscription's lines. One of its own is a sale of its own: a contract signed on
the day of the invoice, its lines the promises, which `deal_id` in its metadata ties to the deal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Fields, record
from connectors.stripe import shapes, terms
from connectors.stripe.periods import day, service_days
from connectors.stripe.shapes import Object
from model.errors import RecordRejected

REASONS = {
    "duplicate": "billing_correction", "fraudulent": "cancellation",
    "order_change": "cancellation", "product_unsatisfactory": "price_concession",
}  # fmt: skip


def invoice_rows(invoice: Object, maps: Mapping[str, Fields], context: Context) -> Iterator[Row]:
    """An invoice and its lines; if it belongs to no subscription, the contract it stands for."""
    key, status = str(invoice["id"]), str(invoice.get("status") or "draft")
    place, contract = f"invoice {key}", shapes.subscription_of(invoice)
    lines = terms.lines(invoice)
    issued = day(_issued(invoice), context.zone)
    stands_alone = not contract and status in ("open", "paid", "uncollectible")
    if stands_alone:
        yield from _sale(invoice, lines, maps, context)
    yield record(
        "invoices", maps["invoices"], invoice, context, place,
        issued_on=issued, status=status, contract_id=contract or (key if stands_alone else None),
    )  # fmt: skip
    nets = [shapes.net(line) for line in lines]
    taxes = _taxes(invoice, lines, sum(nets))
    for line, net, tax in zip(lines, nets, taxes, strict=True):
        first, last = service_days(line["period"]["start"], line["period"]["end"], context.zone)
        billed = _bills(line, net) and status != "void" and (contract or stands_alone)
        yield record(
            "invoice_lines", maps["invoice_lines"], line, context, f"{place} line {line['id']}",
            invoice_id=key, amount=context.money(net, context.currency),
            tax=context.money(tax, context.currency), service_start=first, service_end=last,
            line_id=_line_of(line, contract) if billed else None,
        )  # fmt: skip


def credit_note_rows(
    note: Object, invoice: Object | None, reasons: Mapping[str, str], maps: Mapping[str, Fields], context: Context
) -> Iterator[Row]:
    """A credit note, a row for each of its lines, each tied to the contract line its invoice line bills.

    `invoice` is needed where the note's lines name invoice lines. A void note credits nothing.
    """
    if note.get("status") == "void":
        return
    key, lines = str(note["id"]), terms.lines(note)
    contract = shapes.subscription_of(invoice) if invoice else ""
    billed = {line["id"]: line for line in terms.lines(invoice)} if invoice else {}
    issued = day(int(note.get("effective_at") or note["created"]), context.zone)
    parts = [(shapes.net(_discounted(line)), shapes.tax(line), line) for line in lines]
    stated = note.get("total_excluding_tax")
    whole = int(stated if stated is not None else note["subtotal"])
    if sum(amount for amount, _, _ in parts) != whole:
        # Without usable lines the note counts as one amount.
        parts = [(whole, int(note["total"]) - whole, {})]
    for amount, tax, line in parts:
        source = billed.get(str(line.get("invoice_line_item")))
        yield record(
            "credit_notes", maps["credit_notes"], note, context, f"credit note {key}",
            credit_note_id=key if len(parts) == 1 else f"{key}:{line['id']}", issued_on=issued,
            amount=context.money(amount, context.currency), tax=context.money(tax, context.currency),
            line_id=_line_of(source, contract) if source and _bills(source, shapes.net(source)) else None,
            reason=reasons.get(str(note.get("reason")), "billing_correction"),
        )  # fmt: skip


def _sale(invoice: Object, lines: Sequence[Object], maps: Mapping[str, Fields], context: Context) -> Iterator[Row]:
    key, signed = str(invoice["id"]), day(_issued(invoice), context.zone)
    days = [service_days(line["period"]["start"], line["period"]["end"], context.zone) for line in lines]
    yield record(
        "contracts", maps["contracts"], invoice, context, f"invoice {key}",
        contract_id=key, status="signed", signed_on=signed, number=invoice.get("number") or key,
        start_on=min([first for first, _ in days] or [signed]), end_on=max([last for _, last in days] or [signed]),
    )  # fmt: skip
    for line, (first, last) in zip(lines, days, strict=True):
        yield record(
            "contract_lines", maps["contract_lines"], line, context, f"invoice {key} line {line['id']}",
            line_id=str(line["id"]), contract_id=key, amount=context.money(shapes.net(line), context.currency),
            product_id=shapes.product_of(line), start_on=first, end_on=last,
        )  # fmt: skip


def _issued(invoice: Object) -> int:
    """The document date: as set, else when it was finalized, else when it was made."""
    moments = invoice.get("status_transitions") or {}
    return int(invoice.get("effective_at") or moments.get("finalized_at") or invoice["created"])


def _bills(line: Object, net: int) -> bool:
    """Whether a line bills a contract line of its own; the credit half of a proration does not."""
    return not shapes.is_proration(line) or net > 0


def _line_of(line: Object, contract: str) -> str:
    return shapes.line_id(line) if contract else str(line["id"])


def _taxes(invoice: Object, lines: Sequence[Object], charged: int) -> list[int]:
    """Each line's tax; tax told for the invoice alone goes to its first line. Lines must add up to the invoice."""
    key = invoice["id"]
    stated = invoice.get("total_excluding_tax")
    if stated is None:
        discounts = sum(int(each["amount"]) for each in invoice.get("total_discount_amounts") or ())
        stated = int(invoice["subtotal"]) - discounts
    shipping = (
        int((invoice.get("shipping_cost") or {}).get("amount_subtotal") or 0) if invoice.get("amount_shipping") else 0
    )
    if charged != int(stated) - shipping:
        raise RecordRejected(
            f"its lines add up to {charged}, the invoice says {int(stated) - shipping} (minor units)",
            place=f"invoice {key}", remedy="Open the invoice in Stripe; run: backlog sync --full",
        )  # fmt: skip
    taxes = [shapes.tax(line) for line in lines]
    rest = int(invoice.get("total") or 0) - int(stated) - sum(taxes) if invoice.get("total") is not None else 0
    return [taxes[0] + rest, *taxes[1:]] if taxes else []


def _discounted(line: Object) -> Object:
    """A credit note line with its discount where invoice lines have theirs."""
    discount = int(line.get("discount_amount") or 0)
    return {**line, "discount_amounts": [{"amount": discount}]} if discount else line
