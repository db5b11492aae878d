"""Credit notes: what they take back of what was billed, and which of them lower a price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import IntArray
from engine.documents.apportion import Bills
from engine.documents.entries import Entries
from engine.documents.homes import Homes
from engine.documents.shares import distribute
from engine.kinds import CREDITED, TAX_CREDITED, WRITTEN_OFF
from model.records import NO_AMOUNT


def credit(rows: pd.DataFrame, homes: Homes, bills: Bills, entries: Entries) -> pd.DataFrame:
    """Adds credit notes where they belong; returns those that lower a price, by line or contract (engine.settling).

    A bad debt gives up what is owed and lowers nothing.
    """
    if rows.empty:
        return pd.DataFrame({n: np.zeros(0, np.int64) for n in ("which", "contract", "line", "amount", "day", "raw_id")}
                            | {"cancels": np.zeros(0, bool), "name": np.zeros(0, object)})  # fmt: skip
    where = homes.credits(rows)
    tax = rows["tax_minor"].to_numpy(np.int64)
    tax = np.where(tax == NO_AMOUNT, 0, tax)
    amount, day = rows["amount_minor"].to_numpy(np.int64), rows["issued_on"].to_numpy(np.int64)
    bad = (rows["reason"] == "bad_debt").to_numpy()
    parts = []
    for net, kind in ((True, CREDITED), (False, TAX_CREDITED)):
        basis = bills.net if net else bills.tax_or_net
        which, home, share = distribute(where, amount if net else tax, day, bills, basis)
        final = which[~bad[which]], home[~bad[which]], share[~bad[which]]
        lost = which[bad[which]], home[bad[which]], share[bad[which]]
        raw, invoice = rows["raw_id"].to_numpy(np.int64), where.invoice
        entries.add(kind, final[1], day[final[0]], -final[2], invoice[final[0]], raw[final[0]])
        entries.add(WRITTEN_OFF, lost[1], day[lost[0]], lost[2], invoice[lost[0]], raw[lost[0]])
        if net:
            parts.append(pd.DataFrame({"which": which, "home": home, "amount": share}))
    return _lowering(rows, pd.concat(parts), where.line, homes)


def _lowering(rows: pd.DataFrame, shares: pd.DataFrame, line: IntArray, homes: Homes) -> pd.DataFrame:
    lowers = np.isin(rows["reason"].to_numpy(object), ("price_concession", "cancellation", "refund"))
    shares = shares[lowers[shares["which"]] & (shares["home"] < homes.under_customer)]
    contract = homes.contract(shares["home"].to_numpy(np.int64))
    shares = shares.assign(contract=contract, line=line[shares["which"]])
    grouped = shares.groupby(["which", "contract", "line"], as_index=False)["amount"].sum()
    note = rows.iloc[grouped["which"]]
    return grouped.assign(
        day=note["issued_on"].to_numpy(np.int64), raw_id=note["raw_id"].to_numpy(np.int64),
        cancels=note["reason"].isin(("cancellation", "refund")).to_numpy(), name=note["credit_note_id"].to_numpy(object),
    )  # fmt: skip
