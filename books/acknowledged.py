"""Exceptions as a person works on them: each with a name that lasts, and who stands for it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.arisen import arisen

if TYPE_CHECKING:
    from engine.ledger import Ledger
    from store.periods import Acknowledgement

GRAVE = ("error", "warning")
"""The severities that someone must have seen before a period is closed."""


def exceptions(ledger: Ledger, day: dt.date, seen: Mapping[str, Acknowledgement]) -> pd.DataFrame:
    """The exceptions that have arisen by the end of a day, the gravest first.

    Columns out: exception (its name), those of Ledger.exceptions, acknowledged (by whom and why, "" for nobody).
    """
    frame = arisen(ledger.exceptions, day).copy()
    frame.insert(0, "exception", [name_of(row) for row in frame.to_dict("records")])
    told = [seen.get(name) for name in frame["exception"]]
    frame["acknowledged"] = ["" if one is None else f"{one.who}: {one.why}" for one in told]
    rank = frame["severity"].map({"error": 0, "warning": 1}).fillna(2)
    return frame.iloc[rank.argsort(kind="stable")].reset_index(drop=True)


def name_of(row: Mapping[Any, Any]) -> str:
    """A short name for exactly this exception: with another amount it is another one, to be looked at again."""
    said = [row[name] for name in ("rule", "source", "contract", "line", "text")] + [
        int(row["day"]),
        int(row["amount_minor"]),
    ]
    said.append(row["customer"] if not row["contract"] else "")
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:10]


def unseen(frame: pd.DataFrame) -> pd.DataFrame:
    """Of those, the errors and warnings that nobody stands for yet."""
    return frame[frame["severity"].isin(GRAVE) & (frame["acknowledged"] == "")]
