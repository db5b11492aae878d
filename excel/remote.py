"""A team's server as the source of figures: asked by HTTP, with a limit to how long a cell waits.

Answers are kept as long as the server's data is the same, so that a recalculation asks for nothing twice. When the data
has changed, all that was asked before is asked anew in one request, not cell by cell. While the server is away nothing
waits for it: a cell shows `#CONNECT!`, and its reason tells the last value and its age.
"""

from __future__ import annotations

import datetime as dt
import json
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import httpx

from excel.answers import Answer, Cell, Values
from excel.catalogue import Function
from excel.ranges import filled
from model.errors import RetryLater, Unanswerable

SECONDS = 5.0
"""How long one cell waits for the server; then for PAUSE nothing is asked."""
PAUSE = 10.0
HOLD = 1.0
"""How long answers are given again without asking whether the data is still the same."""
_AT_ONCE = 2_000
_KEPT = 50_000


class NotReached(RetryLater):
    """The server did not answer as it should. `status`: what it answered with, 0 where it did not at all."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class Told(Unanswerable):
    """An error as the server told it. `excel`: which one a cell shows."""

    def __init__(self, reason: str, excel: str) -> None:
        super().__init__(reason)
        self.excel = excel


class Server:
    """The server at an address, asked with a token; several threads may ask at once."""

    def __init__(
        self,
        address: str,
        token: str,
        *,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address.rstrip("/")
        self._client = client or httpx.Client(timeout=SECONDS, follow_redirects=False)
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._clock = clock
        self._known: dict[str, dict[str, Any]] = {}
        self._last: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        self._tag, self._asked, self._failed, self._why = "", 0.0, 0.0, ""
        self._until = 0.0  # by when the cell that asks must have its answer
        self._lock = threading.Lock()

    def answer(self, function: Function, arguments: Sequence[Any], *, date1904: bool = False) -> Answer:
        """Answers one call. Raises NotReached with the last value and its age, or the error that the server told."""
        key = json.dumps([date1904, function.name, *trimmed(arguments)])
        with self._lock:
            try:
                told = self._told(key)
            except NotReached as error:
                raise NotReached(f"{error}{self._latest(key)}") from None
        if "error" in told:
            raise Told(told["error"], told["excel"])
        rows = told["rows"] if "rows" in told else [[told["value"]]]
        return Values([[_cell(cell) for cell in row] for row in rows])

    def data(self) -> dict[str, Any]:
        """Which data the server has; raises NotReached."""
        self._until = time.monotonic() + SECONDS
        told: dict[str, Any] = self._request("GET", "/api/v1/data").json()
        return told

    def _told(self, key: str) -> dict[str, Any]:
        now = self._clock()
        if self._why and now - self._failed < PAUSE:
            raise NotReached(self._why)
        self._until = time.monotonic() + SECONDS
        try:
            if self._known and now - self._asked >= HOLD:
                self._look()
            if key not in self._known:
                self._fetch([key])
        except NotReached as error:
            self._failed, self._why = self._clock(), str(error)
            raise
        self._why = ""
        return self._known[key]

    def _look(self) -> None:
        """Asks whether the data has changed; then all that was asked before is asked anew."""
        answer = self._request("GET", "/api/v1/data", headers={"if-none-match": self._tag})
        self._asked = self._clock()
        if answer.status_code == 304:
            return
        wanted = list(self._known)[-_AT_ONCE * 4 :]
        self._known.clear()
        for start in range(0, len(wanted), _AT_ONCE):
            self._fetch(wanted[start : start + _AT_ONCE])

    def _fetch(self, keys: list[str]) -> None:
        for date1904 in (False, True):
            some = [key for key in keys if json.loads(key)[0] is date1904]
            if not some:
                continue
            asked = {"calls": [json.loads(key)[1:] for key in some], "form": "sheet", "date1904": date1904}
            answer = self._request("POST", "/api/v1/batch", json=asked)
            if (tag := answer.headers.get("etag", "")) != self._tag:
                self._known.clear()
            self._tag, self._asked = tag, self._clock()
            for key, told in zip(some, answer.json()["answers"], strict=True):
                self._keep(key, told)

    def _keep(self, key: str, told: dict[str, Any]) -> None:
        self._known[key] = told
        self._last.pop(key, None)
        self._last[key] = (self._clock(), told)
        while len(self._last) > _KEPT:
            gone, _ = self._last.popitem(last=False)
            self._known.pop(gone, None)

    def _request(self, method: str, path: str, *, headers: Mapping[str, str] = {}, **body: Any) -> httpx.Response:
        def ask() -> httpx.Response:
            return self._client.request(
                method, self.address + path, headers={**self._headers, **headers}, timeout=SECONDS, **body
            )

        try:
            answer = _in_time(ask, self._until)
        except queue.Empty:
            raise NotReached(f"{self.address} did not answer within {SECONDS:g} s: is the network slow?") from None
        except httpx.HTTPError as error:
            raise NotReached(f"{self.address} does not answer ({type(error).__name__}): is it running?") from None
        if answer.status_code in (200, 304):
            return answer
        raise NotReached(f"{self.address}: {_reason(answer)}", answer.status_code)

    def _latest(self, key: str) -> str:
        """The last value and its age, in words; blank where there is none, or more than one."""
        if key not in self._last:
            return ""
        at, told = self._last[key]
        value = told.get("value")
        if value is None:
            return ""
        minutes = int((self._clock() - at) // 60)
        return f". The last value was {value['date'] if isinstance(value, dict) else value}, {minutes} min ago"


def _in_time(ask: Callable[[], httpx.Response], until: float) -> httpx.Response:
    """What is answered by that moment, however slowly it drips; raises queue.Empty, or what asking raised.

    httpx limits each of its waits, not their sum: a thread that nobody waits for any more goes on by itself and ends with
    the program.
    """
    done: queue.SimpleQueue[httpx.Response | httpx.HTTPError] = queue.SimpleQueue()

    def work() -> None:
        try:
            done.put(ask())
        except httpx.HTTPError as error:
            done.put(error)

    threading.Thread(target=work, daemon=True).start()
    found = done.get(timeout=max(until - time.monotonic(), 0))
    if isinstance(found, httpx.HTTPError):
        raise found
    return found


def trimmed(arguments: Sequence[Any]) -> list[Any]:
    """The arguments as JSON takes them, blank ones at the end left out, whole columns as far as they are filled."""
    given = [_plain(filled(each) if isinstance(each, list | tuple) else each) for each in arguments]
    while given and given[-1] in (None, "", [[None]], [[""]]):
        given.pop()
    return given


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dt.datetime):
        whole = value.replace(tzinfo=None, microsecond=0)
        return whole.date().isoformat() if whole.time() == dt.time() else whole.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _cell(cell: Any) -> Cell:
    if isinstance(cell, dict):
        if "date" not in cell:
            return Told(cell["error"], cell["excel"])
        text = cell["date"]
        return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    # The shortest decimal of a double comes back as the same double.
    return Decimal(repr(cell)) if isinstance(cell, float) else cell


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
