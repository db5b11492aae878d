"""What the rows of a vendor's records are made with, apart from how they are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import Context, Fields, record


@dataclass(frozen=True)
class Reading:
    """The `maps` in force, the account's `zone`, and what readings need beside a value, by currency (`context`)."""

    maps: Mapping[str, Fields]
    zone: dt.tzinfo
    context: Callable[[str], Context]

    def row(self, table: str, payload: Any, money: str = "", place: str = "", **more: Any) -> Row:
        """A record as the map of its table says, in a currency, with `more` values laid over it."""
        return record(table, self.maps[table], payload, self.context(money), place, **more)
