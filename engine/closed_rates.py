"""Exchange rates of closed periods: those known at the close hold to its last day, those known now come after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from engine.ledger import Table


def closed_rates(base: Table, now: Table, end: int) -> dict[str, Any]:
    """Rates as they were known at a close up to its last day, and as they are known now from the day after it.

    A rate that has changed since is stated anew on the first open day; one that is known no more is 0 from then on, which
    is none.
    """
    names = ("from_currency", "to_currency", "kind", "on", "rate")
    before, after = (pd.DataFrame({n: np.asarray(table[n]) for n in names}) for table in (base, now))
    pair = list(names[:3])
    last = [frame[frame["on"] <= end + n].sort_values("on").groupby(pair)["rate"].last()
            for n, frame in enumerate((before, after))]  # fmt: skip
    both = pd.concat(last, axis=1, keys=["then", "now"]).fillna("0").reset_index()
    anew = both[both["then"] != both["now"]].rename(columns={"now": "rate"}).assign(on=end + 1)
    parts = [before[before["on"] <= end], anew[list(names)], after[after["on"] > end]]
    found = pd.concat(parts, ignore_index=True).drop_duplicates([*pair, "on"], keep="last")
    found = found.sort_values(["from_currency", "to_currency", "kind", "on"], ignore_index=True)
    return {n: found[n].to_numpy(np.int64 if n == "on" else object) for n in names}
