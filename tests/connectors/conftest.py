"""Helpers of the connector tests can be imported by name: contract, vendor_data, vendors."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("contract")
