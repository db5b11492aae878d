"""Records as columns: exactly what model.frames promises, now and at any moment of the past."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa

from model.errors import BacklogError
from model.frames import NO_AMOUNT, NO_DAY, empty_facts, frame
from model.records import TABLES
from store import arrow, columns, schema
from store.connect import instant, scratch, writing
from store.read import data_version, facts, freshness, history, raw, runs

Tell = Callable[..., None]
D = dt.date
FIRST = dt.datetime(2026, 10, 1, 23, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CUSTOMER = ("customers", {"customer_id": "C1", "name": "Acme"})
PRODUCT = ("products", {"product_id": "P1", "name": "Core", "ssp": Decimal("99.90")})
CONTRACT: tuple[str, dict[str, Any]] = (
    "contracts",
    {"contract_id": "K1", "customer_id": "C1", "status": "signed", "currency": "KWD", "signed_on": D(2026, 1, 1),
     "end_on": D(2028, 2, 29), "start_on": D(2028, 2, 1), "evergreen": True, "payment_terms_days": 30},
)  # fmt: skip
LINE = (
    "contract_lines",
    {"line_id": "L1", "contract_id": "K1", "amount": Decimal("-1.234"), "product_id": "P1", "quantity": Decimal("0.5")},
)
RECORDS = (CUSTOMER, PRODUCT, CONTRACT, LINE)


@pytest.fixture(autouse=True, params=["driver", "arrow"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of reading columns give the same, so every test of this file is run by both; Arrow's in parts."""
    monkeypatch.setattr(columns, "LARGE", dict.fromkeys(columns.LARGE, 0 if request.param == "arrow" else 10**9))
    monkeypatch.setattr("store.arrow.PART", 1)
    monkeypatch.setattr("store.arrow.PAGES", 0)
    return str(request.param)


def test_an_empty_store_has_every_column_of_an_empty_frame(engine: sa.Engine) -> None:
    found, wanted = facts(engine), empty_facts()
    assert set(found) == set(TABLES)
    for name, one in wanted.items():
        assert set(found[name].columns) == set(one.columns)
        assert len(found[name]) == 0


def test_columns_are_those_of_the_frame_made_by_hand(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, *RECORDS)
    found, known_on = facts(engine), (FIRST.date() - D(1970, 1, 1)).days
    for table, values in RECORDS:
        # A line borrows its currency from its contract.
        lent = {"currency": "KWD"} if table == "contract_lines" else {}
        wanted = frame(table, [{**values, **lent}], source="crm", known_on=known_on)
        ours = found[table].drop(columns="raw_id")[wanted.columns.drop("raw_id")]
        pd.testing.assert_frame_equal(ours, wanted.drop(columns="raw_id"), check_dtype=False)
    line, contract = found["contract_lines"].iloc[0], found["contracts"].iloc[0]
    assert (line.amount_minor, line.ssp_minor, line.start_on) == (-1234, NO_AMOUNT, NO_DAY)
    assert (line.quantity, line.unit_price, line.description) == (Decimal("0.5"), None, "")
    assert contract.evergreen == True  # noqa: E712 (numpy's)
    assert (contract.terminable_on_notice_days, contract.cancelled_on) == (NO_AMOUNT, NO_DAY)
    kinds = {name: str(found["contracts"].dtypes[name]) for name in ("contract_id", "signed_on", "evergreen", "raw_id")}
    assert kinds == {"contract_id": "object", "signed_on": "int64", "evergreen": "bool", "raw_id": "int64"}


def test_no_column_shares_its_memory_with_another(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, *RECORDS)
    for table in facts(engine).values():
        arrays = [table[name].to_numpy() for name in table.columns]
        assert not any(np.shares_memory(one, other) for one, other in itertools.combinations(arrays, 2) if len(table))


def test_texts_that_repeat_and_texts_that_do_not_become_one_column() -> None:
    plain, repeated = pa.array(["b", "c", "a"]), pa.array(["a", "b", "a"]).dictionary_encode()
    days = [pa.array(part).dictionary_encode() for part in (["2026-01-02", ""], ["", "2026-01-01"])]

    def joined(parts: list[pa.Array], kind: columns.As) -> list[Any]:
        return arrow._joined([[arrow._array(part, kind)] for part in parts], kind).tolist()  # type: ignore[no-any-return]

    assert joined([repeated, plain, repeated], columns.As.TEXT) == ["a", "b", "a", "b", "c", "a", "a", "b", "a"]
    assert joined([plain, plain], columns.As.TEXT) == ["b", "c", "a"] * 2
    assert joined(days, columns.As.DAY) == [20455, NO_DAY, NO_DAY, 20454]
    assert joined([pa.array(["1.50", "", "1.50"])], columns.As.DECIMAL) == [Decimal("1.50"), None, Decimal("1.50")]
    assert joined([], columns.As.DECIMAL) == []


def test_the_past_is_answered_as_it_was_known(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, *RECORDS)
    tell(
        FIRST + DAY, ("customers", {"customer_id": "C1", "name": "Acme Ltd"}), ("products", {**PRODUCT[1], "ssp": None})
    )
    assert facts(engine, FIRST - DAY)["customers"].name.tolist() == []
    then, now = facts(engine, FIRST + DAY / 2), facts(engine)
    assert (then["customers"].name.tolist(), now["customers"].name.tolist()) == (["Acme"], ["Acme Ltd"])
    assert (then["products"].ssp.tolist(), now["products"].ssp.tolist()) == ([Decimal("99.90")], [None])
    assert now["customers"].known_on[0] - then["customers"].known_on[0] == 1
    # A moment is a moment in any zone; one without a zone is none.
    tokyo = (FIRST + DAY / 2).astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert facts(engine, tokyo)["customers"].name.tolist() == ["Acme"]
    with pytest.raises(ValueError, match="no time zone"):
        facts(engine, dt.datetime(2026, 10, 1))  # noqa: DTZ001


def test_a_clock_set_back_never_turns_history_round(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, CUSTOMER)
    tell(FIRST - 30 * DAY, ("customers", {"customer_id": "C1", "name": "Acme Ltd"}))
    first, second = history(engine, "customers", "crm", "C1")
    assert first.known_from <= second.known_from == first.known_to
    assert facts(engine)["customers"].name.tolist() == ["Acme Ltd"]


def test_every_record_leads_to_the_vendors_words(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, *RECORDS)
    found = raw(engine, facts(engine)["contract_lines"].raw_id[0])
    assert (found.source, found.object, found.key) == ("crm", "things", "contract_lines L1")
    assert (found.payload, found.deleted, found.run_id) == ('{"of":"contract_lines"}', False, 1)
    assert found.known_from >= FIRST


def test_the_version_of_the_data_changes_with_the_data_only(engine: sa.Engine, tell: Tell) -> None:
    versions = [data_version(engine)]
    for now, name in ((FIRST, "Acme"), (FIRST + DAY, "Acme"), (FIRST + 2 * DAY, "Acme Ltd")):
        tell(now, ("customers", {"customer_id": "C1", "name": name}))
        versions.append(data_version(engine))
    assert versions[1] == versions[2]
    assert len(set(versions)) == 3


def test_freshness_is_the_end_of_the_last_complete_run(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, CUSTOMER)
    tell(FIRST + DAY, ("customers", {"customer_id": "C2", "name": "x"}), source="billing")
    fresh = freshness(engine)
    assert set(fresh) == {"crm", "billing"}
    assert dt.timedelta(0) <= fresh["crm"] - FIRST < dt.timedelta(minutes=1)
    newest, oldest = runs(engine)
    assert (newest.source, oldest.source, oldest.objects["things"].added) == ("billing", "crm", 1)
    assert [run.source for run in runs(engine, 1)] == ["billing"]


def test_whatever_a_text_or_number_may_be_comes_back(engine: sa.Engine, tell: Tell) -> None:
    names = ["x" * 70_000, "100% %s :name", 'it\'s "quoted"', "ä€𝄞", "line\nend\ttab\\", " ", "0", "NULL"]
    tell(FIRST, *(("customers", {"customer_id": f"C{n}", "name": name}) for n, name in enumerate(names)))
    greatest = Decimal(2**63 - 1) / 100
    tell(
        FIRST,
        ("contracts", {**CONTRACT[1], "customer_id": "C0", "currency": "USD"}),
        *(
            ("contract_lines", {"line_id": f"L{n}", "contract_id": "K1", "amount": amount, "quantity": quantity})
            for n, (amount, quantity) in enumerate(
                [(greatest, Decimal("1E-30")), (-greatest, Decimal(10) ** 30), (Decimal(0), None)]
            )
        ),
    )
    found = facts(engine)
    assert found["customers"].name.tolist() == names
    assert found["contract_lines"].amount_minor.tolist() == [2**63 - 1, -(2**63 - 1), 0]
    assert found["contract_lines"].quantity.tolist() == [Decimal("1E-30"), Decimal(10) ** 30, None]


def test_a_large_store_is_read_as_arrow_and_a_small_one_is_not(
    engine: sa.Engine, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[sa.Engine] = []
    opened = arrow.opened
    monkeypatch.setattr(arrow, "opened", lambda engine: asked.append(engine) or opened(engine))
    monkeypatch.setattr(columns, "LARGE", dict.fromkeys(columns.LARGE, 2))
    tell(FIRST, CUSTOMER)
    assert len(facts(engine)["customers"]) == 1
    assert asked == []
    tell(FIRST, PRODUCT)
    assert len(facts(engine)["customers"]) == 1
    assert asked == [engine]


def test_columns_that_cannot_be_read_are_an_error_that_says_so(
    engine: sa.Engine, tell: Tell, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(FIRST, CUSTOMER)
    if way == "arrow":
        monkeypatch.setattr("store.arrow.text_of", lambda *_: "SELECT nothing FROM nowhere")
        with pytest.raises(BacklogError, match=r"could not be read.*nowhere"):
            facts(engine)


def test_rows_are_in_the_order_of_their_ids_by_bytes_then_sources(engine: sa.Engine, tell: Tell) -> None:
    ids = ["b", "B", "a10", "a9", "_", "ä", "€", "𝄞", "\uffee", "A", "aa"]
    for source in ("crm", "Billing"):
        tell(FIRST, *(("customers", {"customer_id": name, "name": name}) for name in ids), source=source)
    found = facts(engine)["customers"]
    assert list(zip(found.customer_id, found.source, strict=True)) == [
        (name, source) for name in sorted(ids) for source in ("Billing", "crm")
    ]


def test_the_parts_of_a_table_are_of_one_state_while_it_is_written(engine: sa.Engine, tell: Tell) -> None:
    """Every page brings one customer to the first part and one to the last."""
    tell(FIRST, *(("customers", {"customer_id": f"{part}{n:04}", "name": part}) for part in "az" for n in range(50)))
    over = threading.Event()

    def write() -> None:
        for n in itertools.takewhile(lambda _: not over.is_set(), range(50, 5000)):
            tell(FIRST, *(("customers", {"customer_id": f"{part}{n:04}", "name": part}) for part in "az"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [facts(engine)["customers"].name.value_counts() for _ in range(5)]
    finally:
        over.set()
        writer.join()
    assert [counts["a"] for counts in seen] == [counts["z"] for counts in seen]
    assert seen[-1]["a"] > 50


def test_a_scratch_copy_is_read_and_not_the_store_itself(engine: sa.Engine, tell: Tell) -> None:
    tell(FIRST, CUSTOMER)
    with scratch(engine) as tried:
        with writing(tried) as connection:
            connection.execute(sa.update(schema.RECORDS["customers"]).values(known_to=instant(FIRST + DAY)))
        assert facts(tried)["customers"].customer_id.tolist() == []
    assert facts(engine)["customers"].customer_id.tolist() == ["C1"]
