"""Pipedrive (API v2): organizations and persons, products, deals with their products.

Reference: https://developers.pipedrive.com/docs/api/v1/Deals#getDeals (v2), …/Deals#getDealsProducts, …/Organizations,
…/Products · https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting (a budget of tokens a day and a burst limit)
"""

from connectors.pipedrive.pipedrive import Pipedrive

__all__ = ["Pipedrive"]
