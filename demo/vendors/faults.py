"""What goes wrong on purpose with a simulated vendor, and the limit on how often it may be asked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demo.vendors.exchange import Request

HTML_PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
FAULTS = ("status", "truncated", "html", "hang", "drop", "cut", "slow")


@dataclass
class Fault:
    """Something that goes wrong on purpose, from the request after `after` others on, `times` times.

    `kind`: "status" (answers `status` with `payload` and `headers`, in the vendor's words for 429 if no payload is
    given), "truncated" (200 with half the JSON), "html" (200 with a web page), "hang" (says nothing for `seconds`),
    "drop" (closes without an answer), "cut" (closes in the middle of the body), "slow" (answers after `seconds`).
    `path`: only requests whose path contains it count and suffer.
    """

    kind: str
    after: int = 0
    times: int = 1
    path: str = ""
    status: int = 500
    payload: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 30.0
    seen: int = 0

    def __post_init__(self) -> None:
        """Refuses a kind of fault that there is not."""
        if self.kind not in FAULTS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(FAULTS)}")

    def strikes(self, request: Request) -> bool:
        """Counts a request and says whether this is one that suffers."""
        if self.path not in request.path:
            return False
        self.seen += 1
        return self.after < self.seen <= self.after + self.times


class Window:
    """A rolling limit: at most `limit` requests in any `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.seconds, self._clock = limit, seconds, clock
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Whether one more request fits; it is counted if it does."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.limit:
            return False
        self._taken.append(now)
        return True

    @property
    def remaining(self) -> int:
        """How many more would fit now."""
        return max(0, self.limit - len(self._taken))
