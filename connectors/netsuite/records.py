"""NetSuite's transactions as records. In a sale's lines, revenue and quantities stand negative; here they are positive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.documents import adds_up, invoice_rows
from connectors.kit.fields import Context, Field, Fields, currency, exact, iso_day, record, text
from connectors.kit.terms import last_day
from model.errors import RecordRejected
from model.money import Money, to_minor

Object = Mapping[str, Any]
Maps = Mapping[str, Fields]
REMEDY = "Open the transaction in NetSuite; run: backlog sync --full"
# Statuses by type: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_N3418842.html
ORDER = {
    "A": "draft", "B": "signed", "C": "cancelled", "D": "active", "E": "active", "F": "active", "G": "completed",
    "H": "completed",
}  # fmt: skip
INVOICE = {"A": "open", "B": "paid", "D": "draft", "E": "draft", "V": "void"}

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "customers": {
        "customer_id": text("id"),
        "name": text("companyname", "altname", "entityid", "id"),
        "parent_id": text("parent"),
    },
    "products": {"product_id": text("id"), "name": text("displayname", "itemid", "id"), "family": text("itemtype")},
    "contracts": {
        "contract_id": text("id"),
        "customer_id": text("entity"),
        "signed_on": iso_day("trandate"),
        "currency": currency("currency"),
        "number": text("tranid"),
        "owner": text("employee"),
    },
    "contract_lines": {"line_id": text("uniquekey"), "product_id": text("item"), "description": text("memo")},
    "invoices": {
        "invoice_id": text("id"),
        "customer_id": text("entity"),
        "issued_on": iso_day("trandate"),
        "due_on": iso_day("duedate"),
        "currency": currency("currency"),
        "number": text("tranid"),
    },
    "invoice_lines": {"invoice_line_id": text("uniquekey"), "description": text("memo"), "product_id": text("item")},
    "credit_notes": {
        "credit_note_id": text("id"),
        "customer_id": text("entity"),
        "issued_on": iso_day("trandate"),
        "currency": currency("currency"),
    },
    "payments": {
        "payment_id": text("id"),
        "customer_id": text("entity"),
        "received_on": iso_day("trandate"),
        "currency": currency("currency"),
    },
}
# Columns the questions ask for anyway; others that a map names are asked for besides.
ASKED = {
    "id", "entityid", "companyname", "altname", "parent", "url", "isinactive", "itemid", "displayname", "itemtype",
    "tranid", "type", "status", "entity", "voided", "currency", "foreigntotal", "employee", "trandate", "duedate",
    "uniquekey", "item", "memo", "quantity", "rate", "foreignamount",
}  # fmt: skip


def status(transaction: Object) -> str:
    """The letter of a status, which some answers give with its type: CustInvc:A."""
    return "V" if transaction.get("voided") == "T" else str(transaction.get("status") or "").rpartition(":")[2]


def order(
    transaction: Object, lines: Sequence[Object], maps: Maps, context: Context, term_months: int
) -> Iterator[Row]:
    """A sales order as a contract."""
    money, place = context.currency, f"sales order {transaction['id']}"
    values = dict(record("contracts", maps["contracts"], transaction, context, place).values)
    values["status"] = ORDER.get(status(transaction), "draft")
    promises = []
    for line in _sold(lines):
        own = dict(record("contract_lines", maps["contract_lines"], line, context, f"{place} line {line['id']}").values)
        own |= {"contract_id": str(transaction["id"]), "amount": _minor(line, money), **_counted(line)}
        promises.append(own)
    start = values.get("start_on") or min((each["start_on"] for each in promises if each.get("start_on")), default=None)
    end = values.get("end_on") or max((each["end_on"] for each in promises if each.get("end_on")), default=None)
    if term_months and not start:
        start = values.get("signed_on")
    if term_months and start and not end:
        end = last_day(start, "month", term_months)
    yield Row("contracts", {**values, **{name: day for name, day in (("start_on", start), ("end_on", end)) if day}})
    yield from (Row("contract_lines", each) for each in promises)


def invoice(
    transaction: Object, lines: Sequence[Object], maps: Maps, context: Context, stands: bool, *, cash: bool = False
) -> Iterator[Row]:
    """An invoice with its lines; a cash sale is paid as it is made."""
    money, place = context.currency, f"transaction {transaction['id']}"
    values = dict(record("invoices", maps["invoices"], transaction, context, place).values)
    values["status"] = (
        "void" if status(transaction) == "V" else "paid" if cash else INVOICE.get(status(transaction), "open")
    )
    orders = {str(line["createdfrom"]) for line in lines if line.get("createdfrom")}
    if len(orders) == 1 and "contract_id" not in values:
        values["contract_id"] = orders.pop()
    told = []
    for line in _sold(lines):
        own = dict(record("invoice_lines", maps["invoice_lines"], line, context, f"{place} line {line['id']}").values)
        told.append({**own, "amount": _minor(line, money), **_counted(line)})
    tax = _tax(lines, money)
    if told:
        told[0]["tax"] = Money(tax, money)
    total = to_minor(exact(transaction.get("foreigntotal") or "0"), money)
    adds_up(told, Money(total - tax, money), place, REMEDY)
    yield from invoice_rows(values, told, stands=stands)
    if cash and values["status"] == "paid":
        yield _cash(transaction, maps, context, f"{transaction['id']}:cash", total, "payment", str(transaction["id"]))


def credit(
    transaction: Object, lines: Sequence[Object], maps: Maps, context: Context, settled: Sequence[Object]
) -> Iterator[Row]:
    """A credit memo, or a cash refund, which also pays back. Credits stand negative in totals, positive here."""
    if status(transaction) == "V":
        return
    money, refund = context.currency, transaction.get("type") == "CashRfnd"
    total = abs(to_minor(exact(transaction.get("foreigntotal") or "0"), money))
    tax = abs(_tax(lines, money))
    paid = {str(each["previousdoc"]) for each in settled}
    yield record(
        "credit_notes", maps["credit_notes"], transaction, context, f"transaction {transaction['id']}",
        amount=Money(total - tax, money), tax=Money(tax, money), invoice_id=paid.pop() if len(paid) == 1 else None,
        **({"reason": "refund"} if refund else {}),
    )  # fmt: skip
    if refund:
        yield _cash(transaction, maps, context, f"{transaction['id']}:cash", total, "refund", None)


def payment(transaction: Object, settled: Sequence[Object], maps: Maps, context: Context) -> Iterator[Row]:
    """Cash by the invoices it settled; the rest is the customer's."""
    if status(transaction) == "V":
        return
    money, key = context.currency, str(transaction["id"])
    kind = "refund" if transaction.get("type") == "CustRfnd" else "payment"
    left = abs(to_minor(exact(transaction.get("foreigntotal") or "0"), money))
    for each in settled if kind == "payment" else ():
        part = min(left, abs(to_minor(exact(each["foreignamount"]), money)))
        left -= part
        if part:
            yield _cash(
                transaction, maps, context, f"{key}:{each['previousdoc']}", part, kind, str(each["previousdoc"])
            )
    if left:
        yield _cash(transaction, maps, context, key, left, kind, None)


def figures(rows: Sequence[Object], months: Sequence[dt.date]) -> dict[tuple[str, str], dict[str, Decimal]]:
    """(month's end, currency) -> measures: results of the month, balances up to its end. Credits are negative."""
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for money in sorted({str(row["currency"]) for row in rows}):
        for end in months:
            measures: dict[str, Decimal] = {}
            for row in rows:
                if row["currency"] != money or row["period_end"] > str(end):
                    continue
                kind, amount = str(row["accttype"]), exact(row["amount"])
                if kind in _RESULT and row["period_end"] == str(end):
                    _add(measures, (_RESULT[kind], *(("gross_profit",) if kind in ("Income", "COGS") else ())), amount)
                    _add(measures, ("net_income",), amount)
                _add(measures, _BALANCE.get(kind, ()), amount)
                if kind in _RESULT:
                    _add(measures, ("equity",), amount)  # what is earned and not closed yet is the owners'
            if measures:
                found[str(end), money] = {name: amount * _SIGN.get(name, -1) for name, amount in measures.items()}
    return found


_RESULT = {
    "Income": "revenue", "COGS": "cogs", "Expense": "operating_expenses", "OthIncome": "other_income",
    "OthExpense": "other_expenses",
}  # fmt: skip
_CURRENT = ("current_assets", "total_assets")
_OWED = ("current_liabilities", "total_liabilities")
_BALANCE = {
    "Bank": _CURRENT, "AcctRec": _CURRENT, "UnbilledRec": _CURRENT, "OthCurrAsset": _CURRENT, "DeferExpense": _CURRENT,
    "FixedAsset": ("total_assets",), "OthAsset": ("total_assets",), "AcctPay": _OWED, "CredCard": _OWED,
    "OthCurrLiab": _OWED, "DeferRevenue": _OWED, "LongTermLiab": ("total_liabilities",), "Equity": ("equity",),
}  # fmt: skip
_SIGN = dict.fromkeys(("cogs", "operating_expenses", "other_expenses", "current_assets", "total_assets"), 1)


def _add(measures: dict[str, Decimal], names: Sequence[str], amount: Decimal) -> None:
    for name in names:
        measures[name] = measures.get(name, Decimal(0)) + amount


def _sold(lines: Sequence[Object]) -> list[Object]:
    return [line for line in lines if line.get("mainline") != "T" and line.get("taxline") != "T"
            and line.get("foreignamount") is not None]  # fmt: skip


def _tax(lines: Sequence[Object], money: str) -> int:
    return sum(
        -to_minor(exact(line.get("foreignamount") or "0"), money) for line in lines if line.get("taxline") == "T"
    )


def _minor(line: Object, money: str) -> Money:
    return Money(-to_minor(exact(line["foreignamount"]), money), money)


def _counted(line: Object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if line.get("quantity") is not None:
        found["quantity"] = -exact(line["quantity"])
    if line.get("rate") is not None and "%" not in str(line["rate"]):
        found["unit_price"] = exact(line["rate"])
    return found


def _cash(transaction: Object, maps: Maps, context: Context, key: str, amount: int, kind: str, paid: str | None) -> Row:
    if not transaction.get("entity"):
        raise RecordRejected("it names no customer", column="customer_id", remedy=REMEDY)
    return record(
        "payments", maps["payments"], transaction, context, f"transaction {transaction['id']}", payment_id=key,
        amount=Money(amount, context.currency), kind=kind, invoice_id=paid,
    )  # fmt: skip
