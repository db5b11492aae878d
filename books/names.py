"""Names of companies that sound alike: the same words without legal forms, or nearly so."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

# Legal forms and fillers tell nothing about which company it is.
_WORDS = (
    "inc incorporated corp corporation co company llc llp lp ltd limited plc gmbh ag kg ohg mbh se sa sas sarl srl spa bv nv "
    "oy ab as aps pty pte kk the and und et y group holding holdings international"
)
_FORMS = frozenset(_WORDS.split())
_COMMON = 60  # a word that so many names have does not bring two of them together
_WORD = re.compile(r"\w+")


def core(name: str) -> str:
    """A name's words in order, without case, accents, signs and legal forms.

    >>> core("The Müller & Søhne GmbH"), core("MULLER SØHNE, S.p.A.")
    ('muller søhne', 'muller søhne')
    """
    flat = name.casefold().replace(".", "")
    if not flat.isascii():
        flat = unicodedata.normalize("NFKD", flat)
        flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    words = _WORD.findall(flat)
    kept = [word for word in words if word not in _FORMS]
    return " ".join(kept or words)


def likeness(one: str, other: str) -> int:
    """How much two names without what tells nothing (`core`) are alike, of 100; the order of their words does not matter.

    >>> likeness("acme", "acme"), likeness("acme robotics", "robotics acme"), likeness("acme", "borealis") < 50
    (100, 100, True)
    """
    if one == other:
        return 100
    sorted_one, sorted_other = " ".join(sorted(one.split())), " ".join(sorted(other.split()))
    return int(100 * difflib.SequenceMatcher(None, sorted_one, sorted_other, autojunk=False).ratio())


def alike(names: Sequence[str], least: int, asked: Callable[[int, int], bool]) -> Iterator[tuple[int, int, int]]:
    """Pairs of names, by their places, that are at least so much alike, each once, with how much; only pairs that are `asked`
    about are compared.

    Only names that share a word, or the beginning of one, are compared: of thousands nearly none do.
    """
    cores = {name: core(name) for name in names}
    of = [cores[name] for name in names]
    parts = {name: {part for word in name.split() for part in (word, word[:5])} for name in cores.values()}
    holders: dict[str, list[int]] = {}
    for at, name in enumerate(of):
        for part in parts[name]:
            holders.setdefault(part, []).append(at)
    met: set[tuple[int, int]] = set()
    for places in holders.values():
        if not 1 < len(places) <= _COMMON:
            continue
        for pair in combinations(places, 2):
            if pair in met or not asked(*pair):
                continue
            met.add(pair)
            score = likeness(of[pair[0]], of[pair[1]])
            if score >= least:
                yield *pair, score
