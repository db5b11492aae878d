"""What the store was told stays: the database itself refuses to change or delete it, and the past can be read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from model.records import TABLES
from store.connect import writing
from store.read import facts, history, raw
from store.schema import RAW, RECORDS

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
Tell = Callable[..., None]
CUSTOMER = ("customers", {"customer_id": "C1", "name": "Acme"})


def refused(engine: sa.Engine, statement: Any) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|versions are kept"), writing(engine) as connection:
        connection.execute(statement)


def test_a_payload_can_be_neither_changed_nor_deleted(engine: sa.Engine, tell: Tell) -> None:
    tell(NOW, CUSTOMER)
    refused(engine, sa.update(RAW).values(payload="{}"))
    refused(engine, sa.update(RAW).values(run_id=RAW.c.run_id))
    refused(engine, sa.delete(RAW))
    assert raw(engine, 1).payload == '{"of":"customers"}'


@pytest.mark.parametrize("name", TABLES)
def test_of_a_version_only_its_end_may_be_written_and_only_once(engine: sa.Engine, name: str) -> None:
    table = RECORDS[name]
    row = {column.name: 1 if isinstance(column.type, sa.BigInteger) else "2026-01-31" for column in table.columns}
    with writing(engine) as connection:
        connection.execute(sa.insert(table), {**row, "known_to": None})
    for column in table.columns:
        if column.name != "known_to":
            refused(engine, sa.update(table).values({column.name: row[column.name]}))
    refused(engine, sa.delete(table))
    refused(engine, sa.update(table).values(known_to=None))
    refused(engine, sa.update(table).values(known_to="2026-01-30"))  # before it began
    with writing(engine) as connection:
        connection.execute(sa.update(table).values(known_to="2026-02-01"))
    refused(engine, sa.update(table).values(known_to="2026-02-02"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_table_cannot_be_emptied_at_once_either(engine: sa.Engine) -> None:
    for name in ("raw", *TABLES):
        refused(engine, sa.text(f"TRUNCATE {name}"))


def test_every_version_is_kept_with_its_time_and_run(engine: sa.Engine, tell: Tell) -> None:
    for n, name in enumerate(("Acme", "Acme Ltd", "Acme Inc")):
        tell(NOW + n * DAY, ("customers", {"customer_id": "C1", "name": name}))
    versions = history(engine, "customers", "crm", "C1")
    assert [version.values["name"] for version in versions] == ["Acme", "Acme Ltd", "Acme Inc"]
    assert [version.run_id for version in versions] == [1, 2, 3]
    assert [version.known_from.date() for version in versions] == [(NOW + n * DAY).date() for n in range(3)]
    assert [version.known_to for version in versions] == [versions[1].known_from, versions[2].known_from, None]
    for n, version in enumerate(versions):
        at = version.known_from
        assert facts(engine, at)["customers"].name.tolist() == [version.values["name"]]
        assert facts(engine, at - dt.timedelta(microseconds=1))["customers"].name.tolist() == (
            [versions[n - 1].values["name"]] if n else []
        )


def test_a_former_id_means_then_what_it_meant_then(engine: sa.Engine, tell: Tell) -> None:
    """A is merged into B, later B into C: a contract of A belongs to A, then to B, then to C; so does the child D."""
    for name in "ABC":
        tell(NOW, ("customers", {"customer_id": name, "name": f"Customer {name}"}))
    tell(NOW, ("customers", {"customer_id": "D", "name": "Customer D", "parent_id": "A"}))
    tell(NOW, ("contracts", {"contract_id": "K", "customer_id": "A", "status": "draft", "currency": "USD"}))
    tell(NOW + DAY, ("customers", {"customer_id": "B", "name": "Customer B"}), aliases=[("customers", "A", "B")])
    tell(
        NOW + 2 * DAY,
        ("customers", {"customer_id": "C", "name": "Customer C"}),
        aliases=[("customers", "A", "C"), ("customers", "B", "C")],
    )

    def owner(moment: dt.datetime | None) -> tuple[list[str], list[str], str]:
        found = facts(engine, moment)
        *others, child = found["customers"].customer_id.tolist()
        assert child == "D"
        return found["contracts"].customer_id.tolist(), others, found["customers"].parent_id.tolist()[-1]

    assert owner(NOW + DAY / 2) == (["A"], ["A", "B", "C"], "A")
    assert owner(NOW + DAY * 1.5) == (["B"], ["B", "C"], "B")
    assert owner(None) == (["C"], ["C"], "C")
