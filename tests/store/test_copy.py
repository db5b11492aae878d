"""A store moves between databases whole, proven and with its history; backups are brought back; nothing is overwritten."""

from __future__ import annotations

import datetime as dt
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from connectors.kit.connector import Connector, Item, Page, Pull, Row
from model.errors import BacklogError, ConfigNeeded
from store import copy as module
from store.connect import connect, writing
from store.copy import check_empty, copy, opened_backup
from store.migrate import MIGRATIONS
from store.proof import rows_of, sums
from store.read import cursors, data_version, facts, history, raw, runs
from sync.run import pull

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
KINDS = ("sqlite", "postgresql")


class Growing(Connector):
    """Customers, a page at a time, going on from its cursor; a page holds two that belong together."""

    kind, title = "growing", "Goes on"

    def __init__(self, pages: int, name: str = "crm", spelling: str = "Customer") -> None:
        super().__init__(name, {})
        self._pages, self._spelling = pages, spelling

    def objects(self) -> tuple[str, ...]:
        return ("customers",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        for n in range((ask.cursor or {"n": 0})["n"], self._pages):
            rows = [
                Row("customers", {"customer_id": f"C{n}{side}", "name": f"{self._spelling} {n} ä€𝄞"}) for side in "ab"
            ]
            yield Page([Item(f"{n}", {"n": n, "said": "x\ty\n\\N"}, rows)], cursor={"n": n + 1})


@pytest.fixture
def filled(new_url: Callable[..., str]) -> Iterator[sa.Engine]:
    """A store with a history: runs, versions that ended, an alias, rejects that wait."""
    engine = connect(new_url(ready=True))
    pull(engine, Growing(12), now=NOW)
    pull(engine, Growing(5, spelling="Client"), now=NOW + HOUR, full=True)
    contract = {"contract_id": "K1", "customer_id": "nobody", "status": "draft", "currency": "USD"}
    orphan = Item("K1", {"of": "K1"}, [Row("contracts", contract)])
    moved = Item("C9", {}, (), aliases=(("customers", "C3a", "C4a"),))

    class Odd(Growing):
        def pull(self, name: str, ask: Pull) -> Iterator[Page]:
            yield Page([orphan, moved])

    pull(engine, Odd(0, "odd"), now=NOW + 2 * HOUR)
    yield engine
    engine.dispose()


@pytest.fixture
def opened() -> Iterator[Callable[[str], sa.Engine]]:
    made: list[sa.Engine] = []

    def open_(url: str) -> sa.Engine:
        made.append(connect(url))
        return made[-1]

    yield open_
    for engine in made:
        engine.dispose()


def all_sums(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return sums(connection)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ready", [False, True], ids=["nothing there", "an empty store there"])
def test_a_copy_holds_and_answers_the_same_and_goes_on(
    filled: sa.Engine, new_place: Callable[..., str], opened: Callable[[str], sa.Engine], kind: str, ready: bool
) -> None:
    url = new_place(kind, ready=ready)
    heard: dict[str, tuple[int, int]] = {}
    told = copy(filled, url, lambda table, done, total: heard.update({table: (done, total)}))
    other = opened(url)
    assert told == all_sums(filled) == all_sums(other)
    assert {one.table: (one.rows, one.rows) for one in told if one.rows} == heard
    # Not only the digests say so.
    for at in (None, NOW + HOUR / 2):
        mine, theirs = facts(filled, at), facts(other, at)
        for name in mine:
            pd.testing.assert_frame_equal(mine[name], theirs[name])
    assert history(other, "customers", "crm", "C3a") == history(filled, "customers", "crm", "C3a")
    assert raw(other, 7) == raw(filled, 7)
    assert (runs(other), cursors(other, "crm")["customers"].state) == (runs(filled), {"n": 5})
    # It is a store of its own: no ledger of the one may be taken for one of the other.
    assert data_version(other) != data_version(filled)
    # Both go on alike, numbers included.
    for engine in (filled, other):
        assert pull(engine, Growing(15), now=NOW + 5 * HOUR).counts["customers"].added == 3
    mine, theirs = facts(filled), facts(other)
    for name in mine:
        pd.testing.assert_frame_equal(mine[name], theirs[name])


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_holds_anything_is_left_alone(filled: sa.Engine, new_place: Callable[..., str], kind: str) -> None:
    url = new_place(kind)
    engine = connect(url)
    pull(engine, Growing(1), now=NOW)
    before = all_sums(engine)
    with pytest.raises(ConfigNeeded, match=r"holds \d+ rows already and is left alone"):
        copy(filled, url)
    assert all_sums(engine) == before
    engine.dispose()


def test_somebody_elses_database_is_left_alone(filled: sa.Engine, new_url: Callable[..., str]) -> None:
    url = new_url()
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (a int)")
    with pytest.raises(ConfigNeeded, match="holds other tables"):
        copy(filled, url)
    engine.dispose()


def test_looking_whether_a_place_is_empty_makes_nothing(new_url: Callable[..., str]) -> None:
    url = new_url()
    check_empty(url)
    if url.startswith("sqlite"):
        assert not Path(url.removeprefix("sqlite:///")).exists()
    else:
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        assert sa.inspect(engine).get_table_names() == []
        engine.dispose()
    check_empty(new_url(ready=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_that_differs_is_given_up(
    filled: sa.Engine, new_place: Callable[..., str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def forgetful(connection: Any, table: sa.Table, columns: Any, rows: list[Any]) -> None:
        module_insert(connection, table, columns, rows[:-1] if table.name == "customers" else rows)

    module_insert = module.insert_rows
    monkeypatch.setattr(module, "insert_rows", forgetful)
    url = new_place(kind)
    with pytest.raises(BacklogError, match="the copy differs in customers and was given up"):
        copy(filled, url)
    check_empty(url)
    monkeypatch.undo()
    copy(filled, url)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_killed_half_way_leaves_the_place_empty(
    filled: sa.Engine, new_place: Callable[..., str], opened: Callable[[str], sa.Engine], root: Path, kind: str
) -> None:
    program = (
        "import os, signal, sys\n"
        "from store.connect import connect\n"
        "from store.copy import copy\n"
        "def heard(table, done, total):\n"
        "    table == 'raw' and os.kill(os.getpid(), getattr(signal, 'SIGKILL', signal.SIGTERM))\n"
        "copy(connect(sys.argv[1]), sys.argv[2], heard)"
    )
    source, url = filled.url.render_as_string(hide_password=False), new_place(kind)
    done = subprocess.run([sys.executable, "-c", program, source, url], cwd=root, check=False, timeout=60)
    assert done.returncode != 0
    check_empty(url)
    assert copy(filled, url) == all_sums(opened(url))
    if kind == "sqlite":  # nothing of the first attempt lies about
        path = Path(url.removeprefix("sqlite:///"))
        assert [p.name for p in path.parent.glob(f"{path.name}*") if p.suffix == ".part"] == []


def test_a_copy_taken_while_syncing_is_one_whole_state_and_catches_up(
    new_url: Callable[..., str], tmp_path: Path, opened: Callable[[str], sa.Engine]
) -> None:
    engine, pages = opened(new_url(ready=True)), 80
    started = threading.Event()
    syncing = threading.Thread(
        target=pull,
        args=(engine, Growing(pages)),
        kwargs={"now": NOW, "progress": lambda name, counts: counts.read > 5 and started.set()},
    )
    syncing.start()
    assert started.wait(30)
    copies = []
    for n in itertools.count():
        copies.append(f"sqlite:///{tmp_path / f'backup{n}.db'}")
        copy(engine, copies[-1])
        if not syncing.is_alive() or n == 1:
            break
    syncing.join()
    first = opened(copies[0])
    # Each page brought one item, one payload and two customers, and moved the cursor on, all at once.
    held = cursors(first, "crm")["customers"].state["n"]
    with first.connect() as connection:
        rows = rows_of(connection)
    assert (rows["items"], rows["raw"], rows["customers"]) == (held, held, 2 * held)
    assert 5 < held <= pages
    pull(first, Growing(pages), now=NOW + HOUR)
    caught_up, undisturbed = facts(first)["customers"], facts(engine)["customers"]
    pd.testing.assert_frame_equal(caught_up, undisturbed)


def test_a_backup_is_one_file_that_is_only_read(
    filled: sa.Engine, tmp_path: Path, new_url: Callable[..., str], opened: Callable[[str], sa.Engine]
) -> None:
    file = tmp_path / "safe" / "backup.db"
    file.parent.mkdir()
    copy(filled, f"sqlite:///{file}")
    assert [path.name for path in file.parent.iterdir()] == ["backup.db"]
    file.chmod(0o444)
    before = file.read_bytes()
    url = new_url(ready=True)
    with opened_backup(file) as backup:
        copy(backup, url)
    assert all_sums(opened(url)) == all_sums(filled)
    assert [path.name for path in file.parent.iterdir()] == ["backup.db"]
    assert file.read_bytes() == before


def test_a_backup_of_an_older_version_is_brought_back(
    tmp_path: Path, new_url: Callable[..., str], opened: Callable[[str], sa.Engine]
) -> None:
    file = tmp_path / "old.db"
    _store_of_the_first_step(file)
    before = file.read_bytes()
    url = new_url()
    with opened_backup(file) as backup:
        copy(backup, url)
    engine = opened(url)
    assert facts(engine)["customers"].name.tolist() == ["Acme"]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT new_id, known_from FROM aliases").all() == [("C1", "2026-01-01")]
    assert file.read_bytes() == before


def _store_of_the_first_step(file: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO data_version VALUES (1, 'old', 1, '2026-01-01')",
            "INSERT INTO customers (source, record_id, origin_object, origin_key, raw_id, run_id, row_hash, known_from,"
            " customer_id, name) VALUES ('crm', 'C1', 'o', 'C1', 1, 1, 'h', '2026-01-01', 'C1', 'Acme')",
            "INSERT INTO aliases (source, table_name, old_id, new_id, known_from, run_id)"
            " VALUES ('crm', 'customers', 'C0', 'C1', '2026-01-01', 1)",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "there is no such file"), (b"", "it holds nothing"), (b"contract,amount\n" * 900, "this file is no store")],
    ids=["missing", "empty", "something else"],
)
def test_what_is_no_backup_is_told(tmp_path: Path, content: bytes | None, text: str) -> None:
    file = tmp_path / "backup.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigNeeded, match=text), opened_backup(file):
        pytest.fail("opened")


def test_leases_stay_with_the_processes_that_hold_them(
    filled: sa.Engine, new_url: Callable[..., str], opened: Callable[[str], sa.Engine]
) -> None:
    with writing(filled) as connection:
        connection.exec_driver_sql("INSERT INTO leases VALUES ('crm', 'somebody', '2026', '2099')")
    url = new_url()
    copy(filled, url)
    with opened(url).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leases").scalar_one() == 0
