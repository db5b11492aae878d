"""Names of companies that sound alike: the same words without legal forms, or nearly so."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence

# Legal forms and fillers tell nothing about which company it is.
_WORDS = (
    "inc incorporated corp corporation co company llc llp lp ltd limited plc gmbh ag kg ohg mbh se sa sas sarl srl spa bv nv "
    "oy ab as aps pty pte kk the and und et y group holding holdings international"
)
_FORMS = frozenset(_WORDS.split())
_COMMON = 60  # a word that so many names have does not bring two of them together
_WORD = re.compile(r"\w+")


def plain(name: str) -> str:
    """A name's words in order, without case, accents, signs and legal forms.

    >>> plain("The Müller & Søhne GmbH"), plain("MULLER SØHNE, S.p.A.")
    ('muller søhne', 'muller søhne')
    """
    flat = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss").replace(".", ""))
    words = _WORD.findall("".join(sign for sign in flat if not unicodedata.combining(sign)))
    kept = [word for word in words if word not in _FORMS]
    return " ".join(kept or words)


def likeness(one: str, other: str) -> int:
    """How much two plain names are alike, of 100; the order of their words does not matter.

    >>> likeness("acme", "acme"), likeness("acme robotics", "robotics acme"), likeness("acme", "borealis") < 50
    (100, 100, True)
    """
    if one == other:
        return 100
    sorted_one, sorted_other = " ".join(sorted(one.split())), " ".join(sorted(other.split()))
    return int(100 * difflib.SequenceMatcher(None, sorted_one, sorted_other, autojunk=False).ratio())


def alike(named: Sequence[tuple[str, str]], least: int) -> Iterator[tuple[str, str, int]]:
    """Pairs of things whose names are at least so much alike, each once, with how much.

    Only names that share a word, or the beginning of one, are compared: of thousands nearly none do.
    """
    plains = [(thing, plain(name)) for thing, name in named]
    holders: dict[str, list[int]] = {}
    for at, (_, name) in enumerate(plains):
        for part in {part for word in name.split() for part in (word, word[:5])}:
            holders.setdefault(part, []).append(at)
    met: set[tuple[int, int]] = set()
    for places in holders.values():
        if len(places) > _COMMON:
            continue
        for number, first in enumerate(places):
            for second in places[number + 1 :]:
                if first == second or (first, second) in met:
                    continue
                met.add((first, second))
                score = likeness(plains[first][1], plains[second][1])
                if plains[first][1] and score >= least:
                    yield plains[first][0], plains[second][0], score
