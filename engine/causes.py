"""The causes of a ledger in order: every contract has its own, in the order of contracts.

While a ledger is made, causes are numbered as records are met. In the end they are numbered by whose they are, so that the
part of one customer stands in the ledger as it would stand alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.grouped import distinct
from engine.texts import objects

if TYPE_CHECKING:
    from engine.ledger import Ledger
    from engine.views import View

SIGNATURE = "contract"
"""The first cause of every ledger, and of whatever no later record brought about."""
_CAUSED = ("versions", "entries")


def in_order(ledger: Ledger, views: Sequence[View] = ()) -> Ledger:
    """The ledger with its causes numbered by contract; those that nothing names are left out. Its `views` with it.

    Columns of causes: text; customer (the position of whose each is, −1 for the signature).
    """
    texts = np.asarray(ledger.causes["text"])
    own, contract_of = texts != SIGNATURE, np.asarray(ledger.obligations["contract"])
    books = [(ledger, contract_of), *((view.ledger, contract_of[view.obligation]) for view in views)]
    named, pairs = [], [np.zeros(0, np.int64)]
    for book, of in books:
        for name in _CAUSED:
            table = getattr(book, name)
            rows = np.flatnonzero(own[table["cause"]])
            named.append((book, name, rows))
            pairs.append(of[table["obligation"][rows]] * texts.size + table["cause"][rows])
    pair, which = distinct(np.concatenate(pairs))
    begin = 0
    for book, name, rows in named:
        table = getattr(book, name)
        number = np.zeros(len(table["cause"]), np.int64)
        number[rows] = 1 + which[begin : begin + rows.size]
        setattr(book, name, {**table, "cause": number})
        begin += rows.size
    contract, kept = np.divmod(pair, texts.size)
    customer = np.asarray(ledger.contracts["customer"])[contract]
    ledger.causes = {"text": objects([SIGNATURE, *texts[kept].tolist()]), "customer": np.r_[-1, customer]}
    return ledger
