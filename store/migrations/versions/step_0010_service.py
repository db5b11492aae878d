"""What the service keeps: jobs, alerts, sealed tokens, listings under way, reconciles, and decisions about matches.

Customers get the id by which another system knows them.
The table of matches of the first step was never written: what a person decides is a log, not a state.
In the texts below: name, then # for a whole number (else text), ? for one that may be missing, * for the key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

_BOOKS = {
    "decisions": "id#* table_name left_source left_id right_source right_id decision rule who why decided_at",
}
_KEYED = {
    "listed": "source* object* part#* met",
    "reconciles": "source* object* at run_id# added# changed# removed# met",
    "tokens": "name* sealed seed asked_at? changed_at",
    "jobs": "name* started_at ended_at? state error failures# parked_until?",
    "alerts": "name* kind since text told_at?",
}


def upgrade() -> None:
    op.drop_table("matches")
    for name, columns in _BOOKS.items():
        _create(name, columns)
    for name, columns in _KEYED.items():
        _create(name, columns, rowid=False)
    op.add_column("customers", _column("shared_id?"))
    _keep_customers(add="shared_id")


def downgrade() -> None:
    _keep_customers()
    op.drop_column("customers", "shared_id")
    for name in (*_BOOKS, *_KEYED):
        op.drop_table(name)
    matches = "id#* table_name left_source left_id right_source right_id rule state made_at decided_at? why"
    _create("matches", matches)


def _keep_customers(add: str = "") -> None:
    """The database keeps the new column of a version, too, as it was told."""
    from store.migrations.versions import step_0002_kept as kept

    said = ", ".join(filter(None, [kept._columns("customers"), add]))
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER customers_update ON customers")
        op.execute(
            f"CREATE TRIGGER customers_update BEFORE UPDATE OF {said} ON customers "
            f"FOR EACH STATEMENT EXECUTE FUNCTION backlog_kept('{kept._VERSIONS}')"
        )
        return
    op.execute("DROP TRIGGER customers_update")
    op.execute(
        f"CREATE TRIGGER customers_update BEFORE UPDATE OF {said} ON customers "
        f"BEGIN SELECT RAISE(ABORT, '{kept._VERSIONS}'); END"
    )


def _create(name: str, columns: str, *, rowid: bool = True) -> None:
    made = [_column(text) for text in columns.split()]
    op.create_table(name, *made, sqlite_strict=True, sqlite_with_rowid=rowid)


def _column(text: str) -> sa.Column[int] | sa.Column[str]:
    name, key, null = text.rstrip("#?*"), text.endswith("*"), "?" in text
    if "#" not in text:
        plain = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
        return sa.Column(name, plain, nullable=null, primary_key=key)
    return sa.Column(name, sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite"), nullable=null, primary_key=key)
