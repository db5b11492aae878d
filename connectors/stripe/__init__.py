"""Stripe: customers, products, subscriptions with their schedules, invoices, credit notes and cash.

Reference: https://docs.stripe.com/api, read at version 2025-09-30.clover
    pagination       https://docs.stripe.com/api/pagination (newest first, `starting_after`, 100 a page)
    changes          https://docs.stripe.com/api/events (kept for 30 days; a longer gap means everything is read)
    every status     https://docs.stripe.com/api/subscriptions/list (`status=all`)
    limits           https://docs.stripe.com/rate-limits (25 requests a second to one endpoint, 100 in all)
    rights           https://docs.stripe.com/keys#limit-access (a restricted key that may only read)

What becomes of a subscription: connectors.stripe.terms and .subscriptions; of an invoice: .billing; of cash: .cash.
"""

from __future__ import annotations

from connectors.stripe.stripe import Stripe

__all__ = ["Stripe"]
