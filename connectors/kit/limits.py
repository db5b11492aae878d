"""How fast a vendor may be asked: a declared rate, corrected by what its responses say.

The rate is kept by pyrate-limiter; where a response names what is left of a window (`remaining`) and how long a window
is (`window_ms`), nothing is asked in what is left of an exhausted one.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyrate_limiter import Duration, Limiter, Rate


@dataclass(frozen=True)
class Limit:
    """A vendor's published limit: `requests` in any `seconds`, and the headers that correct it, if it sends them.

    `window`: the seconds that those headers speak of, where that is not `seconds` and `window_ms` says nothing.
    """

    requests: int
    seconds: float = 1.0
    remaining: str = ""
    window_ms: str = ""
    window: float | None = None

    def at(self, requests: int) -> Limit:
        """The same vendor asked at most so often in a second; its headers count as before.

        >>> Limit(55, 60.0, "Left").at(2)
        Limit(requests=2, seconds=1.0, remaining='Left', window_ms='', window=60.0)
        """
        return Limit(requests, 1.0, self.remaining, self.window_ms, self.seconds)


Rest = Callable[[float], bool]
"""Waits so many seconds; False: the waiting is over before its time, because somebody wants to end."""


def rest_awake(seconds: float) -> bool:
    """Waits, whatever happens."""
    time.sleep(max(0.0, seconds))
    return True


class Pace:
    """Waits as long as a limit asks for. One for each limit, shared by every request that counts against it."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self._clock = limit, clock
        self._limiter = Limiter(Rate(limit.requests, int(limit.seconds * Duration.SECOND)))
        self._not_before = 0.0

    def wait(self, rest: Rest = rest_awake) -> bool:
        """Returns when the next request may go out; False if that is not to be waited for."""
        pause = self._not_before - self._clock()
        if pause > 0 and not rest(pause):
            return False
        self._limiter.try_acquire(str(id(self)))
        return True

    def heed(self, headers: Mapping[str, str]) -> None:
        """Learns from a response: an exhausted window is waited out before the next request."""
        left, window = headers.get(self.limit.remaining, ""), headers.get(self.limit.window_ms, "")
        if left.strip().isdigit() and int(left) == 0:
            seconds = int(window) / 1000 if window.strip().isdigit() else self.limit.window or self.limit.seconds
            self._not_before = self._clock() + seconds

    def close(self) -> None:
        """Ends the limiter's own housekeeping."""
        self._limiter.close()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header, given as a number or as a date (RFC 9110, 10.2.3)."""
    said = headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(said))
    except ValueError:
        moment = email.utils.parsedate_tz(said)
    if moment is None:
        return None
    sent = email.utils.parsedate_tz(headers.get("Date", ""))
    start = email.utils.mktime_tz(sent) if sent else dt.datetime.now(dt.UTC).timestamp()
    return max(0.0, email.utils.mktime_tz(moment) - start)
