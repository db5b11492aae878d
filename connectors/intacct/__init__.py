"""Sage Intacct, by its XML web services: contracts with their lines, invoices, adjustments, payments.

Queries: https://developer.intacct.com/web-services/queries/ (filter, order, at most 2,000 a page, `lookup` for the fields) ·
requests and sessions: …/web-services/requests/ · …/api/contracts-rev-mgmt/contracts/ · …/contract-lines/ ·
…/api/accounts-receivable/invoices/ · …/ar-adjustments/ · …/ar-payments/ · deletions: …/api/company-console/audit-trails/ ·
one job at a time: https://developer.intacct.com/support/faq/. The newer REST interface calls its contracts uncertified.
"""

from connectors.intacct.intacct import Intacct

__all__ = ["Intacct"]
