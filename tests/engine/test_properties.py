"""Laws that hold for every history: identities, parts and wholes, ends, splits, scale, order, largest amounts."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import Records, effort, interesting_days, ledger_of
from generate import histories
from hypothesis import given
from hypothesis import strategies as st

from engine.figures import Scope, answer
from engine.ledger import Ledger
from engine.saved import open_ledger, save
from model.errors import BacklogError
from model.money import INT64_MAX, Money
from model.periods import day_number
from model.policy import Policy
from model.records import TIME_BASED

DAY = dt.timedelta(days=1)
ROUNDINGS = st.sampled_from((Policy(), Policy(rounding="last_period", credit_notes="deferred_first")))
MEASURES = ("contracted", "recognized", "backlog", "billed", "collected", "deferred", "unbilled", "receivable", "rpo")


def ask(ledger: Ledger, measure: str, scope: Scope, days: list[dt.date], **options: Any) -> list[int]:
    """The engine's figures of one scope, as plain integers."""
    answers = answer(ledger, measure, [scope], np.array([day_number(day) for day in days], np.int64), **options)
    assert not answers.errors, answers.errors
    return [int(value) for value in answers.minor[0]]


def contract_scopes(ledger: Ledger, records: Records) -> list[Scope]:
    return [Scope(contracts=ledger.find_contracts(r["contract_id"])) for r in records["contracts"]]


def one_line(amount: int, start: dt.date, end: dt.date, currency: str = "USD", parts: int = 1) -> dict[str, Any]:
    """A contract for one promise by day, or for the same promise in equal-dated parts."""
    whole, rest = divmod(amount, parts)
    lines = [
        {"line_id": f"L{n}", "contract_id": "K0", "amount": Money(whole + (rest if n == 0 else 0), currency),
         "start_on": start, "end_on": end, "recognition": "straight_line_daily"}
        for n in range(parts)
    ]  # fmt: skip
    contract = {"contract_id": "K0", "customer_id": "C0", "status": "signed", "signed_on": start, "currency": currency}
    customers = [{"customer_id": "C0", "name": "Customer"}]
    return {"customers": customers, "contracts": [contract], "contract_lines": lines}


@effort(60)
@given(histories(), ROUNDINGS)
def test_backlog_is_what_is_not_billed_plus_deferred_less_unbilled(records: Records, policy: Policy) -> None:
    ledger, days = ledger_of(records, policy), interesting_days(records)
    for scope in contract_scopes(ledger, records):
        backlog, contracted, billed, deferred, unbilled = (
            np.array(ask(ledger, measure, scope, days))
            for measure in ("backlog", "contracted", "billed", "deferred", "unbilled")
        )
        if policy.deferred_basis == "billed":
            assert (backlog == contracted - billed + deferred - unbilled).all()
        assert (deferred >= 0).all()
        assert (unbilled >= 0).all()
        assert (deferred * unbilled == 0).all(), "a contract is either billed ahead or earned ahead"


@effort(10)
@given(histories(), ROUNDINGS, st.data())
def test_any_split_of_the_days_sums_to_the_whole(records: Records, policy: Policy, data: st.DataObject) -> None:
    ledger, days = ledger_of(records, policy), interesting_days(records)
    first, last = days[0], days[-1]
    inner = data.draw(st.sets(st.integers(1, (last - first).days), max_size=8))
    begins = [first] + [first + n * DAY for n in sorted(inner)]
    ends = [day - DAY for day in begins[1:]] + [last]
    since = np.array([day_number(day) for day in begins], np.int64)
    for scope in contract_scopes(ledger, records):
        for measure in ("recognized", "billed", "collected", "bookings", "cancellations"):
            parts = ask(ledger, measure, scope, ends, since=since)
            whole = ask(ledger, measure, scope, [last], since=since[:1])
            assert sum(parts) == whole[0], measure


@effort(10)
@given(histories(), ROUNDINGS)
def test_parts_of_a_balance_sum_to_it(records: Records, policy: Policy) -> None:
    ledger, days = ledger_of(records, policy), interesting_days(records, 40)
    parted = (("deferred", "part", ("current", "noncurrent")),
              ("receivable", "bucket", ("current", "1-30", "31-60", "61-90", "90+")))  # fmt: skip
    for scope in contract_scopes(ledger, records):
        for measure, option, names in parted:
            parts = [ask(ledger, measure, scope, days, **{option: name}) for name in names]
            assert [sum(column) for column in zip(*parts, strict=True)] == ask(ledger, measure, scope, days)


@effort(10)
@given(histories(), ROUNDINGS)
def test_products_sum_to_their_contract(records: Records, policy: Policy) -> None:
    rows = {name: [dict(r) for r in found] for name, found in records.items()}
    for r in (*rows["contract_lines"], *rows["amendments"]):
        r["product_id"] = r.get("product_id") or "P1"
        if r.get("kind") == "terminate":
            r["amount"] = None  # a fee is a promise of no product
    ledger, days = ledger_of(rows, policy), interesting_days(rows, 40)
    for scope in contract_scopes(ledger, rows):
        for measure in ("contracted", "recognized", "backlog"):
            parts = [
                ask(ledger, measure, Scope(contracts=scope.contracts, products=ledger.find_products(name)), days)
                for name in ("P0", "P1")
            ]
            assert [a + b for a, b in zip(*parts, strict=True)] == ask(ledger, measure, scope, days)


@effort(15)
@given(histories(methods=tuple(sorted(TIME_BASED)), amended=False), ROUNDINGS)
def test_nothing_is_left_after_the_end_of_a_time_based_contract(records: Records, policy: Policy) -> None:
    ledger = ledger_of({**records, "credit_notes": ()}, policy)
    for r, scope in zip(records["contracts"], contract_scopes(ledger, records), strict=True):
        if r["status"] in ("cancelled", "draft") or r.get("evergreen"):
            continue
        lines = [x for x in records["contract_lines"] if x["contract_id"] == r["contract_id"]]
        over = max([r["signed_on"], *(x.get("end_on") or r["end_on"] for x in lines)])
        price = sum(x["amount"].minor for x in lines)
        later = [over, over + DAY, over + 400 * DAY]
        assert ask(ledger, "backlog", scope, later) == [0, 0, 0]
        assert ask(ledger, "recognized", scope, later) == [price] * 3


@effort(10)
@given(
    st.integers(0, 10**9), st.dates(dt.date(2024, 1, 1), dt.date(2025, 1, 1)), st.integers(0, 800), st.integers(2, 5)
)
def test_a_line_split_in_parts_is_the_whole_but_for_rounding(
    amount: int, start: dt.date, length: int, parts: int
) -> None:
    """Each part's running total is off by at most half a unit, and so is the whole's: n parts differ by (n + 1) / 2."""
    end = start + length * DAY
    days = [start + n * DAY for n in range(0, length + 3, 7)] + [end, end + DAY]
    whole_ledger = ledger_of(one_line(amount, start, end), Policy())
    split_ledger = ledger_of(one_line(amount, start, end, parts=parts), Policy())
    whole = ask(whole_ledger, "recognized", Scope(), days)
    split = ask(split_ledger, "recognized", Scope(), days)
    assert all(2 * abs(a - b) <= parts + 1 for a, b in zip(whole, split, strict=True))
    assert ask(whole_ledger, "contracted", Scope(), days) == ask(split_ledger, "contracted", Scope(), days)
    assert whole[-2:] == split[-2:] == [amount, amount], "the last day reaches the price exactly"


@effort(10)
@given(st.integers(0, 10**9), st.integers(0, 800))
def test_ten_times_the_price_is_ten_times_the_revenue_but_for_rounding(amount: int, length: int) -> None:
    """10 × a figure rounded by up to ½ is off by up to 5; where every day's amount is whole, nothing is rounded."""
    start = dt.date(2024, 2, 28)
    end = start + length * DAY
    days = [start + n * DAY for n in range(length + 2)]
    once = ask(ledger_of(one_line(amount, start, end), Policy()), "recognized", Scope(), days)
    tenfold = ask(ledger_of(one_line(10 * amount, start, end), Policy()), "recognized", Scope(), days)
    assert all(abs(b - 10 * a) <= 5 for a, b in zip(once, tenfold, strict=True))
    even = amount % 1000 * (length + 1)
    once = ask(ledger_of(one_line(even, start, end), Policy()), "recognized", Scope(), days)
    tenfold = ask(ledger_of(one_line(10 * even, start, end), Policy()), "recognized", Scope(), days)
    assert tenfold == [10 * a for a in once]


@effort(10)
@given(histories(), ROUNDINGS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(records: Records, policy: Policy, chance: random.Random) -> None:
    shuffled = {name: chance.sample(list(rows), len(rows)) for name, rows in records.items()}
    days = interesting_days(records, 40)
    one, other = ledger_of(records, policy), ledger_of(shuffled, policy)
    for a, b in zip(contract_scopes(one, records), contract_scopes(other, records), strict=True):
        for measure in (*MEASURES, "bookings", "cancellations"):
            assert ask(one, measure, a, days) == ask(other, measure, b, days), measure


@effort(10)
@given(histories(), ROUNDINGS)
def test_a_range_is_its_days_one_by_one(records: Records, policy: Policy) -> None:
    ledger, days = ledger_of(records, policy), interesting_days(records, 12)
    scope = contract_scopes(ledger, records)[0]
    for measure in MEASURES:
        assert ask(ledger, measure, scope, days) == [ask(ledger, measure, scope, [day])[0] for day in days], measure


@pytest.mark.parametrize("amount", [INT64_MAX, INT64_MAX - 1, 2**62 + 1, 10**18 + 7])
@pytest.mark.parametrize("rounding", ["cumulative", "last_period"])
def test_the_largest_amounts_are_exact(amount: int, rounding: str) -> None:
    start, end = dt.date(2024, 1, 1), dt.date(2033, 12, 31)
    ledger = ledger_of(one_line(amount, start, end), Policy(rounding=rounding))
    total = (end - start).days + 1
    days = [start, dt.date(2024, 1, 31), dt.date(2029, 7, 13), end - DAY, end]
    recognized = ask(ledger, "recognized", Scope(), days)
    if rounding == "cumulative":
        exact = [Fraction(amount * ((day - start).days + 1), total) for day in days]
        assert recognized == [int((2 * x + 1) // 2) for x in exact]
    assert recognized[-1] == amount
    assert ask(ledger, "backlog", Scope(), days) == [amount - value for value in recognized]


def test_a_sum_beyond_the_largest_amount_is_an_error_not_another_figure() -> None:
    start = dt.date(2024, 1, 1)
    records = one_line(INT64_MAX - 1, start, start + 365 * DAY)
    second = {**records["contracts"][0], "contract_id": "K1"}
    line = {**records["contract_lines"][0], "contract_id": "K1", "line_id": "M0"}
    both = {
        **records,
        "contracts": [*records["contracts"], second],
        "contract_lines": [*records["contract_lines"], line],
    }
    try:
        answers = answer(ledger_of(both, Policy()), "contracted", [Scope()], np.array([day_number(start)], np.int64))
        refused = bool(answers.errors)
    except BacklogError:
        refused = True
    assert refused, "a sum that does not fit must not wrap around"


@effort(8)
@given(histories(), ROUNDINGS)
def test_a_ledger_read_back_answers_alike(records: Records, policy: Policy) -> None:
    ledger, days = ledger_of(records, policy), interesting_days(records, 20)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        save(ledger, Path(folder) / "one.ledger")
        again = open_ledger(Path(folder) / "one.ledger")
        for measure, options in (
            *((m, {}) for m in MEASURES),
            ("rpo", {"months": 12}),
            ("deferred", {"part": "current"}),
        ):
            for scope in contract_scopes(ledger, records):
                assert ask(again, measure, scope, days, **options) == ask(ledger, measure, scope, days, **options)


def test_a_contract_whose_lines_are_not_known_yet_may_be_terminated() -> None:
    start = dt.date(2026, 1, 1)
    records = one_line(12_000, start, dt.date(2026, 12, 31))
    later = {**records["contracts"][0], "contract_id": "K9"}
    ended = {"amendment_id": "A1", "contract_id": "K9", "kind": "terminate", "signed_on": start + 31 * DAY,
             "effective_on": start + 31 * DAY, "currency": "USD"}  # fmt: skip
    ledger = ledger_of({**records, "contracts": [*records["contracts"], later], "amendments": [ended]}, Policy())
    assert ask(ledger, "backlog", Scope(), [start - DAY, start + 400 * DAY]) == [0, 0]
    assert ask(ledger, "contracted", Scope(), [start]) == [12_000]
