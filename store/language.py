"""The texts of statements, written once for each kind of database: writing one takes longer than a small store to answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Language:
    """What a database understands, whichever store of that kind is asked."""

    name: str
    dialect: sa.Dialect = field(compare=False)

    @classmethod
    def of(cls, connection: sa.Connection) -> Language:
        """The language of a store."""
        return cls(connection.dialect.name, connection.dialect)


def run(connection: sa.Connection, statement: sa.ClauseElement, **values: object) -> sa.CursorResult[*tuple[Any, ...]]:
    """Runs a statement that lives as long as the program, with its parameters by name."""
    text, names, own = _text(statement, Language.of(connection))
    given: Any = {**own, **values}
    return connection.exec_driver_sql(text, given if names is None else tuple(given[name] for name in names))


@lru_cache(maxsize=256)
def _text(statement: sa.ClauseElement, language: Language) -> tuple[str, tuple[str, ...] | None, dict[str, Any]]:
    """The text, the names of its parameters in order (None where it has them by name), and the values it states."""
    made: Any = statement.compile(dialect=language.dialect)
    return str(made), tuple(made.positiontup) if made.positional else None, made.params
