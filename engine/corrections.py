"""Prior-period corrections: what became known of a closed period, booked on the first open day with its cause.

Two views of the same contracts, as known at the close and as known now, are compared up to the last closed day. Each
difference is one amount: of a promise, a kind of entry and an invoice, or of a promise's revenue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine import kinds
from engine.arithmetic import IntArray, bounded
from engine.kinds import BILLED, CORRECTED, CORRECTION, MOVEMENTS, NOTICE_PERIODS
from engine.ledger import Ledger
from engine.lines import to_date
from engine.union import Union
from engine.views import View

MARK = "prior-period correction: "
"""How the cause of every correction begins."""
FIGURES = {
    kinds.BILLED: "billed", kinds.CREDITED: "credited", kinds.TAX: "tax billed", kinds.TAX_CREDITED: "tax credited",
    kinds.CASH: "collected", kinds.CASH_TAX: "tax collected", kinds.WRITTEN_OFF: "written off",
    kinds.ON_ACCOUNT: "on account",
}  # fmt: skip
_DOCUMENTS = {
    kinds.BILLED: "invoice", kinds.TAX: "invoice", kinds.CREDITED: "credit note", kinds.TAX_CREDITED: "credit note",
    kinds.CASH: "payment", kinds.CASH_TAX: "payment", kinds.WRITTEN_OFF: "write-off", kinds.ON_ACCOUNT: "payment",
}  # fmt: skip
_ENTRY = ("obligation", "kind", "invoice")
_LINE = ("clock", "a", "b", "length", "amount", "from_day", "to_day")


@dataclass(frozen=True)
class Corrections:
    """`entries`: rows of entries (kinds of commitment as CORRECTED + kind); `revenue`: obligation, amount, cause, raw_id;
    `backdated`: the same of changes agreed on open days, with `version` (of the books of now) and `day`, as whose catch-up
    it stands there.

    Obligations and invoices are places in the union; `texts` are the union's causes and those of the corrections.
    """

    entries: dict[str, IntArray]
    revenue: dict[str, IntArray]
    backdated: dict[str, IntArray]
    texts: list[str]


def corrections(then: View, now: View, union: Union, end: int, backdated: dict[str, IntArray]) -> Corrections:
    """What the books of now say of the days up to `end` beyond what they said at the close, for the contracts in both.

    `backdated`: what they say of those days from a later day on (agreed_since).
    """
    policy = then.ledger.policy != now.ledger.policy
    texts = list(union.causes)
    moved = _net(_entries(then, end), _entries(now, end), _ENTRY, ("day", "amount"), policy)
    words = [_words(kind, invoice, cause, texts, union) for kind, invoice, cause in
             zip(moved["kind"].tolist(), moved["invoice"].tolist(), moved["cause"].tolist(), strict=True)]  # fmt: skip
    earned = _net(_revenue(then, end), _revenue(now, end), ("obligation",), _LINE, policy)
    reasons = [texts[cause] for cause in earned["cause"].tolist()]
    first = np.full(len(moved["kind"]), end + 1)
    kind = np.where(moved["kind"] < BILLED, CORRECTED + moved["kind"], moved["kind"])
    entries = {
        "obligation": moved["obligation"], "day": first, "amount": moved["value"], "kind": kind,
        "cause": _numbered(words, moved, union, texts), "raw_id": moved["raw_id"], "invoice": moved["invoice"],
    }  # fmt: skip
    revenue = {"obligation": earned["obligation"], "amount": earned["value"],
               "cause": _numbered(reasons, earned, union, texts), "raw_id": earned["raw_id"]}  # fmt: skip
    causes = [texts[cause] for cause in backdated["cause"].tolist()]
    return Corrections(entries, revenue, {**backdated, "cause": _numbered(causes, backdated, union, texts)}, texts)


def agreed_since(union: Union, reaching_back: dict[str, IntArray]) -> dict[str, IntArray]:
    """Revenue of closed days that changes agreed on open days bring, where the close did not know of the change.

    `reaching_back`: version (of the books of now) and amount. Columns out: these, obligation (in the union), day, cause,
    raw_id.
    """
    version, amount = reaching_back["version"], reaching_back["amount"]
    terms = {name: values[version] for name, values in union.now.rows("versions").items()}
    names = ("obligation", "since", "raw_id")
    was = union.base.rows("versions")
    mine = np.isin(was["obligation"], terms["obligation"])
    known = set(zip(*(was[name][mine].tolist() for name in names), strict=True))
    new = np.array([row not in known for row in zip(*(terms[name].tolist() for name in names), strict=True)], bool)
    found = {
        "version": version,
        "amount": amount,
        "day": terms["since"],
        **{n: terms[n] for n in ("obligation", "cause", "raw_id")},
    }
    return {name: values[new] for name, values in found.items()}


def listed(ledger: Ledger) -> pd.DataFrame:
    """Every prior-period correction in the books.

    Columns out: day (day number: the first open one), customer, contract, line, figure (contracted, recognized, billed,
    …), movement (of a commitment, how the roll-forward would have named it), amount_minor, currency, cause, raw_id (the
    record that brought it).
    """
    entries, segments = ledger.entries, ledger.segments
    text = np.asarray(ledger.causes["text"])
    ours = np.array([word.startswith(MARK) for word in text.tolist()], bool)
    rows = np.flatnonzero(ours[entries["cause"]] & (np.asarray(entries["kind"]) != kinds.VARIABLE))
    revenue = np.flatnonzero(np.asarray(ledger.versions["rule"])[segments["version"]] == CORRECTION)
    cause = np.r_[entries["cause"][rows], ledger.versions["cause"][segments["version"][revenue]]]
    ob = np.r_[entries["obligation"][rows], segments["obligation"][revenue]]
    contract = np.asarray(ledger.obligations["contract"])[ob]
    kind = np.asarray(entries["kind"])[rows].tolist()
    figure = [FIGURES.get(k, "contracted") for k in kind] + ["recognized"] * revenue.size
    movement = [(*MOVEMENTS, NOTICE_PERIODS)[k - CORRECTED] if k < BILLED else "" for k in kind] + [""] * revenue.size
    frame = pd.DataFrame({
        "day": np.r_[entries["day"][rows], segments["from_day"][revenue]],
        "customer": np.asarray(ledger.customers["name"])[np.asarray(ledger.contracts["customer"])[contract]],
        "contract": np.asarray(ledger.contracts["id"])[contract], "line": np.asarray(ledger.obligations["id"])[ob],
        "figure": figure, "movement": movement,
        "amount_minor": np.r_[entries["amount"][rows], segments["amount"][revenue]],
        "currency": np.asarray(ledger.contracts["currency"])[contract],
        "cause": [word.removeprefix(MARK) for word in text[cause].tolist()],
        "raw_id": np.r_[entries["raw_id"][rows], segments["raw_id"][revenue]],
    })  # fmt: skip
    return frame.sort_values(["day", "customer", "contract", "line", "figure", "movement"], ignore_index=True)


def _entries(view: View, end: int) -> dict[str, Any]:
    table = view.ledger.entries
    rows = np.flatnonzero(table["day"] <= end)
    found = {name: values[rows] for name, values in table.items()}
    return {**found, "obligation": view.obligation[found["obligation"]], "value": found["amount"]}


def _revenue(view: View, end: int) -> dict[str, Any]:
    table = view.ledger.segments
    rows = np.flatnonzero(table["from_day"] <= end)
    found = {name: values[rows] for name, values in table.items()}
    found["to_day"] = np.minimum(found["to_day"], end)
    return {**found, "obligation": view.obligation[found["obligation"]], "value": to_date(found, found["to_day"]),
            "cause": view.ledger.versions["cause"][found["version"]]}  # fmt: skip


def _net(
    then: dict[str, Any], now: dict[str, Any], keys: Sequence[str], exact: Sequence[str], policy: bool
) -> dict[str, IntArray]:
    """What each key comes to now beyond what it came to then; its cause is the newest record that only one side has.

    Columns out: keys, value, cause, raw_id, gone (1 where the record is there no more), elected (1 where the record is the
    same and the policy reads it otherwise).
    """
    names = list(dict.fromkeys((*keys, *exact, "value", "cause", "raw_id")))
    sides = [pd.DataFrame({name: side[name] for name in names}).assign(sign=sign)
             for side, sign in ((then, -1), (now, 1))]  # fmt: skip
    frame = pd.concat(sides, ignore_index=True)
    frame = frame[frame.groupby([*dict.fromkeys((*keys, *exact))])["sign"].transform("sum") != 0]
    bounded(frame["value"].to_numpy(np.int64))
    frame = frame.assign(signed=frame["value"] * frame["sign"])
    value = frame.groupby(list(keys))["signed"].transform("sum")
    again = frame.groupby([*keys, "raw_id"])["sign"].transform("nunique") == 2
    frame = frame.assign(value=value, elected=again & policy, gone=frame["sign"] < 0)[value != 0]
    frame = frame.sort_values([*keys, "sign", "raw_id"], kind="stable").drop_duplicates(list(keys), keep="last")
    return {name: frame[name].to_numpy(np.int64) for name in (*keys, "value", "cause", "raw_id", "gone", "elected")}


def _words(kind: int, invoice: int, cause: int, texts: Sequence[str], union: Union) -> str:
    """What brought an entry about: its document, or the cause it carries."""
    if kind not in _DOCUMENTS:
        return texts[cause]
    if invoice < 0:
        return _DOCUMENTS[kind]
    table = union.invoices.table
    name = f"invoice {table['number'][invoice] or table['id'][invoice]}"
    return name if _DOCUMENTS[kind] == "invoice" else f"{_DOCUMENTS[kind]} on {name}"


def _numbered(words: Sequence[str], found: dict[str, IntArray], union: Union, texts: list[str]) -> IntArray:
    """Numbers of the causes of corrections, added to the texts; each contract has its own."""
    known: dict[tuple[int, str], int] = {}
    numbers = []
    contracts = union.contract_of[found["obligation"]].tolist()
    nothing = np.zeros(len(words), np.int64)
    gone_of, elected_of = (found.get(name, nothing).tolist() for name in ("gone", "elected"))
    for contract, word, gone, elected in zip(contracts, words, gone_of, elected_of, strict=True):
        text = MARK + ("changed policy" if elected else f"{word}, withdrawn" if gone else word)
        if (contract, text) not in known:
            known[contract, text] = len(texts)
            texts.append(text)
        numbers.append(known[contract, text])
    return np.array(numbers, np.int64)
