"""Asking no faster than a vendor allows."""

import time

from connectors.kit.limits import Limit, Pace


def test_a_rate_is_kept() -> None:
    pace = Pace(Limit(20, 0.4))
    begun = time.monotonic()
    for _ in range(41):
        pace.wait()
    pace.close()
    # Twenty in each 0.4 seconds: the forty-first waits for the third window.
    assert 0.7 <= time.monotonic() - begun < 3


def test_an_exhausted_window_is_waited_out() -> None:
    waits: list[float] = []

    def rest(seconds: float) -> bool:
        waits.append(seconds)
        return True

    pace = Pace(Limit(1000, 1.0, "Left", "Window"), clock=lambda: 100.0)
    pace.heed({"Left": "3", "Window": "10000"})
    assert pace.wait(rest)
    assert waits == []
    pace.heed({"Left": "0", "Window": "10000"})
    assert pace.wait(rest)
    assert waits == [10.0]
    assert not pace.wait(lambda seconds: False)  # somebody wants to end
    pace.close()


def test_headers_that_say_nothing_change_nothing() -> None:
    waits: list[float] = []

    def rest(seconds: float) -> bool:
        waits.append(seconds)
        return True

    pace = Pace(Limit(1000), clock=lambda: 1.0)
    pace.heed({"Left": "0"})
    assert pace.wait(rest)
    pace.close()
    assert waits == []


def test_a_configured_rate_leaves_the_vendors_headers_in_force() -> None:
    waits: list[float] = []

    def rest(seconds: float) -> bool:
        waits.append(seconds)
        return True

    pace = Pace(Limit(55, 60.0, "Left").at(1000), clock=lambda: 1.0)
    assert (pace.limit.requests, pace.limit.seconds) == (1000, 1.0)
    pace.heed({"Left": "0"})
    assert pace.wait(rest)
    pace.close()
    assert waits == [60.0]
