"""What those who ask the server may be, the least first: each may do all that the ones before it may."""

from __future__ import annotations

ROLES = ("viewer", "operator", "admin")
"""Ask for figures; see how the service goes and records as they were sent; all."""
