"""A company that several systems tell of, brought up to date: what may have become one, or two, is made anew, and nothing else."""

from __future__ import annotations

import datetime as dt
import logging
import random
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from compare import effort
from generate_systems import BEGIN, SYSTEMS, Rows
from generate_systems import Company as Told
from hypothesis import given
from hypothesis import strategies as st
from same import assert_same
from telling import Telling

from books.ledgers import Books
from engine.ledger import Ledger
from engine.saved import whole_of
from model.records import TABLES
from model.settings import load
from sync import closing
from sync.decide import decide

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
OTHERS = 6  # customers of two systems to whom nothing happens
HEAD = {"status": "signed", "currency": "USD", "signed_on": BEGIN, "start_on": BEGIN, "end_on": dt.date(2026, 12, 31)}


class Company:
    """A store that is told rows, and its books."""

    def __init__(self, root: Path, url: str, more: str = "") -> None:
        self.root, self.wholes = root, 0
        self.configure(url, more)
        self.telling = Telling(self.books.engine)
        self.rows: Rows = {name: [] for name in TABLES}

    def configure(self, url: str, more: str = "") -> None:
        for system in SYSTEMS:
            (self.root / system).mkdir(exist_ok=True)
        blocks = [f'[connectors.{name}]\nkind = "files"\npath = "{name}"\n' for name in SYSTEMS]
        (self.root / "config.toml").write_text("\n".join([f'[store]\nurl = "{url}"', *blocks, more]))
        self.books = Books(load(self.root / "config.toml"))

    def customer(self, system: str, own: str, amount: int = 1200, **more: Any) -> None:
        """A customer with a contract of one line."""
        self.rows["customers"].append({"source": system, "customer_id": own, "name": f"Company {own}", **more})
        self.rows["contracts"].append({"source": system, "contract_id": f"K-{own}", "customer_id": own, **HEAD})
        self.rows["contract_lines"].append({"source": system, "line_id": f"L-{own}", "contract_id": f"K-{own}", "currency": "USD",
                                            "amount": Decimal(amount)})  # fmt: skip

    def find(self, table: str, own: str) -> dict[str, Any]:
        key = TABLES[table].key[0]
        return next(row for row in self.rows[table] if row[key] == own)

    def sync(self, *merged: tuple[str, str, str, str]) -> Ledger:
        """The ledger after a sync, which is that of everything made anew."""
        self.telling.tell(self.rows, merged)
        found = self.books.build()
        self.wholes += 1
        anew = Books.over(self.books.settings, self.books.engine, self.root / f"apart {self.wholes}")
        assert_same(found, anew.build())
        self.anew = anew
        return found

    def whole(self) -> Ledger:
        """The ledger made of everything, on which what comes from now on is told."""
        (self.books.folder / "current.json").unlink()
        found = self.sync()
        assert is_whole(found)
        return found

    def updated(self) -> set[str]:
        """The customers of the ledger after a sync that was made of a part alone."""
        found = self.sync()
        assert not is_whole(found)
        return set(found.customers["id"]) - {"Z", *(f"c{n}" for n in range(OTHERS))}


def is_whole(ledger: Ledger) -> bool:
    assert ledger.path is not None
    return whole_of(ledger.path) == ledger.path


def called(ledger: Ledger, name: str) -> list[str]:
    """The ids of the customers that a name finds."""
    return [ledger.customers["id"][place] for place in ledger.find_customers(name).tolist()]


@pytest.fixture(autouse=True)
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many customers are touched, only those are made anew."""
    monkeypatch.setattr("books.touched.SHARE", 1)


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Company]:
    """Four customers of the CRM and of billing each, one of the accounting, and others who are one by their domains."""
    made = Company(tmp_path, f"sqlite:///{tmp_path}/backlog.db")
    fill(made)
    assert is_whole(made.sync())
    yield made
    made.books.engine.dispose()


def fill(made: Company) -> None:
    for n in range(OTHERS):
        for system in ("crm", "billing"):
            made.customer(system, f"{system[0]}{n}", 1000 + n, domain=f"other{n}.test")
    for own in "ABCD":
        made.customer("crm", own)
        made.customer("billing", f"b{own}", 700)
    made.customer("books", "Z")


def test_a_key_that_a_record_comes_to_share_makes_two_one_and_the_loss_of_it_two_again(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "DE 1"
    acme.whole()
    acme.find("customers", "bB")["tax_id"] = "de1"
    assert "bB" not in acme.updated()
    acme.whole()
    acme.find("customers", "A")["tax_id"] = ""
    assert "bB" in acme.updated()
    acme.find("customers", "bC")["shared_id"] = "C"  # what another system's record is called
    assert "bC" not in acme.updated()
    acme.find("customers", "bD")["shared_id"] = "crm:C"  # and a third one joins
    assert not {"bC", "bD"} & acme.updated()
    acme.find("contracts", "K-bA")["deal_id"] = "K-A"  # contracts that are one are one customer's
    assert not {"bA", "bC", "bD"} & acme.updated()


@pytest.mark.parametrize("asked", [("customers", "bA", "shared_id", "N"), ("contracts", "K-bA", "deal_id", "K-N")])
def test_who_was_asked_for_before_he_came_is_found_when_he_comes(
    acme: Company, asked: tuple[str, str, str, str]
) -> None:
    table, own, key, value = asked
    acme.find(table, own)[key] = value
    assert "bA" in set(acme.whole().customers["id"])
    acme.customer("crm", "N")
    assert "bA" not in acme.updated()


def test_a_shared_id_joins_two_groups_that_both_had_been_there(acme: Company) -> None:
    acme.find("customers", "bA")["domain"] = acme.find("customers", "A")["domain"] = "a.test"
    acme.find("customers", "bB")["domain"] = acme.find("customers", "B")["domain"] = "b.test"
    acme.find("customers", "B")["tax_id"] = "1"
    acme.whole()
    acme.customer("books", "M", shared_id="crm:A", tax_id="1")
    assert acme.updated() == {"A", "C", "D", "bC", "bD"}


def test_an_id_that_another_system_uses_is_told_apart_while_it_does(acme: Company) -> None:
    acme.customer("books", "A", name="Somebody else")
    assert "books:A" in acme.updated()
    acme.whole()
    for table, key in (("contract_lines", "L-A"), ("contracts", "K-A"), ("customers", "A")):
        acme.rows[table].remove(acme.find(table, key))  # of the CRM's, whose id it was first
    assert "books:A" not in acme.updated()
    acme.whole()
    acme.customer("billing", "A")
    assert "books:A" in acme.updated()


def test_a_name_that_two_customers_have_is_the_firsts(acme: Company) -> None:
    for own in "AB":
        acme.find("customers", own)["domain"] = acme.find("customers", f"b{own}")["domain"] = f"{own}.test"
        acme.find("customers", f"b{own}")["name"] = "Another name"
    acme.whole()
    assert called(acme.sync(), "Another name") == ["A"]
    acme.find("customers", "bA")["name"] = "Its own"  # so that the other is found by it
    assert called(acme.sync(), "Another name") == ["B"]


def test_names_that_are_alike_and_other_differences_are_told_as_of_everything(acme: Company) -> None:
    acme.find("customers", "A")["name"] = "Borealis Shipping Ltd"
    acme.find("customers", "bD")["name"] = "Borealis Shipping"
    acme.updated()
    found = acme.books.reconciliation(acme.books.current())
    assert found.to_dict("list") == acme.anew.reconciliation(acme.books.current()).to_dict("list")
    assert (found["finding"] == "to be judged").sum() == 1
    assert (found["finding"] == "only in billing").any()


def test_an_id_that_was_merged_means_its_heir_in_what_comes_later(acme: Company) -> None:
    acme.rows["customers"].remove(acme.find("customers", "D"))
    acme.find("contracts", "K-D")["customer_id"] = "C"
    assert is_whole(acme.sync(("crm", "customers", "D", "C")))  # ids were found to be one: everything is made anew
    acme.rows["contracts"].append({"source": "crm", "contract_id": "K-late", "customer_id": "D", **HEAD})
    acme.rows["contract_lines"].append(
        {"source": "crm", "line_id": "L-late", "contract_id": "K-late", "amount": Decimal(5), "currency": "USD"}
    )
    acme.find("customers", "bA")["shared_id"] = "d"
    assert "D" not in acme.updated()


def test_of_heirs_of_one_id_the_foremost_systems_is_meant_whoever_is_read(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "1"
    acme.find("customers", "bB")["tax_id"] = "2"
    acme.customer("books", "M", shared_id="old")
    acme.customer("billing", "00")  # comes first of all, and has nothing to do with them
    acme.sync(("crm", "customers", "old", "A"), ("billing", "customers", "old", "bB"))
    acme.find("contract_lines", "L-M")["amount"] = Decimal(33)
    assert "M" in acme.sync().aliases["alias"]


def test_a_record_that_is_named_stands_although_it_was_merged_into_one_that_is_not_there(acme: Company) -> None:
    acme.rows["customers"].append({"source": "crm", "customer_id": "E", "name": "Emporium"})
    acme.customer("books", "M", shared_id="crm:E")
    acme.sync(("crm", "customers", "E", "gone"))
    acme.find("contract_lines", "L-M")["amount"] = Decimal(33)
    assert "M" not in acme.updated()


def test_a_persons_word_is_made_whole_and_holds_for_what_comes_later(
    acme: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for word, left, right in (
        ("same", "crm:A", "billing:bA"),
        ("apart", "crm:B", "billing:bB"),
        ("same", "crm:C", "books:M"),
    ):
        decide(acme.books.engine, "customers", left, right, word, rule="", who="Ana", why="", now=NOW)  # type: ignore[arg-type]
    found = acme.sync()
    assert is_whole(found)
    assert "records were found to be one" in caplog.text
    assert "bA" not in set(found.customers["id"])
    acme.find("contract_lines", "L-bA")["amount"] = Decimal(7)
    assert "bA" not in acme.updated()
    for own in ("B", "bB"):
        acme.find("customers", own)["tax_id"] = "DE 2"
    assert {"B", "bB"} <= acme.updated()
    acme.customer("books", "M")  # whom a person named before it was there
    assert "M" not in acme.updated()
    decide(acme.books.engine, "customers", "crm:A", "billing:bA", "apart", rule="", who="Ana", why="", now=NOW)
    assert is_whole(acme.sync())


@pytest.mark.parametrize("lines", [True, False], ids=["billed", "without lines"])
@pytest.mark.parametrize("touched", ["A", "bA"])
def test_what_was_another_customers_at_a_close_is_made_with_both(acme: Company, touched: str, *, lines: bool) -> None:
    for own in ("A", "bA"):
        acme.find("customers", own)["tax_id"] = "1"
    invoice = {
        "source": "billing",
        "invoice_id": "I1",
        "issued_on": dt.date(2026, 1, 10),
        "currency": "USD",
        "status": "open",
    }
    acme.rows["invoices"].append({**invoice, "customer_id": "bA", "number": "I1"})
    if lines:
        acme.rows["invoice_lines"].append({"source": "billing", "invoice_line_id": "1", "invoice_id": "I1", "currency": "USD",
                                           "amount": Decimal(100)})  # fmt: skip
    acme.sync()
    noon = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    closing.close(
        acme.books, closing.prepare(acme.books, "2026-01", noon), now=noon, who="Ann", why="a test", force=True
    )
    acme.sync()
    acme.find("customers", "bA")["tax_id"] = "2"  # they are two after all
    acme.sync()
    (acme.books.folder / "current.json").unlink()
    assert is_whole(acme.sync())
    acme.find("contract_lines", f"L-{touched}")["amount"] = Decimal(33)
    assert list(acme.sync().invoices["id"]).count("I1") == 1


def test_differences_of_a_ledger_are_not_those_of_what_is_told_later(acme: Company) -> None:
    acme.find("customers", "A")["tax_id"] = "1"
    acme.telling.tell(acme.rows, ())
    found = acme.books.build()
    assert not is_whole(found)
    acme.customer("billing", "late")
    acme.telling.tell(acme.rows, ())
    assert "Company late" in set(acme.books.reconciliation(found.version)["customer"])  # as it is by now
    assert not acme.books.shelf.differences(found.version).exists()
    version = acme.books.build().version
    acme.books.reconciliation(version)
    assert acme.books.shelf.differences(version).exists()


def test_who_governs_is_for_all(acme: Company) -> None:
    acme.configure(f"sqlite:///{acme.root}/backlog.db", '[matching]\nauthority = ["billing", "crm"]\n')
    found = acme.sync()
    assert is_whole(found)
    assert "b0" in set(found.customers["id"])


def test_a_domain_that_very_many_have_is_for_all(acme: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for n in range(51):
        acme.customer("books", f"m{n:02}", domain="mail.test")
    assert not is_whole(acme.sync())  # of those that come all are known
    acme.find("customers", "A")["domain"] = "mail.test"
    acme.whole()
    acme.find("contract_lines", "L-A")["amount"] = acme.find("contract_lines", "L-m07")["amount"] = Decimal(7)
    assert "A" in acme.updated()  # two of them are no more one than all
    acme.find("customers", "bA")["domain"] = "mail.test"
    assert is_whole(acme.sync())
    assert "a customer's domain is mail.test, which very many have" in caplog.text


def test_a_name_that_others_have_too_is_for_all(acme: Company, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "backlog.books")
    for own in ("A", "bA"):
        acme.find("customers", own)["domain"] = "a.test"
    acme.find("customers", "bA")["name"] = "Company b0"  # as that of another, which is found by it
    assert is_whole(acme.sync())
    assert "names that others have too" in caplog.text


def test_a_system_that_begins_to_tell_is_matched_with_all(tmp_path: Path, new_url: Callable[..., str]) -> None:
    made = Company(tmp_path, new_url(ready=True))
    for n in range(OTHERS):
        made.customer("crm", f"c{n}", domain=f"other{n}.test")
    made.customer("crm", "A", tax_id="1")
    assert is_whole(made.sync())
    made.customer("billing", "bA", tax_id="1")
    found = made.sync()
    assert is_whole(found)
    assert "bA" not in set(found.customers["id"])
    made.find("contract_lines", "L-bA")["amount"] = Decimal(5)
    assert "bA" not in made.updated()
    made.books.engine.dispose()


def test_any_syncs_of_any_systems() -> None:
    parts: list[bool] = []

    @effort(3)
    @given(st.randoms(use_true_random=False), st.integers(2, 6))
    def syncs(chance: random.Random, size: int) -> None:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            acme, told = Company(Path(folder), f"sqlite:///{folder}/backlog.db"), Told(chance, size)
            for _ in range(4):
                acme.rows = told.rows
                parts.append(not is_whole(acme.sync()))
                told.one_sync()
            acme.books.engine.dispose()

    syncs()
    assert sum(parts) > len(parts) // 3
