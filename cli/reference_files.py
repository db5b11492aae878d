"""The reference page of the canonical files: the columns of model.records, as a finance team writes them."""

from __future__ import annotations

from model.records import TABLES, Column, Kind, Table

_RULES = """
# Canonical files

The connector of kind `files` reads a folder with one CSV file a table, or one .xlsx with a sheet a table, whose columns
already are the normalized record. Every other connector ends in the same columns.

- UTF-8, a header row, commas. A file may be absent, a column that is not required too. Columns not named here are kept
  with the raw record and otherwise ignored.
- Dates are written `2026-01-31`, months `2026-01`, amounts `12000.00` in major units with no more decimals than the
  currency has, currencies as ISO 4217 codes. A blank cell means "not given".
- **Bold** columns are required; those marked *key* name the record. Loading the same files twice changes nothing; a
  changed row is a new version of its record. A row that has gone from its file keeps its record, unless the connector
  says `missing = "delete"`.
- A row that breaks a rule is set aside with file, row, column, reason and remedy (`backlog rejected list`) and the
  others load. A row that points at an id nobody has sent yet waits for it.
- `contracts.status`: `signed`, `active`, `confirmed`, `completed` and `cancelled` are commitments and count from
  `signed_on`, which they need; `draft`, `verbal`, `proposal` and `negotiation` never count.
- A contract line is one promise. `amount` is the stated price of the whole line; a line without dates has its
  contract's; without a method it has its product's, else the one of the [policy](settings.md).
- `invoices.status`: `draft` is nothing yet; `open` and `paid` are billed; `void` never was; `uncollectible` stays
  billed and is written off. `invoice_lines.amount` is without tax.
- `contracts.total` and `invoices.total` are what the document itself states, an invoice's with tax. They change no figure:
  lines that do not come to them are an exception. Another connector brings one where its configuration names the vendor's
  field: `"contracts.total" = "amount"` under `[connectors.crm.fields]`.
"""


def page(made: str) -> str:
    """The whole page beneath the line that says what it was made from."""
    return f"{made}{_RULES}\n" + "\n".join(_section(table) for table in TABLES.values())


def _section(table: Table) -> str:
    rows = "".join(f"| {_name(table, column)} | {_meaning(column)} |\n" for column in table.columns)
    return f"## {table.name}.csv\n\n| column | is |\n| --- | --- |\n{rows}"


def _name(table: Table, column: Column) -> str:
    shown = f"**`{column.name}`**" if column.required else f"`{column.name}`"
    return f"{shown} *key*" if column.name in table.key else shown


def _meaning(column: Column) -> str:
    meaning = "one of " + ", ".join(f"`{word}`" for word in column.choices) if column.choices else column.kind.value
    if column.kind is Kind.MONEY:
        meaning = "amount"
    if column.refers:
        meaning = f"an id of [{column.refers}](#{column.refers}csv)"
    return f"{meaning}; blank = `{column.default}`" if column.default else meaning
