"""The texts of queries, written once for each kind of database: writing one takes longer than a small store to answer it."""

from __future__ import annotations

from dataclasses import dataclass, field

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
