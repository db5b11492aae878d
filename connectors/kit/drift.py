"""A vendor's records change shape: a field appears, a field is no longer sent. Both are reported; nothing is lost.

Every payload is kept whole, so a field nobody reads is in the store all the same. The names met are remembered in the
cursor; what is new, and what a whole listing no longer has, is logged once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from connectors.kit.connector import Cursor, Page

_log = logging.getLogger("backlog.sync")
_NAME = "fields"


def watched(pages: Iterable[Page], cursor: Cursor | None, label: str) -> Iterator[Page]:
    """The same pages; cursors also carry the names of fields met, and changes of them are logged."""
    known = set((cursor or {}).get(_NAME) or ())
    met: set[str] = set()
    for page in pages:
        for item in page.items:
            if not item.deleted:
                met.update(item.payload)
        if known and page.part is not None and page.part.last and page.part.first:
            _tell(label, "no longer sends", known - met if met else set())
        if known:
            _tell(label, "now also sends", met - known)
            known |= met
        yield _remembering(page, known | met)


def _remembering(page: Page, names: set[str]) -> Page:
    if page.cursor is None or not names:
        return page
    return Page(page.items, {**page.cursor, _NAME: sorted(names)}, page.seen, page.part)


def _tell(label: str, what: str, names: set[str]) -> None:
    if names:
        fields = {"event": "drift", "object": label, "names": sorted(names)}
        text = "%s: the vendor %s: %s. Nothing is lost; if a figure needs it, name it under fields"
        _log.warning(text, label, what, ", ".join(sorted(names)), extra={"fields": fields})
