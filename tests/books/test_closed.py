"""The books of closed periods: made again from the records alone, kept while they are needed, told apart by moment."""

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from books.acknowledged import exceptions, unseen
from books.ledgers import Books
from books.periods import in_force, not_as_recorded
from books.quality import Kind, as_it_was, changed, since
from books.reading import Reading
from connectors.files import Files
from engine.figures import Scope, answer
from engine.ledger import Ledger
from model.errors import LedgerBroken
from model.periods import day_number
from model.policy import Policy
from model.settings import load
from store.periods import Acknowledgement, QualityCount, closed_figures, period_events
from store.write.decisions import decide
from sync.closing import close, prepare, reopen
from sync.run import pull
from sync.upkeep import bring_up_to_date

FILES = {
    "customers": "customer_id,name\nC1,Acme Ltd\n",
    "contracts": "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
    "K1,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD\n",
}
JANUARY, FEBRUARY = dt.date(2026, 1, 31), dt.date(2026, 2, 28)


@pytest.fixture
def books(tmp_path: Path, empty_store: Path) -> Books:
    """A company of one contract over 12,000.00, a thousand a month."""
    shutil.copyfile(empty_store, tmp_path / "backlog.db")
    (tmp_path / "import").mkdir()
    for name, text in FILES.items():
        (tmp_path / "import" / f"{name}.csv").write_text(text)
    (tmp_path / "config.toml").write_text(
        '[store]\nurl = "sqlite:///backlog.db"\n[connectors.books]\nkind = "files"\npath = "import"\n'
    )
    made = Books(load(tmp_path / "config.toml"))
    told(made, 12000)
    return made


def told(books: Books, amount: int) -> dt.datetime:
    """The contract's price as the files say it from now on; returns a moment after it."""
    path = books.settings.root / "import" / "contract_lines.csv"
    path.write_text(f"line_id,contract_id,amount,recognition\nL1,K1,{amount},straight_line_monthly\n")
    connector = Files("books", {"path": str(path.parent)})
    assert pull(books.engine, connector, now=dt.datetime.now(dt.UTC)).error is None
    bring_up_to_date(books)
    return dt.datetime.now(dt.UTC)


def shut(books: Books, period: str) -> dt.datetime:
    now = dt.datetime.now(dt.UTC)
    close(books, prepare(books, period, now), now=now, who="Ann")
    books.build()
    return dt.datetime.now(dt.UTC)


def contracted(ledger: Ledger, *days: dt.date) -> list[int]:
    found = answer(ledger, "contracted", [Scope()], np.array([day_number(day) for day in days]))
    return [int(value) // 100 for value in found.minor[0]]


def test_the_books_of_a_close_are_made_again_from_the_records_alone(books: Books) -> None:
    shut(books, "2026-01")
    told(books, 24000)
    shut(books, "2026-02")
    told(books, 36000)
    wanted = [12000, 24000, 36000]
    days = (JANUARY, FEBRUARY, dt.date(2026, 3, 31))
    assert contracted(books.open(), *days) == wanted
    for path in books.folder.glob("*"):
        path.unlink()
    again = Books(books.settings)
    assert contracted(again.open(), *days) == wanted
    held = in_force(period_events(again.engine))
    for one, made in zip(held, again.from_records(held), strict=True):
        assert not_as_recorded(made, one, closed_figures(again.engine, one.id)) == []


def test_the_last_closed_books_are_kept_and_older_ones_go(books: Books) -> None:
    shut(books, "2026-01")
    shut(books, "2026-02")
    for amount in (24000, 25000, 26000):
        told(books, amount)
    kept = [path.stem for path in books.folder.glob("closed-*.ledger")]
    assert len(kept) == 1
    (books.folder / f"{kept[0]}.ledger").write_bytes(b"RBLEDG01 and then nothing of use")
    told(books, 27000)
    assert contracted(books.open(), JANUARY, FEBRUARY, dt.date(2026, 3, 31)) == [12000, 12000, 27000]


def test_every_moment_has_its_own_books(books: Books) -> None:
    moments = [dt.datetime.now(dt.UTC), shut(books, "2026-01"), told(books, 24000)]
    reopen(books, "2026-01", now=dt.datetime.now(dt.UTC), who="Ann", why="another estimate")
    moments.append(dt.datetime.now(dt.UTC))
    told(books, 36000)
    assert [contracted(books.open(moment), JANUARY, FEBRUARY) for moment in moments] == [
        [12000, 12000], [12000, 12000], [12000, 24000], [24000, 24000],
    ]  # fmt: skip


def test_a_past_report_is_read_as_it_was_read_then(books: Books) -> None:
    then = dt.datetime.now(dt.UTC)
    config = books.settings.root / "config.toml"
    config.write_text(config.read_text() + '[policy]\nrounding = "last_period"\n')
    other = Books(load(config))
    assert other.open(then).policy == Policy(), "before anyone had read records in another way"
    bring_up_to_date(other)
    assert other.open(then).policy.rounding == "cumulative"
    assert other.open(dt.datetime.now(dt.UTC)).policy.rounding == "last_period"


def test_a_decision_about_a_match_leaves_closed_periods_as_they_were(books: Books) -> None:
    folder = books.settings.root / "deals"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text.replace("K1", "D1").replace("C1", "D"))
    (folder / "contract_lines.csv").write_text(
        "line_id,contract_id,amount,recognition\nL9,D1,9000,straight_line_monthly\n"
    )
    config = books.settings.root / "config.toml"
    config.write_text(
        config.read_text() + '[connectors.deals]\nkind = "files"\npath = "deals"\n'
        '[matching]\nauthority = ["books"]\ncustomers = { "deals:D" = "books:C1" }\n[matching.govern]\ncontracts = ["books"]\n'
    )
    both = Books(load(config))
    assert pull(both.engine, Files("deals", {"path": str(folder)}), now=dt.datetime.now(dt.UTC)).error is None
    bring_up_to_date(both)
    shut(both, "2026-01")
    now = dt.datetime.now(dt.UTC)
    decide(both.engine, "contracts", "books:K1", "deals:D1", "same", rule="", who="Ann", why="one deal", now=now)
    assert contracted(both.open(), JANUARY, FEBRUARY) == [21000, 12000]
    assert both.matching().matched["by"].tolist() == ["a person"]
    for path in both.folder.glob("*"):
        path.unlink()
    assert contracted(both.open(), JANUARY, FEBRUARY) == [21000, 12000]
    other = Books(load(config))
    config.write_text(config.read_text().replace('customers = { "deals:D" = "books:C1" }', ""))
    assert contracted(Books(load(config)).open(), JANUARY) == contracted(other.open(), JANUARY) == [21000]


def test_where_systems_differ_is_kept_with_the_current_books_alone(books: Books) -> None:
    shut(books, "2026-01")
    for amount in (24000, 25000, 26000, 27000):
        told(books, amount)
    kept = {path.stem for path in books.folder.glob("*.ledger") if not path.stem.startswith("closed-")}
    assert {path.stem for path in books.folder.glob("*.differences")} == kept


def test_a_close_says_so_if_how_it_was_read_is_lost(books: Books) -> None:
    shut(books, "2026-01")
    for path in books.folder.glob("*"):
        path.unlink()
    with books.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM readings")
    with pytest.raises(LedgerBroken, match="no longer says how records were read when 2026-01 was closed"):
        books.build()


def test_a_reading_comes_back_from_its_text() -> None:
    policy = Policy(rpo_expedients=("one_year", "royalty"), progress_decimals=None)
    made = Reading(policy, "EUR", ("crm", "books"), {"customers": {"billing:1": "crm:2"}})
    assert Reading.parse(made.text) == made
    assert made.digest != dataclasses.replace(made, currency="USD").digest


def test_an_exception_keeps_its_name_until_it_changes(books: Books) -> None:
    frame = exceptions(books.open(), JANUARY, {})
    assert frame["rule"].tolist() == ["contract_without_billing"]
    name = frame["exception"][0]
    told(books, 24000)
    assert exceptions(books.open(), JANUARY, {})["exception"].tolist() == [name]
    seen = {name: Acknowledgement(name, "r", "w", dt.datetime.now(dt.UTC), "Ann", "billed later")}
    assert exceptions(books.open(), JANUARY, seen)["acknowledged"].tolist() == ["Ann: billed later"]
    assert unseen(frame).empty, "what is only for information needs nobody"
    assert exceptions(books.open(), dt.date(2025, 12, 30), {}).empty


def test_counts_are_kept_where_they_change() -> None:
    one, other = Kind("crm", "rule", "error"), Kind("books", "rule", "info")
    day = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    history = [
        QualityCount(day, *one, 2), QualityCount(day, *other, 1), QualityCount(day + dt.timedelta(1), *one, 0),
        QualityCount(day + dt.timedelta(2), *one, 5), QualityCount(day + dt.timedelta(3), *one, 4),
    ]  # fmt: skip
    assert changed({one: 4, other: 1}, history) == []
    assert changed({one: 3}, history) == [(*other, 0), (*one, 3)]
    assert as_it_was(history, day + dt.timedelta(1)) == {one: 0, other: 1}
    assert since(history) == {one: day + dt.timedelta(2), other: day}
