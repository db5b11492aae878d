"""The keys a pull has met: as a set has them, in little memory."""

from __future__ import annotations

import random
import tracemalloc

from sync.met import Met


def test_what_was_met_is_found_and_nothing_else() -> None:
    chance = random.Random(606)  # noqa: S311
    met, plain = Met(), set()
    assert met.among(["a"]) == set()
    for _ in range(200):
        page = {f"in_{chance.randrange(5_000)}" for _ in range(chance.randrange(60))}
        assert met.among(page) == page & plain
        met.add(page)
        plain |= page
    assert met.among([f"in_{n}" for n in range(5_000)]) == plain
    assert met.among([]) == set()


def test_two_hundred_thousand_keys_fit_in_two_megabytes() -> None:
    tracemalloc.start()
    met = Met()
    for page in range(400):
        met.add([f"in_{page:04}_{n:04}" for n in range(500)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(met.among([f"in_{page:04}_0499" for page in range(400)])) == 400
    assert held < 2_000_000
