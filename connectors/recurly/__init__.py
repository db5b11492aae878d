"""Recurly (API v2021-02-25): accounts, plans, subscriptions, invoices with all line items, credit invoices, transactions.

Reference: https://recurly.com/developers/api/v2021-02-25/index.html#operation/list_subscriptions (and list_invoices,
list_transactions, list_accounts, list_plans, list_custom_field_definitions) · …/index.html#section/Getting-Started/Pagination · …/Limits

A subscription is a contract: its billed periods are lines and renewals, the running period and the rest of its term are
what is agreed but not billed. A credit within an immediate change ends the old price. Amounts are major units.
"""

from connectors.recurly.recurly import Recurly

__all__ = ["Recurly"]
