"""Quality of the records themselves: what contradicts itself, stands twice, lies outside its contract or waits too long.

These are exceptions like those of the books (engine.exceptions): records with a rule and a severity, shown and
acknowledged alike. None of them changes a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.exceptions import Findings
from engine.parties import Parties
from engine.promises import Promises
from engine.quality_bills import bill_findings
from engine.quality_payments import payment_findings
from engine.receivables import Receivables
from model.frames import Facts
from model.money import to_decimal
from model.periods import day_of
from model.records import COMMITTED, NO_AMOUNT, NO_DAY, UNCOMMITTED

STALE_DAYS = 30
"""An open deal is stale so long after the day it was expected on."""
QUIET_DAYS = 90
"""An open deal without an expected day is stale when nothing of it has changed for so long."""

Found = dict[str, Any]
Record = Mapping[Any, Any]


def inspect(facts: Facts, who: Parties, what: Promises, money: Receivables, findings: Findings) -> None:
    """Adds every finding about the records."""
    records = (*_unsigned(who), *_other_sum(facts, who), *_stale(who), *_price_alone(facts, who))
    for found in (*records, *bill_findings(facts, who, what), *payment_findings(facts, who, money)):
        findings.note(**found)


def _of(rule: str, contract: Record, day: int, amount: int = 0, text: str = "") -> Found:
    return {"rule": rule, "owner": contract["owner"], "customer": contract["customer"], "contract": contract["contract_id"], "line": "",
            "day": day, "amount": amount, "currency": contract["currency"], "text": text, "source": contract["source"],
            "raw_id": int(contract["raw_id"])}  # fmt: skip


def _contracts(who: Parties, chosen: Any) -> list[dict[Any, Any]]:
    """Some contracts as records, with the name of their customer."""
    at = np.flatnonzero(chosen)
    if not at.size:
        return []
    owner = who.customer_of[at]
    names = who.customers["name"].to_numpy(object)[owner]
    rows: list[dict[Any, Any]] = who.contracts.iloc[at].assign(customer=names, owner=owner).to_dict("records")
    return rows


def _unsigned(who: Parties) -> Iterator[Found]:
    """The store keeps such a contract in quarantine; it may come from elsewhere."""
    contracts = who.contracts
    for row in _contracts(who, contracts["status"].isin(COMMITTED) & (contracts["signed_on"] == NO_DAY)):
        yield _of("missing_signature_date", row, int(row["known_on"]), text=f"status {row['status']}")


def _other_sum(facts: Facts, who: Parties) -> Iterator[Found]:
    """Where a contract states a total, its lines come to it; lines that another system lends are not counted."""
    contracts = who.contracts
    stated = _contracts(who, contracts["status"].isin(COMMITTED) & (contracts["total_minor"] != NO_AMOUNT))
    if not stated:
        return
    sums = facts["contract_lines"].groupby(["contract_id", "source"])["amount_minor"].sum().to_dict()
    for row in stated:
        own, total = int(sums.get((row["contract_id"], row["source"]), 0)), int(row["total_minor"])
        if own != total:
            shown = [f"{to_decimal(value, row['currency']):,}" for value in (own, total)]
            text = f"the lines come to {shown[0]}, the contract states {shown[1]} {row['currency']}"
            yield _of("lines_do_not_sum", row, int(row["signed_on"]), own - total, text)


def _stale(who: Parties) -> Iterator[Found]:
    """Deals that are still open after the day they were expected on, or that nobody has touched for long."""
    for row in _contracts(who, who.contracts["status"].isin(UNCOMMITTED)):
        expected = int(row["signed_on"] if row["signed_on"] != NO_DAY else row["start_on"])
        if expected == NO_DAY:
            day, told = int(row["known_on"]) + QUIET_DAYS, f"unchanged for {QUIET_DAYS} days"
        else:
            day, told = expected + STALE_DAYS, f"expected on {day_of(expected)}"
        yield _of("stale_open_deal", row, day, text=f"{row['status']}, {told}")


def _price_alone(facts: Facts, who: Parties) -> Iterator[Found]:
    """A new price of what was agreed: whether for the whole line or for what remains, its amount would say."""
    told = facts["amendments"]
    alone = (told["kind"] == "change_line") & told["unit_price"].notna() & told["quantity"].isna()
    told = told[(alone & (told["amount_minor"] == NO_AMOUNT)).to_numpy(bool)]
    if not len(told):
        return
    at = who.contract_index(told["contract_id"].to_numpy(object))
    for n, row in zip(at.tolist(), told.to_dict("records"), strict=True):
        (contract,) = _contracts(who, np.arange(len(who.contracts)) == n)
        found = _of("price_without_quantity", contract, int(row["signed_on"]), text=f"unit price {row['unit_price']}")
        yield {**found, "line": row["line_id"], "source": row["source"], "raw_id": int(row["raw_id"])}
