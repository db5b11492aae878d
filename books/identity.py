"""Who is who: customers that arrive from several systems are one customer where a sure key says so.

Keys in order: the map in the configuration, contracts known to be the same, tax id, internet domain. Equal names are not
a sure key; a question by name still finds every customer of that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

# Mailbox providers are nobody's own domain.
SHARED_DOMAINS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "aol.com",
     "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "qq.com", "163.com", "example.com"}
)  # fmt: skip


class Groups:
    """Sets of things found to be the same, by union of pairs."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, thing: str) -> str:
        """The thing that stands for its group."""
        while (above := self._parent.get(thing, thing)) != thing:
            self._parent[thing] = self._parent.get(above, above)
            thing = above
        return thing

    def join(self, one: str, other: str, ranks: Mapping[str, tuple[int, str]]) -> None:
        """Both are the same; the better ranked stands for the group."""
        a, b = self.find(one), self.find(other)
        if a != b:
            first, second = sorted((a, b), key=lambda thing: ranks.get(thing, (2**31, thing)))
            self._parent[second] = first


def same_customers(customers: pd.DataFrame, explicit: Mapping[str, str], pairs: Iterable[tuple[str, str]],
                   authority: Sequence[str]) -> dict[str, str]:  # fmt: skip
    """Which customer each "source:id" is: itself, or the one of the foremost source in its group.

    `explicit`: "source:id" → "source:id" from the configuration. `pairs`: customers of contracts known to be the same.
    """
    names = (customers["source"] + ":" + customers["customer_id"]).tolist()
    order = {source: n for n, source in enumerate(authority)}
    ranks = {
        name: (order.get(source, len(order)), name) for name, source in zip(names, customers["source"], strict=True)
    }
    groups = Groups()
    for one, other in (*explicit.items(), *pairs):
        if one in ranks and other in ranks:
            groups.join(one, other, ranks)
    for key, nobodys in (("tax_id", frozenset({""})), ("domain", SHARED_DOMAINS | {""})):
        holders: dict[str, str] = {}
        for name, value in zip(names, customers[key], strict=True):
            plain = str(value).strip().casefold().removeprefix("www.")
            if plain not in nobodys:
                groups.join(name, holders.setdefault(plain, name), ranks)
    return {name: groups.find(name) for name in names}
