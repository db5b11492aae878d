"""Items as text: what names their content, what is kept of them, and how a quarantined one is read back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import msgspec

from connectors.kit.connector import Item, Row
from model.errors import RecordRejected
from model.money import Grouped, Money
from model.records import TABLES, Kind
from model.redaction import holds_secret, without_known
from store.write import ItemState, Waiting

# Numbers stay as the vendor wrote them; within our own rows a decimal is text, so that it comes back as it was.
_PAYLOAD = msgspec.json.Encoder(decimal_format="number")


def _doubtful(value: object) -> dict[str, str]:
    if isinstance(value, Grouped):
        return {_GROUPED: str(value)}
    raise TypeError(f"{type(value).__name__} is no kind of value that is kept")


_GROUPED = "may be grouped"
_ROWS = msgspec.json.Encoder(decimal_format="string", enc_hook=_doubtful)
# What no database of ours takes in a text: the sign NUL, and halves of signs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Parcel:
    """An item on its way into the store.

    `hash` names its content; `raw_id` is set once its payload is kept; `known` is what the store knew of it;
    `reject_id` the quarantine it comes from and `reject_run` the run that last met it there; `slot` is not blank
    where another item has the same key.
    """

    key: str
    place: str
    link: str
    rows: Sequence[Row]
    aliases: Sequence[tuple[str, str, str]]
    problems: Sequence[RecordRejected]
    deleted: bool
    hash: str
    payload: str
    known: ItemState | None = None
    raw_id: int = 0
    reject_id: int = 0
    reject_run: int = 0
    slot: str = ""


def parcel(item: Item) -> Parcel:
    """An item with its content named. What cannot be written down is a problem of the item, not of its page.

    A vendor that repeats our secret in what it sends does not make us keep it.
    """
    made, said = _parcel(item)
    problems = "".join(f"{problem.reason}{problem.remedy}" for problem in made.problems) if made.problems else ""
    if holds_secret(made.payload, said, made.place, made.link, problems):
        made, _ = _parcel(_without_secrets(item))
    return made


def _parcel(item: Item) -> tuple[Parcel, str]:
    """The parcel of an item, and its rows and problems as text."""
    problems: Sequence[RecordRejected] = item.problems
    rows: Sequence[Row] = item.rows
    aliases = [(table, _storable(old), _storable(new)) for table, old, new in item.aliases] if item.aliases else []
    try:
        payload = _PAYLOAD.encode(item.payload)
        said = _ROWS.encode(
            (
                rows,
                aliases,
                item.deleted,
                [(problem.column, _storable(problem.reason)) for problem in problems],
            )
        )
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        unreadable = RecordRejected(f"it cannot be written down: {error}", remedy="Correct the text at the source")
        problems, rows = (*problems, unreadable), ()
        payload, said = json.dumps(item.payload, default=str).encode(), b""
    named = hashlib.blake2b(payload + said, digest_size=16).hexdigest()
    made = Parcel(
        _storable(item.key), _storable(item.place), _storable(item.link), rows, aliases,
        [_told(problem) for problem in problems], item.deleted, named, payload.decode(),
    )  # fmt: skip
    return made, said.decode()


def body(parcel: Parcel) -> str:
    """What a retry needs of a quarantined item; "" where only the vendor's next word can mend it."""
    if parcel.problems or parcel.slot:
        return ""
    return _ROWS.encode((parcel.rows, parcel.aliases)).decode()


def reopened(waiting: Waiting) -> Parcel:
    """A quarantined item, ready to be settled again; `waiting.body` must not be blank."""
    rows, aliases = json.loads(waiting.body)
    read = [Row(table, {name: _value(table, name, value) for name, value in values.items()}) for table, values in rows]
    return Parcel(
        waiting.key, waiting.place, waiting.link, read, [(table, old, new) for table, old, new in aliases], (), False,
        waiting.hash, "", None, waiting.raw_id, waiting.id, waiting.last_run,
    )  # fmt: skip


def _without_secrets(item: Item) -> Item:
    return replace(
        item,
        payload=_cleaned(item.payload),
        rows=[Row(row.table, _cleaned(row.values)) for row in item.rows],
        place=without_known(item.place),
        link=without_known(item.link),
        problems=[
            RecordRejected(
                without_known(each.reason), place=without_known(each.place), column=each.column,
                remedy=without_known(each.remedy),
            )
            for each in item.problems
        ],
    )  # fmt: skip


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return without_known(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(each) for key, each in value.items()}
    return [_cleaned(each) for each in value] if type(value) in (list, tuple) else value


def _storable(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text  # as nearly all are
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _told(problem: RecordRejected) -> RecordRejected:
    texts = (problem.reason, problem.place, problem.column, problem.remedy)
    if not any(map(_UNSTORABLE.search, texts)):
        return problem
    reason, place, column, remedy = map(_storable, texts)
    return RecordRejected(reason, place=place, column=column, remedy=remedy)


def _date(value: Any) -> Any:
    return dt.date.fromisoformat(value) if isinstance(value, str) and value else value


def _decimal(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) and value else value


def _money(value: Any) -> Any:
    if isinstance(value, dict):
        return Grouped(value[_GROUPED])
    return Money(*value) if isinstance(value, list) else _decimal(value)


_READ: Mapping[Kind, Callable[[Any], Any]] = {Kind.DATE: _date, Kind.DECIMAL: _decimal, Kind.MONEY: _money}
_KINDS = {name: {column.name: column.kind for column in table.columns} for name, table in TABLES.items()}


def _value(table: str, name: str, value: Any) -> Any:
    kind = _KINDS[table].get(name, Kind.TEXT)
    return _READ[kind](value) if kind in _READ else value
