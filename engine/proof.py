"""Evidence of performance gathered: deliveries, planned amounts, and usage as it was used or invoiced.

Source: ASC 606-10-25-31 to -37 (measures of progress), 606-10-55-18 (right to invoice), 606-10-55-46 to -48 (breakage).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.arithmetic import BoolArray, IntArray
from engine.clocks import month_first, month_of
from engine.exceptions import Findings
from engine.lines import explode
from engine.methods import MANUAL, MILESTONE, PERCENT, POINT, SHARE_DIGITS, UNITS, USAGE
from engine.parties import Parties
from engine.progress import Evidence, evidence, key_of
from engine.promises import Promises
from engine.receivables import Receivables
from engine.stated import scaled
from model.frames import Facts
from model.money import round_minor
from model.records import NO_DAY

_MEASURED_BY = {
    "delivered": POINT,
    "milestone": MILESTONE,
    "percent": PERCENT,
    "cost": PERCENT,
    "units": UNITS,
    "usage": USAGE,
}

Rows = tuple[IntArray, IntArray, IntArray, BoolArray, IntArray]  # obligation, day, value, cumulative as given, raw_id


def prove(facts: Facts, who: Parties, what: Promises, money: Receivables, scale: int, findings: Findings) -> Evidence:
    """All evidence as running totals. `scale`: the decimals in which quantities are whole numbers."""
    rows, line = _counted(facts["deliveries"], what, findings)
    by_cost = np.zeros(len(what), bool)
    by_cost[line[(rows["measure"] == "cost").to_numpy()]] = True
    parts = [
        _delivered(rows, line, who, what, by_cost, scale),
        _planned(facts["schedules"], what),
        _invoiced(money, what, rows, line),
        _ends(what, facts, who),
    ]
    columns = [np.concatenate([part[n] for part in parts]) for n in range(5)]
    return evidence(columns[0], columns[1], columns[2], columns[3].astype(bool), columns[4], by_cost)


def _counted(rows: pd.DataFrame, what: Promises, findings: Findings) -> tuple[pd.DataFrame, IntArray]:
    """Deliveries in a measure that their line's method uses; the others are exceptions."""
    rows = rows.sort_values("on", kind="stable", ignore_index=True)
    line = what.index(rows["line_id"].to_numpy(object))
    wanted = np.array([_MEASURED_BY[m] for m in rows["measure"]], np.int64)
    counts = (line >= 0) & (what.method[line] == wanted) if len(what) else np.zeros(len(rows), bool)
    findings.stray_deliveries(rows, line, wanted)
    return rows[counts].reset_index(drop=True), line[counts]


def _delivered(
    rows: pd.DataFrame, line: IntArray, who: Parties, what: Promises, by_cost: BoolArray, scale: int
) -> Rows:
    measure = rows["measure"].to_numpy(object)
    value = scaled(rows["value"].to_numpy(object), scale)
    currency = who.contracts["currency"].to_numpy(object)[what.contract[line]]
    for row in np.flatnonzero((measure == "cost") | (measure == "usage")):
        value[row] = round_minor(rows["value"].iloc[row], currency[row])
    shares = np.isin(measure, ("delivered", "milestone", "percent"))
    value[shares] //= 10 ** (scale - SHARE_DIGITS)
    keep = ~((measure == "percent") & by_cost[line])  # cost incurred outweighs a stated percentage
    columns = (line, rows["on"].to_numpy(np.int64), value, measure == "percent", rows["raw_id"].to_numpy(np.int64))
    line, day, value, latest, raw_id = (column[keep] for column in columns)
    return line, day, value, latest.astype(bool), raw_id


def _planned(rows: pd.DataFrame, what: Promises) -> Rows:
    line = what.index(rows["line_id"].to_numpy(object))
    on = np.flatnonzero((line >= 0) & (what.method[line] == MANUAL)) if len(what) else np.zeros(0, np.int64)
    day, value, raw_id = (rows[name].to_numpy(np.int64)[on] for name in ("on", "amount_minor", "raw_id"))
    return _plain(line[on], day, value, raw_id)


def _invoiced(money: Receivables, what: Promises, delivered: pd.DataFrame, delivered_of: IntArray) -> Rows:
    """Where no usage is told, what was invoiced for it stands for it (606-10-55-18).

    What is told of the days that an invoice is for stands in its place; where the invoice does not say which these are, what
    is told up to the end of its month does, for usage is mostly invoiced afterwards. Of a line that is metered at any time,
    an invoice of its minimum, or one up to the first day of its service, is for what will be used.
    """
    bills = money.lines
    line, home, day, start, end = (bills[name].to_numpy(np.int64)
                                   for name in ("line", "home", "day", "service_start", "service_end"))  # fmt: skip
    own = bills["final"].to_numpy(bool) & (line >= 0) & (home == line)
    if not (len(what) and own.any()):
        return _plain(*np.zeros((4, 0), np.int64))
    own &= what.method[line] == USAGE
    told = (delivered["measure"] == "usage").to_numpy()
    ahead = (what.stated[line] != 0) | ((start == NO_DAY) & (day <= what.start[line]))
    own &= ~(ahead & np.isin(line, delivered_of[told]))
    metered = np.sort(key_of(delivered_of[told], delivered["on"].to_numpy(np.int64)[told]))
    until = np.where(end == NO_DAY, month_first(month_of(np.maximum(day, start)) + 1) - 1, end)
    before = np.searchsorted(metered, key_of(line, start), "left")  # where none is stated, the first day of all
    own &= np.searchsorted(metered, key_of(line, until), "right") <= before
    return _plain(*(bills[name].to_numpy(np.int64)[own] for name in ("line", "day", "amount_minor", "raw_id")))


def _ends(what: Promises, facts: Facts, who: Parties) -> Rows:
    """Every day on which a usage line may end is a day that counts: a minimum not used up is earned on its last."""
    used = np.flatnonzero(what.method == USAGE)
    if not used.size:
        return _plain(*np.zeros((4, 0), np.int64))
    rows = used[what.end[used] != NO_DAY]
    ends = facts["amendments"][["contract_id", "end_on"]]
    contract, day = who.contract_index(ends["contract_id"].to_numpy(object)), ends["end_on"].to_numpy(np.int64)
    stated = np.flatnonzero((contract >= 0) & (day != NO_DAY))
    stated = stated[np.argsort(contract[stated], kind="stable")]
    low, high = (np.searchsorted(contract[stated], what.contract[used], side) for side in ("left", "right"))
    place, of = explode(low, high - 1)
    line, day = np.r_[rows, used[of]], np.r_[what.end[rows], day[stated[place]]]
    return _plain(line, day, np.zeros(line.size, np.int64), what.raw_id[line])


def _plain(line: IntArray, day: IntArray, value: IntArray, raw_id: IntArray) -> Rows:
    return line, day, value, np.zeros(line.size, bool), raw_id
