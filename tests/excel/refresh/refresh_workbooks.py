"""Workbooks as other people make them, by several writers, each with cells of ours and the values they must show.

The books are those of the fixture `booked`: Acme Ltd's 12,000.00 over the twelve months of 2026, by months, and today is
31 January 2026. So the backlog at the end of month m is 12,000 − 1,000 m: figures that need no program to be known.
"""

from __future__ import annotations

import refresh_by_hand  # noqa: F401  (importing them declares the makers)
import refresh_by_openpyxl  # noqa: F401
import refresh_by_xlsxwriter  # noqa: F401
from refresh_made import MAKERS, Made

__all__ = ["MAKERS", "Made"]
