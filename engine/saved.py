"""Ledgers as files: whole, or as what differs from a whole one that lies beside it.

What whole columns would have to be read for (TOLD, and the indexes) is written down with them, so that a ledger opens in no time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine import file
from engine.arithmetic import IntArray
from engine.indexes import INDEXES
from engine.lazy import Lazy
from engine.ledger import TABLES, Ledger, Table
from engine.splice import splice
from engine.views import PLACES, SEEN, View
from model.errors import LedgerBroken
from model.policy import Policy

TOLD = ("span", "weight")


def save(ledger: Ledger, path: Path) -> None:
    """Writes a ledger as one file that readers map into memory."""
    _write(ledger, path, _told(ledger), {})


def save_over(path: Path, whole: Ledger, gone: IntArray, part: Ledger) -> None:
    """Writes the ledger that is the saved one `whole` with the customers of `part` in place of those at the places `gone`
    (engine.splice), as a file that says only what differs and names the other.
    """
    assert whole.path is not None  # noqa: S101
    # Those who leave are counted still: a wider span and a greater weight are as good.
    span = (min(whole.span[0], part.span[0]), max(whole.span[1], part.span[1]))
    over = {"over": whole.path.name, "span": span, "weight": whole.weight + part.weight}
    _write(part, path, over, {"over": {"gone": gone}})


def open_ledger(path: Path) -> Ledger:
    """A saved ledger; LedgerBroken if a file of it is missing, not whole, or another version's."""
    reader = file.Reader(path)
    try:
        made = _read(reader)
    except KeyError as error:
        raise LedgerBroken(f"{path.name} is another version's, without {error}. Rebuild it: backlog sync") from None
    if name := reader.facts.get("over"):
        made = splice(open_ledger(path.with_name(name)), made, np.asarray(reader.column("over", "gone")))
        _tell(made, reader.facts)
        made.path = path
    return made


def whole_of(path: Path) -> Path:
    """The file of the whole ledger that a file stands over (save_over), or the file itself."""
    return path.with_name(file.Reader(path).facts.get("over", path.name))


def _write(ledger: Ledger, path: Path, told: Mapping[str, Any], more: Mapping[str, Table]) -> None:
    seen = [
        {"to_day": view.to_day, "policy": dataclasses.asdict(view.ledger.policy), **_told(view.ledger)}
        for view in ledger.views
    ]
    facts = {"version": ledger.version, "known_at": ledger.known_at.isoformat(), "reporting": ledger.reporting,
             "policy": dataclasses.asdict(ledger.policy), "views": seen, **told}  # fmt: skip
    tables = {
        **more,
        **{name: getattr(ledger, name) for name in TABLES},
        **{name: ledger.index(name) for name in INDEXES},
    }
    for n, view in enumerate(ledger.views):
        tables |= {f"view {n} {name}": getattr(view.ledger, name) for name in (*SEEN, "bounds")}
        tables[f"view {n}"] = {name: getattr(view, name) for name in PLACES}
    # A table may be lazy: its columns are those it names, made or not.
    file.write(path, {name: {c: table[c] for c in list(table.keys())} for name, table in tables.items()}, facts)


def _read(reader: file.Reader) -> Ledger:
    """What one file holds."""
    facts, columns = reader.facts, partial(_columns, reader)
    made = Ledger(
        facts["version"], dt.datetime.fromisoformat(facts["known_at"]), _policy(facts["policy"]), facts["reporting"],
        **{name: columns(name) for name in TABLES}, views=(), path=reader.path,
    )  # fmt: skip
    _tell(made, facts)
    made.has_indexes({name: columns(name) for name in INDEXES})
    views = []
    for n, about in enumerate(facts["views"]):
        seen = made.part(_policy(about["policy"]), {name: columns(f"view {n} {name}") for name in SEEN})
        _tell(seen, about)
        seen.has_indexes({"bounds": columns(f"view {n} bounds")})
        places = columns(f"view {n}")
        views.append(View(about["to_day"], seen, *(places[name] for name in PLACES)))
    made.views = tuple(views)
    return made


def _columns(reader: file.Reader, table: str) -> Lazy:
    """A table of a file."""
    return Lazy(partial(reader.names, table), partial(reader.column, table))


def _told(ledger: Ledger) -> dict[str, Any]:
    return {name: getattr(ledger, name) for name in TOLD}


def _tell(ledger: Ledger, told: Mapping[str, Any]) -> None:
    """Takes what was written down in place of working it out."""
    ledger.span, ledger.weight = tuple(told["span"]), told["weight"]


def _policy(stated: Mapping[str, Any]) -> Policy:
    return Policy(**{**stated, "rpo_expedients": tuple(stated["rpo_expedients"])})
