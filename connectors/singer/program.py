"""What a program says, line by line: its messages, waited for no longer than asked, and its last words beside them."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import IO

TOLD = 2_000  # characters of what a program says last that an error repeats


class Lines:
    """The lines of a program, waited for no longer than asked."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream: IO[bytes] = stream
        self._queue: queue.Queue[bytes | None] = queue.Queue(1_000)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> bytes | None:
        """The next line, None after the last; TimeoutError where none comes in time."""
        try:
            return self._queue.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None

    def close(self) -> None:
        """Reads no more."""
        self._over.set()
        with contextlib.suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        self._thread.join(10)
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            self._put(line)
            if self._over.is_set():
                return
        self._put(None)

    def _put(self, line: bytes | None) -> None:
        while not self._over.is_set():
            try:
                self._queue.put(line, timeout=0.2)
            except queue.Full:
                continue
            return


class LastWords:
    """The last words a program said beside its messages."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept = stream, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def text(self) -> str:
        """What was said last."""
        self._thread.join(0.5)
        return self._kept.decode(errors="replace")

    def close(self) -> None:
        """Reads no more."""
        self._thread.join(10)
        self._stream.close()

    def _read(self) -> None:
        for line in self._stream:
            self._kept = (self._kept + line)[-TOLD:]
