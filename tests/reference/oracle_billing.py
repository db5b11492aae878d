"""The reference implementation, part 8: invoices, credit notes and cash, each on the day of its document.

Everything is held by a holder: a contract, or a customer in one currency for what belongs to no contract.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from oracle_contract import COMMITTED, Record, Records, minor, rows
from oracle_price import largest_remainder
from oracle_time import DAY, round_half_away

FINAL = ("open", "paid", "uncollectible")
BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


def committed(contract: Record) -> bool:
    return contract["status"] in COMMITTED and contract.get("signed_on") is not None


@dataclass(frozen=True, order=True)
class Holder:
    """Who an amount belongs to: a contract, or (contract "") the customer outside any contract."""

    contract_id: str
    customer_id: str
    currency: str


@dataclass(frozen=True)
class Entry:
    """What one document does on its day: to billed (no tax), to what is owed (with tax), to cash, to cash less tax."""

    holder: Holder
    on: dt.date
    invoice_id: str = ""
    billed: int = 0
    owed: int = 0
    cash: int = 0
    paid: int = 0


class Billing:
    """All documents of all customers, as entries."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.entries: list[Entry] = []
        self.contracts = {r["contract_id"]: r for r in records.get("contracts", ())}
        self.of_line = {r["line_id"]: r["contract_id"] for r in records.get("contract_lines", ())}
        added = [r for r in records.get("amendments", ()) if r.get("new_line_id")]
        self.of_line |= {r["new_line_id"]: r["contract_id"] for r in added}
        self.invoices = {r["invoice_id"]: r for r in records.get("invoices", ()) if r["status"] in FINAL}
        # By invoice and holder: the amount without tax, and with it.
        self.shares: dict[str, dict[Holder, tuple[int, int]]] = {}
        for invoice in self.invoices.values():
            self.bill(invoice)
        for r in records.get("credit_notes", ()):
            self.credit(r)
        disputes: dict[str, int] = {}
        for r in sorted(records.get("payments", ()), key=lambda r: (r["received_on"], r["payment_id"])):
            self.pay(r, disputes)
        for invoice in self.invoices.values():
            if invoice["status"] == "uncollectible":
                self.write_off(invoice)

    def holder(self, customer_id: str, currency: str, contract_id: str | None) -> Holder:
        """The contract, if there is one in this currency; else the customer.

        Where no contract is named it is the customer's only one in the currency, if there is just one.
        """
        if contract_id is None or contract_id == "":
            own = [
                c["contract_id"]
                for c in self.contracts.values()
                if c["customer_id"] == customer_id and c["currency"] == currency and committed(c)
            ]
            contract_id = own[0] if len(own) == 1 else None
        contract = self.contracts.get(contract_id)
        if contract is not None and contract["currency"] == currency:
            return Holder(contract["contract_id"], contract["customer_id"], currency)
        return Holder("", customer_id, currency)

    def due(self, invoice_id: str) -> dt.date | None:
        """When an invoice is due: as it says, else after its contract's payment terms, else at once."""
        if invoice_id not in self.invoices:
            return None
        invoice = self.invoices[invoice_id]
        terms = self.contracts.get(invoice.get("contract_id"), {}).get("payment_terms_days") or 0
        return invoice.get("due_on") or invoice["issued_on"] + terms * DAY

    def bill(self, invoice: Record) -> None:
        """Finalised invoices are billed on their day of issue, line by line, tax apart."""
        shares = self.shares.setdefault(invoice["invoice_id"], {})
        currency = invoice["currency"]
        for r in rows(self.records, "invoice_lines", invoice_id=invoice["invoice_id"]):
            contract_id = self.of_line.get(r.get("line_id")) or invoice.get("contract_id")
            holder = self.holder(invoice["customer_id"], currency, contract_id)
            net = minor(r["amount"], currency)
            gross = net + minor(r.get("tax"), currency)
            before = shares.get(holder, (0, 0))
            shares[holder] = before[0] + net, before[1] + gross
            self.entries.append(Entry(holder, invoice["issued_on"], invoice["invoice_id"], billed=net, owed=gross))

    def split(self, invoice_id: str, amount: int, *, gross: bool = True) -> dict[Holder, int]:
        """An amount on an invoice over the holders of its lines, by their amounts with tax or without.

        A cent that could go either way goes to a contract before it goes to the customer outside any.
        """
        holders = sorted(self.shares.get(invoice_id, {}), key=lambda holder: (holder.contract_id == "", holder))
        weights = {str(i): Fraction(max(0, self.shares[invoice_id][h][int(gross)])) for i, h in enumerate(holders)}
        return {holders[int(name)]: part for name, part in largest_remainder(amount, weights).items()}

    def credit(self, r: Record) -> None:
        """A credit note lowers what was billed and what is owed; bad debt only what is owed."""
        currency = r["currency"]
        net, tax = minor(r["amount"], currency), minor(r.get("tax"), currency)
        invoice_id = r.get("invoice_id") or ""
        if r.get("line_id") or not self.shares.get(invoice_id):
            contract_id = self.of_line.get(r.get("line_id")) or self.invoices.get(invoice_id, {}).get("contract_id")
            parts = [(self.holder(r["customer_id"], currency, contract_id), net, tax)]
        else:
            nets, taxes = self.split(invoice_id, net, gross=False), self.split(invoice_id, tax, gross=False)
            parts = [(holder, nets[holder], taxes[holder]) for holder in nets]
        for holder, part, tax_part in parts:
            billed = 0 if r.get("reason") == "bad_debt" else -part
            self.entries.append(Entry(holder, r["issued_on"], invoice_id, billed=billed, owed=-part - tax_part))

    def pay(self, r: Record, disputes: dict[str, int]) -> None:
        """Cash in, a refund or a dispute out; a dispute of the opposite sign to the invoice's first brings it back."""
        currency, invoice_id = r["currency"], r.get("invoice_id") or ""
        amount = minor(r["amount"], currency)
        kind = r.get("kind") or "payment"
        if kind == "refund":
            amount = -abs(amount)
        if kind == "dispute":
            first = disputes.setdefault(invoice_id, amount)
            amount = -abs(amount) if (amount >= 0) == (first >= 0) else abs(amount)
        if not self.shares.get(invoice_id):
            unapplied = Holder("", r["customer_id"], currency)
            self.entries.append(Entry(unapplied, r["received_on"], "", owed=-amount, cash=amount))
            return
        for holder, part in self.split(invoice_id, amount).items():
            net, gross = self.shares[invoice_id][holder]
            paid = round_half_away(Fraction(part * net, gross)) if gross else part
            self.entries.append(Entry(holder, r["received_on"], invoice_id, owed=-part, cash=part, paid=paid))

    def write_off(self, invoice: Record) -> None:
        """An uncollectible invoice: what is still owed on it goes on the day it is given up (never billed, 45-4)."""
        invoice_id = invoice["invoice_id"]
        day = invoice.get("written_off_on") or invoice.get("due_on") or invoice["issued_on"]
        day = max(day, invoice["issued_on"])
        for holder in {e.holder for e in self.entries if e.invoice_id == invoice_id}:
            own = [e for e in self.entries if e.invoice_id == invoice_id and e.holder == holder]
            self.entries.append(Entry(holder, day, invoice_id, owed=-sum(e.owed for e in own if e.on <= day)))
            # What comes later was given up already, and moves nothing that is owed.
            self.entries += [Entry(holder, e.on, invoice_id, owed=-e.owed) for e in own if e.on > day]

    def bucket(self, entry: Entry, day: dt.date) -> str:
        """How long past due, at the end of a day, the invoice of an entry is; what has no invoice is current."""
        due = self.due(entry.invoice_id)
        late = 0 if due is None else (day - due).days
        if late <= 0:
            return "current"
        return BUCKETS[1 + min(3, (late - 1) // 30)]
