"""backlog report: months back and ahead, delays, capacity, cash, sales and risk of a company small enough to do by hand."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest

FILES = {
    "products": "product_id,name,family\nP1,Support,Services\nP2,Pump,Pumps\n",
    "contracts": "contract_id,customer_id,status,signed_on,start_on,end_on,currency,sales_rep,payment_terms_days\n"
    "K0,C1,signed,2024-12-31,2025-01-01,2025-12-31,USD,Ann,30\n"
    "K1,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD,Ann,60\n"
    "K2,C1,signed,2026-02-10,,2026-06-30,USD,Bob,\n",
    "contract_lines": "line_id,contract_id,amount,recognition,expected_cost,product_id,end_on\n"
    "L0,K0,12000.00,straight_line_monthly,9000,P1,\n"
    "L1,K1,12000.00,straight_line_monthly,9000,P1,\n"
    "L2,K2,6000.00,point_in_time,5000,P2,2026-05-15\n"
    "L3,K2,3000.00,point_in_time,2000,P2,2026-06-30\n"
    "L4,K2,1000.00,point_in_time,200,P2,2026-02-20\n",
    "deliveries": "delivery_id,line_id,on,measure,value\nd1,L4,2026-03-25,delivered,1\n",
    "capacity": "month,family,amount,currency\n2026-01,Pumps,2000,\n2026-06,Pumps,4000,\n",
    "invoices": "invoice_id,customer_id,contract_id,issued_on,due_on,status,currency\n"
    "I0,C1,K0,2025-01-01,2025-01-31,paid,USD\n"
    "I1,C1,K1,2026-01-01,2026-01-31,open,USD\nI2,C1,K1,2026-03-01,2026-04-30,open,USD\n",
    "invoice_lines": "invoice_line_id,invoice_id,line_id,amount\nz,I0,L0,12000\na,I1,L1,3000\nb,I2,L1,2000\n",
    "payments": "payment_id,customer_id,received_on,amount,currency,invoice_id\np,C1,2025-01-31,12000,USD,I0\n",
    "targets": "month,measure,amount,currency\n2026-03,revenue,1500,USD\n2026-04,revenue,1500,USD\n"
    "2026-02,bookings,12000,USD\n2026-04,bookings,9000,USD\n2026-04,backlog,21000,USD\n2026-03,Deferred revenue,1500,USD\n",
    "amendments": "amendment_id,contract_id,signed_on,effective_on,kind,new_line_id,amount,start_on,end_on,recognition,product_id\n"
    "r,K0,2025-12-20,2026-01-01,renew,L0b,3000.00,2026-01-01,2026-12-31,straight_line_monthly,P1\n",
}


@pytest.fixture
def report(company: Any, backlog: Any) -> Any:
    for name, text in FILES.items():
        (company / "import" / f"{name}.csv").write_text(text)
    with (company / "config.toml").open("a") as file:
        file.write("[sales]\nincentive_rate = 0.1\n[risk]\ncancel = 0.5\ndraws = 2000\n")
    assert backlog("sync").exit_code == 0

    def rows(*words: str) -> list[dict[str, str]]:
        done = backlog("report", *words, "--csv")
        assert done.exit_code == 0, done.output
        return list(csv.DictReader(io.StringIO(done.stdout)))

    rows.call = backlog  # type: ignore[attr-defined]
    return rows


def only(rows: list[dict[str, str]], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_months_back_and_ahead_with_targets_and_renewals_apart(report: Any) -> None:
    rows = report("trend", "--date", "2026-03-31", "--back", "2", "--ahead", "9")
    # 1,000 of K1 and 250 of the renewal each month; 1,000 of K2 delivered in March, 6,000 due in May, 3,000 in June.
    assert only(rows, "period_end", "kind", "bookings", "recognized", "backlog", "recognized_target", "recognized_gap")[
        :5
    ] == [
        ("2026-02-28", "actual", "10000.00", "1250.00", "22500.00", "", ""),
        ("2026-03-31", "actual", "0.00", "2250.00", "20250.00", "1500.00", "750.00"),
        ("2026-04-30", "committed", "", "1250.00", "19000.00", "1500.00", "-250.00"),
        ("2026-05-31", "committed", "", "7250.00", "11750.00", "", ""),
        ("2026-06-30", "committed", "", "4250.00", "7500.00", "", ""),
    ]
    # Nothing is booked ahead, so there is no gap of it; balances are measured at the end of their month.
    names = ("bookings_target", "bookings_gap", "backlog_target", "backlog_gap", "deferred_target", "deferred_gap")
    assert only(rows, *names)[:3] == [
        ("12000.00", "-2000.00", "", "", "", ""),
        ("", "", "", "", "1500.00", "500.00"),
        ("9000.00", "", "21000.00", "-2000.00", "", ""),
    ]
    # The targets are the company's: no customer is measured by them.
    assert "recognized_target" not in report("trend", "--date", "2026-03-31", "--customer", "C1")[0]
    # K1 is billed 5,000 and has earned 3,000: what is deferred is gone by the end of May.
    assert only(rows, "deferred")[1:5] == [("2000.00",), ("1000.00",), ("0.00",), ("0.00",)]
    # Of 12,000 that ended 3,000 were renewed; 15,000 end in December: 3,750 may come, and are in no other column.
    assert only(rows, "backlog", "renewals")[-1] == ("0.00", "3750.00")


def test_renewals_of_a_company_younger_than_its_rates_are_at_the_rate_of_the_day(report: Any, company: Any) -> None:
    """What was renewed and what had ended are told at one rate: none was known two years ago, and none is needed."""
    rates = "on,from_currency,to_currency,rate\n2026-02-28,USD,EUR,0.5\n"
    (company / "import" / "fx_rates.csv").write_text(rates)
    assert report.call("sync").exit_code == 0
    rows = report("trend", "--date", "2026-03-31", "--back", "1", "--ahead", "9", "--currency", "EUR")
    assert only(rows, "backlog", "renewals", "currency")[-1] == ("0.00", "1875.00", "EUR")


def test_delays_as_observed_move_what_needs_evidence(report: Any) -> None:
    rows = report("forecast", "--date", "2026-03-31", "--delays")
    assert only(rows, "family", "line", "months_late") == [("Pumps", "L4", "2")]
    rows = report("forecast", "--date", "2026-03-31", "--months", "6")
    assert only(rows, "scheduled", "with_delays")[1:5] == [
        ("7250.00", "1250.00"), ("4250.00", "1250.00"), ("1250.00", "7250.00"), ("1250.00", "4250.00"),
    ]  # fmt: skip
    # Two months earlier nothing of the kind had been seen: May was predicted as scheduled, and nothing came.
    rows = report("forecast", "--date", "2026-05-31", "--months", "2", "--back-test")
    assert only(rows, "predicted", "came", "error") == [("1250.00", "1250.00", "0.00"), ("1250.00", "1250.00", "0.00")]


def test_what_capacity_will_not_deliver_in_time(report: Any) -> None:
    # 9,000 of pumps; 2,000 in April and in May, 4,000 from June on: 3.25 months. 6,000 are due in May, 4,000 can be done.
    rows = report("capacity", "--date", "2026-03-31")
    assert only(rows, "family", "backlog", "capacity", "months_to_deliver", "tight_on") == [
        ("Pumps", "9000.00", "2000.00", "3.25", "2026-05-31")
    ]
    rows = report("capacity", "--date", "2026-03-31", "--late")
    assert only(rows, "customer", "line", "planned_on", "expected_on", "months_late", "backlog") == [
        ("Acme Ltd", "L2", "2026-05-15", "2026-06-30", "1", "6000.00"),
        ("Acme Ltd", "L3", "2026-06-30", "2026-07-31", "1", "3000.00"),
    ]


def test_cash_in_and_out(report: Any) -> None:
    rows = report("cash", "--date", "2026-03-31", "--months", "4")
    # Owed: 3,000 late and 2,000 due in April. Of the renewal 750 are earned and not billed: billed at the end of April with
    # its 250 and the 1,000 of L4, paid in May. K1 is billed ahead until May. Cost: 750 a month of K1, in May 7,000 × 6 ÷ 9.
    assert only(rows, "receivable", "billing", "cost")[:3] == [
        ("5000.00", "0.00", "750.00"),
        ("0.00", "2000.00", "5416.67"),
        ("0.00", "6250.00", "3083.33"),
    ]
    # K1 earns beyond its bills from June on and pays after 60 days: in July there are 3,000 of K2 and 250 of the renewal.
    assert rows[3]["billing"] == "3250.00"
    assert rows[0]["cumulative"] == "4250.00"


def test_what_salespeople_are_credited_for(report: Any) -> None:
    rows = report("sales", "2026-01-01", "2026-03-31")
    # Ann: 15,000 to 11,250; Bob: 0 to 9,000. A tenth of the change.
    assert only(rows, "sales_rep", "bookings", "backlog", "credit") == [
        ("Ann", "0.00", "11250.00", "-375.00"),
        ("Bob", "10000.00", "9000.00", "900.00"),
    ]
    rows = report("sales", "2026-01-01", "2026-03-31", "--contracts")
    assert only(rows, "sales_rep", "contract", "credit") == [
        ("Ann", "K0", "-75.00"),
        ("Ann", "K1", "-300.00"),
        ("Bob", "K2", "900.00"),
    ]
    assert report.call("report", "sales", "2026-03-31", "2026-01-01").exit_code == 2
    assert report.call("report", "sales", "2026-03-31").exit_code == 2


def test_without_days_a_report_is_of_what_is_over(report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from excel.host import BooksHost

    monkeypatch.setattr(BooksHost, "today", dt.date(2026, 4, 30))
    assert report("sales") == report("sales", "2026-01-01", "2026-03-31")
    said = report.call("report", "sales", "--csv").stderr
    assert said.startswith("2026-01-01 to 2026-03-31, the last quarter that is over")
    assert report("trend") == report("trend", "--date", "2026-03-31")
    assert "ahead of 2026-03-31, the end" in report.call("report", "trend", "--csv").stderr
    part = report.call("report", "trend", "--csv", "--date", "2026-04-15")
    assert "end on day 15" in part.stderr


def test_the_same_seed_gives_the_same_distribution(report: Any, company: Any) -> None:
    done = [report.call("report", "risk", "--date", "2026-03-31", "--json").stdout for _ in range(2)]
    assert done[0] == done[1]
    rows = {row[0]: row[1] for row in json.loads(done[0])["rows"]}
    # Half of 20,250 is expected to cancel; late ones come within the year all the same.
    assert (rows["committed"], rows["mean, exact"], rows["P5"]) == ("20250.00", "10125.00", "0.00")
    assert rows["chance that a contract cancels"] == "0.5000"
    shares = report("risk", "--date", "2026-03-31", "--customers")
    assert only(shares, "customer", "expected_loss", "share_of_variance") == [("Acme Ltd", "10125.00", "1")]
    # If all of a customer fares alike, it is all or nothing: 20,250 × √(0.5 × 0.5).
    file = company / "config.toml"
    file.write_text(file.read_text().replace("cancel = 0.5", 'cancel = 0.5\ncorrelation = 1\ntogether = "customer"'))
    rows = {
        row[0]: row[1]
        for row in json.loads(report.call("report", "risk", "--date", "2026-03-31", "--json").stdout)["rows"]
    }
    assert (rows["P5"], rows["P95"], rows["standard deviation, exact"]) == ("0.00", "20250.00", "10125.00")


def test_only_what_needs_evidence_is_late_in_the_simulation(report: Any) -> None:
    # In April and May 2,500 come by time and 6,000 of pumps are due, which come two months late: all of the 2,500 that stay.
    done = report.call("report", "risk", "--date", "2026-03-31", "--months", "2", "--json")
    rows = {row[0]: row[1] for row in json.loads(done.stdout)["rows"]}
    # A half that cancels within a year leaves the root of it within two months.
    stays = 0.5 ** (2 / 12)
    assert rows["committed"] == "8500.00"
    assert float(rows["mean, exact"]) == pytest.approx(2500 * stays, abs=0.01)
    assert rows["chances of 0, 1, 2 … months late"] == "0.000 0.000 1.000"


def test_text_from_outside_is_no_formula_in_a_csv(company: Any, backlog: Any) -> None:
    for name, text in FILES.items():
        (company / "import" / f"{name}.csv").write_text(text.replace("Bob", "=cmd()"))
    assert backlog("sync").exit_code == 0
    assert "'=cmd()," in backlog("report", "sales", "2026-01-01", "2026-03-31", "--csv").stdout
