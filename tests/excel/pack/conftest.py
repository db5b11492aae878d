"""A small company whose month a person can add up, and its pack.

As of 31 October 2026, all straight-line by month:
  Acme Ltd      12,000.00 USD, Jan–Dec 2026, billed whole on 1 Jan    → recognized 10,000, backlog 2,000, deferred 2,000
  Acme Ltd       2,400.00 USD, Oct 2026–Sep 2028, billed 1,200 on 1 Oct → recognized 100, backlog 2,300, deferred 1,100
  Globex & Sons  6,000.00 EUR, Jul 2026–Jun 2027, nothing billed      → recognized 2,000, backlog 4,000, unbilled 2,000
  Tanaka KK    120,000 JPY, Oct 2026–Sep 2027, billed 30,000 on 15 Oct  → recognized 10,000, backlog 110,000
The closing rate of the euro is 1.10 dollars throughout; the yen has none, unless the fixture says so.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.build import build
from engine.closing import Closed
from engine.ledger import Ledger
from excel.pack.build import new
from model.frames import empty_facts, frame
from model.periods import day_number
from model.policy import Policy

sys.path.insert(0, str(Path(__file__).parent))  # pack_cells can be imported by name
from pack_cells import LONG_NAME

FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 31)
FRESH = {
    "books": dt.datetime(2026, 11, 2, 5, 0, tzinfo=dt.UTC),
    "crm": dt.datetime(2026, 10, 30, 23, 0, tzinfo=dt.UTC),
}
HOSTILE = ('=HYPERLINK("http://x.example","Acme")', "+1 Consulting", "-Minus AG", "@Home", "\tTab\x07bed", "Wild*?~")
# contract, customer, currency, price, first and last day, sales rep, product
DEALS = (
    ("K1", "C1", "USD", "12000.00", dt.date(2026, 1, 1), dt.date(2026, 12, 31), "Ann Lee", "P1"),
    ("K2", "C1", "USD", "2400.00", dt.date(2026, 10, 1), dt.date(2028, 9, 30), "Bo Chen", "P2"),
    ("K3", "C2", "EUR", "6000.00", dt.date(2026, 7, 1), dt.date(2027, 6, 30), "Ann Lee", "P2"),
    ("K4", "C3", "JPY", "120000", dt.date(2026, 10, 1), dt.date(2027, 9, 30), "", "P3"),
)
BILLS = (
    ("I1", "C1", "K1", "USD", "12000.00", dt.date(2026, 1, 1), dt.date(2026, 1, 31)),
    ("I2", "C1", "K2", "USD", "1200.00", dt.date(2026, 10, 1), dt.date(2026, 10, 15)),
    ("I3", "C3", "K4", "JPY", "30000", dt.date(2026, 10, 15), dt.date(2026, 11, 14)),
)


def facts(yen_rate: str = "", hostile: bool = False) -> dict[str, Any]:
    """The company's records as frames."""
    names = {"C1": "Acme Ltd", "C2": "Globex & Sons", "C3": "Tanaka KK"}
    segments = {"C1": "Enterprise", "C2": "Mid-market", "C3": "Enterprise"}
    deals = list(DEALS)
    if hostile:
        for number, name in enumerate(HOSTILE):
            names[f"H{number}"] = name
            start = dt.date(2026, 10, 1)
            deals.append((f"=K{number}", f"H{number}", "USD", "120.00", start, dt.date(2027, 9, 30), "@rep", "P1"))
    rates = [{"on": dt.date(2025, 1, 1), "from_currency": "EUR", "to_currency": "USD", "rate": Decimal("1.10")}]
    if yen_rate:
        rates.append(
            {"on": dt.date(2025, 1, 1), "from_currency": "JPY", "to_currency": "USD", "rate": Decimal(yen_rate)}
        )
    return empty_facts() | {
        "customers": frame(
            "customers",
            [{"customer_id": k, "name": n, "segment": segments.get(k, ""), "region": "EMEA"} for k, n in names.items()],
        ),
        "products": frame(
            "products",
            [
                {"product_id": "P1", "name": "Platform", "family": "Software"},
                {"product_id": "P2", "name": "Support", "family": "Software"},
                {"product_id": "P3", "name": "Training", "family": "Services"},
            ],
        ),
        "contracts": frame("contracts", [_contract(deal) for deal in deals]),
        "contract_lines": frame("contract_lines", [_line(deal) for deal in deals]),
        "invoices": frame("invoices", [_invoice(bill) for bill in BILLS]),
        "invoice_lines": frame("invoice_lines", [_invoice_line(bill) for bill in BILLS]),
        "fx_rates": frame("fx_rates", [{**rate, "kind": "closing"} for rate in rates]),
    }


def _contract(deal: tuple[Any, ...]) -> dict[str, Any]:
    contract, customer, currency, _, start, end, rep, _ = deal
    return {
        "contract_id": contract, "customer_id": customer, "status": "signed", "signed_on": start, "start_on": start,
        "end_on": end, "currency": currency, "number": f"SO-{contract}", "sales_rep": rep,
    }  # fmt: skip


def _line(deal: tuple[Any, ...]) -> dict[str, Any]:
    contract, _, currency, price, _, _, _, product = deal
    return {
        "line_id": f"{contract}-1", "contract_id": contract, "amount": Decimal(price), "currency": currency,
        "product_id": product, "recognition": "straight_line_monthly",
    }  # fmt: skip


def _invoice(bill: tuple[Any, ...]) -> dict[str, Any]:
    invoice, customer, contract, currency, _, issued, due = bill
    return {
        "invoice_id": invoice, "customer_id": customer, "contract_id": contract, "currency": currency,
        "issued_on": issued, "due_on": due, "status": "open",
    }  # fmt: skip


def _invoice_line(bill: tuple[Any, ...]) -> dict[str, Any]:
    invoice, _, contract, currency, amount, _, _ = bill
    return {
        "invoice_line_id": f"{invoice}-1", "invoice_id": invoice, "line_id": f"{contract}-1", "currency": currency,
        "amount": Decimal(amount),
    }  # fmt: skip


@pytest.fixture(scope="session")
def ledger_of() -> Callable[..., Ledger]:
    """A ledger of the small company: `yen_rate` and `hostile` as in `facts`, or a policy of one's own."""

    def make(policy: Policy | None = None, **options: Any) -> Ledger:
        known = dt.datetime(2026, 11, 2, 6, 0, tzinfo=dt.UTC)
        return build(facts(**options), policy or Policy(), version="0123456789abcdef", known_at=known)

    return make


@pytest.fixture(scope="session")
def loose_ledger() -> Ledger:
    """The four contracts, K1 terminable with 30 days' notice, and K5: 500 USD delivered at once, planned for June."""
    found = facts()
    late = ("K5", "C1", "USD", "500.00", dt.date(2026, 6, 1), dt.date(2026, 6, 30), "Ann Lee", "P3")
    heads = [_contract(deal) for deal in (*DEALS, late)]
    heads[0]["terminable_on_notice_days"] = 30
    lines = [_line(deal) for deal in DEALS]
    lines.append({**_line(late), "recognition": "point_in_time", "start_on": late[4], "end_on": late[5]})
    made = {"contracts": frame("contracts", heads), "contract_lines": frame("contract_lines", lines)}
    return build(found | made, Policy())


@pytest.fixture(scope="session")
def later_ledger() -> Ledger:
    """The four contracts as known in December: K6, 3,000 USD from November, was signed in November, when the euro had risen;
    K7, 1,000.04 EUR, has months that are no whole cents in dollars. A customer has a long name.
    """
    found = facts(yen_rate="0.0070")
    late = ("K6", "C1", "USD", "3000.00", dt.date(2026, 11, 1), dt.date(2027, 10, 31), "Ann Lee", "P1")
    odd = ("K7", "C2", "EUR", "1000.04", dt.date(2026, 7, 1), dt.date(2027, 3, 31), "Ann Lee", "P2")
    rates = found["fx_rates"].to_dict("records")
    named = found["customers"].assign(name=found["customers"]["name"].replace({"Tanaka KK": LONG_NAME}))
    rise = {"on": dt.date(2026, 11, 15), "from_currency": "EUR", "to_currency": "USD", "rate": Decimal("1.2345"),
            "kind": "closing"}  # fmt: skip
    made = {
        "customers": named,
        "contracts": frame("contracts", [_contract(deal) for deal in (*DEALS, late, odd)]),
        "contract_lines": frame("contract_lines", [_line(deal) for deal in (*DEALS, late, odd)]),
        "fx_rates": frame("fx_rates", [*({**r, "on": dt.date(2025, 1, 1)} for r in rates), rise]),
    }
    return build(found | made, Policy())


@pytest.fixture(scope="session")
def closed_ledger() -> Ledger:
    """The ledger of the four contracts after September was closed, when K3 was not known yet; a yen is 0.0070 dollars."""
    found = facts(yen_rate="0.0070")
    known = {
        name: table[table["contract_id"] != "K3"].reset_index(drop=True) if "contract_id" in table else table
        for name, table in found.items()
    }
    return build(found, Policy(), closed=Closed(build(known, Policy()), day_number(dt.date(2026, 9, 30))))


@pytest.fixture(scope="session")
def pack_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A pack of October 2026 for a ledger."""

    def make(ledger: Ledger, freshness: Mapping[str, dt.datetime] = FRESH, company: str = "Northwind & Co") -> Path:
        path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
        return new(ledger, freshness, path, FIRST, LAST, company)

    return make


@pytest.fixture(scope="session")
def pack(ledger_of: Callable[..., Ledger], pack_of: Callable[..., Path]) -> Path:
    """The pack where every currency has a rate (one yen is 0.0070 dollars), hostile names among the customers."""
    return pack_of(ledger_of(yen_rate="0.0070", hostile=True))


@pytest.fixture(scope="session")
def later_pack(later_ledger: Ledger, pack_of: Callable[..., Path]) -> Path:
    """The pack of what is known in December."""
    return pack_of(later_ledger)


@pytest.fixture(scope="session")
def plain_pack(ledger_of: Callable[..., Ledger], pack_of: Callable[..., Path]) -> Path:
    """The pack of the four contracts alone; the yen has no rate."""
    return pack_of(ledger_of())
