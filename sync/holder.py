"""Who pulls: a mark that says which process holds a lease, and whether that process still lives."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import platform
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from model.errors import BacklogError, RetryLater
from store.connect import translated, writing
from store.write import Lock, Taken, acquire_lease, release_lease, renew_lease

LEASE_SECONDS = 60.0
_RENEWAL_SECONDS = 5.0  # that a renewal may take on a busy store
_STILL_ACTIVE = 259
_held: set[str] = set()  # the marks this process holds or asks for leases with


class Busy(RetryLater):
    """Another process is at it; nothing is wrong."""


def new_holder() -> str:
    """A mark for one pull: computer, process and a number of its own."""
    return f"{_here()} process {os.getpid()} ({uuid.uuid4().hex[:8]})"


def is_dead(holder: str) -> bool:
    """Whether the holder is a process of this computer that no longer runs. Of other computers nobody knows."""
    host, _, rest = holder.rpartition(" process ")
    number = rest.partition(" ")[0]
    if host != _here() or not number.isdigit():
        return False
    return holder not in _held if int(number) == os.getpid() else not _runs(int(number))


@lru_cache
def _here() -> str:
    """This computer; within it, the container, whose processes have numbers of their own."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return platform.node()
    return f"{platform.node()}/{space}"


def _runs(process: int) -> bool:
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == _STILL_ACTIVE
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it runs, under another user
    return True


@contextlib.contextmanager
def leased(engine: sa.Engine, source: str, seconds: float = LEASE_SECONDS) -> Iterator[Lock]:
    """The right to pull a connector, held and renewed as long as the block runs.

    Raises Busy while another process has it. A holder that died, or was not heard of for `seconds`, loses it.
    """
    lock = Lock(source, new_holder(), seconds)
    _held.add(lock.holder)
    try:
        other = acquire_lease(engine, source, lock.holder, _utc_now(), seconds, is_dead)
        if other is not None and other.odd:
            other = _after_silence(engine, lock, other)
        if other is not None:
            raise Busy(f"{source} is being pulled by {other}. Let that end, then run: backlog sync {source}")
        with _renewed(engine, lock):
            yield lock
    finally:
        _held.discard(lock.holder)


@contextlib.contextmanager
def _renewed(engine: sa.Engine, lock: Lock) -> Iterator[None]:
    """Renews a lease until the end of the block, then gives it back."""
    over = threading.Event()
    beat = threading.Thread(target=_renew, args=(engine, lock, over), name=f"lease of {lock.name}", daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()
        with contextlib.suppress(BacklogError), translated(engine.url.database):
            release_lease(engine, lock.name, lock.holder)  # where the store is busy, others see that nobody holds it


def _after_silence(engine: sa.Engine, lock: Lock, other: Taken) -> Taken | None:
    """The clock was set back: no expiry tells whether the holder lives. It does if it renews its lease in time."""
    time.sleep(lock.seconds / 3 + min(_RENEWAL_SECONDS, lock.seconds / 3))
    return acquire_lease(engine, lock.name, lock.holder, _utc_now(), lock.seconds, is_dead, silent=other)


def _renew(engine: sa.Engine, lock: Lock, over: threading.Event) -> None:
    """Renews the lease while a page is on its way, since a vendor may keep us waiting for minutes."""
    while not over.wait(lock.seconds / 3):
        try:
            with translated(engine.url.database), writing(engine) as connection:
                if not renew_lease(connection, lock.name, lock.holder, _utc_now(), lock.seconds):
                    return  # taken over: the next page will find out and stop
        except BacklogError:
            continue  # the store is busy; there are two more chances before the lease expires


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
