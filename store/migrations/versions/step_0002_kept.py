"""What the store was told stays as it was told: the database itself refuses to change or delete it.

Raw payloads are append-only. Of a version only `known_to` may be written, once, to end it.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_RECORDS = (
    "customers", "products", "contracts", "contract_lines", "estimates", "amendments", "deliveries", "schedules",
    "invoices", "invoice_lines", "credit_notes", "payments", "fx_rates", "financials", "capacity", "targets",
)  # fmt: skip
_FIXED = "version_id source record_id origin_object origin_key raw_id run_id row_hash known_from"
_RAW = "raw payloads are append-only: what a vendor said is kept as it was said"
_VERSIONS = "versions are kept: a version may be ended once, and nothing else of it changes"
_ENDED = "OLD.known_to IS NOT NULL OR NEW.known_to IS NULL OR NEW.known_to < OLD.known_from"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        _on_postgres()
    else:
        _on_sqlite()


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION backlog_kept() CASCADE")
        return
    for name in ("raw", *_RECORDS):
        for what in ("update", "delete", "end"):
            op.execute(f"DROP TRIGGER IF EXISTS {name}_{what}")


def _on_sqlite() -> None:
    def refuse(name: str, what: str, event: str, text: str, when: str = "") -> None:
        when = f"WHEN {when} " if when else ""
        op.execute(
            f"CREATE TRIGGER {name}_{what} BEFORE {event} ON {name} {when}BEGIN SELECT RAISE(ABORT, '{text}'); END"
        )

    refuse("raw", "update", "UPDATE", _RAW)
    refuse("raw", "delete", "DELETE", _RAW)
    for name in _RECORDS:
        refuse(name, "update", f"UPDATE OF {_columns(name)}", _VERSIONS)
        refuse(name, "delete", "DELETE", _VERSIONS)
        refuse(name, "end", "UPDATE OF known_to", _VERSIONS, _ENDED)


def _on_postgres() -> None:
    op.execute(
        "CREATE FUNCTION backlog_kept() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )

    def refuse(name: str, what: str, event: str, text: str, scope: str = "STATEMENT") -> None:
        op.execute(
            f"CREATE TRIGGER {name}_{what} BEFORE {event} ON {name} "
            f"FOR EACH {scope} EXECUTE FUNCTION backlog_kept('{text}')"
        )

    refuse("raw", "update", "UPDATE OR DELETE OR TRUNCATE", _RAW)
    for name in _RECORDS:
        refuse(name, "update", f"UPDATE OF {_columns(name)}", _VERSIONS)
        refuse(name, "delete", "DELETE OR TRUNCATE", _VERSIONS)
        refuse(name, "end", "UPDATE OF known_to", _VERSIONS, f"ROW WHEN ({_ENDED})")


def _columns(name: str) -> str:
    """What a version says: all its columns as the step before made them, but the one that ends it."""
    from store.migrations.versions.step_0001_records import _RECORDS as MADE

    told = [word.rstrip("#?*") for word in MADE[name].split()]
    return ", ".join([*_FIXED.split(), *(f'"{column}"' for column in told)])
