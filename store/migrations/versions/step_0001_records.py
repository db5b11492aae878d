"""The store's first form: records with their history, raw payloads, runs, rejects, aliases, leases.

Written out here and not taken from store.schema, so that this step makes the same tables for ever.
In the texts below: name, then # for a whole number (else text), ? for one that may be missing, * for the key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_VERSION = "version_id#* source record_id origin_object origin_key raw_id# run_id# row_hash known_from known_to? "

_RECORDS = {
    "customers": "customer_id name parent_id? domain? tax_id? region? segment?",
    "products": "product_id name family? recognition? ssp? unit_cost?",
    "contracts": (
        "contract_id customer_id status signed_on? start_on? end_on? currency number? evergreen#? "
        "terminable_on_notice_days#? sales_rep? owner? payment_terms_days#? deal_id?"
    ),
    "contract_lines": (
        "line_id contract_id amount_minor# product_id? description? quantity? unit_price? start_on? end_on? "
        "recognition? ssp_minor#? ssp_method? bundle? bundle_ssp_minor#? expected_cost_minor#? unit_cost? currency"
    ),
    "estimates": "estimate_id contract_id line_id? on amount_minor# reason? currency",
    "amendments": (
        "amendment_id contract_id signed_on effective_on kind line_id? new_line_id? product_id? description? "
        "quantity? unit_price? amount_minor#? start_on? end_on? recognition? ssp_minor#? expected_cost_minor#? "
        "treatment? currency?"
    ),
    "deliveries": "delivery_id line_id on measure value",
    "schedules": "line_id on amount_minor# currency",
    "invoices": "invoice_id customer_id issued_on currency status contract_id? number? due_on? written_off_on?",
    "invoice_lines": (
        "invoice_line_id invoice_id amount_minor# line_id? description? tax_minor#? service_start? service_end? "
        "currency"
    ),
    "credit_notes": (
        "credit_note_id customer_id issued_on currency amount_minor# invoice_id? line_id? tax_minor#? reason?"
    ),
    "payments": "payment_id customer_id received_on amount_minor# currency invoice_id? kind?",
    "fx_rates": "on from_currency to_currency rate kind?",
    "financials": "period_end measure amount_minor# currency",
    "capacity": "month family amount currency?",
    "targets": "month measure amount currency?",
}
_CHILDREN = (
    ("contract_lines", "contract_id"),
    ("estimates", "contract_id"),
    ("amendments", "contract_id"),
    ("amendments", "new_line_id"),
    ("schedules", "line_id"),
)
_BOOKS = {
    "data_version": "id#* store_id version# last_at",
    "raw": "id#* source object key hash place link payload deleted# known_from run_id#",
    "runs": "id#* source started_at ended_at? state error asked",
    "rejects": (
        "id#* source object key slot raw_id# hash place table_name column_name reason remedy body first_run# "
        "last_run# first_at last_at resolved_at? outcome?"
    ),
    "closes": "id#* period known_at closed_at figures digest previous reopened_at? why",
    "matches": "id#* table_name left_source left_id right_source right_id rule state made_at decided_at? why",
}
_KEYED = {
    "items": "source* object* key* hash state raw_id# place records",
    "run_objects": "run_id#* object* read# added# changed# unchanged# removed# rejected#",
    "cursors": "source* object* cursor updated_at run_id#",
    "waits": "table_name* record_id* reject_id#*",
    "aliases": "source* table_name* old_id* new_id known_from run_id#",
    "leases": "name* holder acquired_at expires_at",
}


def upgrade() -> None:
    for name, columns in _RECORDS.items():
        _create(name, _VERSION + columns)
        _index(f"{name}_now", name, ["record_id", "source"], "known_to IS NULL", unique=True)
        _index(f"{name}_past", name, ["record_id", "source"], "known_to IS NOT NULL")
    for name, column in _CHILDREN:
        _index(f"{name}_{column}", name, [column], "known_to IS NULL")
    for name, columns in _BOOKS.items():
        _create(name, columns)
    for name, columns in _KEYED.items():
        _create(name, columns, rowid=False)
    _index("rejects_open", "rejects", ["source", "object", "key", "slot"], "resolved_at IS NULL", unique=True)
    _index("waits_reject", "waits", ["reject_id"], None)


def downgrade() -> None:
    for name in (*_RECORDS, *_BOOKS, *_KEYED):
        op.drop_table(name)


def _create(name: str, columns: str, *, rowid: bool = True) -> None:
    made = [_column(text) for text in columns.split()]
    op.create_table(name, *made, sqlite_strict=True, sqlite_with_rowid=rowid)


# Ordered by their bytes, as SQLite does, whatever the language of the database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _column(text: str) -> sa.Column[int] | sa.Column[str]:
    name, key, null = text.rstrip("#?*"), text.endswith("*"), "?" in text
    if "#" not in text:
        return sa.Column(name, _TEXT, nullable=null, primary_key=key)
    return sa.Column(name, sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite"), nullable=null, primary_key=key)


def _index(name: str, table: str, columns: list[str], where: str | None, *, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
