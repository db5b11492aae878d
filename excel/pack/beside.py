"""What a pack tells beside the ledger: the closes that hold with the figures they recorded, and where systems differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.periods import ClosedFigures, PeriodEvent

if TYPE_CHECKING:
    import pandas as pd

    from books.ledgers import Books


@dataclass(frozen=True)
class Beside:
    """`closes`: those that hold, the earliest first, each with what it recorded of every contract; `differences`: between
    systems, in the columns of books.reconciliation (None: not read)."""

    closes: Sequence[tuple[PeriodEvent, Sequence[ClosedFigures]]] = ()
    differences: pd.DataFrame | None = None


def beside(books: Books, version: str) -> Beside:
    """What stands beside the ledger of a version."""
    from books.periods import in_force
    from store.periods import closed_figures, period_events

    held = in_force(period_events(books.engine))
    return Beside([(close, closed_figures(books.engine, close.id)) for close in held], books.reconciliation(version))
