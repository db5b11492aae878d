"""The lease: one pull of a connector at a time, whoever runs it, and none lost when its holder dies."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from model.errors import RetryLater
from store.connect import instant
from store.schema import LEASES
from store.write import acquire_lease, page_transaction
from sync.holder import is_dead, leased, new_holder


def test_a_second_holder_is_refused_until_the_first_lets_go(engine: sa.Engine) -> None:
    with leased(engine, "crm"):
        with (
            pytest.raises(RetryLater, match=f"crm is being pulled by .* process {os.getpid()}.*backlog sync crm"),
            leased(engine, "crm"),
        ):
            pytest.fail("two holders")
        with leased(engine, "billing") as other:
            assert other.name == "billing"
    with leased(engine, "crm") as lock:
        assert lock.name == "crm"


def test_a_dead_holder_of_this_computer_is_known_at_once(engine: sa.Engine) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    holder = new_holder().replace(f"process {os.getpid()}", f"process {child.pid}")
    child.wait()
    assert is_dead(holder)
    with leased(engine, "billing") as lock:
        assert not is_dead(lock.holder)
    assert is_dead(lock.holder)  # of this very process, which has let go
    assert not is_dead(holder.replace(platform.node(), "another-computer"))
    now = dt.datetime.now(dt.UTC)
    assert acquire_lease(engine, "crm", holder, now, 3600, is_dead) is None
    with leased(engine, "crm") as lock:
        assert lock.holder != holder


def test_a_holder_not_heard_of_loses_its_lease_and_can_write_no_more(engine: sa.Engine) -> None:
    now = dt.datetime.now(dt.UTC)
    with leased(engine, "crm") as sleeper:
        with engine.begin() as connection:  # nothing was heard of it for long
            connection.execute(sa.update(LEASES).values(expires_at=instant(now - dt.timedelta(hours=1))))
        assert acquire_lease(engine, "crm", "elsewhere process 1 (ab)", now, 60, is_dead) is None
        with (
            pytest.raises(RetryLater, match="another process has taken over this pull"),
            page_transaction(engine, 1, now, sleeper) as writer,
        ):
            writer.put_cursor("crm", "deals", "{}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cursors").scalar_one() == 0
        assert connection.exec_driver_sql("SELECT holder FROM leases").scalar_one() == "elsewhere process 1 (ab)"


def test_a_long_wait_keeps_the_lease(engine: sa.Engine) -> None:
    with leased(engine, "crm", seconds=0.6):
        time.sleep(1.5)
        now = dt.datetime.now(dt.UTC)
        assert acquire_lease(engine, "crm", "elsewhere process 1 (ab)", now, 60, is_dead) is not None
