"""The same invoice seen by billing and by accounting counts once, with its credits and its cash.

An invoice is the same where its number is, for one customer in one currency, and amount or day agree. The foremost
authority for invoices (billing, as a rule) governs; the other system's invoice with its lines is left out, and what was
credited or paid on it is read as credited or paid on the governing one. A credit or a payment that both systems have on
one invoice, over one amount within days, counts once too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from books.belonging import Belonging, renamed
from books.rules import WORDS, Names, Pair, Rules
from model.frames import NO_DAY

NEAR_DAYS = 62
_SETTLED_DAYS = {"payments": 5, "credit_notes": 10}  # a bank's day and a processor's differ by some
_DAY = {"payments": "received_on", "credit_notes": "issued_on"}


@dataclass
class Documents:
    """`facts`: every document once. `invoices`: (kept, dropped, by) as row numbers of the facts given. `asked`: what a
    person must say."""

    facts: dict[str, pd.DataFrame]
    invoices: list[tuple[int, int, str]] = field(default_factory=list)
    asked: list[Pair] = field(default_factory=list)


def once(
    tables: Mapping[str, pd.DataFrame], names: Names, billed: Belonging, rules: Rules, authority: Sequence[str]
) -> Documents:
    """The facts with every invoice, credit and payment once.

    `names`: the invoices, by their own systems' ids; `billed`: which of them each invoice line belongs to. Customers and
    contracts are one each by now.
    """
    found = Documents(dict(tables))
    if len(set(names.sources)) < 2:
        return found
    _match(found, tables, names, billed, rules, authority)
    if found.invoices:
        _merge(found, tables, billed)
    return found


def _match(
    found: Documents, tables: Mapping[str, pd.DataFrame], names: Names, billed: Belonging, rules: Rules, authority: Sequence[str]
) -> None:  # fmt: skip
    rows = tables["invoices"]
    order = names.ranked(rules.order("invoices", authority))
    apart = {frozenset(pair) for pair in names.found(rules.decided("invoices", same=False))}
    taken: set[int] = set()

    def join(one: int, other: int, by: str) -> None:
        if one in taken or other in taken or (apart and frozenset((one, other)) in apart):
            return
        kept, dropped = (one, other) if order[one] <= order[other] else (other, one)
        taken.update((kept, dropped))
        found.invoices.append((kept, dropped, by))

    for one, other in names.found(rules.decided("invoices", same=True)):
        if names.sources[one] != names.sources[other]:
            join(one, other, "a person")
    if "number" not in rules.invoice_keys:
        return
    amounts, days, numbers = billed.total("amount_minor").tolist(), rows["issued_on"].tolist(), rows["number"].tolist()
    asked: set[frozenset[int]] = set()
    for one, other in _by_number(rows, names):
        near = NO_DAY not in (days[one], days[other]) and abs(days[one] - days[other]) <= NEAR_DAYS
        if near or amounts[one] == amounts[other]:
            join(one, other, WORDS["number"])
        elif (pair := frozenset((one, other))) not in apart and pair not in asked:
            asked.add(pair)
            first, second = (one, other) if order[one] <= order[other] else (other, one)
            shown = (str(numbers[first]), str(numbers[second]))
            doubt = "number, but neither day nor amount"
            found.asked.append(Pair("invoices", names[first], names[second], doubt, shown, 60))


def _by_number(rows: pd.DataFrame, names: Names) -> Iterator[tuple[int, int]]:
    """Pairs of one customer and currency of two systems, of which one's number is the other's number or own id.

    Where a system has several invoices of that number, nobody could tell which is meant.
    """
    found: dict[tuple[str, str, str], list[int]] = {}
    numbers = [str(number).strip().casefold() for number in rows["number"].tolist()]
    known = set(numbers)
    columns = (numbers, names.own, *(rows[name].tolist() for name in ("customer_id", "currency", "status")))
    for row, (number, own, customer, currency, status) in enumerate(zip(*columns, strict=True)):
        if status != "draft":
            if number:
                found.setdefault((customer, currency, number), []).append(row)
            if (own := own.casefold()) in known and own not in ("", number):
                found.setdefault((customer, currency, own), []).append(row)
    for (_, _, number), bucket in found.items():
        if len(bucket) == 2:
            one, other = bucket
            if names.sources[one] != names.sources[other] and number in (numbers[one], numbers[other]):
                yield one, other


def _merge(found: Documents, tables: Mapping[str, pd.DataFrame], billed: Belonging) -> None:
    """Leaves out what another invoice stands for; what the governing one leaves blank the other fills."""
    rows, facts = tables["invoices"], found.facts
    kept, dropped = (np.array([match[side] for match in found.invoices], np.int64) for side in (0, 1))
    filled = {}
    for column, blank in (("contract_id", ""), ("number", ""), ("due_on", NO_DAY)):
        values = rows[column].to_numpy().copy()
        open_ = values[kept] == blank
        values[kept[open_]] = values[dropped[open_]]
        filled[column] = pd.Series(values, rows.index, rows[column].dtype)
    gone = np.zeros(len(rows) + 1, bool)
    gone[dropped] = True
    facts["invoices"] = rows.assign(**filled).take(np.flatnonzero(~gone[:-1])).reset_index(drop=True)
    lines = facts["invoice_lines"]
    facts["invoice_lines"] = lines.take(np.flatnonzero(~gone[billed.of])).reset_index(drop=True)
    ids = rows["invoice_id"].to_numpy(object)
    becomes = dict(zip(ids[dropped].tolist(), ids[kept].tolist(), strict=True))
    governs = dict(zip(ids[kept].tolist(), rows["source"].to_numpy(object)[kept].tolist(), strict=True))
    for name in ("payments", "credit_notes"):
        facts[name] = renamed(facts[name], "invoice_id", becomes)
        _settle(found, name, governs)


def _settle(found: Documents, name: str, governs: Mapping[str, str]) -> None:
    """Counts once what two systems have on one invoice, over one amount, within days: the invoice's own system governs.

    `governs`: the system of each invoice that stands for another.
    """
    frame = found.facts[name]
    kinds = frame["kind"] if "kind" in frame else pd.Series("", frame.index, object)
    groups: dict[tuple[str, str, int, str], dict[str, list[tuple[int, int]]]] = {}
    columns = (frame["invoice_id"], frame["currency"], frame["amount_minor"], kinds, frame["source"], frame[_DAY[name]])
    for row, (invoice, currency, amount, kind, source, day) in enumerate(
        zip(*(c.tolist() for c in columns), strict=True)
    ):
        if invoice in governs:
            by_source = groups.setdefault((invoice, currency, amount, kind), {})
            by_source.setdefault(source, []).append((day, row))
    gone: set[int] = set()
    for (invoice, *_), by_source in groups.items():
        if len(by_source) < 2:
            continue
        first = governs[invoice] if governs[invoice] in by_source else min(by_source)
        mine = sorted(by_source.pop(first))
        for others in by_source.values():
            left = list(mine)
            for day, row in sorted(others):
                near = next((each for each in left if abs(each[0] - day) <= _SETTLED_DAYS[name]), None)
                if near is not None:
                    left.remove(near)
                    gone.add(row)
    found.facts[name] = frame.drop(index=frame.index[sorted(gone)]).reset_index(drop=True)
