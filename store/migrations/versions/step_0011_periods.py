"""Closed periods, acknowledged exceptions and counts of exceptions over time.

The table of closes of the first step was never written: what is done to a period is a log, not a state.
In the texts below: name, then # for a whole number (else text), * for the key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BOOKS = {
    "period_events": "id#* action period ends_on at who why checks ledger reading figures previous digest",
    "readings": "id#* since digest reading",
    "acknowledgements": "id#* exception rule what at who why",
    "quality": "id#* at source rule severity count#",
}
_FIGURES = (
    "event_id#* customer_id* contract_id* currency* contracted_minor# recognized_minor# backlog_minor# billed_minor# "
    "deferred_current_minor# deferred_noncurrent_minor# unbilled_minor# receivable_minor# digest"
)
# Ordered by its bytes in both databases, whatever the language of the database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_table("closes")
    for name, columns in _BOOKS.items():
        _create(name, columns)
    _create("closed_figures", _FIGURES, rowid=False)
    op.create_index("acknowledgements_exception", "acknowledgements", ["exception"])
    op.create_index("quality_source", "quality", ["source", "rule"])


def downgrade() -> None:
    for name in (*_BOOKS, "closed_figures"):
        op.drop_table(name)
    _create("closes", "id#* period known_at closed_at figures digest previous reopened_at? why")


def _create(name: str, columns: str, *, rowid: bool = True) -> None:
    made = [_column(text) for text in columns.split()]
    op.create_table(name, *made, sqlite_strict=True, sqlite_with_rowid=rowid)


def _column(text: str) -> sa.Column[int] | sa.Column[str]:
    name, key, null = text.rstrip("#?*"), text.endswith("*"), "?" in text
    if "#" not in text:
        return sa.Column(name, _TEXT, nullable=null, primary_key=key)
    return sa.Column(name, sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite"), nullable=null, primary_key=key)
