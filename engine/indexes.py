"""What is worked out of a ledger's tables to find things in them without reading them: where rows begin, who bears a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from engine.arithmetic import IntArray
from engine.names import index

if TYPE_CHECKING:
    from engine.ledger import Ledger, Table


def bounds(ledger: Ledger) -> dict[str, IntArray]:
    """Where what belongs to each customer, contract, obligation and stretch begins, and one beyond the last."""
    contracts, obligations, stretches = ledger.contracts, ledger.obligations, ledger.stretches
    each = np.arange(len(obligations["contract"]) + 1)
    return {
        "contracts": np.searchsorted(contracts["customer"], np.arange(len(ledger.customers["id"]) + 1)),
        "obligations": np.searchsorted(obligations["contract"], np.arange(len(contracts["customer"]) + 1)),
        **{name: np.searchsorted(getattr(ledger, name)["obligation"], each) for name in ("segments", "entries", "stretches")},
        "plans": np.searchsorted(ledger.plans["stretch"], np.arange(len(stretches["obligation"]) + 1)),
    }  # fmt: skip


INDEXES: Mapping[str, Callable[[Ledger], Table]] = {
    "bounds": bounds,
    "customer_names": lambda ledger: index(ledger.customers["id"], ledger.customers["name"], ledger.aliases["alias"]),
    "product_names": lambda ledger: index(ledger.products["id"], ledger.products["name"]),
    "contract_names": lambda ledger: index(ledger.contracts["id"], ledger.contracts["number"]),
}
"""Tables that a ledger holds beside its own (Ledger.index), and writes down with them."""
