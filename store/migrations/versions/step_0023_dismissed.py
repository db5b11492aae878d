"""Of a rejected record that a person has let rest: who it was, and why."""

from __future__ import annotations

from alembic import op

from store.migrations.versions.step_0010_service import _column

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("who", "why"):
        op.add_column("rejects", _column(f"{name}?"))


def downgrade() -> None:
    for name in ("why", "who"):
        op.drop_column("rejects", name)
