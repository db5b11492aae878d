"""Records that were settled by what a parent lent, when the parent lends something else now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.write import PageWriter
from sync.parents import LENDS, Parent

# Whose records are settled by what a parent lends: parent → (what it lends, child table, its column).
_CHILDREN: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "contracts": (
        ("currency", "contract_lines", "contract_id"),
        ("currency", "estimates", "contract_id"),
        ("currency", "amendments", "contract_id"),
        ("start_on", "contract_lines", "contract_id"),
        ("end_on", "contract_lines", "contract_id"),
    ),
    "contract_lines": (("currency", "schedules", "line_id"),),
    "invoices": (("currency", "invoice_lines", "invoice_id"),),
    "products": (("recognition", "contract_lines", "product_id"),),
}


def doubt_children(writer: PageWriter, changed: Mapping[str, Mapping[str, Parent]]) -> None:
    """Has the children of changed parents read anew when they come again; `changed`: by table and id, what they lend now."""
    for table, now in changed.items():
        doubtful: dict[tuple[str, str], set[str]] = {}
        for _, record, *lent in writer.current(table, "record_id", list(now), LENDS[table]):
            before = dict(zip(LENDS[table], lent, strict=True))
            for lends, child, column in _CHILDREN[table]:
                if _matters(lends, before[lends], getattr(now[record], lends)):
                    doubtful.setdefault((child, column), set()).add(record)
        for (child, column), ids in doubtful.items():
            writer.doubt_children(child, column, ids)


def _matters(lends: str, before: Any, now: Any) -> bool:
    """Another date mends itself in the engine; a date that is gone may leave a line without a term."""
    return bool(before != now and (now is None or not lends.endswith("_on")))
