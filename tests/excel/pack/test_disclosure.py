"""What investors and auditors read: bridge, RPO, waterfall, retention, concentration, quality, of the company one can add up.

Shown in dollars: K1 12,000 (10,000 earned, billed whole), K2 2,400 (100 earned, 1,200 billed), K3 6,600 (2,200 earned, not
billed). The yen has no rate and stands apart.
"""

from __future__ import annotations

import datetime as dt

import pytest
from pack_cells import line, row_of, with_values

from excel.pack.build import new

OCTOBER = (dt.date(2026, 10, 1), dt.date(2026, 10, 31))


@pytest.fixture(scope="module")
def book(plain_pack):
    return with_values(plain_pack)


def test_the_bridge_ties_to_nothing_left(book):
    sheet = book["Bridge"]
    words = {
        "Backlog": 8700, "Left out of RPO: expedients, not enforceable": 0, "Remaining performance obligations": 8700,
        "Contracted and not yet billed": -7800, "Net contract position (deferred − unbilled)": 900,
        "Unbilled: earned ahead of billing": 2200, "Deferred revenue": 3100, "Difference": 0,
    }  # fmt: skip
    assert {text: line(sheet, text)[0] for text in words} == words
    # EUR by itself: backlog, left out, RPO, not yet billed, unbilled, deferred, difference
    assert line(sheet, "EUR") == [4000, 0, 4000, -6000, 2000, 0, 0]


def test_rpo_is_told_in_a_sentence_and_by_segment(book):
    sheet = book["RPO"]
    text = sheet.cell(row_of(sheet, "Disclosure: in USD") + 1, 1).value
    assert text == (
        "As of October 31, 2026, the aggregate amount of the transaction price allocated to remaining performance obligations "
        "was USD 8700. We expect to recognize 87% within 12 months and 13% in months 13 to 24, and the remainder thereafter."
    )
    assert line(sheet, "Enterprise")[:5] == [3200, 1100, 0, 0, 4300]
    assert line(sheet, "Mid-market")[:5] == [4400, 0, 0, 0, 4400]
    assert any(
        "right to invoice" in str(row[0].value) or "invoiced as it is done" in str(row[0].value)
        for row in sheet.iter_rows()
    )


def test_the_waterfall_shows_what_each_cohort_brought_and_holds(book):
    sheet = book["Waterfall"]
    # before, quarters from May 2025, recognized, remaining
    assert line(sheet, "Jan – Mar 2026") == [0, 0, 0, 0, 3000, 3000, 3000, 1000, 10000, 2000]
    assert line(sheet, "Jul – Sep 2026") == [0, 0, 0, 0, 0, 0, 1650, 550, 2200, 4400]
    assert line(sheet, "Oct 2026")[-3:] == [100, 100, 2300]
    assert set(line(sheet, "Difference")) == {0}


def test_retention_is_the_share_of_bookings_that_became_revenue(book):
    found = line(book["Cohorts"], "Jan – Mar 2026")
    assert found[2:6] == [12000, 10000, 2000, 0]
    assert found[6:] == [pytest.approx(10 / 12), pytest.approx(2 / 12), 0]


def test_bookings_of_the_month_name_their_contracts(book):
    sheet = book["Bookings"]
    assert line(sheet, "K2") == ["SO-K2", "Acme Ltd", "Bo Chen", "USD", 2400]
    last = row_of(sheet, "Total") - 1
    # new contracts, added lines, renewals, bookings, cancellations, net, revenue
    assert [cell.value for cell in sheet[last]][2:9] == [2400, 0, 0, 2400, 0, 2400, 1650]


def test_concentration_ranks_customers_by_what_they_hold(book):
    sheet = book["Concentration"]
    assert line(sheet, "Largest customer") == [4400, pytest.approx(4400 / 8700)]
    acme = line(sheet, "Acme Ltd")
    assert acme[:4] == [2, 4300, pytest.approx(4300 / 8700), 1]
    assert acme[4:7] == [10100, pytest.approx(10100 / 12300), "yes"]
    assert line(sheet, "Index of concentration")[1] == pytest.approx((44**2 + 43**2) / 87**2, abs=1e-6)


def test_quality_tells_what_is_firm_and_billed(book):
    found = line(book["Quality"], "Enterprise")
    assert found == [4300, 4300, 1, 3100, pytest.approx(3100 / 4300), 0, 0]
    assert line(book["Quality"], "Mid-market")[3] == 0


def test_what_a_notice_could_undo_and_what_is_late_is_not_firm(tmp_path, loose_ledger):
    """K1 can be ended with 30 days' notice; K5, a delivery of 500 due in June, is still to come."""
    path = new(loose_ledger, {}, tmp_path / "pack.xlsx", *OCTOBER, "")
    sheet = with_values(path)["Quality"]
    total = line(sheet, "Total")
    # 8,700 and 500: of K1's 2,000 only November, 1,000, is sure.
    assert total[:2] == [9200, 8200]
    assert total[5] == 500
