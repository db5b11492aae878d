"""Cuts the pieces of a sheet into wanted rows and the bytes between them, jumping over the rows it can."""

from __future__ import annotations

from collections.abc import Iterator

from excel.patch.areas import Spans
from excel.patch.words import Row, Words, attribute


class Splitter:
    """Cuts pieces of a sheet, each of whole rows, into wanted rows and the bytes between them."""

    def __init__(self, words: Words, wanted: Spans, made: list[int], holding: bytes) -> None:
        self.words, self.wanted, self.made = words, wanted, made
        self.marks = tuple(b"<" + prefix + holding for prefix in words.prefixes) if holding else ()
        self.number, self.ended = 0, False
        self._tag = b"<" + words.prefixes[0] + b"row"

    def __call__(self, raw: bytes, shadow: bytes) -> Iterator[bytes | Row]:
        """The piece, cut; joined it is the piece again, but for the rows that are made."""
        if self.ended:
            yield raw
            return
        last = max(shadow.rfind(b"<" + prefix + b"row") for prefix in self.words.prefixes)
        closing = self.words.data_end.search(shadow, max(last, 0))
        limit, done = closing.start() if closing else len(raw), 0
        jumps = not self.made and self._numbered(shadow)
        for number, start, end in self._jump(shadow, limit) if jumps else self._walk(shadow, limit):
            if done < start:
                yield raw[done:start]
            yield Row(number, raw[start:end], shadow[start:end], self.words)
            done = end
        self.ended = closing is not None
        if closing and self.made:
            prefix = closing[1]  # of a tag that closes itself, and must be opened for the rows
            yield raw[done:limit] + (b"" if prefix is None else b"<" + prefix + b"sheetData>")
            yield from (Row(number, b"", b"", self.words) for number in reversed(self.made))
            self.made.clear()
            done = limit if prefix is None else closing.end()
            yield b"" if prefix is None else b"</" + prefix + b"sheetData>"
        if done < len(raw):
            yield raw[done:]

    def _walk(self, shadow: bytes, limit: int) -> Iterator[tuple[int, int, int]]:
        """Wanted rows by number, start and end, each row of the piece looked at; those to be made have no length."""
        current = start = 0
        for found in self.words.row.finditer(shadow, 0, limit):
            end = found.start()
            if current and self._wants(current, shadow, start, end):
                yield current, start, end
            stated = found[1] or attribute(found[2], b"r")
            following = int(stated) if stated else self.number + 1
            while self.made and self.made[-1] < following:
                yield self.made.pop(), end, end
            if self.made and self.made[-1] == following:
                self.made.pop()
            self.number = current = following
            start = end
        if current and self._wants(current, shadow, start, limit):
            yield current, start, limit

    def _wants(self, number: int, shadow: bytes, start: int, end: int) -> bool:
        return number in self.wanted or any(shadow.find(mark, start, end) >= 0 for mark in self.marks)

    def _numbered(self, shadow: bytes) -> bool:
        """Whether every row tells its number first, and few are wanted: then they are found without looking at each."""
        rows = shadow.count(self._tag)
        if len(self.words.prefixes) > 1 or not rows or rows != shadow.count(self._tag + b' r="'):
            return False
        first, last = (self._stated(shadow, at) for at in (shadow.find(self._tag), shadow.rfind(self._tag)))
        return self.wanted.count(first, last, rows) * 2 <= rows

    def _jump(self, shadow: bytes, limit: int) -> Iterator[tuple[int, int, int]]:
        """As `_walk`, from one wanted row to the next."""
        at, self.number = 0, self._stated(shadow, shadow.rfind(self._tag))
        for mark in self.marks:
            while (held := shadow.find(mark, at, limit)) >= 0:
                start = shadow.rfind(self._tag, at, held)
                at = self._end(shadow, held, limit) if start >= 0 else held + 1
                if start >= 0:
                    yield self._stated(shadow, start), start, at
            return
        row = self.wanted.following(self._stated(shadow, shadow.find(self._tag)))
        while row is not None and row <= self.number:
            start = shadow.find(b'%b r="%d"' % (self._tag, row), at, limit)
            if start >= 0:
                at = self._end(shadow, start + 1, limit)
                yield row, start, at
            row = self.wanted.following(row + 1)

    def _end(self, shadow: bytes, at: int, limit: int) -> int:
        following = shadow.find(self._tag, at, limit)
        return following if following >= 0 else limit

    def _stated(self, shadow: bytes, start: int) -> int:
        begin = start + len(self._tag) + 4
        return int(shadow[begin : shadow.index(b'"', begin)])
