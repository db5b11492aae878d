"""What a deal becomes. The figures beside each test are worked out by hand."""

import datetime as dt
from typing import Any

import pytest

from connectors.hubspot.deals import FIELDS, Deal, deal_rows
from connectors.kit.fields import Context
from model.errors import RecordRejected


def item(key: str = "1", **properties: Any) -> dict[str, Any]:
    return {"hs_object_id": key, "name": "Platform", "quantity": "2", **properties}


def rows(*items: dict[str, Any], status: str = "signed", company: str = "11", default: str = "", **deal: Any) -> Any:
    given = {"hs_object_id": "7", "dealname": "Deal", "closedate": "2026-01-05T10:00:00.000Z", **deal}
    found = list(deal_rows(Deal(given, items, company, status), FIELDS, Context(), default))
    return [dict(row.values) for row in found]


def usd(*items: dict[str, Any], **more: Any) -> Any:
    return rows(*items, deal_currency_code="USD", **more)


@pytest.mark.parametrize(
    ("frequency", "term", "net", "total"),
    [
        ("monthly", "P12M", "100.00", 1_200_00), ("quarterly", "P12M", "300.00", 1_200_00),
        ("per_six_months", "P3Y", "600.00", 3_600_00), ("annually", "P3Y", "1200.00", 3_600_00),
        ("per_two_years", "P24M", "2400.00", 2_400_00), ("annually", "P18M", "1200.00", 1_800_00),
        ("monthly", "P1Y6M", "100.00", 1_800_00), ("weekly", "P4W", "10.00", 40_00),
        ("biweekly", "P28D", "20.00", 40_00),
        ("monthly", "", "100.00", 100_00), ("", "P12M", "500.00", 500_00), ("", "", "500.00", 500_00),
    ],
)  # fmt: skip
def test_a_line_commits_to_its_whole_term(frequency: str, term: str, net: str, total: int) -> None:
    given = item(amount=net, recurringbillingfrequency=frequency, hs_recurring_billing_period=term)
    assert usd(given)[1]["amount"].minor == total


def test_a_stated_number_of_payments_counts() -> None:
    given = item(
        amount="100.00", recurringbillingfrequency="monthly", hs_recurring_billing_period="P12M",
        hs_recurring_billing_number_of_payments="10",
    )  # fmt: skip
    assert usd(given)[1]["amount"].minor == 1_000_00


def test_the_older_term_in_months_counts() -> None:
    given = item(amount="100.00", recurringbillingfrequency="monthly", hs_term_in_months="24")
    assert usd(given)[1]["amount"].minor == 2_400_00


def test_without_an_amount_the_price_is_multiplied_and_discounted() -> None:
    """2 × (50.00 − 5.00), less 10 %: 81.00."""
    given = item(price="50.00", discount="5.00", hs_discount_percentage="10")
    assert usd(given)[1]["amount"].minor == 81_00


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-02-01", "P12M", "2027-01-31"), ("2026-01-31", "P1M", "2026-02-27"), ("2028-02-29", "P1Y", "2029-02-27"),
        ("2026-03-15", "P2Y6M", "2028-09-14"), ("2026-03-02", "P2W", "2026-03-15"),
    ],
)  # fmt: skip
def test_a_term_ends_the_day_before_the_next_begins(start: str, term: str, end: str) -> None:
    given = item(
        amount="1.00", recurringbillingfrequency="annually", hs_recurring_billing_period=term,
        hs_recurring_billing_start_date=start,
    )  # fmt: skip
    if term == "P2W":
        given["recurringbillingfrequency"] = "weekly"
    assert usd(given)[1]["end_on"].isoformat() == end


def test_what_renews_until_cancelled_commits_one_period() -> None:
    given = item(amount="100.00", recurringbillingfrequency="quarterly", hs_recurring_billing_start_date="2026-01-01")
    contract, line = usd(given)
    assert (line["amount"].minor, line["end_on"]) == (100_00, dt.date(2026, 3, 31))
    assert contract["end_on"] == dt.date(2026, 3, 31)


def test_the_contract_spans_its_lines() -> None:
    one = item("1", amount="1.00", hs_recurring_billing_start_date="2026-03-01", hs_recurring_billing_period="P1Y")
    two = item("2", amount="1.00", hs_recurring_billing_start_date="2026-01-01", hs_recurring_billing_period="P6M")
    contract = usd(one, two)[0]
    assert (contract["start_on"], contract["end_on"]) == (dt.date(2026, 1, 1), dt.date(2027, 2, 28))


def test_a_deal_without_line_items_is_one_promise() -> None:
    contract, line = usd(amount="5000.00")
    assert (line["line_id"], str(line["amount"]), line["description"]) == ("7:deal", "5000.00", "Deal")
    assert contract["deal_id"] == "7"


@pytest.mark.parametrize(
    ("currency", "net", "minor"), [("JPY", "120000", 120_000), ("EUR", "0.10", 10), ("KWD", "1.234", 1_234)]
)
def test_amounts_follow_the_currency(currency: str, net: str, minor: int) -> None:
    assert rows(item(amount=net), deal_currency_code=currency)[1]["amount"].minor == minor


def test_the_currency_may_come_from_lines_or_configuration() -> None:
    assert rows(item(amount="1", hs_line_item_currency_code="EUR"))[0]["currency"] == "EUR"
    assert rows(item(amount="1"), default="GBP")[0]["currency"] == "GBP"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"company": ""}, "no company is associated with the deal"),
        ({"deal_currency_code": None}, "the deal has no currency .expected an ISO 4217 code."),
        ({"closedate": "soon"}, "deal 7, column signed_on: 'soon' is no date"),
    ],
)
def test_a_commitment_that_lacks_what_it_needs_is_told(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordRejected, match=reason):
        rows(item(amount="1"), **{"deal_currency_code": "USD", **given})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"amount": "12,000"}, "column amount: '12,000' is no amount"),
        ({"amount": None, "price": None}, "neither amount nor price"),
        ({"amount": "1", "recurringbillingfrequency": "hourly"}, "billing frequency 'hourly' is not known"),
        (
            {"amount": "1", "recurringbillingfrequency": "monthly", "hs_recurring_billing_period": "12"},
            "term '12' is no ISO 8601 period",
        ),
        ({"amount": "1", "hs_line_item_currency_code": "EUR"}, "the line item is in EUR, its deal in USD"),
    ],
)
def test_a_line_that_cannot_be_priced_is_told_with_its_place(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordRejected, match=f"deal 7 line item 1.*{reason}"):
        usd(item(**given))


@pytest.mark.parametrize("missing", [{"company": ""}, {"deal_currency_code": None}])
def test_an_open_deal_may_lack_anything(missing: dict[str, Any]) -> None:
    assert rows(item(amount="1"), status="proposal", **{"deal_currency_code": "USD", **missing}) == []
