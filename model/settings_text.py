"""The text of a TOML file beside its values: on which line a key stands, and how a wrong word is answered."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

Keys = tuple[str, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*\[\[?\s*({_DOTTED})\s*\]\]?")
_ASSIGNED = re.compile(rf"\s*({_DOTTED})\s*=")
_PART = re.compile(_KEY)
# Strings and comments, which may hide brackets, quotes and what looks like keys.
_LONG = r""""{3}(?:\\.|[^\\])*?"{3}|'{3}.*?'{3}"""
_SHORT = r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'"
_HIDDEN = re.compile(rf"(?P<long>{_LONG})|(?P<short>{_SHORT})|#[^\n]*", re.DOTALL)


def lines_of(text: str) -> dict[Keys, int]:
    """The line (from 1) of every table header and key of a valid TOML text.

    >>> lines_of('[policy]\\nrounding = "cumulative"')
    {('policy',): 1, ('policy', 'rounding'): 2}
    """
    found: dict[Keys, int] = {}
    table: Keys = ()
    depth = 0
    for number, line in enumerate(_HIDDEN.sub(_bare, text).splitlines(), 1):
        if depth == 0:
            if header := _HEADER.match(line):
                table = _split(header[1])
                found.setdefault(table, number)
                continue
            if assigned := _ASSIGNED.match(line):
                found.setdefault(table + _split(assigned[1]), number)
        depth += _open_brackets(line)
    return found


def line_of(lines: Mapping[Keys, int], keys: Keys) -> int | None:
    """The line of a key, or of the nearest table around it that stands in the file."""
    for length in range(len(keys), 0, -1):
        found = [line for known, line in lines.items() if known[:length] == keys[:length]]
        if found:
            return lines.get(keys[:length], min(found))
    return None


def unknown_word(word: str, allowed: Iterable[str], note: str = "") -> str:
    """What is said of a word that is not among the allowed ones: the nearest, and all of them where they are few.

    >>> unknown_word("cumulativ", ("cumulative", "last_period"))
    "'cumulativ' is not allowed; did you mean 'cumulative'? Allowed: cumulative, last_period"
    """
    words = tuple(allowed)
    near = nearest(word, words)
    text = f"{word!r} is not allowed{note}" + (f"; did you mean {near!r}?" if near else ".")
    return f"{text} Allowed: {', '.join(words)}" if len(words) <= 40 else text.rstrip(".")


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that reads most like this one, in any case; None if none comes near."""
    folded = {known.casefold(): known for known in allowed}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _split(dotted: str) -> Keys:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _bare(hidden: re.Match[str]) -> str:
    """Short strings stay, for they may be keys; of a long one its line ends stay, of a comment nothing."""
    return hidden["short"] or "\n" * hidden[0].count("\n")


def _open_brackets(line: str) -> int:
    plain = _HIDDEN.sub("", line)
    return sum(plain.count(sign) for sign in "[{") - sum(plain.count(sign) for sign in "]}")
