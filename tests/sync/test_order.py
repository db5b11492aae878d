"""The order in which records arrive decides nothing but the time at which they became known."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.read import facts, rejects
from sync.run import pull

D = dt.date
MONEY = Decimal("10.00")
Records = list[tuple[str, dict[str, Any]]]

# Two whole deals and everything that can hang on them, an orphan that no one ever frees, and a row that is wrong.
RECORDS: Records = [
    *(
        record
        for n in (1, 2)
        for record in (
            ("customers", {"customer_id": f"C{n}", "name": f"Customer {n}"}),
            ("products", {"product_id": f"P{n}", "name": f"Product {n}", "recognition": "straight_line_monthly"}),
            ("contracts", {"contract_id": f"K{n}", "customer_id": f"C{n}", "status": "signed", "currency": "JPY",
                           "signed_on": D(2026, 1, 1), "start_on": D(2026, 1, 1), "end_on": D(2026, 12, 31)}),
            ("contract_lines", {"line_id": f"L{n}", "contract_id": f"K{n}", "amount": Decimal(5),
                                "product_id": f"P{n}"}),
            ("estimates", {"estimate_id": f"E{n}", "contract_id": f"K{n}", "line_id": f"L{n}", "on": D(2026, 2, 1),
                           "amount": Decimal(1)}),
            ("amendments", {"amendment_id": f"A{n}", "contract_id": f"K{n}", "signed_on": D(2026, 3, 1),
                            "effective_on": D(2026, 3, 1), "kind": "add_line", "new_line_id": f"N{n}",
                            "amount": Decimal(7)}),
            ("schedules", {"line_id": f"N{n}", "on": D(2026, 4, 1), "amount": Decimal(7)}),
            ("invoices", {"invoice_id": f"I{n}", "customer_id": f"C{n}", "issued_on": D(2026, 1, 1), "currency": "USD",
                          "status": "open", "contract_id": f"K{n}"}),
            ("invoice_lines", {"invoice_line_id": f"IL{n}", "invoice_id": f"I{n}", "amount": MONEY,
                               "line_id": f"N{n}"}),
            ("payments", {"payment_id": f"Y{n}", "customer_id": f"C{n}", "received_on": D(2026, 2, 1), "amount": MONEY,
                          "currency": "USD", "invoice_id": f"I{n}"}),
        )
    ),
    ("deliveries", {"delivery_id": "D1", "line_id": "nobody", "on": D(2026, 1, 1), "measure": "units",
                    "value": MONEY}),
    ("payments", {"payment_id": "Y9", "customer_id": "C9", "received_on": D(2026, 2, 1), "amount": MONEY,
                  "currency": "USD"}),
]  # fmt: skip


@pytest.fixture
def told(kit: SimpleNamespace, new_store: Callable[[], sa.Engine]) -> Callable[..., tuple[Any, Any, Any]]:
    """Tells a new store the records in this order, in pulls and pages of these sizes; what it then holds.

    Without records: as they stand, all at once.
    """

    def tell(records: Records, cuts: Sequence[int], size: int) -> tuple[Any, Any, Any]:
        engine = new_store()
        items = [kit.item(table, **values) for table, values in records]
        edges = sorted({0, *cuts, len(items)})
        for at, (first, last) in enumerate(itertools.pairwise(edges)):
            # One object for all, so that parents and children share pages in every mixture.
            said = kit.Said({"everything": items[first:last]}, size=size)
            result = pull(engine, said, now=kit.NOW + dt.timedelta(hours=at))
            assert result.error is None
        held = kit.normalized(engine)
        open_rejects = sorted((reject.key, reject.reason) for reject in rejects(engine))
        frames = {name: frame.drop(columns=["raw_id", "known_on"]) for name, frame in facts(engine).items()}
        engine.dispose()
        return held, open_rejects, frames

    usual: list[tuple[Any, Any, Any]] = []

    def ask(records: Records | None = None, cuts: Sequence[int] = (), size: int = 100) -> tuple[Any, Any, Any]:
        if records is not None:
            return tell(records, cuts, size)
        if not usual:
            usual.append(tell(RECORDS, (), size))
        return usual[0]

    return ask


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(RECORDS))),
    cuts=st.lists(st.integers(1, len(RECORDS) - 1), max_size=3),
    size=st.integers(1, len(RECORDS)),
)
def test_any_order_of_arrival_ends_in_the_same_store(
    told: Callable[..., tuple[Any, Any, Any]], order: list[int], cuts: list[int], size: int
) -> None:
    usual, left, frames = told()
    assert left == [("D1", "contract_lines has no 'nobody'"), ("Y9", "customers has no 'C9'")]
    mixed, mixed_left, mixed_frames = told([RECORDS[at] for at in order], cuts, size)
    assert mixed == usual
    assert mixed_left == left
    assert all(frames[name].equals(mixed_frames[name]) for name in frames)
    assert frames["schedules"].amount_minor.tolist() == [7, 7]
