"""`backlog explain`: the rows add up to the figure, and beneath them stand the vendor's own words."""

from decimal import Decimal


def test_the_proof_leads_down_to_the_row_of_the_file(backlog, company):
    backlog("sync")
    result = backlog("explain", "Acme Ltd", "2026-01-31")
    assert result.exit_code == 0, result.output
    assert "backlog on 2026-01-31: 11000.00 USD" in result.output
    assert "contract_lines.csv row 2" in result.output
    assert '"amount": "12000.00"' in result.output
    heading, row = (line.split("\t") for line in result.output.splitlines()[:2])
    figures = dict(zip(heading, row, strict=True))
    assert (figures["contracted"], figures["recognized"], figures["backlog"]) == ("12000.00", "1000.00", "11000.00")
    assert Decimal(figures["contracted"]) - Decimal(figures["recognized"]) == Decimal(figures["backlog"])
    assert figures["method"] == "straight_line_monthly"


def test_an_unknown_customer_is_told_and_one_without_commitments_is_no_error(backlog, company):
    backlog("sync")
    unknown = backlog("explain", "Nobody", "2026-01-31")
    assert unknown.exit_code == 1
    assert "Nobody" in unknown.output
    before = backlog("explain", "Acme Ltd", "2025-01-31")
    assert before.exit_code == 0, before.output
    assert "no commitment" in before.output


def test_a_day_that_is_none_is_wrong_usage(backlog, company):
    assert backlog("explain", "Acme Ltd", "2027-02-29").exit_code == 2
