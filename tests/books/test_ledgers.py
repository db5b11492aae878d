"""Ledger files: one a state of the data, opened by mapping, made anew where one is missing, stale or damaged."""

import datetime as dt
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from books.ledgers import Books
from connectors.files import Files
from engine.ledger import Ledger
from engine.saved import open_ledger
from model.errors import LedgerBroken
from model.settings import load
from sync.run import pull

NOW = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


@pytest.fixture
def books(tmp_path: Path, new_url: Callable[..., str]) -> Books:
    """A company of one contract, synced, in either kind of database."""
    (tmp_path / "import").mkdir()
    write(tmp_path, "1200.00")
    (tmp_path / "config.toml").write_text(
        f'[store]\nurl = "{new_url(ready=True)}"\n[connectors.books]\nkind = "files"\npath = "import"\n'
    )
    made = Books(load(tmp_path / "config.toml"))
    sync(made, NOW)
    return made


def write(root: Path, amount: str) -> None:
    data = root / "import"
    (data / "customers.csv").write_text("customer_id,name\nC1,Acme Ltd\n")
    (data / "contracts.csv").write_text(
        "contract_id,customer_id,status,signed_on,start_on,end_on,currency\nK1,C1,signed,2026-01-01,2026-01-01,2026-12-31,USD\n"
    )
    (data / "contract_lines.csv").write_text(f"line_id,contract_id,amount\nL1,K1,{amount}\n")


def sync(books: Books, now: dt.datetime) -> None:
    connector = Files("books", {"path": str(books.settings.root / "import")})
    result = pull(books.engine, connector, now=now)
    assert result.error is None


def contracted(ledger: Ledger) -> int:
    return int(ledger.entries["amount"].sum())


def test_a_saved_ledger_reads_as_it_was_made(books: Books) -> None:
    built = books.build()
    again = open_ledger(books.folder / f"{built.version}.ledger")
    for table in ("obligations", "segments", "entries"):
        for name in getattr(again, table).keys():  # noqa: SIM118
            assert list(getattr(again, table)[name]) == list(getattr(built, table)[name])
    assert books.current() == built.version


def test_new_data_is_another_ledger_and_old_files_go(books: Books) -> None:
    first = books.build()
    versions = {first.version}
    for n, amount in enumerate(("1300.00", "1400.00", "1500.00"), 1):
        write(books.settings.root, amount)
        sync(books, NOW + dt.timedelta(n))
        versions.add(books.open().version)
    assert len(versions) == 4
    assert contracted(books.open()) == 1500_00
    assert len(list(books.folder.glob("*.ledger"))) <= 2
    assert len(list(books.folder.glob("*.seal"))) <= 2


def test_what_was_known_then_is_answered_from_then(books: Books) -> None:
    write(books.settings.root, "9999.00")
    sync(books, NOW + dt.timedelta(30))
    assert contracted(books.open()) == 9999_00
    assert contracted(books.open(NOW + dt.timedelta(1))) == 1200_00


@pytest.mark.parametrize("damage", [b"", b"RBLEDG01", b"something else entirely, long enough to be read as a head"])
def test_a_damaged_file_is_made_anew_and_said_so(books: Books, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    built = books.build()
    path = books.folder / f"{built.version}.ledger"
    path.unlink()
    path.write_bytes(damage)
    with pytest.raises(LedgerBroken, match="backlog sync"):
        open_ledger(path)
    assert contracted(books.open()) == 1200_00
    assert f"{path.name} " in caplog.text
    assert "it is made anew from the store" in caplog.text


def test_the_file_of_a_former_version_of_the_program_is_made_anew(books: Books) -> None:
    path = books.folder / f"{books.build().version}.ledger"
    head = int.from_bytes(path.read_bytes()[8:16], "little")
    header = json.loads(path.read_bytes()[head:])
    former = {**header, "facts": {name: fact for name, fact in header["facts"].items() if name != "weight"}}
    path.write_bytes(path.read_bytes()[:head] + json.dumps(former).encode())
    with pytest.raises(LedgerBroken, match="another version's, without 'weight'"):
        open_ledger(path)
    write(books.settings.root, "1300.00")
    sync(books, NOW + dt.timedelta(1))
    assert contracted(books.open()) == 1300_00


@pytest.mark.parametrize("how", ["written to", "rotten for a day"])
def test_a_file_with_one_wrong_bit_is_made_anew_and_said_so(
    books: Books, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    path = books.folder / f"{books.build().version}.ledger"
    assert contracted(books.open()) == 1200_00
    caplog.clear()
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    whole = bytearray(path.read_bytes())
    place = whole.index((1200_00).to_bytes(8, "little"))
    whole[place] ^= 1  # a cent more
    path.unlink()
    path.write_bytes(whole)
    if how == "rotten for a day":  # nothing tells but the bytes themselves
        os.utime(path, ns=times)
        seal, yesterday = path.with_suffix(".seal"), time.time() - 25 * 3600
        os.utime(seal, (yesterday, yesterday))
    assert contracted(books.open()) == 1200_00
    assert f"{path.name} has changed since it was written: it is made anew from the store" in caplog.text
    caplog.clear()
    assert contracted(books.open()) == 1200_00
    assert caplog.text == ""


def test_another_policy_is_another_ledger(books: Books) -> None:
    first = books.build().version
    config = books.settings.root / "config.toml"
    config.write_text(config.read_text() + '[policy]\nrecognition = "straight_line_monthly"\n')
    other = Books(load(config))
    assert other.open().version != first


def test_the_ledgers_of_a_server_lie_beside_the_configuration_whoever_asks(tmp_path: Path) -> None:
    def folder(url: str) -> Path:
        (tmp_path / "config.toml").write_text(f'[store]\nurl = "{url}"\n')
        return Books(load(tmp_path / "config.toml")).folder

    ours = folder("postgresql://joe:secret@db.example/books")
    assert (ours.parent, ours.name.startswith("books-")) == (tmp_path, True)
    assert folder("postgresql://eve:other@db.example/books") == ours
    assert folder("postgresql://joe:secret@db.example/other") != ours
    assert folder("postgresql://joe:secret@elsewhere/books") != ours
