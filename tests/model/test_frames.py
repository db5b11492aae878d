"""Facts as columns: sentinels for what is missing, plain types throughout."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from model.errors import RecordRejected
from model.frames import EXTRA, NO_AMOUNT, NO_DAY, column_values, empty_facts, frame
from model.money import Money
from model.records import TABLES, Kind


@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_rows_has_all_its_columns(name):
    table = TABLES[name]
    facts = empty_facts()[name]
    wanted = {*EXTRA, *(column.stored for column in table.columns)}
    wanted |= {"currency"} if table.has_money else set()
    wanted |= {"cancelled_on"} if name == "contracts" else set()
    assert set(facts.columns) == wanted
    assert len(facts) == 0


def test_a_record_becomes_a_row_of_plain_values():
    row = {
        "contract_id": "K1",
        "customer_id": "C1",
        "status": "signed",
        "currency": "USD",
        "signed_on": dt.date(1970, 1, 2),
        "evergreen": True,
    }
    facts = frame("contracts", [row], source="books", known_on=20000)
    assert facts.loc[0, ["record_id", "source", "known_on", "raw_id"]].tolist() == ["K1", "books", 20000, 0]
    assert (facts.signed_on[0], facts.end_on[0], facts.cancelled_on[0]) == (1, NO_DAY, NO_DAY)
    assert (facts.evergreen[0], facts.number[0], facts.payment_terms_days[0]) == (True, "", NO_AMOUNT)


def test_money_is_minor_units_beside_its_currency_however_it_was_given():
    rows = [
        {"line_id": "L1", "contract_id": "K1", "amount": Money(1200050, "USD"), "quantity": Decimal("1.5")},
        {"line_id": "L2", "contract_id": "K1", "amount": Decimal("5"), "currency": "JPY"},
    ]
    facts = frame("contract_lines", rows)
    assert facts.amount_minor.tolist() == [1200050, 5]
    assert facts.currency.tolist() == ["USD", "JPY"]
    assert facts.ssp_minor.tolist() == [NO_AMOUNT, NO_AMOUNT]
    assert facts.quantity.tolist() == [Decimal("1.5"), None]


def test_money_that_its_currency_cannot_hold_is_refused():
    row = {"line_id": "L1", "contract_id": "K1", "amount": Decimal("0.5"), "currency": "JPY"}
    with pytest.raises(RecordRejected, match="more than the 0 decimals of JPY"):
        frame("contract_lines", [row])


@pytest.mark.parametrize(
    ("kind", "dtype", "missing"),
    [
        (Kind.DATE, np.int64, NO_DAY),
        (Kind.MONEY, np.int64, NO_AMOUNT),
        (Kind.INTEGER, np.int64, NO_AMOUNT),
        (Kind.FLAG, np.bool_, False),
        (Kind.DECIMAL, np.object_, None),
        (Kind.TEXT, np.object_, ""),
        (Kind.CHOICE, np.object_, ""),
    ],
)
def test_what_is_missing_has_one_sentinel_a_kind(kind, dtype, missing):
    values = column_values(kind, [None, None])
    assert values.dtype == dtype
    assert values.tolist() == [missing, missing]
