"""Field readers settle sign, unit and time zone."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.fields import (
    Context,
    Field,
    choice,
    currency,
    decimal,
    exact,
    iso_day,
    look,
    major,
    minor,
    record,
    text,
    unix_day,
    whole,
    zone_named,
)  # fmt: skip
from connectors.kit.maps import override
from model.errors import ConfigNeeded, RecordRejected
from model.money import Money

NEW_YORK = Context(zone_named("America/New_York"), "USD")
# 2026-01-01T03:00:00Z, still the old year in New York.
MOMENT = 1767236400


@pytest.mark.parametrize(
    ("field", "payload", "value"),
    [
        (text("id"), {"id": 7}, "7"),
        (text("customer"), {"customer": {"id": "cus_1"}}, "cus_1"),
        (text("name", "email"), {"name": "", "email": "a@b.example"}, "a@b.example"),
        (currency("currency"), {"currency": "usd"}, "USD"),
        (minor("total"), {"total": 1200}, Money(1200, "USD")),
        (major("amount"), {"amount": "12000.000"}, Decimal("12000.000")),
        (decimal("rate"), {"rate": Decimal("0.1")}, Decimal("0.1")),
        (whole("days"), {"days": "30"}, 30),
        (unix_day("at"), {"at": MOMENT}, dt.date(2025, 12, 31)),
        (iso_day("at"), {"at": "2026-01-01T03:00:00.000Z"}, dt.date(2025, 12, 31)),
        (iso_day("at"), {"at": str(MOMENT * 1000)}, dt.date(2025, 12, 31)),
        (iso_day("at"), {"at": "2026-01-01"}, dt.date(2026, 1, 1)),
        (iso_day("at"), {"at": "1767225600000"}, dt.date(2026, 1, 1)),
        (choice("s", words={"won": "signed"}, default="draft"), {"s": "won"}, "signed"),
        (choice("s", words={"won": "signed"}, default="draft"), {"s": "odd"}, "draft"),
        (text("none"), {}, None),
    ],
)
def test_readings(field: Field, payload: Any, value: Any) -> None:
    assert field.read(payload, NEW_YORK) == value


@pytest.mark.parametrize("bad", ["1,200.00", "12e3", "abc", 1.5, True, "NaN"])
def test_what_is_no_exact_amount_is_refused(bad: Any) -> None:
    with pytest.raises(RecordRejected, match="is no amount"):
        exact(bad)


@pytest.mark.parametrize("bad", ["soon", "2027-02-29", "2026-13-01T00:00:00Z"])
def test_what_is_no_day_is_refused(bad: str) -> None:
    with pytest.raises(RecordRejected):
        iso_day("at").read({"at": bad}, NEW_YORK)


@given(st.integers(-(2**53), 2**53), st.integers(0, 6))
def test_an_amount_is_read_as_it_was_written(units: int, places: int) -> None:
    written = Decimal(units).scaleb(-places)
    assert exact(format(written, "f")) == written


def test_a_path_picks_from_lists() -> None:
    assert look({"a": [{"b": 1}]}, "a.0.b") == 1
    assert look({"a": [{"b": 1}]}, "a.1.b") is None


def test_a_reject_names_its_column_and_place() -> None:
    with pytest.raises(RecordRejected, match="deal 7, column signed_on: 'x' is no date"):
        record("contracts", {"signed_on": iso_day("closedate")}, {"closedate": "x"}, Context(), "deal 7")


MAPS = {"contracts": {"signed_on": iso_day("closedate"), "number": text("id")}}


def test_a_column_is_read_from_the_field_the_configuration_names() -> None:
    for changes in ({"contracts": {"signed_on": "signed"}}, {"contracts.signed_on": "signed"}):
        maps = override(MAPS, changes, "crm")
        row = record("contracts", maps["contracts"], {"signed": "2026-01-02", "id": "1"}, Context())
        assert row.values == {"signed_on": dt.date(2026, 1, 2), "number": "1"}


def test_a_column_the_map_does_not_have_is_read_as_its_kind_asks() -> None:
    fields = override(MAPS, {"contracts": {"evergreen": "auto", "payment_terms_days": "net"}}, "crm")["contracts"]
    row = record("contracts", fields, {"auto": "true", "net": "30", "id": "1"}, Context())
    assert (row.values["evergreen"], row.values["payment_terms_days"]) == (True, 30)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"contract": {"number": "x"}}, "did you mean 'contracts'"),
        ({"contracts": {"signed": "x"}}, "did you mean 'signed_on'"),
        ({"contracts": {"number": 7}}, "write the vendor's field as text"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(changes: Any, text: str) -> None:
    with pytest.raises(ConfigNeeded, match=text):
        override(MAPS, changes, "crm")


def test_an_unknown_zone_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigNeeded, match="did you mean 'Europe/Berlin'"):
        zone_named("Europe/Berln")
