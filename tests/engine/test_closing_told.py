"""What is told of closed books: how they are explained, saved and compared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from october import (
    CUSTOMERS,
    DOUBLED,
    FIRST,
    KNOWN,
    NOVEMBER,
    OCTOBER,
    Records,
    amendment,
    ask,
    closing,
    contract,
    line,
)

from engine.compare import causes, changed_contracts
from engine.explain import explain
from engine.figures import Scope
from engine.saved import open_ledger, save
from model.policy import Policy


def test_the_terms_in_force_are_told_on_either_side_of_a_close() -> None:
    books = closing(KNOWN, {**KNOWN, "amendments": [DOUBLED]})
    assert explain(books, Scope(), OCTOBER)["version"].tolist() == ["contract"]
    shown = explain(books, Scope(), FIRST)
    assert (shown["version"].tolist(), shown["rule"].tolist()) == (["amendment A1"], ["606-10-25-13(a)"])
    gone = closing(KNOWN, {**CUSTOMERS, "contracts": [contract()], "contract_lines": [line("L9", amount=1)]})
    shown = explain(gone, Scope(), FIRST).set_index("line")
    assert shown.loc["L1", "version"] == "prior-period correction: contract, withdrawn"
    assert shown.loc["L1", "rule"] == "250-10-45-27"


def test_saved_books_open_with_what_the_closes_saw(tmp_path: Path) -> None:
    longer = amendment(
        "A1", kind="extend", signed_on=dt.date(2026, 10, 20), effective_on=FIRST, end_on=dt.date(2029, 9, 30)
    )
    books = closing(KNOWN, {**KNOWN, "amendments": [longer]}, policy=Policy(deferred_basis="paid"))
    save(books, tmp_path / "books.ledger")
    again = open_ledger(tmp_path / "books.ledger")
    assert [view.to_day for view in again.views] == [view.to_day for view in books.views]
    assert again.views[0].ledger.policy == Policy()
    for measure, options in (("rpo", {"months": 12}), ("backlog", {}), ("deferred", {"part": "current"})):
        assert ask(again, measure, OCTOBER, NOVEMBER, **options) == ask(books, measure, OCTOBER, NOVEMBER, **options)
    assert ask(again, "rpo", OCTOBER, months=12) == ["11000.00"]


def test_a_comparison_tells_what_a_late_fact_brought_to_closed_books() -> None:
    two: Records = {**KNOWN, "contracts": [contract(), contract("K2")], "contract_lines": [line(), line("L2", "K2")]}
    before, after = closing(two, two), closing(two, {**two, "amendments": [DOUBLED]})
    assert changed_contracts(before, closing(two, two)) == []
    assert changed_contracts(after, closing(two, {**two, "amendments": [DOUBLED]})) == []
    assert changed_contracts(before, after) == ["K1"]
    assert causes(before, after, ["K1"])["K1"].names == ("amendment A1",)


def test_a_comparison_sees_contracts_that_another_customer_has_or_nobody_has_any_more() -> None:
    moved: Records = {**KNOWN, "contracts": [contract(customer="C2")]}
    before, after = closing(KNOWN, KNOWN), closing(KNOWN, moved)
    assert changed_contracts(before, after) == ["K1"]
    assert causes(before, after, ["K1"])["K1"].cause != "contracts gone"
    gone = closing(KNOWN, CUSTOMERS)
    assert changed_contracts(before, gone) == ["K1"]
    assert causes(before, gone, ["K1"])["K1"].cause == "contracts gone"
    # Seen otherwise at another close, with the same books today.
    assert changed_contracts(closing(KNOWN, moved), closing(moved, moved)) == ["K1"]
