"""HubSpot: companies, products, and deals with their line items.

Reference: https://developers.hubspot.com/docs/api-reference/crm-deals-v3/guide (and companies, products, line items)
    search           …/docs/api-reference/search/guide (200 a page, one sort, 10,000 hits, found after a while)
    associations     …/docs/api-reference/crm-associations-v4/guide (batch read, 207 where some have none)
    limits           …/docs/developer-tooling/platform/usage-guidelines (190 in ten seconds; search 5 a second)
    line item terms  https://knowledge.hubspot.com/properties/hubspots-default-line-item-properties

What becomes of a deal: connectors.hubspot.deals.
"""

from __future__ import annotations

from connectors.hubspot.hubspot import HubSpot

__all__ = ["HubSpot"]
