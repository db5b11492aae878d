"""Former ids keep their history: what an id meant before the vendor merged records a second time can be asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = ("source", "table_name", "old_id", "known_from", "new_id", "run_id")


def upgrade() -> None:
    _remake(("source", "table_name", "old_id", "known_from"))


def downgrade() -> None:
    op.execute(
        "DELETE FROM aliases WHERE EXISTS (SELECT 1 FROM aliases AS later WHERE later.source = aliases.source AND "
        "later.table_name = aliases.table_name AND later.old_id = aliases.old_id AND "
        "later.known_from > aliases.known_from)"
    )
    _remake(("source", "table_name", "old_id"))


def _remake(key: tuple[str, ...]) -> None:
    """SQLite cannot change a key, so the table is made anew."""
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    whole = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
    columns = [
        sa.Column(name, whole if name == "run_id" else text, nullable=False, primary_key=name in key)
        for name in _COLUMNS
    ]
    listed = ", ".join(_COLUMNS)
    op.rename_table("aliases", "aliases_before")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER INDEX aliases_pkey RENAME TO aliases_before_pkey")
    op.create_table("aliases", *columns, sqlite_strict=True, sqlite_with_rowid=False)
    op.execute(f"INSERT INTO aliases ({listed}) SELECT {listed} FROM aliases_before")  # noqa: S608
    op.drop_table("aliases_before")
