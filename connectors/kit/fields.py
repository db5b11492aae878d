"""Field readers: a column's value from a vendor's payload, with sign, unit and time zone settled at the door.

A field is a path (or several: the first that holds a value counts) and a reading. A path is dotted,
`status_transitions.paid_at`; a number in it picks from a list. Configuration may name another path for a column
(`override`), never another reading. A reading raises RecordRejected, which then names the column.
"""

from __future__ import annotations

import datetime as dt
import difflib
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.kit.connector import Row
from model.errors import ConfigNeeded, RecordRejected
from model.money import Money, parse_decimal
from model.periods import parse_day

Reading = Callable[[Any, "Context"], Any]


@dataclass(frozen=True)
class Context:
    """What a reading may need beside the value: the account's time zone, the record's currency, and the connector's
    rule for minor units (vendor amount and currency → Money)."""

    zone: dt.tzinfo = dt.UTC
    currency: str = ""
    money: Callable[[int, str], Money] = Money


@dataclass(frozen=True)
class Field:
    """Where a value is and how it is read; `default` where there is none."""

    paths: tuple[str, ...]
    reading: Reading
    default: Any = None

    def read(self, payload: Any, context: Context) -> Any:
        """The value, or the default where no path holds one."""
        for path in self.paths:
            value = look(payload, path)
            if value is not None and value != "":
                return self.reading(value, context)
        return self.default


Fields = Mapping[str, Field]


def look(payload: Any, path: str) -> Any:
    """What stands at a dotted path, None where the way ends early.

    >>> look({"lines": {"data": [{"id": "il_1"}]}}, "lines.data.0.id")
    'il_1'
    """
    for step in path.split("."):
        if type(payload) is dict:  # as nearly every payload is
            payload = payload.get(step)
        elif payload is None:
            return None
        elif isinstance(payload, Mapping):
            payload = payload.get(step)
        elif isinstance(payload, (list, tuple)) and step.isdigit() and int(step) < len(payload):
            payload = payload[int(step)]
        else:
            return None
    return payload


def text(*paths: str, default: str | None = None) -> Field:
    """Text as it stands; a number becomes its digits. An expanded object counts as its id."""
    return Field(paths, _text, default)


def currency(*paths: str, default: str | None = None) -> Field:
    """An ISO 4217 code in capitals."""
    return Field(paths, lambda value, _: str(value).upper(), default or None)


def minor(*paths: str) -> Field:
    """Whole minor units as the vendor counts them, in the record's currency."""
    return Field(paths, _minor)


def major(*paths: str) -> Field:
    """Major units, exact, as text or as a number."""
    return Field(paths, lambda value, _: exact(value))


def decimal(*paths: str) -> Field:
    """An exact number that is no money: a quantity, a rate."""
    return Field(paths, lambda value, _: exact(value))


def whole(*paths: str) -> Field:
    """A whole number."""
    return Field(paths, _whole)


def unix_day(*paths: str) -> Field:
    """The calendar day, in the account's zone, of a moment in Unix seconds."""
    return Field(paths, lambda value, context: day_in(moment(value), context.zone))


def iso_day(*paths: str) -> Field:
    """The calendar day of an ISO 8601 date, or of a moment (ISO 8601 or Unix milliseconds) in the account's zone."""
    return Field(paths, _iso_day)


def choice(*paths: str, words: Mapping[str, str], default: str | None = None) -> Field:
    """A word of ours for a word of the vendor's; one that is not in the map is the default."""
    return Field(paths, lambda value, _: words.get(str(value), default), default)


def worded(name: str, key: str, given: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, str]:
    """A configured table of the vendor's word = ours, its keys in small letters; ConfigNeeded for a word we lack."""
    for word, meaning in given.items():
        if meaning not in allowed:
            raise ConfigNeeded(
                f"[connectors.{name}.{key}] {word} = {meaning!r} is none of the words allowed"
                f"{nearest(str(meaning), allowed)}. Allowed: {', '.join(allowed)}"
            )
    return {str(word).strip().lower(): str(meaning) for word, meaning in given.items()}


def exact(value: Any) -> Decimal:
    """An exact decimal from text, a whole number or a Decimal; a float is refused.

    >>> exact("0.10"), exact(3)
    (Decimal('0.10'), Decimal('3'))
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str):
        return parse_decimal(value.strip())
    raise RecordRejected(f"{value!r} is no amount", remedy="Correct it at the vendor")


def moment(value: Any) -> dt.datetime:
    """A moment (UTC) from Unix seconds."""
    return dt.datetime.fromtimestamp(_whole(value, Context()), dt.UTC)


def day_in(instant: dt.datetime, zone: dt.tzinfo) -> dt.date:
    """The calendar day of a moment in a zone.

    >>> day_in(dt.datetime(2026, 1, 1, 3, tzinfo=dt.UTC), zone_named("America/New_York"))
    datetime.date(2025, 12, 31)
    """
    return instant.astimezone(zone).date()


@lru_cache
def zone_named(name: str, where: str = "") -> dt.tzinfo:
    """A time zone by its IANA name; an unknown one is a matter of configuration."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        hint = nearest(name, zoneinfo.available_timezones())
        raise ConfigNeeded(f"{where}timezone {name!r} is not known{hint}. Write an IANA name: Europe/Berlin") from None


def record(table: str, fields: Fields, payload: Any, context: Context, place: str = "", **more: Any) -> Row:
    """A row read by its fields, with `more` values laid over it. Raises RecordRejected naming the column."""
    values: dict[str, Any] = {}
    for column, each in fields.items():
        try:
            values[column] = each.read(payload, context)
        except RecordRejected as error:
            raise RecordRejected(error.reason, place=place, column=column, remedy=error.remedy) from None
    values.update(more)
    return Row(table, {column: value for column, value in values.items() if value is not None})


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` with the nearest of the known words, "" if none is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def _text(value: Any, _: Context) -> str:
    if type(value) is str:  # as nearly all are
        return value
    return str(value["id"] if isinstance(value, Mapping) else value)


def _minor(value: Any, context: Context) -> Money:
    return context.money(_whole(value, context), context.currency)


def _whole(value: Any, _: Context) -> int:
    if type(value) is int:
        return value
    number = exact(value)
    if number != int(number):
        raise RecordRejected(f"{value} is no whole number", remedy="Correct it at the vendor")
    return int(number)


def _iso_day(value: Any, context: Context) -> dt.date:
    said = str(value).strip()
    if said.lstrip("-").isdigit():
        milliseconds = int(said)
        # HubSpot keeps a plain date as midnight UTC: such a value names a day, not a moment.
        zone = dt.UTC if milliseconds % 86_400_000 == 0 else context.zone
        return day_in(dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC), zone)
    if len(said) <= 10:
        return parse_day(said)
    try:
        instant = dt.datetime.fromisoformat(said)
    except ValueError:
        raise RecordRejected(f"{said!r} is no date", remedy="Write it as YYYY-MM-DD, such as 2026-01-31") from None
    return instant.date() if instant.tzinfo is None else day_in(instant, context.zone)


# How a column is read whose field the configuration names, by its kind in model.records.
BY_KIND: dict[str, Reading] = {
    "text": lambda value, _: str(value),
    "currency": lambda value, _: str(value).upper(),
    "one of": lambda value, _: str(value),
    "month": lambda value, _: str(value),
    "date": _iso_day,
    "money": lambda value, _: exact(value),
    "decimal": lambda value, _: exact(value),
    "whole number": _whole,
    "yes or no": lambda value, _: str(value).lower() in ("true", "yes", "1"),
}
