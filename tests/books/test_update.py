"""A ledger brought up to date from what has changed is, column by column, the one made of everything."""

from __future__ import annotations

import csv
import datetime as dt
import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from compare import effort
from generate import histories
from generate_knowledge import another
from hypothesis import given
from hypothesis import strategies as st
from same import assert_same

from books.ledgers import Books
from connectors.files import Files
from engine.ledger import Ledger
from engine.saved import whole_of
from model.money import Money, to_decimal
from model.records import TABLES
from model.settings import load
from sync.closing import close, prepare
from sync.run import pull

Rows = dict[str, list[dict[str, Any]]]
OTHERS = 40  # customers that nothing happens to


def company(rows: Mapping[str, list[dict[str, Any]]]) -> Rows:
    """The rows, among customers whom nothing of them touches: their ids stand before and after."""
    made: Rows = {name: list(rows.get(name, ())) for name in TABLES}
    for n in range(OTHERS):
        own = f"{'AX'[n % 2]}{n:02}"
        made["customers"].append({"customer_id": own, "name": f"Company {n}"})
        made["contracts"].append({"contract_id": f"{own}-K", "customer_id": own, "status": "signed", "currency": "USD",
                                  "signed_on": "2026-01-01", "start_on": "2026-01-01", "end_on": "2026-12-31"})  # fmt: skip
        made["contract_lines"].append({"line_id": f"{own}-L", "contract_id": f"{own}-K", "amount": f"{1200 + n}.00"})
        made["invoices"].append({"invoice_id": f"{own}-I", "customer_id": own, "issued_on": "2026-01-05", "currency": "USD",
                                 "status": "open", "contract_id": f"{own}-K", "number": f"{own}-1"})  # fmt: skip
        made["invoice_lines"].append({"invoice_line_id": f"{own}-IL", "invoice_id": f"{own}-I", "line_id": f"{own}-L",
                                      "amount": "100.00"})  # fmt: skip
    made["amendments"].append({"amendment_id": "A00-A", "contract_id": "A00-K", "signed_on": "2026-05-01",
                               "effective_on": "2026-05-15", "kind": "change_line", "line_id": "A00-L", "amount": "900.00"})  # fmt: skip
    return made


def text(value: Any) -> str:
    if isinstance(value, Money):
        value = to_decimal(value.minor, value.currency)
    return "" if value is None else str(value)


class Company:
    """A company of files, with its store and its ledgers."""

    def __init__(self, root: Path, url: str) -> None:
        (root / "import").mkdir(parents=True)
        config = f'[store]\nurl = "{url}"\n[connectors.books]\nkind = "files"\npath = "import"\nmissing = "delete"\n'
        (root / "config.toml").write_text(config)
        self.root, self.wholes = root, 0
        self.books = Books(load(root / "config.toml"))

    def sync(self, rows: Mapping[str, list[dict[str, Any]]]) -> Ledger:
        """The ledger after a sync of files that hold these rows."""
        for name, table in TABLES.items():
            columns = [*(column.name for column in table.columns)]
            columns += ["currency"] if table.has_money and "currency" not in columns else []
            with (self.root / "import" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows([text(row.get(column)) for column in columns] for row in rows.get(name, ()))
        now = dt.datetime.now(dt.UTC)
        connector = Files("books", {"path": str(self.root / "import"), "missing": "delete"})
        result = pull(self.books.engine, connector, now=now)
        assert result.error is None
        return self.books.build()

    def made_whole(self) -> Ledger:
        """The ledger of the same store, made of everything."""
        self.wholes += 1
        ledger = Books.over(self.books.settings, self.books.engine, self.root / f"apart {self.wholes}").build()
        assert is_whole(ledger)
        return ledger


def is_whole(ledger: Ledger) -> bool:
    assert ledger.path is not None
    return whole_of(ledger.path) == ledger.path


@pytest.fixture
def acme(tmp_path: Path, new_url: Callable[..., str]) -> Company:
    return Company(tmp_path, new_url(ready=True))


def test_what_a_sync_touched_is_made_anew_and_the_rest_kept(acme: Company) -> None:
    rows = company({})
    first = acme.sync(rows)
    assert is_whole(first)
    rows["contract_lines"][3]["amount"] = "5000.00"
    rows["customers"] += [{"customer_id": "M1", "name": "New Ltd"}]
    rows["contracts"] += [{**rows["contracts"][0], "contract_id": "K-new", "customer_id": "M1"}]
    rows["contract_lines"] += [{"line_id": "L-new", "contract_id": "K-new", "amount": "700.00"}]
    second = acme.sync(rows)
    assert not is_whole(second)
    assert_same(second, acme.made_whole())
    for name in ("invoice_lines", "invoices", "contract_lines", "contracts", "customers"):  # the first of all leaves
        rows[name] = [row for row in rows[name] if not str(next(iter(row.values()))).startswith("X01")]
    rows["fx_rates"] = [
        {"on": "2026-01-01", "from_currency": "EUR", "to_currency": "USD", "rate": "1.1", "kind": "closing"}
    ]
    third = acme.sync(rows)
    assert "X01" not in list(third.customers["id"])
    assert not is_whole(third)
    assert_same(third, acme.made_whole())
    assert acme.books.build().version == third.version
    assert whole_of(third.path) == first.path  # type: ignore[arg-type]


def test_customers_that_a_record_links_are_made_together(acme: Company) -> None:
    rows = company({})
    rows["invoices"][4]["contract_id"] = rows["contracts"][9]["contract_id"]
    rows["invoice_lines"][4]["line_id"] = ""
    acme.sync(rows)
    rows["contract_lines"][9]["amount"] = "1.00"  # of whom the other's invoice is for
    found = acme.sync(rows)
    assert not is_whole(found)
    assert_same(found, acme.made_whole())
    rows["contracts"][11]["customer_id"] = rows["customers"][20]["customer_id"]  # and of another customer from now on
    found = acme.sync(rows)
    assert not is_whole(found)
    assert_same(found, acme.made_whole())


def closed(acme: Company, period: str) -> Rows:
    """The rows of a company that has closed a month."""
    rows, now = company({}), dt.datetime.now(dt.UTC)
    acme.sync(rows)
    close(acme.books, prepare(acme.books, period, now), now=now, who="Ann")
    return rows


def test_a_closed_period_holds_for_what_is_made_anew(acme: Company) -> None:
    rows = closed(acme, "2026-01")
    rows["contract_lines"][5]["amount"] = "777.00"  # late for January
    assert is_whole(acme.sync(rows))
    rows["contract_lines"][6]["amount"] = "888.00"
    rows["invoices"][7] |= {"customer_id": rows["customers"][8]["customer_id"]}
    found = acme.sync(rows)
    assert not is_whole(found)
    assert found.views
    assert_same(found, acme.made_whole())
    rows["contract_lines"][7]["amount"] = "999.00"  # whose invoice was billed to another since
    found = acme.sync(rows)
    assert not is_whole(found)
    assert_same(found, acme.made_whole())
    rows["invoice_lines"] = [row for row in rows["invoice_lines"] if row["invoice_id"] != "A04-I"]
    rows["invoices"] = [row for row in rows["invoices"] if row["customer_id"] != "A04"]
    rows["contract_lines"] = [row for row in rows["contract_lines"] if row["contract_id"] != "A04-K"]
    rows["contracts"] = [row for row in rows["contracts"] if row["customer_id"] != "A04"]
    rows["customers"] = [row for row in rows["customers"] if row["customer_id"] != "A04"]
    assert is_whole(acme.sync(rows))  # the closed books know a customer who is known no more


def test_a_part_without_anything_late_goes_with_books_that_have_some(acme: Company) -> None:
    rows = closed(acme, "2026-06")
    rows["amendments"][0]["amount"] = "800.00"  # late for May
    for row in rows["contract_lines"][20:22]:
        row["amount"] = "777.00"
    assert acme.sync(rows).views
    rows["invoices"].append({**rows["invoices"][30], "invoice_id": "new", "issued_on": "2026-10-05"})
    found = acme.sync(rows)
    assert not is_whole(found)
    assert_same(found, acme.made_whole())
    for name in ("invoice_lines", "invoices", "contract_lines", "contracts", "customers"):
        rows[name] = [row for row in rows[name] if not str(next(iter(row.values()))).startswith("A32")]
    assert is_whole(acme.sync(rows))  # whom the closed books know and nobody else


@pytest.mark.parametrize("what", ["a product", "many", "no records beside it", "another policy"])
def test_what_may_reach_everybody_is_made_whole(acme: Company, what: str) -> None:
    rows = company({})
    first = acme.sync(rows)
    rows["contract_lines"][0]["amount"] = "1.00"
    if what == "a product":
        rows["products"] = [{"product_id": "P", "name": "Product"}]
    if what == "many":
        for row in rows["contract_lines"][: OTHERS // 5]:
            row["amount"] = "2.00"
    if what == "no records beside it":
        assert first.path is not None
        first.path.with_suffix(".records").unlink()
    if what == "another policy":
        config = acme.root / "config.toml"
        config.write_text(config.read_text() + '[policy]\nrecognition = "straight_line_monthly"\n')
        acme.books = Books(load(config))
    found = acme.sync(rows)
    assert is_whole(found)
    assert found.version != first.version


@effort(3)
@given(histories(), st.randoms(use_true_random=False), st.booleans())
def test_any_two_syncs_in_either_order(records: Rows, chance: random.Random, forward: bool) -> None:
    known = [{**another(records, chance, 0.1), "products": records["products"]}, records]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        acme = Company(Path(folder), f"sqlite:///{folder}/backlog.db")
        before, after = (company(rows) for rows in (known if forward else reversed(known)))
        assert is_whole(acme.sync(before))
        found = acme.sync(after)
        assert not is_whole(found)
        assert_same(found, acme.made_whole())
        acme.books.engine.dispose()
