"""Credits for cancelled scope: what a removal takes out of a contract is put on paper by a credit note, once.

The credit may come before the removal takes effect, so what a removal will take out is found first, in the affected
contracts written up without those credits.
"""

from __future__ import annotations

import numpy as np

from engine.books import Books
from engine.copies import Copies, Start
from engine.events import REMOVE, TERMINATE, Events


def expect_credits(events: Events, start: Start, books: Books) -> None:
    """Notes in the books what removals leave to be credited, and from which day."""
    removals = np.isin(events.kind, (REMOVE, TERMINATE))
    both = np.intersect1d(events.contract[events.cancels > 0], events.contract[removals])
    copies = Copies.make(both, events, start.versions.progress.promises)
    if not copies.origin.size:
        return
    without = copies.write_up(events, start, lambda happened, _: happened.cancels == 0)
    books.settling[copies.origin], books.settles_from[copies.origin] = without.removed, without.removed_on
