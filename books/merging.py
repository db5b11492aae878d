"""Two contracts that are one become one set of facts: the governing one's promises, the other's documents.

The governing contract's price and terms stand; what the other adds beyond it (usage, renewals after the order's end, an end
by termination) is kept, and its documents are read as the governing one's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from books.contracts import Match
from model.frames import NO_DAY


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
    ends = lines[lines["contract_id"].isin(contracts)].groupby("contract_id")["end_on"].max().to_dict()
    last = dict(zip(heads["contract_id"], heads["end_on"], strict=True))
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
