"""A person's word about two records, written down."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import sqlalchemy as sa

from store.connect import translated
from store.write.decisions import decide as write

Word = Literal["same", "apart", "undone"]


def decide(
    engine: sa.Engine, kind: str, left: str, right: str, word: Word, *, rule: str, who: str, why: str, now: dt.datetime
) -> None:
    """Keeps a decision with who, when and why; see store.write.decisions. Earlier ones about the pair stay on record."""
    with translated(engine.url.database):
        write(engine, kind, left, right, word, rule=rule, who=who, why=why, now=now)
