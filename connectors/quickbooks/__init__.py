"""QuickBooks Online: customers, items, sales documents, payments, and the figures of its reports.

Reference: https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/data-queries ·
…/change-data-capture · https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice ·
https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0 (refresh tokens
are of one use and rotate) · …/learn/limits-and-throttling (500 requests a minute, 10 at once)
"""

from connectors.quickbooks.quickbooks import QuickBooks

__all__ = ["QuickBooks"]
