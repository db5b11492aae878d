"""What a connector remembers between pulls."""

from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.connector import Item, Part
from connectors.kit.incremental import Found, changes, keyset, whole


def items(keys: Sequence[str]) -> list[Item]:
    return [Item(key, {}) for key in keys]


def test_a_listing_keeps_its_place_and_moves_the_time_at_its_end() -> None:
    pages = list(whole([(["a", "b"], "b"), (["c"], None)], items, begun={"since": 5, "full_at": 9}))
    assert [page.cursor for page in pages] == [
        {"since": 5, "full_at": 9, "position": "b"}, {"since": 5, "full_at": 9}
    ]  # fmt: skip
    assert [page.part for page in pages] == [Part(True, False), Part(False, True)]


def test_a_listing_that_was_cut_goes_on_as_the_same() -> None:
    (page,) = whole([(["c"], None)], items, begun={"reconciles": True}, resumed=True)
    assert (page.part, page.cursor) == (Part(False, True, reconciles=True), {})


def test_changes_move_the_cursor_after_the_last_page() -> None:
    pages = list(changes(["a", "b", "c"], lambda key: Item(key, {}), done={"since": 1}, size=2))
    assert [[item.key for item in page.items] for page in pages] == [["a", "b"], ["c"]]
    assert [page.cursor for page in pages] == [None, {"since": 1}]


def test_without_changes_the_cursor_still_moves() -> None:
    (page,) = changes([], lambda key: Item(key, {}), done={"since": 1})
    assert (page.items, page.cursor) == ((), {"since": 1})


@given(st.lists(st.integers(0, 6), max_size=60), st.integers(2, 9), st.integers(1, 4))
def test_a_search_with_a_limit_misses_nothing_and_says_nothing_twice(moments: list[int], shown: int, size: int) -> None:
    """However many records share a moment and however few a search shows."""
    there = [(moment, key) for key, moment in enumerate(moments, 1)]

    def search(moment: int, after: int | None) -> Iterator[list[Found]]:
        if after is None:
            # The order of ties is the vendor's own: here, the highest id first.
            hits = sorted((row for row in there if row[0] >= moment), key=lambda row: (row[0], -row[1]))
        else:
            hits = sorted((row for row in there if row[0] == moment and row[1] > after), key=lambda row: row[1])
        hits = hits[:shown]
        for start in range(0, len(hits), size):
            yield [(at, key, None) for at, key in hits[start : start + size]]

    met = [(at, key) for found in keyset(search, 0, shown) for at, key, _ in found]
    assert sorted(met) == sorted(there)
