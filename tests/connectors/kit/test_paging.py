"""Ways of turning pages."""

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.kit.paging import AfterId, NextLink, Offset, Paging, Position, Token, walk

BY_ID = AfterId(send="starting_after", rows="data", more="has_more")
BY_TOKEN = Token(send="after", read="paging.next.after", rows="results")
BY_LINK = NextLink(read="next", rows="records")
BY_OFFSET = Offset(send="offset", rows="items", size=2)


@pytest.mark.parametrize(
    ("paging", "bodies", "asked"),
    [
        (
            BY_ID, [{"data": [{"id": "a"}], "has_more": True}, {"data": [{"id": "b"}], "has_more": False}],
            [("/x", {}), ("/x", {"starting_after": "a"})],
        ),
        (
            BY_TOKEN, [{"results": [{"id": "a"}], "paging": {"next": {"after": "t1"}}}, {"results": [{"id": "b"}]}],
            [("/x", {}), ("/x", {"after": "t1"})],
        ),
        (
            BY_LINK, [{"records": [{"id": "a"}], "next": "/x/2"}, {"records": [{"id": "b"}]}],
            [("/x", {}), ("/x/2", {})],
        ),
        (
            BY_OFFSET, [{"items": [{"id": "a"}, {"id": "b"}]}, {"items": []}],
            [("/x", {"offset": 0}), ("/x", {"offset": 2})],
        ),
    ],
)  # fmt: skip
def test_every_page_is_asked_for_once(paging: Paging, bodies: list[Any], asked: list[Any]) -> None:
    requests: list[tuple[str, dict[str, Any]]] = []

    def ask(path: str, params: Mapping[str, Any]) -> Any:
        requests.append((path, dict(params)))
        return bodies[len(requests) - 1]

    pages = list(walk(ask, "/x", paging, {}))
    assert [record["id"] for records, _ in pages for record in records] == ["a", "b"]
    assert requests == asked
    assert pages[-1][1] is None


def test_a_walk_goes_on_from_a_position() -> None:
    requests: list[Mapping[str, Any]] = []

    def ask(path: str, params: Mapping[str, Any]) -> Any:
        requests.append(params)
        return {"data": [], "has_more": False}

    position: Position = "z"
    assert list(walk(ask, "/x", BY_ID, {"limit": 5}, position)) == [([], None)]
    assert requests == [{"limit": 5, "starting_after": "z"}]
