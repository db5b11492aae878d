"""The same invoice seen by billing and by accounting counts once, with its credits and its cash.

An invoice is the same where its number is, for one customer in one currency, and amount or day agree. The foremost
authority for invoices (billing, as a rule) governs; the other system's invoice with its lines is left out, and what was
credited or paid on it is read as credited or paid on the governing one. A credit or a payment that both systems have on
one invoice, over one amount within days, counts once too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from books.rules import WORDS, Pair, Rules
from model.frames import NO_DAY

NEAR_DAYS = 62
_SETTLED_DAYS = {"payments": 5, "credit_notes": 10}  # a bank's day and a processor's differ by some
_DAY = {"payments": "received_on", "credit_notes": "issued_on"}
_OWN = {"payments": "payment_id", "credit_notes": "credit_note_id"}


@dataclass
class Documents:
    """`facts`: every document once. `invoices`: (kept, dropped, by) as row numbers of the facts given. `asked`: what a
    person must say. `settled`: how many payments and credits were counted once, by table."""

    facts: dict[str, pd.DataFrame]
    invoices: list[tuple[int, int, str]] = field(default_factory=list)
    asked: list[Pair] = field(default_factory=list)
    settled: dict[str, int] = field(default_factory=dict)


def once(tables: Mapping[str, pd.DataFrame], names: Sequence[str], rules: Rules, authority: Sequence[str]) -> Documents:
    """The facts with every invoice, credit and payment once.

    `names`: the invoices as "source:id", by their own systems' ids. Customers and contracts are one each by now.
    """
    found = Documents(dict(tables))
    if tables["invoices"]["source"].nunique() < 2:
        return found
    _match(found, tables, names, rules, authority)
    if found.invoices:
        _merge(found, tables)
    return found


def invoiced(lines: pd.DataFrame) -> dict[str, int]:
    """What each invoice bills without tax, by its id."""
    return dict(lines.groupby("invoice_id")["amount_minor"].sum().to_dict())  # type: ignore[arg-type]


def _match(
    found: Documents, tables: Mapping[str, pd.DataFrame], names: Sequence[str], rules: Rules, authority: Sequence[str]
) -> None:
    rows, at = tables["invoices"], {name: row for row, name in enumerate(names)}
    order = rules.order("invoices", authority)
    rank = [(order.index(source) if source in order else len(order)) for source in rows["source"]]
    apart = {frozenset(pair) for pair in rules.decided("invoices", same=False)}
    taken: set[int] = set()

    def join(one: int, other: int, by: str) -> None:
        if one in taken or other in taken or frozenset((names[one], names[other])) in apart:
            return
        kept, dropped = sorted((one, other), key=lambda row: (rank[row], names[row]))
        taken.update((kept, dropped))
        found.invoices.append((kept, dropped, by))

    for left, right in rules.decided("invoices", same=True):
        if left in at and right in at:
            join(at[left], at[right], "a person")
    if "number" not in rules.invoice_keys:
        return
    billed = invoiced(tables["invoice_lines"])
    amounts = [int(billed.get(own, 0)) for own in rows["invoice_id"]]
    days = rows["issued_on"].tolist()
    numbers = rows["number"].tolist()
    asked: set[frozenset[str]] = set()
    for first, second in _by_number(rows, names, rank):
        near = NO_DAY not in (days[first], days[second]) and abs(days[first] - days[second]) <= NEAR_DAYS
        pair = frozenset((names[first], names[second]))
        if near or amounts[first] == amounts[second]:
            join(first, second, WORDS["number"])
        elif pair not in apart | asked:
            asked.add(pair)
            shown = (str(numbers[first]), str(numbers[second]))
            doubt = "number, but neither day nor amount"
            found.asked.append(Pair("invoices", names[first], names[second], doubt, shown, 60))


def _by_number(rows: pd.DataFrame, names: Sequence[str], rank: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of one customer and currency of two systems, of which one's number is the other's number or own id.

    Where a system has several invoices of that number, nobody could tell which is meant. The governing one is first.
    """
    found: dict[tuple[str, str, str], list[int]] = {}
    numbers = [str(number).strip().casefold() for number in rows["number"]]
    sources = rows["source"].tolist()
    columns = (rows["customer_id"], rows["currency"], rows["status"])
    for row, (customer, currency, status) in enumerate(zip(*columns, strict=True)):
        if status != "draft":
            for name in {numbers[row], names[row].partition(":")[2].casefold()} - {""}:
                found.setdefault((customer, currency, name), []).append(row)
    for (_, _, name), bucket in found.items():
        one, other = (*bucket, -1, -1)[:2]
        if len(bucket) == 2 and sources[one] != sources[other] and name in (numbers[one], numbers[other]):
            first, second = sorted(bucket, key=lambda row: (rank[row], names[row]))
            yield first, second


def _merge(found: Documents, tables: Mapping[str, pd.DataFrame]) -> None:
    """Leaves out what another invoice stands for; what the governing one leaves blank the other fills."""
    rows, facts = tables["invoices"].copy(), found.facts
    ids = rows["invoice_id"].tolist()
    becomes = {ids[dropped]: ids[kept] for kept, dropped, _ in found.invoices}
    for column, blank in (("contract_id", ""), ("number", ""), ("due_on", NO_DAY)):
        values = rows[column].tolist()
        for kept, dropped, _ in found.invoices:
            if values[kept] == blank:
                values[kept] = values[dropped]
        rows[column] = pd.Series(values, rows.index, rows[column].dtype)
    facts["invoices"] = rows[~rows["invoice_id"].isin(becomes)].reset_index(drop=True)
    lines = facts["invoice_lines"]
    facts["invoice_lines"] = lines[~lines["invoice_id"].isin(becomes)].reset_index(drop=True)
    for name in ("payments", "credit_notes"):
        frame = facts[name]
        named = [becomes.get(value, value) for value in frame["invoice_id"]]
        facts[name] = frame.assign(invoice_id=pd.Series(named, frame.index, object))
        _settle(found, name, set(becomes.values()), rows)


def _settle(found: Documents, name: str, matched: set[str], invoices: pd.DataFrame) -> None:
    """Counts once what two systems have on one invoice, over one amount, within days: the invoice's own system governs."""
    frame = found.facts[name]
    governs = dict(zip(invoices["invoice_id"], invoices["source"], strict=True))
    kinds = frame["kind"] if "kind" in frame else pd.Series("", frame.index, object)
    groups: dict[tuple[str, str, int, str], dict[str, list[tuple[int, int]]]] = {}
    columns = (frame["invoice_id"], frame["currency"], frame["amount_minor"], kinds, frame["source"], frame[_DAY[name]])
    for row, (invoice, currency, amount, kind, source, day) in enumerate(zip(*columns, strict=True)):
        if invoice in matched:
            by_source = groups.setdefault((invoice, currency, int(amount), kind), {})
            by_source.setdefault(source, []).append((int(day), row))
    gone: set[int] = set()
    for (invoice, *_), by_source in groups.items():
        first = governs[invoice] if governs[invoice] in by_source else min(by_source)
        mine = sorted(by_source.pop(first))
        for others in by_source.values():
            left = list(mine)
            for day, row in sorted(others):
                near = next((each for each in left if abs(each[0] - day) <= _SETTLED_DAYS[name]), None)
                if near is not None:
                    left.remove(near)
                    gone.add(row)
    found.settled[name] = len(gone)
    found.facts[name] = frame[~pd.Series(range(len(frame))).isin(gone).to_numpy()].reset_index(drop=True)
