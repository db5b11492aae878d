"""A server over the small company, one for all tests of a module."""

from collections.abc import Iterator

import httpx
import pytest
import small_company
import web_server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[web_server.Served]:
    """A running server."""
    config = small_company.make(tmp_path_factory.mktemp("company"), '[web]\nlisten = "127.0.0.1:0"\n')
    with web_server.running(config) as made:
        yield made


@pytest.fixture
def viewer(served: web_server.Served) -> Iterator[httpx.Client]:
    """Whoever has a viewer's token."""
    with httpx.Client(base_url=served.url, headers=served.headers, timeout=60) as client:
        yield client
