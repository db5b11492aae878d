"""What goes wrong around a sync: long readers, other programs in the way, connections that break, servers that fall."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import postgres_server
import pytest
import sqlalchemy as sa
from postgres_server import Server

from connectors.kit.connector import Item, Page, Pull, Row
from store import connect as connecting
from store.connect import connect, writing
from store.read import data_version, facts, runs
from store.schema import RAW, RECORDS
from store.write.page import PageWriter
from sync.run import pull

HOUR = dt.timedelta(hours=1)
PAGES = 12


def pages(first: int = 0, last: int = PAGES) -> Callable[[Pull], Iterator[Page]]:
    """Invoices whose two lines cancel out, an invoice a page, from the cursor on."""

    def said(ask: Pull) -> Iterator[Page]:
        for n in range(max(first, (ask.cursor or {"n": 0})["n"]), last):
            invoice = {"invoice_id": f"I{n}", "customer_id": "C1", "issued_on": dt.date(2026, 1, 1), "currency": "USD",
                       "status": "open"}  # fmt: skip
            lines = [
                {"invoice_line_id": f"I{n}{side}", "invoice_id": f"I{n}", "amount": Decimal(n + 1) * sign}
                for side, sign in (("a", 1), ("b", -1))
            ]
            rows = [Row("invoices", invoice), *(Row("invoice_lines", line) for line in lines)]
            yield Page([Item(f"I{n}", {"n": n}, rows, f"invoice {n}")], cursor={"n": n + 1})

    return said


@pytest.fixture
def said(kit: SimpleNamespace) -> Callable[..., Any]:
    """A connector of one customer and the pages above."""
    customer = [kit.item("customers", customer_id="C1", name="Acme")]
    return lambda **which: kit.Said({"customers": customer, "invoices": pages(**which)})


@pytest.fixture
def undisturbed(new_store: Callable[[], sa.Engine], kit: SimpleNamespace, said: Callable[..., Any]) -> Any:
    """What the store holds when nothing goes wrong."""
    engine = new_store()
    assert pull(engine, said(), now=kit.NOW).error is None
    return kit.normalized(engine)


def test_a_long_reader_keeps_its_state_and_nobody_waiting(
    engine: sa.Engine, kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any
) -> None:
    assert pull(engine, said(last=3), now=kit.NOW).error is None
    query = sa.select(sa.func.count()).select_from(RECORDS["invoice_lines"])
    with engine.connect() as reader:
        assert reader.execute(query).scalar_one() == 6
        assert pull(engine, said(), now=kit.NOW + HOUR).error is None
        assert reader.execute(query).scalar_one() == 6
    with engine.connect() as reader:
        assert reader.execute(query).scalar_one() == 2 * PAGES
    assert kit.normalized(engine) == undisturbed


def test_a_store_held_by_another_program_costs_the_page_in_hand(
    new_url: Callable[..., str], kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    url = new_url(ready=True)
    holding = connect(url)
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.3)
    impatient = connect(url)
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(holding):
            held.set()
            enough.wait(30)

    holder = threading.Thread(target=hold)

    def progress(name: str, counts: Any) -> None:
        if name == "invoices" and counts.read == 4:
            holder.start()
            assert held.wait(10)

    result = pull(impatient, said(), now=kit.NOW, progress=progress)
    enough.set()
    holder.join()
    assert result.state == "failed"
    assert "another program has held it for 0.3 s. Let it finish, then retry" in (result.error or "")
    assert len(facts(holding)["invoices"]) == 4
    monkeypatch.undo()
    patient = connect(url)
    again = pull(patient, said(), now=kit.NOW + HOUR)
    assert (again.error, again.counts["invoices"].added) == (None, PAGES - 4)
    assert kit.normalized(patient) == undisturbed
    for engine in (holding, impatient, patient):
        engine.dispose()


def test_a_reader_of_two_thousand_queries_sees_only_whole_states(
    engine: sa.Engine, new_url: Callable[..., str], kit: SimpleNamespace, said: Callable[..., Any]
) -> None:
    """Page upon page arrives; in every state a reader sees, each invoice has its two lines and its payload."""
    asked, over = 2_000, threading.Event()

    def write() -> None:
        reach = 0
        while not over.is_set():
            reach += 20
            result = pull(engine, said(last=reach), now=kit.NOW)
            assert result.error is None

    def count(table: sa.Table) -> Any:
        return sa.select(sa.func.count()).select_from(table).scalar_subquery()

    lines = RECORDS["invoice_lines"]
    both = sa.select(count(RECORDS["invoices"]), count(RAW))
    amounts = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(lines.c.amount_minor), 0)).select_from(lines)
    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    try:
        for n in range(asked // 2):
            with engine.connect() as connection:  # two queries, one state
                invoices, payloads = connection.execute(both).one()
                found, total = connection.execute(amounts).one()
            assert (found, int(total), payloads) == (2 * invoices, 0, invoices + 1 if payloads else 0)
            seen.add(invoices)
            if n % 100 == 0:
                frames = facts(engine)
                assert len(frames["invoice_lines"]) == 2 * len(frames["invoices"])
                assert frames["invoice_lines"].amount_minor.sum() == 0
    finally:
        over.set()
        writer.join()
    assert len(seen) > 5


def test_a_clock_set_back_loses_nothing(
    engine: sa.Engine, kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any
) -> None:
    before = data_version(engine)
    assert pull(engine, said(last=5), now=kit.NOW).error is None
    assert pull(engine, said(), now=kit.NOW - 400 * 24 * HOUR).error is None
    assert kit.normalized(engine) == undisturbed
    assert data_version(engine) != before
    with engine.connect() as connection:
        known = connection.execute(sa.select(RAW.c.known_from).order_by(RAW.c.id)).scalars().all()
    assert known == sorted(known)


# -- what only a server can do ------------------------------------------------------------------------------------

on_a_server = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def cut(engine: sa.Engine, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Cuts every connection to the store."""
    server: Server = request.getfixturevalue("postgres")
    return lambda: server.cut(str(engine.url.database))


@on_a_server
@pytest.mark.parametrize("where", ["before it writes", "between its writes", "before it is committed"])
def test_a_connection_lost_within_a_page_costs_that_page(
    engine: sa.Engine, kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any, cut: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch, where: str,
) -> None:  # fmt: skip
    method = {"before it writes": "items", "between its writes": "_flush_items", "before it is committed": "finish"}
    whole, calls = getattr(PageWriter, method[where]), []

    def broken(self: PageWriter, *given: Any) -> Any:
        calls.append(1)
        if where == "before it is committed":
            whole(self, *given)
        if len(calls) == 9:
            cut()
        return None if where == "before it is committed" else whole(self, *given)

    monkeypatch.setattr(PageWriter, method[where], broken)
    result = pull(engine, said(), now=kit.NOW)
    assert result.state == "failed"
    assert "What was stored is whole; try again" in (result.error or "")
    stored = result.counts["invoices"].added
    assert stored > 0
    assert len(facts(engine)["invoices"]) == stored < PAGES
    assert pull(engine, said(), now=kit.NOW + HOUR).counts["invoices"].added == PAGES - stored
    assert kit.normalized(engine) == undisturbed
    assert [run.state for run in runs(engine)] == ["complete", "failed"]


@on_a_server
def test_a_connection_lost_between_pages_is_made_anew(
    engine: sa.Engine, kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any, cut: Callable[[], None]
) -> None:
    result = pull(engine, said(), now=kit.NOW, progress=lambda name, counts: cut() if counts.read == 4 else None)
    assert result.error is None
    assert kit.normalized(engine) == undisturbed


@on_a_server
def test_a_server_killed_in_the_middle_of_a_sync_has_lost_nothing(
    kit: SimpleNamespace, said: Callable[..., Any], undisturbed: Any
) -> None:
    binaries = postgres_server.programs()
    assert binaries
    # A commit is on the disk before it is told to be done, as on any server that is not for tests.
    with postgres_server.running(binaries, {"fsync": "on", "synchronous_commit": "on"}) as server:
        engine = connect(server.url("postgres"))
        told: list[int] = []

        def fall(name: str, counts: Any) -> None:
            if name == "invoices":
                told.append(counts.added)
                if counts.added == 6:
                    server.kill()

        result = pull(engine, said(), now=kit.NOW, progress=fall)
        assert result.state == "failed"
        assert "no server answers" in (result.error or "") or "was lost" in (result.error or "")
        server.start()
        assert len(facts(engine)["invoices"]) == told[-1] == 6
        again = pull(engine, said(), now=kit.NOW + HOUR)
        assert (again.error, again.counts["invoices"].added) == (None, PAGES - 6)
        assert kit.normalized(engine) == undisturbed
        engine.dispose()


def test_a_migration_waits_for_a_reader_and_then_says_so(
    new_url: Callable[..., str], monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    from alembic import command
    from alembic.config import Config

    from model.errors import RetryLater
    from store.migrate import MIGRATIONS

    url = new_url(ready=True)
    engine = connect(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.3)
    with engine.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM aliases").scalar_one()
        if database == "postgresql":
            with pytest.raises(RetryLater, match="another program has held it"):
                connect(url)
        else:
            connect(url).dispose()  # readers of a file are in nobody's way
    updated = connect(url)
    assert data_version(updated).endswith("-0")
    for one in (engine, updated):
        one.dispose()
