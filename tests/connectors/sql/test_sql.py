"""Queries on real databases: SQLite and PostgreSQL."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.kit.connector import Pull
from connectors.sql import Sql
from model.errors import ConfigNeeded, RetryLater
from store.connect import connect
from sync.run import pull

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
QUERIES = {
    "customers": "SELECT id AS customer_id, name FROM parties",
    "contracts": "SELECT id AS contract_id, party AS customer_id, state AS status, signed AS signed_on, "
    "'2026-02-01' AS start_on, '2027-01-31' AS end_on, money AS currency FROM deals WHERE changed >= :since",
    "contract_lines": "SELECT id || '-1' AS line_id, id AS contract_id, CAST(price AS varchar(40)) AS amount FROM deals",
}


@pytest.fixture
def warehouse(new_url: Callable[..., str]) -> str:
    url = new_url()
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as base:
        base.execute(sa.text("CREATE TABLE parties (id varchar(9), name varchar(99))"))
        base.execute(sa.text("CREATE TABLE deals (id varchar(9), party varchar(9), state varchar(9), signed date, "
                             "money varchar(3), price numeric(12,2), changed timestamp)"))  # fmt: skip
        base.execute(sa.text("INSERT INTO parties VALUES ('1', 'Ærø 東京')"))
        base.execute(
            sa.text(
                "INSERT INTO deals VALUES ('7', '1', 'signed', '2026-01-05', 'USD', 1200.50, '2026-01-05 10:00:00')"
            )
        )
        base.execute(
            sa.text("INSERT INTO deals VALUES ('8', '1', 'signed', '2026-01-06', 'JPY', 9000, '2026-01-06 10:00:00')")
        )
    engine.dispose()
    return str(engine.url.render_as_string(hide_password=False))


def made(url: str, **options: Any) -> Sql:
    parts = sa.make_url(url)
    plain = sa.URL.create(parts.drivername, parts.username, None, parts.host, parts.port, parts.database, parts.query)
    secret = {"password": parts.password} if parts.password else {}
    return Sql(
        "warehouse", {"url": plain.render_as_string(hide_password=False), "queries": QUERIES, **secret, **options}
    )


def change(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as base:
        for statement in statements:
            base.execute(sa.text(statement))
    engine.dispose()


def test_queries_become_records_and_a_second_run_changes_nothing(warehouse: str, tmp_path: Path) -> None:
    engine, connector = connect(f"sqlite:///{tmp_path / 'store.db'}"), made(warehouse)
    first = pull(engine, connector, now=NOW)
    assert first.error is None
    assert {name: (count.added, count.rejected) for name, count in first.counts.items()} == {
        "customers": (1, 0), "contracts": (2, 0), "contract_lines": (2, 0),
    }  # fmt: skip
    again = pull(engine, connector, now=NOW + dt.timedelta(hours=1))
    assert sum(count.added + count.changed + count.removed for count in again.counts.values()) == 0
    change(warehouse, "UPDATE deals SET price = 1300.00 WHERE id = '7'")
    third = pull(engine, connector, now=NOW + dt.timedelta(hours=2))
    assert third.counts["contract_lines"].changed == 1
    connector.close()
    engine.dispose()


def test_since_asks_for_what_changed(warehouse: str) -> None:
    connector = made(warehouse)
    pages = list(connector.pull("contracts", Pull(None, NOW)))
    assert {item.key for page in pages for item in page.items} == {"7", "8"}
    change(warehouse, "UPDATE deals SET state = 'active', changed = '2026-03-01 12:30:00' WHERE id = '8'")
    later = list(connector.pull("contracts", Pull(pages[-1].cursor, NOW + dt.timedelta(hours=1))))
    assert {item.key for page in later for item in page.items} == {"8"}
    weeks = list(connector.pull("contracts", Pull(pages[-1].cursor, NOW + dt.timedelta(days=8))))
    assert {item.key for page in weeks for item in page.items} == {"7", "8"}
    connector.close()


def test_values_are_exact(warehouse: str) -> None:
    connector = made(warehouse)
    lines = {
        item.key: dict(item.rows[0].values)
        for page in connector.pull("contract_lines", Pull(None, NOW))
        for item in page.items
    }
    contracts = {
        item.key: dict(item.rows[0].values)
        for page in connector.pull("contracts", Pull(None, NOW))
        for item in page.items
    }
    connector.close()
    assert lines["7-1"]["amount"] == Decimal("1200.50")
    assert contracts["7"]["signed_on"] == dt.date(2026, 1, 5)


def test_a_row_that_has_gone_is_a_deletion_where_asked_for(warehouse: str, tmp_path: Path) -> None:
    engine, connector = connect(f"sqlite:///{tmp_path / 'store.db'}"), made(warehouse, missing="delete")
    pull(engine, connector, now=NOW)
    change(warehouse, "DELETE FROM deals WHERE id = '8'")
    after = pull(engine, connector, now=NOW + dt.timedelta(hours=1))
    assert after.counts["contract_lines"].removed == 1
    connector.close()
    engine.dispose()


def test_a_float_is_refused_with_the_remedy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.db'}"
    change(url, "CREATE TABLE t (a REAL)", "INSERT INTO t VALUES (0.1)")
    connector = made(url, queries={"contract_lines": "SELECT 'L' AS line_id, 'K' AS contract_id, a AS amount FROM t"})
    (item,) = (item for page in connector.pull("contract_lines", Pull(None, NOW)) for item in page.items)
    connector.close()
    assert "CAST" in str(item.problems[0])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"queries": {"contract": "SELECT 1"}}, "did you mean 'contracts'"),
        ({"queries": {"contracts": "DELETE FROM deals"}}, "write a query that reads"),
        ({"queries": {}}, "needs queries"),
        ({"url": "postgresql://me:hunter2@host/x"}, r"holds a password.*backlog secrets set warehouse\.password"),
        ({"url": "nonsense"}, "no database address"),
        ({"url": "nosuch://host/x"}, "Install the driver"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text) as caught:
        Sql("warehouse", {"url": "sqlite://", "queries": QUERIES, **options})
    assert "hunter2" not in str(caught.value)


def test_a_wrong_query_and_a_missing_column_are_told(warehouse: str) -> None:
    connector = made(
        warehouse,
        queries={"customers": "SELECT id AS customer, name FROM parties", "products": "SELECT * FROM nothing"},
    )
    told = {check.object: check for check in connector.check(NOW)}
    connector.close()
    assert not told["customers"].ok
    assert "customer_id" in told["customers"].detail
    assert "nothing" in told["products"].detail


def test_a_server_that_is_away_asks_for_patience() -> None:
    connector = Sql("warehouse", {"url": "postgresql+psycopg://me@127.0.0.1:9/x", "queries": QUERIES})
    with pytest.raises(RetryLater, match="backlog sync warehouse"):
        list(connector.pull("customers", Pull(None, NOW)))
    connector.close()
