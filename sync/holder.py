"""Who pulls: a mark that says which process holds a lease, and whether that process still lives."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import platform
import sys
import threading
import uuid
from collections.abc import Iterator

import sqlalchemy as sa

from model.errors import BacklogError, RetryLater
from store.connect import translated, writing
from store.write import Lock, acquire_lease, release_lease, renew_lease

LEASE_SECONDS = 60.0
_STILL_ACTIVE = 259


def new_holder() -> str:
    """A mark for one pull: computer, process and a number of its own."""
    return f"{platform.node()} process {os.getpid()} ({uuid.uuid4().hex[:8]})"


def is_dead(holder: str) -> bool:
    """Whether the holder is a process of this computer that no longer runs. Of other computers nobody knows."""
    host, _, rest = holder.rpartition(" process ")
    number = rest.partition(" ")[0]
    return host == platform.node() and number.isdigit() and not _runs(int(number))


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

    Raises RetryLater while another process has it. A holder that died, or was not heard of for `seconds`, loses it.
    """
    lock = Lock(source, new_holder(), seconds)
    holder = acquire_lease(engine, source, lock.holder, _utc_now(), seconds, is_dead)
    if holder is not None:
        raise RetryLater(f"{source} is being pulled by {holder}. Let that end, then run: backlog sync {source}")
    over = threading.Event()
    beat = threading.Thread(target=_renew, args=(engine, lock, over), name=f"lease of {source}", daemon=True)
    beat.start()
    try:
        yield lock
    finally:
        over.set()
        beat.join()
        release_lease(engine, source, lock.holder)


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
