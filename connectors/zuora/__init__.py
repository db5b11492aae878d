"""Zuora Billing: accounts, products, subscriptions with all their versions, invoices, credit memos, payments, refunds.

Lists by Object Query: https://developer.zuora.com/api-references/api/tag/Object-Queries (cursor, at most 99 a page, filter by
updatedDate) · their fields: https://developer.zuora.com/v1-api-reference/api/operation/queryCreditMemos/ (queryInvoices, …) ·
a subscription's versions: …/operation/GET_SubscriptionsByKeyAndVersion/ · tokens by client credentials:
…/operation/createToken/ · an error may come with the status 200 and `success: false`.
"""

from connectors.zuora.zuora import Zuora

__all__ = ["Zuora"]
