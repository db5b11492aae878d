"""The order in which formulas are computed: each after those it reads; circles are found, never followed."""

from __future__ import annotations

from collections.abc import Iterator

from excel.refresh.precedents import Spot
from excel.refresh.scope import Scope


def in_order(scope: Scope, cells: set[Spot]) -> tuple[list[Spot], set[Spot]]:
    """Those cells so that each follows the ones it reads, and the cells that read themselves by way of others."""
    order: list[Spot] = []
    circles: set[Spot] = set()
    done: set[Spot] = set()
    for start in sorted(cells):
        path: dict[Spot, Iterator[Spot]] = {} if start in done else {start: scope.read_by(start)}
        while path:
            cell = next(reversed(path))
            following = next((other for other in path[cell] if other in cells and other not in done), None)
            if following is None:
                del path[cell]
                done.add(cell)
                if cell not in circles:
                    order.append(cell)
            elif following in path:
                inside = list(path)
                circles.update(inside[inside.index(following) :])
            else:
                path[following] = scope.read_by(following)
    return order, circles
