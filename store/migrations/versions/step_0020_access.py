"""Who may ask the server: tokens by their digests."""

from __future__ import annotations

from alembic import op

from store.migrations.versions.step_0010_service import _create

revision = "0020"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create("access", "id#* name digest role created_at expires_at? revoked_at?")
    op.create_index("access_digest", "access", ["digest"], unique=True)


def downgrade() -> None:
    op.drop_table("access")
