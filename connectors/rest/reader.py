"""The rows of one kind that a payload holds, as a meaning describes them; what reads a column is settled once for all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import BY_KIND, Context, day_in
from connectors.rest.described import Meaning, Seek
from model.errors import RecordRejected
from model.money import Money
from model.records import TABLES, Kind

Read = Callable[[Any, Mapping[str, Any], Any], Any]
"""A value as found, its row and the row's payload → the value as the column has it."""


class Reader:
    """Reads the rows of one meaning. `money`: the currency of amounts that name none, "" for none."""

    def __init__(self, meaning: Meaning, zone: dt.tzinfo, money: str) -> None:
        self._meaning, self._context, self._money = meaning, Context(zone), money
        self._columns = [
            (column, self._worded(column, seek), self._read(column)) for column, seek in meaning.columns.items()
        ]

    def rows(self, payload: Any) -> Iterator[Row]:
        """The payload's rows of this kind. Raises RecordRejected naming the column that cannot be read."""
        each = self._meaning.each
        found = payload if each is None else each(payload)
        for own in found if isinstance(found, list) else [found]:
            if own is not None:
                yield Row(self._meaning.table, self._values(own if isinstance(own, dict) else {"value": own}, payload))

    def _values(self, own: Mapping[str, Any], payload: Any) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column, seek, read in self._columns:
            said = seek(own, payload)
            if said is None or said == "":
                continue
            try:
                values[column] = str(said) if read is None else read(said, own, payload)
            except RecordRejected as error:
                raise RecordRejected(error.reason, column=column, remedy=error.remedy) from None
        return values

    def _worded(self, column: str, seek: Seek) -> Seek:
        """What finds a column's value, in our word for the API's where the configuration has one."""
        words = self._meaning.words.get(column)
        if not words:
            return seek

        def find(own: Mapping[str, Any], payload: Any) -> Any:
            said = seek(own, payload)
            return said if said is None else words.get(str(said), said)

        return find

    def _read(self, column: str) -> Read | None:
        """How a column is read; None for text as it stands."""
        meaning, kind = self._meaning, TABLES[self._meaning.table].column(column).kind
        if kind is Kind.TEXT:
            return None
        if column in meaning.unix:
            return lambda said, own, payload: self._unix_day(said)
        if column in meaning.minor:
            return self._minor
        plain, context = BY_KIND[kind.value], self._context
        return lambda said, own, payload: plain(said, context)

    def _minor(self, said: Any, own: Mapping[str, Any], payload: Any) -> Money:
        seek = self._meaning.currency
        currency = (seek(own, payload) if seek else None) or self._money
        if not currency:
            raise RecordRejected(
                "the amount has no currency", remedy="Name it in the record's currency, or set default_currency"
            )
        return Money(int(said), str(currency).upper())

    def _unix_day(self, said: Any) -> dt.date:
        number = int(said)
        seconds = number / 1000 if abs(number) > 10**11 else number
        return day_in(dt.datetime.fromtimestamp(seconds, dt.UTC), self._context.zone)
