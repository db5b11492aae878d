"""Ids are found by their text, whatever they look like."""

from __future__ import annotations

import numpy as np
import pytest

from engine.ids import Ids

KINDS = {
    "of one length": [f"L{n:07}" for n in range(1500)],
    "of one length, out of order": [f"L{n * 7 % 1500:07}" for n in range(1500)],
    "of many lengths": [f"line-{n}" for n in range(1500)],
    "long": [f"{n:05}-{'x' * 70}" for n in range(1500)],
    "of two words": [f"a0B{n * 11 % 1500:015}" for n in range(1500)],
    "not plain": [f"Zürich {n}" for n in range(1500)],
    "one is blank": ["", *(f"L{n}" for n in range(1499))],
    "few": ["a", "b"],
}


@pytest.mark.parametrize("names", KINDS.values(), ids=KINDS)
def test_every_id_is_found_and_no_other(names: list[str]) -> None:
    given = np.array([*names, None], object)[:-1]
    wanted = [*names[::-3], "", "L", f"{names[-1]}0", names[-1][:-1], "é", *names[:2]]
    right = {name: n for n, name in enumerate(names) if name}
    assert Ids(given).find(wanted).tolist() == [right.get(name, -1) for name in wanted]
    turned = np.arange(len(names))[::-1].copy()  # each stands somewhere else than in this order
    assert Ids(given, turned).find(names[-2:]).tolist() == [1, 0]
    assert Ids(given).distinct
    assert not Ids(np.array([*names, names[-1]], object)).distinct


def test_ids_that_only_look_of_one_length() -> None:
    names = [f"{n:08}" if n % 2 else f"{n:07}" for n in range(2000)] + ["x" * 9, "y" * 6]
    assert Ids(np.array(names, object)).find(names).tolist() == list(range(len(names)))
