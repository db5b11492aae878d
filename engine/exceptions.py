"""Exceptions as records: what the books say that someone must see, never a silent clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.kinds import BILLED, COMMITMENT
from engine.methods import IS_TIME, MANUAL, UNALLOCATED, UNITS, USAGE, WHOLE_SHARE
from engine.promises import Parties, Promises
from model.records import NO_DAY, RECOGNITION

if TYPE_CHECKING:
    from engine.assemble import Assembled
    from engine.progress import Progress

RULES = {
    "allocation_impossible": (
        "error",
        "The residual approach leaves no faithful price; stated prices stand (606-10-32-35)",
    ),
    "billing_without_contract": ("warning", "Billed, but no contract of the customer is named on the invoice"),
    "contract_without_billing": ("info", "The service has begun and nothing was billed"),
    "evidence_of_another_kind": ("warning", "A delivery counts in a measure that the line's method does not use"),
    "negative_remainder": ("error", "Credits and changes leave the promise worth less than nothing"),
    "no_measure": (
        "error",
        "The line's method needs a quantity, an expected cost or a service period that is not given",
    ),
    "over_recognition": ("error", "More is recognized than was contracted"),
    "progress_beyond_whole": ("warning", "Evidence shows more than the whole delivered; revenue stops at the price"),
    "progress_shrinking": ("warning", "Evidence shows less delivered than before; revenue follows it down"),
    "undelivered_after_end": ("warning", "The service period is over and part of the promise is undelivered"),
    "cancelled_without_amendment": ("warning", "The status says cancelled and no amendment says from when"),
    # About the records themselves (engine.quality)
    "missing_signature_date": ("error", "A commitment without the day it was signed counts nowhere"),
    "lines_do_not_sum": ("warning", "The lines of a contract do not come to the total it states"),
    "invoice_outside_contract": ("warning", "Service is billed outside the dates of its contract"),
    "currency_mismatch": ("warning", "Billed in another currency than the contract's; it stands under the customer"),
    "duplicate_invoice": ("warning", "An invoice seems to be there twice"),
    "total_not_its_lines": ("warning", "The lines of an invoice do not come to the total it states"),
    "tax_inside": ("warning", "The amounts of an invoice seem to include its tax, which would be revenue"),
    "stale_open_deal": ("info", "A deal is open long after it was expected; close it or drop it at its source"),
}
_COLUMNS = (
    "rule",
    "severity",
    "customer",
    "contract",
    "line",
    "day",
    "amount_minor",
    "currency",
    "text",
    "source",
    "raw_id",
)


class Findings:
    """Collects exceptions while the ledger is made; obligations are named by their position among the promises."""

    def __init__(self, who: Parties, what: Promises) -> None:
        self.who, self.what = who, what
        self.rows: list[dict[str, Any]] = []
        self._early: list[tuple[str, int, int, int, str, int]] = []
        self._parts: dict[str, dict[str, Any]] = {}

    def impossible(self, obligations: IntArray) -> None:
        """Allocation fell back to stated prices."""
        for ob in obligations:
            self._early.append(
                ("allocation_impossible", int(ob), int(self.what.booked[ob]), 0, "", int(self.what.raw_id[ob]))
            )

    def progressed(self, progress: Progress) -> None:
        """Evidence of more than the whole, or of less than before."""
        proof, what = progress.proof, self.what
        whole = np.full(len(what), WHOLE_SHARE, np.int64)
        whole = np.where(what.method == UNITS, what.quantity, np.where(proof.by_cost, what.cost, whole))
        measured = ~np.isin(what.method, (USAGE, MANUAL)) & (whole > 0)
        beyond = measured[proof.obligation] & (proof.done > whole[proof.obligation])
        later = np.r_[False, proof.obligation[1:] == proof.obligation[:-1]][: proof.day.size]
        less = later & (proof.done < np.r_[0, proof.done[:-1]][: proof.day.size])
        for rule, rows in (("progress_beyond_whole", beyond), ("progress_shrinking", less)):
            for n in np.flatnonzero(rows):
                self._early.append((rule, int(proof.obligation[n]), int(proof.day[n]), 0, "", int(proof.raw_id[n])))

    def undated(self, obligations: IntArray) -> None:
        """Time-based promises without a service period."""
        for ob in obligations:
            self._early.append(("no_measure", int(ob), int(self.what.booked[ob]), 0, "", int(self.what.raw_id[ob])))

    def stray_deliveries(self, rows: pd.DataFrame, line: IntArray, wanted: IntArray) -> None:
        """Deliveries that the line's method does not count."""
        for n in np.flatnonzero((line >= 0) & (self.what.method[line] != wanted)) if len(rows) else ():
            row = rows.iloc[n]
            text = f"{row['measure']} on a line recognized by {RECOGNITION[self.what.method[line[n]]]}"
            self._early.append(("evidence_of_another_kind", int(line[n]), int(row["on"]), 0, text, int(row["raw_id"])))

    def settle(self, ob_at: IntArray, parts: dict[str, dict[str, Any]], _homes: dict[int, int]) -> None:
        """Early findings get their place in the finished tables."""
        self._parts = parts
        for rule, ob, day, amount, text, raw_id in self._early:
            self.add(rule, int(ob_at[ob]), day, amount, text, raw_id)
        contracts = self.who.contracts
        for row in contracts[(contracts["status"] == "cancelled") & (contracts["cancelled_on"] != NO_DAY)].itertuples():
            if not (self._parts["versions"]["rule"].size and row.contract_id in self._terminated()):
                self._contract("cancelled_without_amendment", row.contract_id, int(row.cancelled_on))  # type: ignore[arg-type]

    def _terminated(self) -> set[str]:
        texts = self._parts["causes"]["text"]
        removed = [str(texts[c]) for c in np.unique(self._parts["versions"]["cause"])]
        status = {text.removeprefix("status of ") for text in removed if text.startswith("status of ")}
        return {c for c in self.who.contracts["contract_id"] if c not in status}

    def add(self, rule: str, ob: int, day: int, amount: int = 0, text: str = "", raw_id: int = 0) -> None:
        """One exception of an obligation of the finished tables."""
        contract = int(self._parts["obligations"]["contract"][ob])
        self._row(
            rule,
            contract,
            self._parts["obligations"]["id"][ob],
            day,
            amount,
            text,
            raw_id or int(self._parts["obligations"]["raw_id"][ob]),
        )

    def note(self, rule: str, customer: str, contract: str, line: str, day: int, amount: int, currency: str, text: str,
             source: str, raw_id: int) -> None:  # fmt: skip
        """One exception about records."""
        severity, meaning = RULES[rule]
        self.rows.append({
            "rule": rule, "severity": severity, "customer": customer, "contract": contract, "line": line, "day": day,
            "amount_minor": amount, "currency": currency, "text": f"{meaning}: {text}" if text else meaning,
            "source": source, "raw_id": raw_id,
        })  # fmt: skip

    def _contract(self, rule: str, contract_id: str, day: int) -> None:
        place = np.flatnonzero(self._parts["contracts"]["id"] == contract_id)[0]
        self._row(rule, int(place), "", day, 0, "", int(self._parts["contracts"]["raw_id"][place]))

    def _row(self, rule: str, contract: int, line: str, day: int, amount: int, text: str, raw_id: int) -> None:
        contracts = self._parts["contracts"]
        customer = self._parts["customers"]["name"][contracts["customer"][contract]]
        self.note(rule, customer, contracts["id"][contract], line, day, amount, contracts["currency"][contract], text,
                  contracts["source"][contract], raw_id)  # fmt: skip

    def columns(self) -> dict[str, Any]:
        """All exceptions as columns, in a fixed order."""
        rows = sorted(
            self.rows, key=lambda r: (r["rule"], r["customer"], r["contract"], r["line"], r["day"], r["text"])
        )
        numbers = ("day", "amount_minor", "raw_id")
        return {c: np.array([r[c] for r in rows], np.int64) if c in numbers else np.array([*(str(r[c]) for r in rows), None], object)[:-1]
                for c in _COLUMNS}  # fmt: skip


def examine(ledger: Assembled, findings: Findings) -> None:
    """Looks at the finished obligations for what cannot be right."""
    parts = ledger.parts
    obligations, entries, segments = parts["obligations"], parts["entries"], parts["segments"]
    count = len(obligations["id"])
    contracted, recognized, billed = (np.zeros(count, np.int64) for _ in range(3))
    own = np.isin(entries["kind"], COMMITMENT)
    np.add.at(contracted, entries["obligation"][own], entries["amount"][own])
    bills = entries["kind"] == BILLED
    np.add.at(billed, entries["obligation"][bills], entries["amount"][bills])
    from engine.lines import to_date

    np.add.at(recognized, segments["obligation"], to_date(segments, segments["to_day"]))
    for ob in np.flatnonzero((recognized > contracted) & (contracted >= 0)):
        findings.add("over_recognition", int(ob), int(obligations["end_on"][ob]), int(recognized[ob] - contracted[ob]))
    for ob in np.flatnonzero((contracted < 0) & (obligations["stated"] >= 0)):
        findings.add("negative_remainder", int(ob), int(obligations["booked_on"][ob]), int(contracted[ob]))
    method = obligations["method"]
    evidence = (obligations["kind"] != UNALLOCATED) & (method >= 0) & ~IS_TIME[method]
    for ob in np.flatnonzero(evidence & (obligations["end_on"] != NO_DAY) & (contracted > recognized)):
        findings.add(
            "undelivered_after_end", int(ob), int(obligations["end_on"][ob]) + 1, int(contracted[ob] - recognized[ob])
        )
    alone = (
        (obligations["kind"] == UNALLOCATED) & (parts["contracts"]["id"][obligations["contract"]] == "") & (billed != 0)
    )
    for ob in np.flatnonzero(alone):
        first = int(entries["day"][bills & (entries["obligation"] == ob)].min())
        findings.add("billing_without_contract", int(ob), first, int(billed[ob]))
    by_contract = np.zeros(len(parts["contracts"]["id"]), np.int64)
    np.add.at(by_contract, obligations["contract"][entries["obligation"][bills]], 1)
    for contract in np.flatnonzero((by_contract == 0) & (parts["contracts"]["committed"] == 1)):
        of = obligations["contract"] == contract
        if contracted[of].sum() > 0 and (recognized[of] != 0).any():
            findings._contract(
                "contract_without_billing",
                parts["contracts"]["id"][contract],
                int(parts["contracts"]["signed_on"][contract]),
            )
