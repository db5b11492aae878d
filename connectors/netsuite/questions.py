"""The questions in SuiteQL. Column names come back in small letters, every value as text.

Dates are told in the account's format unless TO_CHAR says otherwise; moments are in the account's time zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

DAY = "'YYYY-MM-DD'"
MOMENT = "'YYYY-MM-DD HH24:MI:SS'"
# our objects -> NetSuite's transaction types
TYPES = {
    "sales_orders": ("SalesOrd",), "invoices": ("CustInvc",), "cash_sales": ("CashSale",),
    "credits": ("CustCred", "CashRfnd"), "payments": ("CustPymt", "CustRfnd"),
}  # fmt: skip
PARTIES = {
    "customers": "SELECT r.id, r.entityid, r.companyname, r.altname, r.parent, r.url, r.isinactive{more} FROM customer r",
    "items": "SELECT r.id, r.itemid, r.displayname, r.itemtype{more} FROM item r",
}
_HEAD = (
    "SELECT r.id, r.tranid, r.type, r.status, r.entity, r.voided, c.symbol AS currency, r.foreigntotal, r.employee, "
    f"TO_CHAR(r.trandate, {DAY}) AS trandate, TO_CHAR(r.duedate, {DAY}) AS duedate{{more}} "
    "FROM transaction r JOIN currency c ON c.id = r.currency"
)


def listing(name: str, last: str, since: dt.datetime | None, more: Sequence[str]) -> str:
    """The next records of an object beyond an id; `since` in the account's zone: those that changed."""
    columns = "".join(f", r.{column}" for column in more)
    asked = (PARTIES.get(name) or _HEAD).format(more=columns)
    tests = [f"r.id > {int(last or 0)}"]
    if name in TYPES:
        tests.append(f"r.type IN ({words(TYPES[name])})")
    if since is not None:
        tests.append(f"r.lastmodifieddate >= TO_DATE('{since:%Y-%m-%d %H:%M:%S}', {MOMENT})")
    return f"{asked} WHERE {' AND '.join(tests)} ORDER BY r.id"


def columns(table: str, names: Sequence[str]) -> str:
    """No record, but an error where what a table is read from lacks one of the columns."""
    source = {"customers": "customer", "products": "item"}.get(table, "transaction")
    source += "line" if table.endswith("_lines") else ""
    asked = ", ".join(f"r.{name}" for name in names)
    return f"SELECT {asked} FROM {source} r WHERE r.id = 0 ORDER BY {asked}"


def lines(keys: Sequence[str], last: str, more: Sequence[str]) -> str:
    """The lines of transactions, those of taxes and the main line included. Sales stand negative in the ledger."""
    columns = "".join(f", l.{column}" for column in more)
    return (
        "SELECT l.uniquekey, l.transaction, l.id, l.mainline, l.taxline, l.item, l.quantity, l.rate, l.foreignamount, "
        f"l.memo, l.createdfrom{columns} FROM transactionline l WHERE l.transaction IN ({', '.join(keys)}) "
        f"AND l.iscogs = 'F' AND l.uniquekey > {int(last or 0)} ORDER BY l.uniquekey"
    )


def applied(keys: Sequence[str]) -> str:
    """What payments and refunds settle: pairs of documents with the amount."""
    return (
        "SELECT k.previousdoc, k.nextdoc, k.foreignamount FROM NextTransactionLink k "
        f"WHERE k.linktype = 'Payment' AND k.nextdoc IN ({', '.join(keys)}) ORDER BY k.nextdoc, k.previousdoc"
    )


def deleted(since: dt.datetime) -> str:
    """Ids of records deleted since a moment in the account's zone, with what they were.

    The columns others have asked for: https://timdietrich.me/blog/netsuite-suiteql-query-deleted-records/
    """
    return (
        "SELECT d.recordid, d.type FROM DeletedRecord d "
        f"WHERE d.deleteddate >= TO_DATE('{since:%Y-%m-%d %H:%M:%S}', {MOMENT}) ORDER BY d.recordid"
    )


def figures(base_currency: str) -> str:
    """The ledger by month, kind of account and the currency it is kept in, of the primary book."""
    money = f"'{base_currency}'" if base_currency else "c.symbol"
    whose = "" if base_currency else (
        "JOIN transactionline l ON l.transaction = g.transaction AND l.id = g.transactionline "
        "JOIN subsidiary s ON s.id = l.subsidiary JOIN currency c ON c.id = s.currency "
    )  # fmt: skip
    return (
        f"SELECT TO_CHAR(p.enddate, {DAY}) AS period_end, a.accttype, {money} AS currency, SUM(g.amount) AS amount "
        "FROM TransactionAccountingLine g JOIN transaction r ON r.id = g.transaction "
        f"JOIN accountingperiod p ON p.id = r.postingperiod JOIN account a ON a.id = g.account {whose}"
        f"WHERE g.posting = 'T' AND g.accountingbook = 1 GROUP BY TO_CHAR(p.enddate, {DAY}), a.accttype, {money} "
        "ORDER BY 1, 2, 3"
    )


def words(values: Sequence[str]) -> str:
    """A list of texts as SuiteQL writes it."""
    return ", ".join(f"'{value}'" for value in values)
