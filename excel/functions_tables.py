"""The functions that answer with a table: movements, schedules, proofs and lists. In a sheet they spill.

Each takes single values; the first row of a spilled table are its headings.
"""

from __future__ import annotations

from excel import differences, tables
from excel.answers import Table
from excel.catalogue import function
from excel.host import Host
from excel.vocabulary import By, Customer, Date, Dimension, From, Pattern, To


@function(
    "BACKLOG_ROLLFORWARD", returns="table", example='=BACKLOG_ROLLFORWARD("Acme Ltd", DATE(2026,1,1), DATE(2026,3,31))'
)
def backlog_rollforward(host: Host, customer: Customer, from_: From, to: To) -> Table:
    """Movements of backlog over a period, a row each: opening plus changes is closing, to the minor unit."""
    return tables.rollforward(host.ledger(None), customer.one(), from_.one(), to.one())


@function(
    "DEFERRED_ROLLFORWARD",
    returns="table",
    example='=DEFERRED_ROLLFORWARD("Acme Ltd", DATE(2026,1,1), DATE(2026,3,31))',
)
def deferred_rollforward(host: Host, customer: Customer, from_: From, to: To) -> Table:
    """Movements of deferred revenue over a period, in total, current and long-term: opening plus changes is closing."""
    return tables.deferred(host.ledger(None), customer.one(), from_.one(), to.one())


@function(
    "REVENUE_SCHEDULE",
    returns="table",
    example='=REVENUE_SCHEDULE("Acme Ltd", DATE(2026,1,1), DATE(2027,12,31), "quarter")',
)
def revenue_schedule(host: Host, customer: Customer, from_: From, to: To, by: By) -> Table:
    """Revenue recognized or scheduled by month, quarter or year of the fiscal calendar."""
    return tables.schedule(host, customer.one(), from_.one(), to.one(), by.one())


@function("WATERFALL", returns="table", example="=WATERFALL(DATE(2026,1,1), DATE(2026,12,31))")
def waterfall(host: Host, from_: From, to: To) -> Table:
    """Months of booking down, months of recognition across, and what remains; the totals are revenue and backlog."""
    return tables.waterfall(host, from_.one(), to.one())


@function("BACKLOG_BY", returns="table", example='=BACKLOG_BY("segment", DATE(2026,1,31))')
def backlog_by(host: Host, dimension: Dimension, date: Date) -> Table:
    """Backlog broken down by one dimension."""
    return tables.breakdown(host.ledger(None), dimension.one(), date.one())


@function("BACKLOG_EXPLAIN", returns="table", example='=BACKLOG_EXPLAIN("Acme Ltd", DATE(2026,1,31))')
def backlog_explain(host: Host, customer: Customer, date: Date) -> Table:
    """The proof of a backlog figure: a row per obligation, down to its source record."""
    return tables.explanation(host, customer.one(), date.one())


@function("CUSTOMERS", returns="table", example='=CUSTOMERS("Acme*")')
def customers(host: Host, pattern: Pattern) -> Table:
    """Customers as merged from all sources: id, name, segment and region."""
    return tables.customers(host.ledger(None), pattern.one())


@function("CONTRACTS", returns="table", example='=CONTRACTS("Acme Ltd", DATE(2026,1,31))')
def contracts(host: Host, customer: Customer, date: Date) -> Table:
    """Contracts of a customer signed by that day."""
    return tables.contracts(host.ledger(None), customer.one(), date.one())


@function("EXCEPTIONS", returns="table", example='=EXCEPTIONS("Acme Ltd", DATE(2026,1,31))')
def exceptions(host: Host, customer: Customer, date: Date) -> Table:
    """What someone must look at by that day: the rule that was broken, where, and the amount at stake."""
    return tables.exceptions(host, customer.one(), date.one())


@function("RECONCILIATION", returns="table", example='=RECONCILIATION("Acme Ltd", DATE(2026,1,31))')
def reconciliation(host: Host, customer: Customer, date: Date) -> Table:
    """Where systems differ about what is one, with amounts: prices, invoices, what one has alone, and what is to be judged."""
    return differences.reconciliation(host, customer.one(), date.one())
