"""Names are found in any case and spacing; neither a name nor an alias hides an id; wildcards reach all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.names import Names, checksum, index, plain

IDS = ["C1", "C2", "acme ltd", "C 4", ""]
NAMES = ["Acme  Ltd", "Straße\u00a0AG", "Other", "C1", "Two\nlines"]
ALIASES, OF = ["crm:77", "Old Acme", "C2"], np.array([0, 3, 4])


@pytest.fixture(params=[False, True], ids=["one line", "with a line break"])
def names(request) -> Names:
    held = NAMES if request.param else [*NAMES[:-1], "Two lines"]
    return Names(IDS, held, ALIASES, OF, **index(IDS, held, ALIASES))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("C1", [0]),
        (" c1 ", [0]),
        ("C2", [1]),
        ("ACME LTD", [2]),
        ("strasse ag", [1]),
        ("CRM:77", [0]),
        ("old  acme", [3]),
        ("two lines", [4]),
        ("c4", []),
        ("C 4", [3]),
        ("nobody", []),
    ],
)
def test_find(names: Names, asked: str, found: list[int]) -> None:
    assert names.find(plain(asked)).tolist() == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("c?", [0, 1]),
        ("*acme*", [2, 3]),
        ("*", [0, 1, 2, 3, 4]),
        ("acme*", [2]),
        ("[x]*", []),
        ("c?:*", []),
        ("crm*", [0]),
    ],
)
def test_like(names: Names, pattern: str, found: list[int]) -> None:
    assert names.like(pattern).tolist() == found


def test_a_shared_name_finds_all_who_bear_it() -> None:
    names = Names(
        ["1", "2", "3"],
        ["Twin", "twin", "Other"],
        [],
        np.zeros(0, np.int64),
        **index(["1", "2", "3"], ["Twin", "twin", "Other"]),
    )
    assert names.find("twin").tolist() == [0, 1]


@given(st.lists(st.text()))
def test_many_checksums_are_those_of_each(texts: list[str]) -> None:
    found = index(texts, [])
    given = sorted((checksum(plain(text)), place) for place, text in enumerate(texts) if plain(text))
    assert list(zip(found["key"].tolist(), found["place"].tolist(), strict=True)) == given
