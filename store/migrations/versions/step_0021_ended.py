"""What ended lately is found without reading what ended long ago: a ledger is brought up to date from what has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = (
    "customers", "products", "contracts", "contract_lines", "estimates", "amendments", "deliveries", "schedules",
    "invoices", "invoice_lines", "credit_notes", "payments", "fx_rates", "financials", "capacity", "targets",
)  # fmt: skip


def upgrade() -> None:
    past = sa.text("known_to IS NOT NULL")
    for name in _TABLES:
        op.create_index(f"{name}_ended", name, ["known_to"], sqlite_where=past, postgresql_where=past)


def downgrade() -> None:
    for name in _TABLES:
        op.drop_index(f"{name}_ended", table_name=name)
