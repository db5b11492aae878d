"""Quality of invoices: outside their contract, in another currency, there twice, not what their lines come to, with tax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray, pick
from engine.documents.invoiced import FINAL
from engine.parties import Parties
from engine.promises import Promises
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
    records, bills = _records(lines, out), _records(heads, head[out])
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
    wrong = np.flatnonzero(own != heads["currency"].to_numpy(object)[head])
    told: set[tuple[int, int]] = set()
    for line in _records(lines, wrong):
        pair = (line["head"], line["contract"])
        if pair in told:
            continue
        told.add(pair)
        bill, its = heads.iloc[line["head"]].to_dict(), who.contracts.iloc[line["contract"]]
        text = f"is in {bill['currency']}, its contract in {its['currency']}"
        yield _of("currency_mismatch", bill, int(line["amount_minor"]), text, str(its["contract_id"]))


def _settles_in_other_currency(heads: pd.DataFrame, facts: Facts) -> Iterator[Found]:
    """Payments and credit notes in another currency than the invoice they name."""
    bills, billed_in = pd.Index(heads["invoice_id"]), heads["currency"].to_numpy(object)
    for table, word, key, day in (("payments", "payment", "payment_id", "received_on"),
                                  ("credit_notes", "credit note", "credit_note_id", "issued_on")):  # fmt: skip
        rows = facts[table]
        if rows.empty:
            continue
        place = bills.get_indexer(pd.Index(rows["invoice_id"]))
        wrong = np.flatnonzero((place >= 0) & (billed_in[place] != rows["currency"].to_numpy(object)))
        for at, row in sorted(
            zip(place[wrong].tolist(), _records(rows, wrong), strict=True), key=lambda p: str(p[1][key])
        ):
            bill = heads.iloc[at]
            text = f"{word} {row[key]} is in {row['currency']}, its invoice in {bill['currency']}"
            told = {"day": int(row[day]), "amount": int(row["amount_minor"]), "text": text}
            about = {name: row[name] for name in ("currency", "source")} | {"raw_id": int(row["raw_id"])}
            yield {"rule": "currency_mismatch", **bill[["owner", "customer"]], "contract": bill["contract_id"], "line": "",
                   **told, **about}  # fmt: skip


def _twice(heads: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Found]:
    """The same number twice for a customer, or the same lines for the same contract on the same day."""
    number = np.array([text.strip().casefold() for text in heads["number"]], object)
    numbered = (number != "") & pd.DataFrame(
        {"customer": heads["customer_id"], "number": number}
    ).duplicated().to_numpy()
    alike = heads.duplicated(_ALIKE, keep=False).to_numpy() & (heads["net"] > 0).to_numpy()
    alike &= (heads["contract_id"] != "").to_numpy()
    if alike.any():
        some = lines[alike[lines["head"].to_numpy(np.int64)]]
        said = some["line_id"] + " " + some["description"] + " " + some["service_start"].astype(str)
        words = said.groupby(some["head"]).agg("|".join).reindex(range(len(heads)), fill_value="")
        alike &= heads.assign(words=words).duplicated([*_ALIKE, "words"]).to_numpy()
    for at, bill in _numbered(heads, numbered | alike):
        why = "has a number that stands twice" if numbered[at] else "bills what another one bills on the same day"
        yield _of("duplicate_invoice", bill, int(bill["net"] + bill["tax"]), why)


def _other_total(heads: pd.DataFrame) -> Iterator[Found]:
    net, tax, total = (heads[name].to_numpy(np.int64) for name in ("net", "tax", "total_minor"))
    # Where the amounts alone come to the total, the tax is inside them: that has its own rule.
    for _, bill in _numbered(heads, (total != NO_AMOUNT) & (net + tax != total) & (net != total)):
        own, stated = int(bill["net"] + bill["tax"]), int(bill["total_minor"])
        text = f"has lines of {_money(own, bill)} with tax and states {_money(stated, bill)}"
        yield _of("total_not_its_lines", bill, own - stated, text)


def _with_tax(heads: pd.DataFrame, lines: pd.DataFrame) -> Iterator[Found]:
    """Amounts that seem to include the tax that stands beside them: the stated total, or the contract's price, says so."""
    net, tax, total = (heads[name].to_numpy(np.int64) for name in ("net", "tax", "total_minor"))
    by_total = (tax != 0) & (total != NO_AMOUNT) & (net == total)
    head, amount, part, price = (lines[name].to_numpy(np.int64) for name in ("head", "amount_minor", "tax", "price"))
    by_price = np.zeros(len(heads), bool)
    by_price[head[(part != 0) & (amount - part == price)]] = True
    for at, bill in _numbered(heads, by_total | by_price):
        teller = "its total" if by_total[at] else "the contract's price"
        text = f"holds its tax of {_money(bill['tax'], bill)} in its amounts already, as {teller} tells"
        yield _of("tax_inside", bill, int(bill["tax"]), text)


def _records(rows: pd.DataFrame, places: IntArray) -> list[dict[Any, Any]]:
    """Some rows as records; most companies have none to tell of."""
    return rows.iloc[places].to_dict("records") if places.size else []


def _numbered(rows: pd.DataFrame, chosen: Any) -> Iterator[tuple[int, Record]]:
    places = np.flatnonzero(chosen)
    return zip(places.tolist(), _records(rows, places), strict=True)


def _money(minor: Any, bill: Record) -> str:
    return f"{to_decimal(int(minor), bill['currency']):,} {bill['currency']}"


def _day(number: Any) -> str:
    return "an open day" if int(number) == NO_DAY else str(day_of(int(number)))
