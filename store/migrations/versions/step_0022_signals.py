"""Signals that tripped, each with its first day and its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.versions.step_0010_service import _create

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create("signals", "name* since* text ended_at?", rowid=False)
    # Those that are open were told of as alerts.
    op.execute(
        sa.text(
            "INSERT INTO signals (name, since, text) SELECT substr(name, 8), since, text FROM alerts WHERE kind = 'signal'"
        )
    )


def downgrade() -> None:
    op.drop_table("signals")
