"""Helpers of the connector tests can be imported by name: contract, vendor_data."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
