"""Tryton: parties, products, subscriptions, sales, opportunities, customer invoices with their payments.

Read by JSON-RPC: https://docs.tryton.org/latest/server/topics/rpc.html (calls and their encoding) ·
https://docs.tryton.org/latest/modules-sale/ · …/modules-sale-subscription/ · …/modules-account-invoice/
"""

from connectors.tryton.tryton import Tryton

__all__ = ["Tryton"]
