"""The reference implementation, part 10: invoices, credit notes and cash, each on the day of its document.

Everything is held by a holder: a contract, or a customer in one currency for what belongs to no contract.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
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


Place = tuple[Holder, str]
"""What an invoice bills to: a holder and one of its promises, "" for none."""


@dataclass
class Bill:
    """What an invoice comes to by place (without tax, and the tax), and what documents have had of it so far."""

    net: dict[Place, int] = field(default_factory=dict)
    tax: dict[Place, int] = field(default_factory=dict)
    had: dict[str, int] = field(default_factory=dict)
    cash: dict[Place, int] = field(default_factory=dict)
    cash_tax: dict[Place, int] = field(default_factory=dict)

    def places(self) -> list[Place]:
        """A cent that could go either way goes to a promise before a contract as a whole, and to the customer last."""
        return sorted(self.net, key=lambda place: (place[1] == "", place[0].contract_id == "", place[0], place[1]))

    def shares(self, kind: str, amount: int) -> dict[Place, int]:
        """The next credit ("net", "tax") or receipt ("gross") over the places: what it adds to the running total's shares."""
        before = self.had.get(kind, 0)
        self.had[kind] = before + amount
        old, new = self.to_date(kind, before), self.to_date(kind, before + amount)
        return {place: new[place] - old[place] for place in new}

    def to_date(self, kind: str, total: int) -> dict[Place, int]:
        """So much of the bill by place: its parts in proportion, and all of them at its total.

        What is beyond the total, or against it, goes by what has the total's sign.
        """
        if kind == "tax" and not any(self.tax.values()):
            kind = "net"
        places = self.places()
        whole = {"net": self.net, "tax": self.tax, "gross": {p: self.net[p] + self.tax[p] for p in places}}[kind]
        comes_to = sum(whole.values())
        within = sorted((min(0, comes_to), total, max(0, comes_to)))[1]
        sign = -1 if comes_to < 0 else 1
        names = {f"{n:04}": place for n, place in enumerate(places)}
        parts = largest_remainder(within, {name: Fraction(sign * whole[place]) for name, place in names.items()})
        others = {name: Fraction(max(0, sign * whole[place])) for name, place in names.items()}
        rest = largest_remainder(total - within, others)
        return {place: parts[name] + rest[name] for name, place in names.items()}

    def tax_in(self, place: Place, amount: int, credited: tuple[int, int]) -> int:
        """The tax in a receipt: of all cash so far, as tax is of the bill less what was credited (net, tax) by then."""
        self.cash[place] = self.cash.get(place, 0) + amount
        bill = self.net[place], self.tax[place]
        left = bill[0] - credited[0], bill[1] - credited[1]
        if sum(left) * sum(bill) <= 0:
            left = bill  # nothing is left of it to measure by
        sign = -1 if sum(left) < 0 else 1
        net, tax = max(0, left[0] * sign), max(0, left[1] * sign)
        cash = self.cash[place]
        so_far = cash - round_half_away(Fraction(cash * net, net + tax)) if net + tax else 0
        before = self.cash_tax.get(place, 0)
        self.cash_tax[place] = so_far
        return so_far - before


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
        self.bills: dict[str, Bill] = {}
        self.credited: list[tuple[str, Place, dt.date, int, int]] = []
        self.credit_parts: dict[str, dict[Place, int]] = {}
        for invoice in self.invoices.values():
            self.bill(invoice)
        for r in sorted(records.get("credit_notes", ()), key=lambda r: (r["issued_on"], r["credit_note_id"])):
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
        """When an invoice is due: as it says, else after the payment terms of its contract, else at once.

        Its contract is the one that it names, else the one that all its lines belong to.
        """
        if invoice_id not in self.invoices:
            return None
        invoice = self.invoices[invoice_id]
        contract_id = invoice.get("contract_id")
        if not contract_id:
            of_lines = {holder.contract_id for holder, _ in self.bills[invoice_id].net}
            contract_id = of_lines.pop() if len(of_lines) == 1 else None
        terms = self.contracts.get(contract_id, {}).get("payment_terms_days") or 0
        return invoice.get("due_on") or invoice["issued_on"] + terms * DAY

    def bill(self, invoice: Record) -> None:
        """Finalised invoices are billed on their day of issue, line by line, tax apart."""
        bill = self.bills.setdefault(invoice["invoice_id"], Bill())
        currency = invoice["currency"]
        for r in rows(self.records, "invoice_lines", invoice_id=invoice["invoice_id"]):
            place = self.place(invoice["customer_id"], currency, r.get("line_id"), invoice.get("contract_id"))
            net, tax = minor(r["amount"], currency), minor(r.get("tax"), currency)
            bill.net[place], bill.tax[place] = bill.net.get(place, 0) + net, bill.tax.get(place, 0) + tax
            self.entries.append(
                Entry(place[0], invoice["issued_on"], invoice["invoice_id"], billed=net, owed=net + tax)
            )

    def place(self, customer_id: str, currency: str, line_id: str | None, contract_id: str | None) -> Place:
        """Where an amount belongs that names a line, or a contract, or neither."""
        owner = self.of_line.get(line_id)
        holder = self.holder(customer_id, currency, owner or contract_id)
        return holder, (line_id or "") if owner and holder.contract_id == owner else ""

    def credit(self, r: Record) -> None:
        """A credit note lowers what was billed and what is owed; bad debt only what is owed."""
        currency = r["currency"]
        net, tax = minor(r["amount"], currency), minor(r.get("tax"), currency)
        invoice_id, bad = r.get("invoice_id") or "", r.get("reason") == "bad_debt"
        bill = self.bills.get(invoice_id, Bill())
        if r.get("line_id") or not bill.net:
            contract_id = self.invoices.get(invoice_id, {}).get("contract_id")
            place = self.place(r["customer_id"], currency, r.get("line_id"), contract_id)
            nets, taxes = {place: net}, {place: tax}
        else:
            nets, taxes = bill.shares("net", net), bill.shares("tax", tax)
            self.credit_parts[r["credit_note_id"]] = nets
        for place, part in nets.items():
            billed, owed = 0 if bad else -part, -part - taxes[place]
            self.entries.append(Entry(place[0], r["issued_on"], invoice_id, billed=billed, owed=owed))
            if not bad:
                self.credited.append((invoice_id, place, r["issued_on"], part, taxes[place]))

    def credited_by(self, invoice_id: str, place: Place, day: dt.date) -> tuple[int, int]:
        """What was credited of a bill's place by the end of a day: net, and tax."""
        own = [c for c in self.credited if c[0] == invoice_id and c[1] == place and c[2] <= day]
        return sum(c[3] for c in own), sum(c[4] for c in own)

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
        bill = self.bills.get(invoice_id, Bill())
        if not bill.net:
            unapplied = Holder("", r["customer_id"], currency)
            self.entries.append(Entry(unapplied, r["received_on"], "", owed=-amount, cash=amount))
            return
        for place, part in bill.shares("gross", amount).items():
            tax = bill.tax_in(place, part, self.credited_by(invoice_id, place, r["received_on"]))
            self.entries.append(Entry(place[0], r["received_on"], invoice_id, owed=-part, cash=part, paid=part - tax))

    def write_off(self, invoice: Record) -> None:
        """An uncollectible invoice: what is still owed on it goes on the day it is given up (never billed, 45-4)."""
        invoice_id = invoice["invoice_id"]
        day = invoice.get("written_off_on") or self.due(invoice_id) or invoice["issued_on"]
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
