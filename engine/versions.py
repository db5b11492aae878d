"""The versions of a promise: on which terms it was earned, from which day.

A version says: from day `since` on, revenue to date is

    base + round(price × (done − done_before) ÷ (total − done_before))

where `base` is what was recognized before its terms took effect, `price` what its terms give to what then remained,
and done ÷ total the progress of the method. Inception and cumulative catch-up have no base and nothing done before.
"""

from __future__ import annotations

import numpy as np

from engine.arithmetic import BoolArray, IntArray, product, prorate
from engine.lines import Lines, monthly, straight, to_date
from engine.methods import HALF, IS_TIME, USAGE
from engine.progress import AMOUNTS, Progress, Terms, clocks
from model.records import NO_DAY

OWN, SHARED = 1, 2
INCEPTION, SEPARATE, PROSPECTIVE, CATCH_UP, REMOVAL, ESTIMATE, CONCESSION, REALLOCATED = range(8)
RULES = (
    "606-10-25-30", "606-10-25-12", "606-10-25-13(a)", "606-10-25-13(b)", "606-10-25-10", "606-10-32-42", "606-10-32-43",
    "606-10-25-13(a), 606-10-32-43", "250-10-45-27",
)  # fmt: skip

FIELDS = ("obligation", "since", "effective", "viewed", "base", "price", "conceded", "before_p", "before_q", "start", "end", "quantity",
          "cost", "earlier", "onward", "rule", "cause", "raw_id")  # fmt: skip


class Versions:
    """Columns of versions, appended as amendments take effect; `current[obligation]` is the newest, -1 for none.

    `effective`: the day from which what brought the version counts, which may lie before `since`; `viewed`: the first day the
    version speaks of (before it, `earlier` does); `earlier`: the row of the version whose view holds before that day, -1 for
    none; `onward`: OWN where that version's terms were changed prospectively for this promise by itself, SHARED where what
    remained of several was shared anew, 0 elsewhere; `before_p` ÷ `before_q`: units done before its terms took effect, 1 ÷ 0
    where what was not delivered has gone and no evidence adds to revenue any more; `conceded`: what credits took off a usage
    promise, off its minimum and the use beyond it alike.
    """

    def __init__(self, progress: Progress, obligations: int, rounding: str = "cumulative", room: int = 0) -> None:
        self.progress = progress
        self.rounding = rounding
        self.size = 0
        self.current = np.full(obligations, -1, np.int64)
        self._columns = {name: np.zeros(max(obligations + room, 16), np.int64) for name in FIELDS}

    def __getattr__(self, name: str) -> IntArray:
        columns = self.__dict__.get("_columns", {})
        if name not in columns:
            raise AttributeError(name)
        return columns[name][: self.size]

    def append(self, *, obligation: IntArray, **columns: IntArray | int) -> IntArray:
        """Adds versions and makes them current; returns their rows. Every column of FIELDS is given, or one value for all."""
        count, columns = obligation.size, {"obligation": obligation, **columns}
        while self.size + count > self._columns["obligation"].size:
            for name, values in self._columns.items():
                self._columns[name] = np.concatenate([values, np.zeros(values.size, np.int64)])
        rows = np.arange(self.size, self.size + count)
        for name in FIELDS:
            if not (
                isinstance(columns[name], int) and columns[name] == 0
            ):  # they are 0: memory that nobody touched is free
                self._columns[name][self.size : self.size + count] = columns[name]
        self.size += count
        self.current[obligation] = rows
        return rows

    def count_from(self, rows: IntArray, effective: IntArray) -> None:
        """Progress of prospective versions counts from the day their terms take effect."""
        if rows.size:
            done = self.progress.at(self.terms(rows), effective - 1)
            self.before_p[rows], self.before_q[rows] = done.p, done.q

    def take(self, rows: IntArray) -> dict[str, IntArray]:
        """The columns of those versions."""
        return {name: self._columns[name][rows] for name in FIELDS}

    def terms(self, rows: IntArray) -> Terms:
        """The terms progress is measured on."""
        return Terms(*(self._columns[n][rows] for n in ("obligation", "start", "end", "quantity", "cost")))

    def exhausted(self, rows: IntArray) -> BoolArray:
        """Whether nothing was left to do when the version's terms took effect, so that its price is earned at once."""
        answer = np.zeros(rows.size, bool)
        begun = np.flatnonzero(self.before_p[rows] > 0)
        rows = rows[begun]
        total = self.progress.at(self.terms(rows), self.since[rows]).total
        answer[begun] = (total > 0) & (self.before_q[rows] * total <= self.before_p[rows])
        return answer

    def recognized(self, rows: IntArray, day: IntArray) -> IntArray:
        """Revenue to date at the end of each day as those versions see it, in minor units."""
        rows, day = rows.copy(), np.broadcast_to(day, rows.shape)
        # A version of prospective terms knows nothing of the days before: the one it followed does.
        # On the eve of its terms it stands at its base, which credits may have set below what was recognized.
        while (older := (rows >= 0) & (day < self.viewed[rows] - 1)).any():
            rows = np.where(older, self.earlier[rows], rows)
        seen = np.flatnonzero(rows >= 0)
        answer = np.zeros(rows.size, np.int64)
        answer[seen] = self._at(rows[seen], day[seen])
        return answer

    def _at(self, rows: IntArray, day: IntArray) -> IntArray:
        done = self.progress.at(self.terms(rows), day)
        before_p, before_q = self.before_p[rows], self.before_q[rows]
        remaining = before_q * done.total - before_p
        share = done.p * before_q - before_p * done.q
        earned = np.zeros(rows.size, np.int64)
        partly = remaining > 0
        earned[partly] = prorate(self.price[rows][partly], share[partly], product(done.q[partly], remaining[partly]))
        # Nothing remains to be done: the price is earned at once.
        at_once = (done.total > 0) & ~partly
        earned[at_once] = np.where(day >= self.viewed[rows], self.price[rows], 0)[at_once]
        amounts = (done.total == AMOUNTS) & (before_q > 0)
        earned[amounts] = done.p[amounts]
        usage = amounts & (self.progress.promises.method[self.obligation[rows]] == USAGE)
        earned[usage] = self._used(rows[usage], done.p[usage], day[usage])
        if self.rounding == "last_period":
            by_month = np.flatnonzero(partly & IS_TIME[self.progress.promises.method[self.obligation[rows]]])
            lines = self._lines(rows[by_month])
            earned[by_month] = 0
            np.add.at(earned, by_month[lines["row"]], to_date(lines, day[by_month][lines["row"]]))
        return self.base[rows] + earned

    def _used(self, rows: IntArray, used: IntArray, day: IntArray) -> IntArray:
        """Revenue of usage: what was used, as far as it is owed; at the end, all that is owed.

        A minimum that was not used up is earned at its end (606-10-55-46 to -48).
        """
        owed = np.maximum(used, self.price[rows]) - self.conceded[rows]
        over = (day >= self.end[rows]) & (self.end[rows] != NO_DAY)
        return np.where(over, owed, np.minimum(used, owed))

    def lines(self, rows: IntArray) -> Lines:
        """The rounded lines of time-based versions of which something remains; `row` names the version."""
        lines = self._lines(rows)
        return {**lines, "row": rows[lines["row"]]}

    def _lines(self, rows: IntArray) -> Lines:
        every = rows.size == self.size and bool((rows == np.arange(self.size)).all())
        start, end, price, before_p, before_q, obligation = (
            getattr(self, name) if every else getattr(self, name)[rows]
            for name in ("start", "end", "price", "before_p", "before_q", "obligation")
        )
        method = self.progress.promises.method[obligation]
        lines = straight(start, end, clocks(method, start, end), HALF[method], price, before_p, before_q)
        return lines if self.rounding == "cumulative" else monthly(lines, self.viewed[rows])

    def inception(
        self, obligations: IntArray, since: IntArray, price: IntArray, rule: IntArray | int, cause: IntArray | int
    ) -> IntArray:
        """The first version of each obligation: its allocated price over its own terms."""
        promises = self.progress.promises
        return self.append(
            obligation=obligations, since=since, effective=since, viewed=NO_DAY, base=0, price=price, conceded=0, before_p=0, before_q=1,
            start=promises.start[obligations], end=promises.end[obligations], quantity=promises.quantity[obligations],
            cost=promises.cost[obligations], earlier=-1, onward=0, rule=rule, cause=cause, raw_id=promises.raw_id[obligations],
        )  # fmt: skip
