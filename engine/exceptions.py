"""Exceptions as records: what the books say that someone must see, never a silent clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.arithmetic import IntArray, pick
from engine.ids import numbers_of
from engine.methods import MANUAL, UNITS, USAGE, WHOLE_SHARE
from engine.parties import Parties
from engine.promises import Promises
from model.records import RECOGNITION

if TYPE_CHECKING:
    import pandas as pd

    from engine.ledger import Ledger
    from engine.versions import Versions

RULES = {
    "allocation_impossible": (
        "error",
        "The residual approach leaves no faithful price; stated prices stand (606-10-32-35)",
    ),
    "billed_beyond_contract": ("warning", "More is billed, credit notes taken off, than the contract comes to"),
    "billing_without_contract": ("warning", "Billed, but no contract of the customer is named on the invoice"),
    "contract_without_billing": ("info", "The service has begun and nothing was billed"),
    "evidence_after_removal": (
        "warning",
        "Evidence of a promise that was removed or terminated by then; it earns nothing (606-10-25-10)",
    ),
    "evidence_of_another_kind": ("warning", "A delivery counts in a measure that the line's method does not use"),
    "negative_remainder": (
        "error",
        "Credits and changes leave the promise, or what remains of it, worth less than nothing",
    ),
    "no_measure": (
        "error",
        "The line's method needs a quantity, an expected cost or a service period that is not given",
    ),
    "line_id_taken": ("error", "An amendment adds a line under an id that is taken; the amendment counts nowhere"),
    "over_recognition": ("error", "More is recognized than was contracted"),
    "progress_beyond_whole": ("warning", "Evidence shows more than the whole delivered; revenue stops at the price"),
    "progress_shrinking": ("warning", "Evidence shows less delivered than before; revenue follows it down"),
    "revenue_past_contract": ("info", "Revenue was earned after the last day of its contract"),
    "undelivered_after_end": ("warning", "The service period is over and part of the promise is undelivered"),
    "cancelled_without_amendment": ("warning", "The status says cancelled and no amendment says from when"),
    # About the records themselves (engine.quality)
    "price_without_quantity": (
        "warning",
        "A changed line is given a unit price, but no quantity or amount; it changes nothing",
    ),
    "missing_signature_date": ("error", "A commitment without the day it was signed counts nowhere"),
    "lines_do_not_sum": ("warning", "The lines of a contract do not come to the total it states"),
    "invoice_outside_contract": ("warning", "Service is billed outside the dates of its contract"),
    "currency_mismatch": (
        "warning",
        "A document in another currency than what it belongs to; it stands under the customer",
    ),
    "duplicate_invoice": ("warning", "An invoice seems to be there twice"),
    "total_not_its_lines": ("warning", "The lines of an invoice do not come to the total it states"),
    "tax_inside": ("warning", "The amounts of an invoice seem to include its tax, which would be revenue"),
    "paid_beyond_invoice": (
        "info",
        "More is paid on an invoice than was owed on it; the rest is to be paid back, or belongs elsewhere",
    ),
    "negative_payment": ("warning", "A negative payment that is not marked as a refund or dispute"),
    "payment_dated_ahead": (
        "info",
        "A payment dated after the day on which its system told of it; it counts from its own day",
    ),
    "stale_open_deal": ("info", "A deal is open long after it was expected; close it or drop it at its source"),
}
NUMBERS = ("owner", "contract", "obligation", "day", "amount_minor", "raw_id")
WORDS = ("customer", "named", "line", "currency", "source")
"""What an exception says of itself where it is about a record, not about a contract of the ledger; blank elsewhere."""
NO_WORDS = dict.fromkeys(WORDS, "")


class Findings:
    """Collects exceptions while the ledger is made: what is wrong with which promise (or contract), since when.

    Until `settle` they name promises and contracts by their position among the facts, after it by that in the ledger.
    """

    def __init__(self, who: Parties, what: Promises) -> None:
        self.who, self.what = who, what
        self._parts: list[dict[str, Any]] = []

    def add(self, rule: str, obligation: IntArray, day: IntArray, raw_id: IntArray, amount: IntArray | int = 0,
            detail: Sequence[str] = ()) -> None:  # fmt: skip
        """Exceptions of promises, with the record that shows each."""
        self._add(rule, np.full(len(obligation), -1), obligation, day, raw_id, amount, detail)

    def add_contracts(self, rule: str, contract: IntArray, day: IntArray, raw_id: IntArray,
                      amount: IntArray | int = 0) -> None:  # fmt: skip
        """Exceptions of contracts as a whole."""
        self._add(rule, contract, np.full(len(contract), -1), day, raw_id, amount)

    def join(self, part: Findings, obligation: int, contract: int) -> None:
        """Adds what was found in a part of the facts whose first promise and contract have those positions."""
        for found in part._parts:
            for column, first in (("obligation", obligation), ("contract", contract)):
                found[column] = np.where(found[column] >= 0, found[column] + first, -1)
        self._parts += part._parts

    def impossible(self, obligations: IntArray) -> None:
        """Allocation fell back to stated prices."""
        self.add("allocation_impossible", obligations, self.what.booked[obligations], self.what.raw_id[obligations])

    def progressed(self, versions: Versions) -> None:
        """Evidence of more than the whole as last agreed, of less than before, or of no whole that is known."""
        proof, what = versions.progress.proof, self.what
        live = versions.current >= 0
        last = np.where(live, versions.current, 0)
        quantity, cost = what.quantity.copy(), what.cost.copy()
        quantity[live], cost[live] = versions.quantity[last[live]], versions.cost[last[live]]
        whole = np.full(len(what), WHOLE_SHARE, np.int64)
        whole = np.where(what.method == UNITS, quantity, np.where(proof.by_cost, cost, whole))
        unknown = np.flatnonzero(live & (whole <= 0) & ((what.method == UNITS) | proof.by_cost))
        self.add("no_measure", unknown, what.booked[unknown], what.raw_id[unknown])
        measured = ~np.isin(what.method, (USAGE, MANUAL)) & (whole > 0)
        beyond = measured[proof.obligation] & (proof.done > whole[proof.obligation])
        later = np.r_[False, proof.obligation[1:] == proof.obligation[:-1]][: proof.day.size]
        less = later & (proof.done < np.r_[0, proof.done[:-1]][: proof.day.size])
        for rule, rows in (("progress_beyond_whole", beyond), ("progress_shrinking", less)):
            self.add(rule, proof.obligation[rows], proof.day[rows], proof.raw_id[rows])

    def remainders(self, versions: Versions) -> None:
        """Terms whose price is less than what had been earned before them."""
        below = (versions.price < 0) & (versions.base > 0) & (versions.before_q > 0)
        ob, since, raw_id, price = (
            values[below] for values in (versions.obligation, versions.since, versions.raw_id, versions.price)
        )
        self.add("negative_remainder", ob, since, raw_id, price)

    def undated(self, obligations: IntArray) -> None:
        """Time-based promises without a service period."""
        self.add("no_measure", obligations, self.what.booked[obligations], self.what.raw_id[obligations])

    def stray_deliveries(self, rows: pd.DataFrame, line: IntArray, wanted: IntArray) -> None:
        """Deliveries that the line's method does not count."""
        stray = np.flatnonzero((line >= 0) & (self.what.method[line] != wanted)) if len(rows) else np.zeros(0, np.int64)
        methods = [RECOGNITION[method] for method in self.what.method[line[stray]]]
        detail = [f"{measure} on a line recognized by {method}"
                  for measure, method in zip(rows["measure"].to_numpy(object)[stray], methods, strict=True)]  # fmt: skip
        day, raw_id = (rows[name].to_numpy(np.int64)[stray] for name in ("on", "raw_id"))
        self.add("evidence_of_another_kind", line[stray], day, raw_id, detail=detail)

    def line_ids_taken(self, amendments: pd.DataFrame) -> None:
        """Amendments that add a line which is there already."""
        contract = self.who.contract_index(amendments["contract_id"].to_numpy(object))
        day, raw_id = (amendments[name].to_numpy(np.int64) for name in ("signed_on", "raw_id"))
        self.add_contracts("line_id_taken", contract, day, raw_id)

    def ended(self, gone: pd.DataFrame, causes: IntArray) -> None:
        """Contracts that their status alone ended (`gone`: engine.events), if that took anything away: is a cause of terms."""
        took = gone[np.isin(gone["cause"], causes)]
        self.add_contracts(
            "cancelled_without_amendment", *(took[n].to_numpy(np.int64) for n in ("contract", "effective", "raw_id"))
        )

    def note(self, rule: str, owner: int, customer: str, contract: str, line: str, day: int, amount: int, currency: str,
             text: str, source: str, raw_id: int) -> None:  # fmt: skip
        """One exception about a record of a customer, which may stand under no contract or under one that is unknown."""
        one, nothing = np.ones(1, np.int64), np.full(1, -1)
        words = {"customer": customer, "named": contract, "line": line, "currency": currency, "source": source}
        self._add(rule, nothing, nothing, day * one, raw_id * one, amount, [text], words, owner)

    def settle(self, ob_at: IntArray, contract_at: IntArray) -> None:
        """What was found so far gets its place in the ledger."""
        for part in self._parts:
            for column, place in (("obligation", ob_at), ("contract", contract_at)):
                part[column] = np.where(part[column] >= 0, place[part[column]], -1)

    def columns(self, contract_of: IntArray, customer_of: IntArray) -> dict[str, Any]:
        """All exceptions: rule, detail and WORDS (texts), contract, obligation (−1: the contract as a whole, or the record that
        WORDS tell of), day, amount_minor, raw_id; sorted by `owner`, the customer they are about.

        `contract_of`: the contract of each obligation of the ledger; `customer_of`: the customer of each contract.
        """
        found = {
            name: np.concatenate([np.zeros(0, np.int64), *(part[name] for part in self._parts)]) for name in NUMBERS
        }
        texts = {
            name: np.concatenate([np.zeros(0, object), *(part[name] for part in self._parts)])
            for name in ("rule", "detail", *WORDS)
        }
        found["contract"] = np.where(
            found["obligation"] >= 0, pick(contract_of, found["obligation"], -1), found["contract"]
        )
        found["owner"] = np.where(found["contract"] >= 0, pick(customer_of, found["contract"], -1), found["owner"])
        rank = {rule: n for n, rule in enumerate(sorted(RULES))}
        rules = numbers_of(texts["rule"], rank)
        order = np.lexsort(
            (found["raw_id"], found["day"], rules, found["obligation"], found["contract"], found["owner"])
        )
        return {name: values[order] for name, values in {**texts, **found}.items()}

    def _add(self, rule: str, contract: IntArray, obligation: IntArray, day: IntArray, raw_id: IntArray,
             amount: IntArray | int = 0, detail: Sequence[str] = (), words: Mapping[str, str] = NO_WORDS,
             owner: int = -1) -> None:  # fmt: skip
        count = len(day)
        self._parts.append({
            "rule": np.full(count, rule, object), "detail": np.array([*(detail or [""] * count), None], object)[:-1],
            "contract": contract, "obligation": obligation, "day": day, "raw_id": raw_id, "owner": np.full(count, owner),
            "amount_minor": np.broadcast_to(amount, count), **{name: np.full(count, words[name], object) for name in WORDS},
        })  # fmt: skip


def listed(ledger: Ledger, customers: IntArray | None = None) -> pd.DataFrame:
    """A ledger's exceptions (of customers at these places) as people read them: rule, severity, customer, contract, line, day,
    amount_minor, currency, text, source, raw_id; sorted by those."""
    import pandas as pd

    table, contracts = dict(ledger.exceptions_table), ledger.contracts
    if customers is not None:
        table = {name: np.asarray(values)[np.isin(table["owner"], customers)] for name, values in table.items()}
    texts = {name: np.asarray(table[name]).copy() for name in ("rule", "detail", *WORDS)}
    own = np.flatnonzero(table["contract"] >= 0)
    contract, obligation = table["contract"][own], table["obligation"][own]
    texts["customer"][own] = ledger.customers["name"][contracts["customer"][contract]]
    for name, column in (("named", "id"), ("currency", "currency"), ("source", "source")):
        texts[name][own] = contracts[column][contract]
    texts["line"][own[obligation >= 0]] = ledger.obligations["id"][obligation[obligation >= 0]]
    told = [RULES[rule] for rule in texts["rule"]]
    frame = pd.DataFrame({
        "rule": texts["rule"], "severity": [severity for severity, _ in told], "customer": texts["customer"],
        "contract": texts["named"], "line": texts["line"], "day": table["day"], "amount_minor": table["amount_minor"],
        "currency": texts["currency"],
        "text": [f"{meaning}: {detail}" if detail else meaning
                 for (_, meaning), detail in zip(told, texts["detail"], strict=True)],
        "source": texts["source"], "raw_id": table["raw_id"],
    })  # fmt: skip
    return frame.sort_values(["rule", "customer", "contract", "line", "day", "text"], kind="stable", ignore_index=True)
