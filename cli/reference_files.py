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
  currency has, currencies as ISO 4217 codes. A blank cell means "not given". Where Excel writes decimals with a comma,
  keep the tables as sheets of one .xlsx: its numbers and dates need no form.
- **Bold** columns are required; those marked *key* name the record. Loading the same files twice changes nothing; a
  changed row is a new version of its record. A row that has gone from its file keeps its record, unless the connector
  says `missing = "delete"`.
- A row that breaks a rule is set aside with file, row, column, reason and remedy (`backlog rejected list`) and the
  others load. A row that points at an id nobody has sent yet waits for it.
- `contracts.status`: `signed`, `active`, `confirmed`, `completed` and `cancelled` are commitments and count from
  `signed_on`, which they need; `draft`, `verbal`, `proposal` and `negotiation` never count.
- A contract line is one promise. `amount` is the stated price of the whole line; a line without dates has its
  contract's; without a method it has its product's, else the one of the [policy](settings.md).
- `contract_lines`: where every line of a contract has an `ssp` (its own, or its product's times `quantity`), the price is
  allocated over the lines in that proportion, else stated prices stand. A negative line is a discount, allocated over the
  contract. `ssp_method` `residual` takes what the others leave. Lines that share a `bundle` are sold together at
  `bundle_ssp`: a discount that this explains is theirs alone.
- `recognition`: `straight_line_daily` by day, both ends included; `straight_line_monthly` equal months, part months by day;
  `straight_line_full_months` a started month counts whole, the last is cut; `straight_line_half_month` a first or last month
  that is partly covered counts half; `straight_line_30_360`; `point_in_time` on its delivery; `milestone`,
  `percent_complete`, `units` by deliveries; `usage` as used, outside backlog; `manual` by the rows of `schedules.csv`.
- `deliveries.measure` says what `value` is: `delivered` 1; `milestone` the share of the line that this event earns, 0 to 1;
  `percent` the share complete so far, 0 to 1 (0.45 for 45 percent); `cost` what this event cost, of the line's
  `expected_cost`; `units` how many this event delivered, of the line's `quantity`; `usage` the amount earned.
- `estimates`: the variable part of the price that counts from `on`; a later row for the same contract and line replaces it.
  Without a `line_id` it is spread over the contract.
- `amendments.kind`: `add_line` a new promise, `new_line_id`; `change_line` amount, quantity, cost and end are new totals of
  the whole line, what is delivered included, and blank ones stay; `remove_line` what is undelivered on `effective_on` goes;
  `extend` a new `end_on`, and a new total if `amount` is given; `renew` a further term with a `new_line_id`, dates and amount;
  `terminate` every line goes as by `remove_line`, `amount` is a termination fee. The last day under the old terms is the day
  before `effective_on`. `treatment` blank: decided by ASC 606-10-25-12 and 25-13.
- `invoices.status`: `draft` is nothing yet; `open` and `paid` are billed; `void` never was; `uncollectible` stays
  billed and is written off. `invoice_lines.amount` is without tax.
- `credit_notes.reason`: `billing_correction` moves what is billed only; `price_concession`, `cancellation` and `refund` lower
  the price too; `bad_debt` is an expense. `payments.kind`: `dispute` is provisional, undone by a later one of the other sign.
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
        meaning = f"an id of [{column.refers}](#{column.refers}csv)" + (
            ", which need not be there" if column.loosely else ""
        )
    return f"{meaning}; blank = `{column.default}`" if column.default else meaning
