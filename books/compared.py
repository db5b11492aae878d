"""How what customers are known by is compared over systems: ids and tax ids as texts, domains where they are anybody's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

PROVIDERS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com", "aol.com",
     "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "qq.com", "163.com", "example.com"}
)  # fmt: skip
"""Mailbox providers, whose domains are nobody's own."""
CROWD = 50
"""A domain that more customers have is that of a mailbox provider we do not know by name."""


def folded(values: Sequence[str]) -> list[str]:
    """Texts without regard to case and to what space is around them."""
    return [value and str(value).strip().casefold() for value in values]


def tax_number(value: str) -> str:
    """A folded tax id without the spaces within it."""
    return "".join(value.split())


def domains(values: Sequence[str]) -> list[str]:
    """Domains without "www.", "" for a mailbox provider's."""
    names = (value and value.removeprefix("www.") for value in folded(values))
    return ["" if name in PROVIDERS else name for name in names]


def crowded(names: Iterable[str]) -> set[str]:
    """Of `domains` of all customers those that very many have."""
    return {name for name, count in Counter(names).items() if name and count > CROWD}
