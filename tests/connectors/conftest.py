"""Helpers of the connector tests can be imported by name: contract, simulation, vendor_data, vendors."""

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from connectors.kit import oauth

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("contract", "simulation")


@pytest.fixture(scope="session", autouse=True)
def keys_read_once() -> Iterator[None]:
    """Reading an RSA key tries its primes, which takes longer than a pull; the tests use few keys, again and again."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(oauth, "import_key", lru_cache(oauth.import_key))
        yield
