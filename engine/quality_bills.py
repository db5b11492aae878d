"""Quality of invoices: outside their contract, in another currency, there twice, not what their lines come to, with tax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.promises import Parties, Promises
from engine.receivables import FINAL
from model.frames import Facts
from model.money import to_decimal
from model.periods import day_of
from model.records import NO_AMOUNT, NO_DAY

ARREARS_DAYS = 31
"""A bill without service dates may come so long after its contract's end: usage and the last month are billed then."""

Found = dict[str, Any]
Record = Mapping[Any, Any]
_ALIKE = ["customer_id", "contract_id", "issued_on", "currency", "net", "tax"]


def bill_findings(facts: Facts, who: Parties, what: Promises) -> Iterator[Found]:
    """Every finding about invoices that are billed."""
    if facts["invoices"].empty:
        return
    heads, lines = _bills(facts, who, what)
    if heads.empty:
        return
    yield from _outside(heads, lines, facts, who, what)
    yield from _other_currency(heads, lines, who)
    yield from _settles_in_other_currency(heads, facts)
    yield from _twice(heads, lines)
    yield from _other_total(heads)
    yield from _with_tax(heads, lines)


def _bills(facts: Facts, who: Parties, what: Promises) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Invoices with what their lines come to, and the lines with the contract they bill: their promise's, else the
    invoice's (-1 for none).
    """
    heads = facts["invoices"]
    heads = heads[heads["status"].isin(FINAL)].sort_values("invoice_id", ignore_index=True)
    lines = facts["invoice_lines"]
    place = pd.Index(heads["invoice_id"]).get_indexer(pd.Index(lines["invoice_id"]))
    lines = lines[place >= 0].assign(head=place[place >= 0]).sort_values("invoice_line_id", ignore_index=True)
    head, promise = lines["head"].to_numpy(np.int64), what.index(lines["line_id"].to_numpy(object))
    named = who.contract_index(heads["contract_id"].to_numpy(object))
    tax = lines["tax_minor"].to_numpy(np.int64)
    lines = lines.assign(
        promise=promise, tax=np.where(tax == NO_AMOUNT, 0, tax), price=pick(what.stated, promise, NO_AMOUNT),
        contract=np.where(promise >= 0, pick(what.contract, promise, -1), pick(named, head, -1)),
    )  # fmt: skip
    sums = {name: np.zeros(len(heads), np.int64) for name in ("net", "tax")}
    np.add.at(sums["net"], head, lines["amount_minor"].to_numpy(np.int64))
    np.add.at(sums["tax"], head, lines["tax"].to_numpy(np.int64))
    names = dict(zip(who.customers["customer_id"], who.customers["name"], strict=True))
    owner = who.customer_ids.find(heads["customer_id"].to_numpy(object))
    return heads.assign(owner=owner, customer=[names.get(c, c) for c in heads["customer_id"]], **sums), lines


def _of(rule: str, head: Record, amount: int, text: str, contract: str = "", line: str = "") -> Found:
    return {"rule": rule, "owner": head["owner"], "customer": head["customer"],
            "contract": contract or head["contract_id"], "line": line, "day": int(head["issued_on"]), "amount": amount,
            "currency": head["currency"],
            "text": f"invoice {head['number'].strip() or head['invoice_id']} {text}", "source": head["source"],
            "raw_id": int(head["raw_id"])}  # fmt: skip


def _outside(heads: pd.DataFrame, lines: pd.DataFrame, facts: Facts, who: Parties, what: Promises) -> Iterator[Found]:
    """Service billed for days before or after its contract; without service dates the day of the invoice tells.

    A bill in advance of its service is no finding, only one before the signature.
    """
    lines = lines[lines["contract"] >= 0]
    contract, head = (lines[name].to_numpy(np.int64) for name in ("contract", "head"))
    start, end = (lines[name].to_numpy(np.int64) for name in ("service_start", "service_end"))
    issued = heads["issued_on"].to_numpy(np.int64)[head]
    # A sale of its own often carries the day of its invoice in place of days of service.
    served = (start != NO_DAY) & (end != NO_DAY) & ~((start == end) & (start == issued))
    begins, ends = _terms(facts, who, what)
    low = np.where(served, begins[contract], who.signed[contract])
    first, last = np.where(served, start, issued), np.where(served, end, issued - ARREARS_DAYS)
    out = np.flatnonzero(((low != NO_DAY) & (first < low)) | ((ends[contract] != NO_DAY) & (last > ends[contract])))
    records, bills = lines.iloc[out].to_dict("records"), heads.iloc[head[out]].to_dict("records")
    for n, line, bill in zip(out.tolist(), records, bills, strict=True):
        days = f"{_day(start[n])} to {_day(end[n])}" if served[n] else f"on {_day(issued[n])}"
        own = contract[n]
        text = f"bills {days}, the contract runs from {_day(low[n])} to {_day(ends[own])}"
        owner = str(who.contracts["contract_id"].iloc[own])
        yield _of("invoice_outside_contract", bill, int(line["amount_minor"]), text, owner, line["line_id"])


def _terms(facts: Facts, who: Parties, what: Promises) -> tuple[IntArray, IntArray]:
    """First and last day of each contract over all its promises and amendments; NO_DAY where none is given."""
    begins, ends = (who.contracts[name].to_numpy(np.int64).copy() for name in ("start_on", "end_on"))
    begins[begins == NO_DAY] = -NO_DAY
    dated = what.start != NO_DAY
    np.minimum.at(begins, what.contract[dated], what.start[dated])
    np.maximum.at(ends, what.contract, what.end)
    changed = facts["amendments"]
    of = who.contract_index(changed["contract_id"].to_numpy(object))
    np.maximum.at(ends, of[of >= 0], changed["end_on"].to_numpy(np.int64)[of >= 0])
    begins[begins == -NO_DAY] = NO_DAY
    ends[who.contracts["evergreen"].to_numpy(bool)] = NO_DAY
    return begins, ends


def _other_currency(heads: pd.DataFrame, lines: pd.DataFrame, who: Parties) -> Iterator[Found]:
    lines = lines[lines["contract"] >= 0]
    contract, head = (lines[name].to_numpy(np.int64) for name in ("contract", "head"))
    own = who.contracts["currency"].to_numpy(object)[contract]
    wrong = lines.assign(own=own)[own != heads["currency"].to_numpy(object)[head]]
    for line in wrong.drop_duplicates(["head", "contract"]).to_dict("records"):
        bill = heads.iloc[line["head"]].to_dict()
        owner = str(who.contracts["contract_id"].iloc[line["contract"]])
        text = f"is in {bill['currency']}, its contract in {line['own']}"
        yield _of("currency_mismatch", bill, int(line["amount_minor"]), text, owner)


def _settles_in_other_currency(heads: pd.DataFrame, facts: Facts) -> Iterator[Found]:
    """Payments and credit notes in another currency than the invoice they name."""
    bills = heads.set_index("invoice_id")
    for table, word, key, day in (("payments", "payment", "payment_id", "received_on"),
                                  ("credit_notes", "credit note", "credit_note_id", "issued_on")):  # fmt: skip
        rows = facts[table]
        billed_in = rows["invoice_id"].map(bills["currency"])
        wrong = rows.assign(billed_in=billed_in)[billed_in.notna() & (billed_in != rows["currency"])]
        for row in wrong.sort_values(key).to_dict("records"):
            bill = bills.loc[row["invoice_id"]]
            text = f"{word} {row[key]} is in {row['currency']}, its invoice in {row['billed_in']}"
            told = {"day": int(row[day]), "amount": int(row["amount_minor"]), "text": text}
            about = {name: row[name] for name in ("currency", "source")} | {"raw_id": int(row["raw_id"])}
            yield {"rule": "currency_mismatch", **bill[["owner", "customer"]], "contract": bill["contract_id"], "line": "",
                   **told, **about}  # fmt: skip


def _twice(heads: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Found]:
    """The same number twice for a customer, or the same lines for the same contract on the same day."""
    number = heads["number"].str.strip().str.casefold()
    numbered = (number != "") & heads.assign(number=number).duplicated(["customer_id", "number"])
    said = lines["line_id"] + " " + lines["description"] + " " + lines["service_start"].astype(str)
    words = said.groupby(lines["head"]).agg("|".join).reindex(range(len(heads)), fill_value="")
    alike = heads.assign(words=words).duplicated([*_ALIKE, "words"])
    alike &= (heads["net"] > 0) & (heads["contract_id"] != "")
    why = np.where(numbered, "has a number that stands twice", "bills what another one bills on the same day")
    for bill in heads.assign(why=why)[numbered | alike].to_dict("records"):
        yield _of("duplicate_invoice", bill, int(bill["net"] + bill["tax"]), bill["why"])


def _other_total(heads: pd.DataFrame) -> Iterator[Found]:
    gross = heads["net"] + heads["tax"]
    # Where the amounts alone come to the total, the tax is inside them: that has its own rule.
    off = (heads["total_minor"] != NO_AMOUNT) & (gross != heads["total_minor"]) & (heads["net"] != heads["total_minor"])
    for bill in heads[off].to_dict("records"):
        own, total = int(bill["net"] + bill["tax"]), int(bill["total_minor"])
        text = f"has lines of {_money(own, bill)} with tax and states {_money(total, bill)}"
        yield _of("total_not_its_lines", bill, own - total, text)


def _with_tax(heads: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Found]:
    """Amounts that seem to include the tax that stands beside them: the stated total, or the contract's price, says so."""
    by_total = (heads["tax"] != 0) & (heads["total_minor"] != NO_AMOUNT) & (heads["net"] == heads["total_minor"])
    full = (lines["tax"] != 0) & (lines["amount_minor"] - lines["tax"] == lines["price"])
    by_price = np.zeros(len(heads), bool)
    by_price[lines.loc[full, "head"].to_numpy(np.int64)] = True
    chosen = heads.assign(by=np.where(by_total, "its total", "the contract's price"))[by_total | by_price]
    for bill in chosen.to_dict("records"):
        text = f"holds its tax of {_money(bill['tax'], bill)} in its amounts already, as {bill['by']} tells"
        yield _of("tax_inside", bill, int(bill["tax"]), text)


def _money(minor: Any, bill: Record) -> str:
    return f"{to_decimal(int(minor), bill['currency']):,} {bill['currency']}"


def _day(number: Any) -> str:
    return "an open day" if int(number) == NO_DAY else str(day_of(int(number)))
