"""The two simulated vendors of the sample company, started together on the ports asked for, or on free ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from demo.company import Company
from demo.folder import BILLING_LIMIT, CRM_LIMIT, SECRETS
from demo.vendors.hubspot import HubSpotServer
from demo.vendors.server import VendorServer
from demo.vendors.stripe import StripeServer


@contextmanager
def vendors(company: Company, ports: tuple[int, int]) -> Iterator[tuple[HubSpotServer, StripeServer]]:
    """Both servers, running. A port that somebody else uses is replaced by a free one."""
    token, key = SECRETS["crm", "access_token"], SECRETS["billing", "api_key"]
    crm = HubSpotServer(company.crm, token, rate_per_second=CRM_LIMIT, search_per_second=5, port=ports[0])
    billing = StripeServer(company.billing, key, rate_per_second=BILLING_LIMIT, port=ports[1])
    with ExitStack() as stack:
        stack.enter_context(_started(crm))
        stack.enter_context(_started(billing))
        yield crm, billing


def _started(server: VendorServer) -> VendorServer:
    try:
        return server.start()
    except OSError:
        # Taken, or not allowed: any other will do.
        server.wanted_port = 0
        return server.start()
