"""Contracts and invoices may state a total, which is held against their lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = ("contracts", "invoices")


def upgrade() -> None:
    for name in _TABLES:
        whole = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
        op.add_column(name, sa.Column("total_minor", whole, nullable=True))


def downgrade() -> None:
    for name in _TABLES:
        op.drop_column(name, "total_minor")
