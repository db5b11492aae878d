"""The same promise seen in two systems counts once: which contract is which, and who governs it.

A subscription carries the id of the deal it came from; where it does not, customer and amount tell, if they point at one
contract only. The foremost authority's contract governs price and terms (the signed order); what the other adds beyond
it (usage, renewals after the order's end, an end by termination) is kept, and its documents are read as the order's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from model.frames import NO_DAY
from model.records import COMMITTED

_NEAR_DAYS = 62  # an order and the subscription that bills it are set up within two months of each other


@dataclass(frozen=True)
class Match:
    """`dropped` is the same contract as `kept`; `by`: "deal id", or "customer and amount"."""

    kept: int
    dropped: int
    by: str


def matches(contracts: pd.DataFrame, lines: pd.DataFrame, customer: pd.Series, authority: Sequence[str]) -> list[Match]:
    """Pairs of contracts (row numbers) that are one, the governing one first.

    `customer`: who each contract's customer is after matching. `authority`: connectors in the order in which they govern.
    """
    found = by_deal(contracts, authority)
    taken = {row for match in found for row in (match.kept, match.dropped)}
    return found + _by_amount(contracts, lines, customer, authority, taken)


def by_deal(contracts: pd.DataFrame, authority: Sequence[str]) -> list[Match]:
    """Contracts of different systems that name the same deal."""
    order = _order(contracts, authority)
    named: dict[str, list[int]] = {}
    for row, (deal, own) in enumerate(zip(contracts["deal_id"], contracts["contract_id"], strict=True)):
        for name in {str(deal), str(own)} - {""}:
            named.setdefault(name, []).append(row)
    found: dict[int, Match] = {}
    for rows in named.values():
        if not any(contracts["deal_id"].iloc[row] in named for row in rows):
            continue
        ranked = sorted(rows, key=lambda row: order[row])
        for row in ranked[1:]:
            if contracts["source"].iloc[row] != contracts["source"].iloc[ranked[0]]:
                found.setdefault(row, Match(ranked[0], row, "deal id"))
    return [match for match in found.values() if match.kept not in found]


def _by_amount(contracts: pd.DataFrame, lines: pd.DataFrame, customer: pd.Series, authority: Sequence[str],
               taken: set[int]) -> list[Match]:  # fmt: skip
    total = lines.groupby(["source", "contract_id"])["amount_minor"].sum()
    keys = list(zip(contracts["source"], contracts["contract_id"], strict=True))
    order = _order(contracts, authority)
    groups: dict[tuple[str, str, int], list[int]] = {}
    for row, key in enumerate(keys):
        if row in taken or contracts["status"].iloc[row] not in COMMITTED or key not in total.index or not total[key]:
            continue
        groups.setdefault((customer.iloc[row], contracts["currency"].iloc[row], int(total[key])), []).append(row)
    found = []
    for rows in groups.values():
        # Two alike in one system are two contracts: only a pair from two systems is one contract beyond doubt.
        sources = {contracts["source"].iloc[row] for row in rows}
        if len(rows) == 2 and len(sources) == 2:
            kept, dropped = sorted(rows, key=lambda row: order[row])
            days = contracts["signed_on"].iloc[[kept, dropped]].tolist()
            named = contracts["deal_id"].iloc[kept] and contracts["deal_id"].iloc[dropped]
            if NO_DAY not in days and abs(days[0] - days[1]) <= _NEAR_DAYS and not named:
                found.append(Match(kept, dropped, "customer and amount"))
    return found


def _order(contracts: pd.DataFrame, authority: Sequence[str]) -> list[tuple[int, str, str]]:
    rank = {source: n for n, source in enumerate(authority)}
    return [(rank.get(source, len(rank)), source, name) for source, name in
            zip(contracts["source"], contracts["contract_id"], strict=True)]  # fmt: skip


def merge(tables: Mapping[str, pd.DataFrame], found: Sequence[Match]) -> dict[str, pd.DataFrame]:
    """The facts with every matched pair as one contract (ids are unique over all sources by now)."""
    facts = dict(tables)
    if not found:
        return facts
    ids = facts["contracts"]["contract_id"].tolist()
    kept_of = {ids[match.dropped]: ids[match.kept] for match in found}
    lines, amended = facts["contract_lines"], facts["amendments"]
    last = _last_days(facts, set(kept_of.values()))
    governed, added = (
        pd.Series([kept_of.get(name, "") for name in frame["contract_id"]], frame.index, object)
        for frame in (lines, amended)
    )
    beyond = amended["kind"].isin(("renew", "add_line")) & (
        amended["start_on"] > [last.get(name, NO_DAY) for name in added]
    )
    drop_line = governed.ne("") & lines["recognition"].ne("usage")
    drop_amendment = added.ne("") & ~beyond & amended["kind"].ne("terminate")
    stand_in = _stand_ins(lines, governed, drop_line, amended, added, drop_amendment)
    facts["contracts"] = facts["contracts"][~facts["contracts"]["contract_id"].isin(kept_of)].reset_index(drop=True)
    facts["contract_lines"] = _renamed(lines[~drop_line], "contract_id", kept_of)
    facts["amendments"] = _renamed(amended[~drop_amendment], "contract_id", kept_of)
    for name in ("invoices", "estimates"):
        facts[name] = _renamed(facts[name], "contract_id", kept_of)
    for name in ("invoice_lines", "credit_notes"):
        facts[name] = _renamed(facts[name], "line_id", stand_in)
    for name in ("deliveries", "schedules", "estimates"):
        # Evidence on a promise that another one stands for would count against the other's own measure.
        facts[name] = facts[name][~facts[name]["line_id"].isin(stand_in)].reset_index(drop=True)
    return facts


def _last_days(facts: Mapping[str, pd.DataFrame], contracts: set[str]) -> dict[str, int]:
    lines, heads = facts["contract_lines"], facts["contracts"]
    ends = lines[lines["contract_id"].isin(contracts)].groupby("contract_id")["end_on"].max()
    last = heads[heads["contract_id"].isin(contracts)].set_index("contract_id")["end_on"]
    return {name: int(max(ends.get(name, NO_DAY), last.get(name, NO_DAY))) for name in contracts}


def _stand_ins(lines: pd.DataFrame, governed: pd.Series, dropped: pd.Series, amended: pd.DataFrame, added: pd.Series,
               gone: pd.Series) -> dict[str, str]:  # fmt: skip
    """For each line that does not count, the governing contract's line its documents belong to."""
    own: dict[str, list[tuple[str, str, int]]] = {}
    for contract, line, product, amount in zip(
        lines["contract_id"], lines["line_id"], lines["product_id"], lines["amount_minor"], strict=True
    ):
        own.setdefault(contract, []).append((line, product, int(amount)))
    lost = [*zip(lines["line_id"][dropped], governed[dropped], lines["product_id"][dropped], lines["amount_minor"][dropped], strict=True),
            *((n, k, p, a) for n, k, p, a in zip(amended["new_line_id"][gone], added[gone], amended["product_id"][gone],
                                                amended["amount_minor"][gone], strict=True) if n)]  # fmt: skip
    found: dict[str, str] = {}
    for line, contract, product, amount in lost:
        choices = own.get(contract, [])
        if choices:
            found[line] = min(choices, key=lambda c: (c[1] != product or not product, c[2] != amount, c[0]))[0]
    return found


def _renamed(frame: pd.DataFrame, column: str, names: Mapping[str, str]) -> pd.DataFrame:
    values = [names.get(value, value) for value in frame[column]]
    return frame.assign(**{column: pd.Series(values, frame.index, object)}).reset_index(drop=True)
