"""Words and texts that settings may have; each is checked as the file is read, and a wrong one is told with what is allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator

from model.money import EXPONENTS
from model.schedules import NAMES, every
from model.settings_text import unknown_word

_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_NAMES = ("", "", "", "jan feb mar apr may jun jul aug sep oct nov dec", "sun mon tue wed thu fri sat")
_STORES = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")
_WEB = re.compile(r"https?://[^\s/?#]+(/\S*)?\Z")
_MAIL = re.compile(r"[^@]*[^@\s]@[^@\s][^@]*\Z")
_CONNECTOR_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*:.+\Z", re.DOTALL)


@dataclass(frozen=True)
class OneOf:
    """Accepts the listed words and no other."""

    words: tuple[str, ...]

    def __call__(self, word: str) -> str:
        """The word itself; ValueError naming the allowed ones and the nearest."""
        if word not in self.words:
            raise ValueError(unknown_word(word, self.words))
        return word


def cron(text: str) -> str:
    """A cron expression of five fields (minute, hour, day, month, weekday), checked field by field.

    >>> cron("*/15 * * * mon-fri")
    '*/15 * * * mon-fri'
    """
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(
            f"{text!r} is no schedule: five fields are needed, such as '*/15 * * * *' or '0 6 1 * *', or an interval: "
            "'every 20 minutes'"
        )
    for field, (low, high), names in zip(fields, _CRON_RANGES, _CRON_NAMES, strict=True):
        if not all(_cron_part(part.lower(), low, high, names.split()) for part in field.split(",")):
            raise ValueError(f"{text!r} is no schedule: {field!r} does not fit {low} to {high}")
    return text


def schedule(text: str) -> str:
    """Times by cron, by a name such as @daily, or by an interval such as "every 20 minutes"."""
    if every(text) is None:
        cron(NAMES.get(text.strip(), text))
    return text


def timezone(name: str) -> str:
    """An IANA time zone by its name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            unknown_word(name, tuple(sorted(available_timezones())), " (a zone such as Europe/Berlin)")
        ) from None
    return name


def currency(code: str) -> str:
    """An ISO 4217 code."""
    if code not in EXPONENTS:
        raise ValueError(unknown_word(code, tuple(EXPONENTS), " (ISO 4217, such as USD)"))
    return code


def listen(text: str) -> str:
    """An address to listen at, written host:port; blank for none."""
    host, colon, port = text.rpartition(":")
    if text and not (host and colon and port.isdecimal() and int(port) < 65536):
        raise ValueError(f"{text!r} is no address: write host:port, such as 127.0.0.1:8739")
    return text


def web_url(text: str) -> str:
    """The address of a server as a browser takes it; blank for none."""
    if text and not _WEB.match(text):
        raise ValueError(f"{text!r} is no web address: write it whole, such as https://backlog.example.com")
    return text


def mail_address(text: str) -> str:
    """Somebody's address for mail; blank for none."""
    if text and not _MAIL.match(text):
        raise ValueError(f"{text!r} is no mail address: write it as finance@example.com")
    return text


def store_url(text: str) -> str:
    """The address of a store; what is wrong with it is told without showing it, for it may hold a password."""
    scheme, found, _ = text.partition("://")
    if not found or scheme not in _STORES:
        raise ValueError(
            'this is no address of a store. Write "sqlite:///backlog.db" or "postgresql://user@host/database"'
        )
    return text


def source_id(text: str) -> str:
    """A record of one connector, written `connector:id`."""
    if not _CONNECTOR_ID.match(text):
        raise ValueError(f"{text!r} names no record: write connector:id, such as 'crm:4711'")
    return text


def _cron_part(part: str, low: int, high: int, names: list[str]) -> bool:
    spread, _, step = part.partition("/")
    if "/" in part and not (step.isdecimal() and int(step) > 0):
        return False
    if spread == "*":
        return True
    ends = [low + names.index(end) if end in names else end for end in spread.split("-")]
    numbers = [int(end) for end in ends if str(end).isdecimal()]
    return len(numbers) == len(ends) <= 2 and all(low <= n <= high for n in numbers) and numbers == sorted(numbers)


Currency = Annotated[str, AfterValidator(currency)]
Timezone = Annotated[str, AfterValidator(timezone)]
Schedule = Annotated[str, AfterValidator(schedule)]
Listen = Annotated[str, AfterValidator(listen)]
WebUrl = Annotated[str, AfterValidator(web_url)]
MailAddress = Annotated[str, AfterValidator(mail_address)]
SourceId = Annotated[str, AfterValidator(source_id)]
