"""Tables whose columns are read, or made, when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


class Lazy(dict[str, Any]):
    """A table by column. `names`: all there are; `make`: one of them."""

    def __init__(self, names: Callable[[], Sequence[str]], make: Callable[[str], Any]) -> None:
        super().__init__()
        self._names, self._make = names, make

    def __missing__(self, column: str) -> Any:
        self[column] = values = self._make(column)
        return values

    def keys(self) -> Any:
        """All columns, made or not."""
        return self._names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def items(self) -> Any:
        """All columns with their values, which makes them."""
        return [(name, self[name]) for name in self.keys()]
