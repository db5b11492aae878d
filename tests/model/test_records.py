"""The normalized records: the tables of the canonical files, as the contract states them."""

import pytest

from model.records import COMMITTED, RECOGNITION, TABLES, TIME_BASED, UNCOMMITTED, Kind, record_id

# The public contract, copied from the reference of the canonical files: columns may be added, none renamed.
CONTRACT = {
    "customers": "customer_id*, name*, parent_id, domain, tax_id, region, segment",
    "products": "product_id*, name*, family, recognition, ssp, unit_cost",
    "contracts": "contract_id*, customer_id*, status*, signed_on, start_on, end_on, currency*, number, evergreen, "
    "terminable_on_notice_days, sales_rep, owner, payment_terms_days, deal_id",
    "contract_lines": "line_id*, contract_id*, amount*, product_id, description, quantity, unit_price, start_on, "
    "end_on, recognition, ssp, ssp_method, bundle, bundle_ssp, expected_cost, unit_cost",
    "estimates": "estimate_id*, contract_id*, line_id, on*, amount*, reason",
    "amendments": "amendment_id*, contract_id*, signed_on*, effective_on*, kind*, line_id, new_line_id, product_id, "
    "description, quantity, unit_price, amount, start_on, end_on, recognition, ssp, expected_cost, treatment",
    "deliveries": "delivery_id*, line_id*, on*, measure*, value*",
    "schedules": "line_id*, on*, amount*",
    "invoices": "invoice_id*, customer_id*, issued_on*, currency*, status*, contract_id, number, due_on",
    "invoice_lines": "invoice_line_id*, invoice_id*, amount*, line_id, description, tax, service_start, service_end",
    "credit_notes": "credit_note_id*, customer_id*, issued_on*, currency*, amount*, invoice_id, line_id, tax, reason",
    "payments": "payment_id*, customer_id*, received_on*, amount*, currency*, invoice_id, kind",
    "fx_rates": "on*, from_currency*, to_currency*, rate*, kind",
    "financials": "period_end*, measure*, amount*, currency*",
    "capacity": "month*, family*, amount*, currency",
    "targets": "month*, measure*, amount*, currency",
}


def test_there_is_one_table_a_file():
    assert list(TABLES) == list(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_every_column_of_the_contract_is_there_and_as_required(name):
    columns = {column.name: column.required for column in TABLES[name].columns}
    for spec in CONTRACT[name].split(", "):
        assert columns.pop(spec.rstrip("*")) is spec.endswith("*"), spec
    assert not any(columns.values()), "a column that was added later can never be required"


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_table_is_sound(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    for column in table.columns:
        assert not column.refers or column.refers in TABLES
        assert bool(column.choices) is (column.kind is Kind.CHOICE)
        assert not column.default or not column.choices or column.default in column.choices
        assert table.column(column.name) is column
        assert column.stored == (f"{column.name}_minor" if column.kind is Kind.MONEY else column.name)


@pytest.mark.parametrize("table", [table for table in TABLES.values() if table.has_money], ids=lambda table: table.name)
def test_money_always_finds_its_currency(table):
    """In its own row, or along the way that currency_of names, which ends at a row that has one."""
    seen = set()
    while "currency" not in {column.name for column in table.columns}:
        assert table.name not in seen
        seen.add(table.name)
        table = TABLES[table.column(table.currency_of).refers]
    assert table.column("currency").kind is Kind.CURRENCY


def test_a_contract_either_counts_or_it_does_not():
    assert set(COMMITTED).isdisjoint(UNCOMMITTED)
    assert TABLES["contracts"].column("status").choices == COMMITTED + UNCOMMITTED


def test_time_based_recognition_is_what_needs_dates():
    assert set(RECOGNITION) > TIME_BASED
    assert len(TIME_BASED) == 5


@pytest.mark.parametrize(
    ("table", "record", "identity"),
    [
        ("customers", {"customer_id": "C1", "name": "Acme"}, "C1"),
        ("schedules", {"line_id": "L1", "on": "2026-01-31"}, "L1/2026-01-31"),
        ("capacity", {"month": "2026-10", "family": "core"}, "2026-10/core/"),
    ],
)
def test_a_record_is_known_by_its_key_columns(table, record, identity):
    assert record_id(TABLES[table], record) == identity
