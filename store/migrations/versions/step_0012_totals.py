"""Contracts and invoices may state a total, which is held against their lines; like all of a version it is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = ("contracts", "invoices")
_KEPT = "versions are kept: a version may be ended once, and nothing else of it changes"


def upgrade() -> None:
    for name in _TABLES:
        whole = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
        op.add_column(name, sa.Column("total_minor", whole, nullable=True))
        if op.get_context().dialect.name == "postgresql":
            refuse = f"FOR EACH STATEMENT EXECUTE FUNCTION backlog_kept('{_KEPT}')"
        else:
            refuse = f"BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
        op.execute(f"CREATE TRIGGER {name}_total BEFORE UPDATE OF total_minor ON {name} {refuse}")


def downgrade() -> None:
    for name in _TABLES:
        on = f" ON {name}" if op.get_context().dialect.name == "postgresql" else ""
        op.execute(f"DROP TRIGGER IF EXISTS {name}_total{on}")
        op.drop_column(name, "total_minor")
