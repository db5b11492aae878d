"""NetSuite: customers, items, sales orders, invoices, cash sales, credits, payments, and the ledger's monthly figures.

All is read by SuiteQL: https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_157909186990.html (REST),
…/section_156257770590.html (the language). Tokens: …/section_162730264820.html (client credentials with a certificate).
An answer shows 100,000 rows in all, so nothing is read by offset: every question goes on from the last id.
"""

from connectors.netsuite.netsuite import NetSuite

__all__ = ["NetSuite"]
