"""What was read a while ago and may be needed again, no more of it than memory should hold."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(dict[Key, Value]):
    """A table that forgets its oldest entries beyond `most`; who needs a forgotten one reads it again.

    >>> recent = Recent[str, int](most=2)
    >>> for number, key in enumerate("abc"):
    ...     recent[key] = number
    >>> recent
    {'b': 1, 'c': 2}
    """

    def __init__(self, most: int = 512) -> None:
        super().__init__()
        self.most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        while len(self) >= self.most and key not in self:
            del self[next(iter(self))]
        super().__setitem__(key, value)
