"""What is worked out of a ledger's tables to find things in them without reading them: where rows begin, who bears a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.arithmetic import IntArray
from engine.grouped import edges
from engine.names import index

if TYPE_CHECKING:
    from engine.ledger import Ledger, Table


def bounds(ledger: Ledger) -> dict[str, IntArray]:
    """Where what belongs to each customer, contract, obligation and stretch begins, and one beyond the last."""
    contracts, obligations, stretches = ledger.contracts, ledger.obligations, ledger.stretches
    count = len(obligations["contract"])
    return {
        "contracts": edges(contracts["customer"], len(ledger.customers["id"])),
        "obligations": edges(obligations["contract"], len(contracts["customer"])),
        **{name: edges(getattr(ledger, name)["obligation"], count) for name in ("segments", "entries", "stretches")},
        "plans": edges(ledger.plans["stretch"], len(stretches["obligation"])),
    }


INDEXES: Mapping[str, Callable[[Ledger], Table]] = {
    "bounds": bounds,
    "customer_names": lambda ledger: index(ledger.customers["id"], ledger.customers["name"], ledger.aliases["alias"]),
    "product_names": lambda ledger: index(ledger.products["id"], ledger.products["name"]),
    "contract_names": lambda ledger: index(ledger.contracts["id"], ledger.contracts["number"]),
}
"""Tables that a ledger holds beside its own (Ledger.index), and writes down with them."""
