"""Chargebee (API v2, Product Catalog 2.0): subscriptions, invoices with all lines, credit notes, transactions.

Reference: https://apidocs.chargebee.com/docs/api/subscriptions · …/invoices · …/credit_notes · …/transactions ·
…/item_prices · https://apidocs.chargebee.com/docs/api/error-handling (limits)

A subscription is a contract: its billed terms are lines and renewals, its running term and the rest of its contract term
are what is agreed but not billed yet, a credit note for a change in mid-term ends the old price. Amounts are whole minor
units as ISO 4217 counts them.
"""

from connectors.chargebee.chargebee import Chargebee

__all__ = ["Chargebee"]
