"""Xero: contacts, items, sales invoices, credit notes, payments, and the figures of its reports.

Reference: https://developer.xero.com/documentation/api/accounting/invoices · …/creditnotes · …/payments · …/reports ·
https://developer.xero.com/documentation/guides/oauth2/limits/ (60 a minute, 5,000 a day; X-Rate-Limit-Problem says which)
· https://developer.xero.com/documentation/guides/oauth2/auth-flow/ (a refresh token is of one use)
· https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero_accounting.yaml (each list takes `order` by any element, so by id)

Only sales are read: invoices of the type ACCREC and credit notes ACCRECCREDIT; ACCPAY are suppliers' bills. What is
deleted or voided stays in the lists with that status. Dates are days of the organisation; amounts are major units.
"""

from connectors.xero.xero import Xero

__all__ = ["Xero"]
