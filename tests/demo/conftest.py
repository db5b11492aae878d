"""Servers with a little data, and the sample company, made once."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from demo.company import Company, make_company
from demo.vendors.hubspot import HubSpotServer
from demo.vendors.stripe import StripeServer


@pytest.fixture(scope="session")
def company() -> Company:
    """The sample company of the default seed."""
    return make_company()


@pytest.fixture
def stripe() -> Iterator[Callable[..., tuple[StripeServer, httpx.Client]]]:
    """Starts a simulated Stripe with 25 invoices (and what else is given) and a client that has its key."""
    started: list[tuple[StripeServer, httpx.Client]] = []

    def start(data: dict[str, Any] | None = None, **options: Any) -> tuple[StripeServer, httpx.Client]:
        server = StripeServer({"invoices": invoices(25), **(data or {})}, key="sk_test_1234567890", **options).start()
        client = httpx.Client(base_url=server.url, headers={"Authorization": "Bearer sk_test_1234567890"}, timeout=5)
        started.append((server, client))
        return server, client

    yield start
    for server, client in started:
        client.close()
        server.stop()


@pytest.fixture
def hubspot() -> Iterator[Callable[..., tuple[HubSpotServer, httpx.Client]]]:
    """Starts a simulated HubSpot with 250 deals (and what else is given) and a client that has its token."""
    started: list[tuple[HubSpotServer, httpx.Client]] = []

    def start(data: dict[str, Any] | None = None, **options: Any) -> tuple[HubSpotServer, httpx.Client]:
        server = HubSpotServer({"deals": deals(250), **(data or {})}, token="pat-1", **options).start()
        client = httpx.Client(base_url=server.url, headers={"Authorization": "Bearer pat-1"}, timeout=5)
        started.append((server, client))
        return server, client

    yield start
    for server, client in started:
        client.close()
        server.stop()


def invoices(count: int) -> list[dict[str, Any]]:
    """Invoices in_0 … created three a second; the number says how many lines each has."""
    return [
        {
            "id": f"in_{n}", "object": "invoice", "created": 1_700_000_000 + n // 3, "status": "open",
            "customer": f"cus_{n % 2}", "lines": {"object": "list", "data": [{"id": f"il_{n}_{m}"} for m in range(n)]},
        }
        for n in range(count)
    ]  # fmt: skip


def deals(count: int) -> list[dict[str, Any]]:
    """Deals 1 … of which ten share every second of change."""
    return [
        {
            "id": str(n), "properties": {"dealname": f"Deal {n}", "amount": f"{n}.50", "dealstage": "closedwon"},
            "createdAt": "2026-01-01T00:00:00.000Z", "updatedAt": f"2026-01-01T00:00:{n // 10:02d}.000Z",
            "archived": False,
        }
        for n in range(1, count + 1)
    ]  # fmt: skip
