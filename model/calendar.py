"""Reporting periods: calendar months, years of whole weeks (4-4-5), or a company's own list of month ends."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from model.errors import Unanswerable
from model.periods import add_months, month_end, parse_day, parse_month

LENGTHS = {"month": 1, "quarter": 3, "year": 12}
"""Fiscal months of each period."""
WEEKS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = dt.timedelta(days=1)


class Period(NamedTuple):
    """First and last day, both included."""

    first: dt.date
    last: dt.date

    @property
    def name(self) -> str:
        """The calendar month in which the middle of it lies, as YYYY-MM: how a fiscal month is called."""
        return f"{self.first + (self.last - self.first) / 2:%Y-%m}"

    @property
    def title(self) -> str:
        """Its name in words, such as October 2026."""
        return f"{parse_month(self.name)[0]:%B %Y}"


@dataclass(frozen=True)
class Calendar:
    """A company's fiscal calendar; years of twelve months, quarters of three.

    `year_start`: the first month of the year (1 to 12). `weeks`: weeks of each month of a quarter, () for calendar months;
    then a year ends on the `weekday` (0 = Monday) last in its final month, or, if `nearest`, nearest to that month's end,
    and a 53rd week belongs to the last month. `ends`: the last days of months as listed, the first of them that of the
    year before.

    >>> Calendar(weeks=(4, 4, 5)).periods(dt.date(2026, 1, 1), dt.date(2026, 2, 1), "month")[0].last
    datetime.date(2026, 1, 24)
    """

    year_start: int = 1
    weeks: tuple[int, ...] = ()
    weekday: int = 5
    nearest: bool = False
    ends: tuple[dt.date, ...] = ()

    def year(self, day: dt.date) -> list[Period]:
        """The twelve months of the fiscal year that a day lies in; Unanswerable beyond a calendar that is listed."""
        if self.ends:
            return self._listed(day)
        if self.weeks:
            return self._of_weeks(day)
        year = day.year - (day.month < self.year_start)
        if year < dt.MINYEAR:
            raise Unanswerable(f"No fiscal year holds {day}: the calendar begins with the year 1")
        months = [add_months(dt.date(year, self.year_start, 1), n) for n in range(12)]
        return [Period(first, month_end(first)) for first in dict.fromkeys(m.replace(day=1) for m in months)]

    def periods(self, first: dt.date, last: dt.date, by: str) -> list[Period]:
        """The months, quarters or years (`by`) of the days first..last, part periods at either end cut to them."""
        found: list[Period] = []
        months = self.year(first)
        while True:
            step = LENGTHS[by]
            for n in range(0, len(months), step):
                whole = Period(months[n].first, months[min(n + step, len(months)) - 1].last)
                if whole.last >= first and whole.first <= last:
                    found.append(Period(max(whole.first, first), min(whole.last, last)))
            end = months[-1].last
            if end >= last or end == dt.date.max:
                return found
            months = self.year(end + _DAY)

    def month(self, day: dt.date, later: int = 0) -> Period:
        """The fiscal month that a day lies in, or the one so many months `later` (earlier if negative)."""
        months = self.year(day)
        place = next(n for n, month in enumerate(months) if month.last >= day) + later
        while place < 0:
            months = self.year(months[0].first - _DAY)
            place += 12
        while place >= len(months):
            place -= len(months)
            months = self.year(months[-1].last + _DAY)
        return months[place]

    def finished(self, day: dt.date, by: str) -> Period:
        """The last month, quarter or year (`by`) that was over before a day.

        >>> Calendar().finished(dt.date(2026, 3, 31), "quarter").last
        datetime.date(2025, 12, 31)
        """
        months, step = self.year(day), LENGTHS[by]
        while True:
            for n in range((len(months) - 1) // step * step, -1, -step):
                whole = Period(months[n].first, months[min(n + step, len(months)) - 1].last)
                if whole.last < day:
                    return whole
            months = self.year(months[0].first - _DAY)

    def named(self, name: str) -> Period:
        """The fiscal month called `name`: YYYY-MM, the calendar month in which the middle of it lies, or its last day.

        >>> Calendar(weeks=(4, 4, 5)).named("2026-01") == Calendar(weeks=(4, 4, 5)).named("2026-01-24")
        True
        """
        if name.count("-") == 2:
            return self._ending(parse_day(name))
        middle = parse_month(name)[0].replace(day=15)
        near = [self.month(middle, n) for n in (-1, 0, 1)]
        for month in near:
            if month.name == name:
                return month
        raise Unanswerable(f"No month of the fiscal calendar has its middle in {name}. Check fiscal_month_ends")

    def _ending(self, day: dt.date) -> Period:
        month = self.month(day)
        if month.last != day:
            raise Unanswerable(
                f"No month of the fiscal calendar ends on {day}: {month.name} is {month.first} to {month.last}"
            )
        return month

    def _of_weeks(self, day: dt.date) -> list[Period]:
        year = day.year
        while self._year_end(year) < day:
            year += 1
        while self._year_end(year - 1) >= day:
            year -= 1
        months, first = [], self._year_end(year - 1) + _DAY
        for n in range(12):
            last = first + dt.timedelta(weeks=self.weeks[n % 3]) - _DAY
            last = self._year_end(year) if n == 11 else last
            months.append(Period(first, last))
            first = last + _DAY
        return months

    def _year_end(self, year: int) -> dt.date:
        """The last day of the fiscal year whose final month is in that calendar year."""
        if not dt.MINYEAR < year < dt.MAXYEAR:
            raise Unanswerable(f"No fiscal year ends in {year}")
        end = month_end(dt.date(year, (self.year_start - 2) % 12 + 1, 1))
        back = (end.weekday() - self.weekday) % 7
        return end + dt.timedelta(days=7 - back if self.nearest and back > 3 else -back)

    def _listed(self, day: dt.date) -> list[Period]:
        if not self.ends[0] < day <= self.ends[-1]:
            raise Unanswerable(
                f"The fiscal calendar has no month for {day}: it lists those from {self.ends[0] + _DAY} to "
                f"{self.ends[-1]}. Add the month ends of that year to fiscal_month_ends"
            )
        begin = (bisect.bisect_left(self.ends, day) - 1) // 12 * 12
        return [Period(self.ends[n] + _DAY, self.ends[n + 1]) for n in range(begin, begin + 12)]


MONTHS = Calendar()
"""Calendar months, years from January."""


def wrong_ends(ends: Sequence[dt.date]) -> str:
    """What is wrong with a list of month ends, in words; blank if nothing is."""
    if len(ends) < 13 or len(ends) % 12 != 1:
        return (
            f"{len(ends)} dates are no whole years: list the last day of the year before, then the twelve month ends of "
            "each year"
        )
    months = list(itertools.pairwise(ends))
    for before, end in months:
        if end <= before:
            return f"{end} stands after {before}: list the month ends in their order"
    for before, end in months:
        if not 20 <= (end - before).days <= 45:
            return f"the month that ends on {end} has {(end - before).days} days: a month end is missing or wrong"
    return ""
