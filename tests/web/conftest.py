"""A server over the small company and a browser, one of each for all tests of a module."""

import shutil
from collections.abc import Iterator
from typing import Any

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    from playwright import sync_api as api

    with api.sync_playwright() as playwright:
        words = [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        made = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=words)
        yield made
        made.close()
