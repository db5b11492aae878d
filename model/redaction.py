"""Secrets stay out of every text that leaves the process: what was handed out as a secret is known here and blotted out.

Whoever hands out a secret (settings, a keyring, a token endpoint) remembers it here; whoever lets text out (a log, an
error, a stored payload, a screen) asks for it without. Texts of ours also lose what merely looks like a secret.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote

BLOT = "***"
SHORTEST = 6
"""A shorter secret would blot out ordinary words; it is left alone, and so is no secret worth the name."""

_SHAPES = re.compile(
    r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}"  # an Authorization header
    r"|(://[^\s/:@]*:)[^\s/@]+(?=@)"  # a password within an address
    r"|\b((?:refresh_token|access_token|client_secret|api_key|password)=)[^\s&\"']+"  # a form or a query
    r"|\b((?:sk|rk|pk)_(?:live|test)_|pat-\w{2,4}-|xox[a-z]-|rbk_)[\w-]{8,}"  # keys that say what they are
)
_known: set[str] = set()


def remember(*secrets: str | None) -> None:
    """Has these texts blotted out from now on, also as they stand in JSON and in addresses."""
    for secret in secrets:
        if secret and len(secret.strip()) >= SHORTEST:
            plain = secret.strip()
            _known.update((plain, quote(plain, safe=""), json.dumps(plain)[1:-1]))


def holds_secret(*texts: str) -> bool:
    """Whether one of the texts holds a secret that was handed out."""
    return any(secret in text for secret in _known for text in texts)


def redacted(text: str) -> str:
    """A text of ours (log line, error) without secrets.

    >>> redacted("GET https://me:hunter2@api.example/v1: refused Bearer abcdef123456")
    'GET https://me:***@api.example/v1: refused Bearer ***'
    """
    return _SHAPES.sub(lambda found: f"{next(filter(None, found.groups()))}{BLOT}", without_known(text))


def without_known(text: str) -> str:
    """A text of others (a payload) without the secrets that were handed out, and otherwise as it was."""
    if holds_secret(text):
        for secret in sorted(_known, key=len, reverse=True):
            text = text.replace(secret, BLOT)
    return text
