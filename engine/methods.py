"""The methods of recognition by number, and what each measures progress with."""

from __future__ import annotations

import numpy as np

from engine.clocks import DAY, METHOD_CLOCKS
from model.records import RECOGNITION, TIME_BASED

METHODS = {name: number for number, name in enumerate(RECOGNITION)}
POINT, MILESTONE, PERCENT, UNITS, USAGE, MANUAL = (
    METHODS[m] for m in ("point_in_time", "milestone", "percent_complete", "units", "usage", "manual")
)
IS_TIME = np.array([method in TIME_BASED for method in RECOGNITION])
CLOCK = np.array([METHOD_CLOCKS.get(method, DAY) for method in RECOGNITION])
HALF = np.array([{"straight_line_full_months": 1, "straight_line_half_month": 2}.get(m, 0) for m in RECOGNITION])

# A share complete is a whole number of 10^-9.
SHARE_DIGITS = 9
WHOLE_SHARE = 10**SHARE_DIGITS
# What an obligation stands for; UNALLOCATED is the part of a contract that no promise is named for.
LINE, ADDED, FEE, UNALLOCATED = range(4)
