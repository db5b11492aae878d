"""A month is closed, late facts come, and nothing of the closed month moves; who closed, reopened and acknowledged is told."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

CONTRACTS = (
    "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
    "K1,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD\n"
)
AMENDED = (
    "amendment_id,contract_id,signed_on,effective_on,kind,line_id,amount\n"
    "A1,K1,2026-01-10,2026-01-01,change_line,L1,24000\n"
)
JANUARY = ("2026-01-01", "2026-01-31")
FEBRUARY = ("2026-02-01", "2026-02-28")


@pytest.fixture
def closed(backlog, company):
    """The company with January 2026 closed: 12,000 contracted, 1,000 earned."""
    backlog("sync")
    result = backlog("close", "2026-01", "--by", "Ann")
    assert result.exit_code == 0, result.output
    return company


def add(company: Path, name: str, text: str) -> None:
    (company / "import" / f"{name}.csv").write_text(text, encoding="utf-8")


def figure(backlog, *words: str) -> str:
    result = backlog("calc", *words)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def moves(backlog, first: str, last: str) -> dict[str, str]:
    rows = json.loads(figure(backlog, "BACKLOG_ROLLFORWARD", "", first, last, "--json"))["rows"]
    return {name: amount for name, amount, _ in rows if amount != "0.00"}


def test_a_dry_run_shows_what_is_checked_and_recorded_and_locks_nothing(backlog, company):
    backlog("sync")
    result = backlog("close", "2026-01", "--dry-run")
    assert result.exit_code == 0, result.output
    told = [line.split("\t")[:2] for line in result.output.splitlines()]
    assert told[:6] == [
        ["ok", "the period is over"], ["ok", "every connector is fresh"],
        ["ok", "no rejected record concerns the period"], ["ok", "exceptions are acknowledged"],
        ["ok", "the roll-forward ties"], ["ok", "earlier closes are as recorded"],
    ]  # fmt: skip
    # contracted, recognized, backlog, billed, deferred current and long-term, unbilled, receivable
    assert "USD\t1\t12,000.00\t1,000.00\t11,000.00\t0.00\t0.00\t0.00\t1,000.00\t0.00" in result.output
    assert "nothing was locked" in result.output
    assert "no period is closed" in backlog("periods").output


def test_what_is_told_of_a_closed_month_is_booked_in_the_next(backlog, closed):
    add(closed, "amendments", AMENDED)
    backlog("sync")
    assert figure(backlog, "BACKLOG", "", "2026-01-31") == "11000.00"
    assert figure(backlog, "CONTRACTED", "", "2026-01-31") == "12000.00"
    assert figure(backlog, "RECOGNIZED", "", *JANUARY) == "1000.00"
    assert figure(backlog, "RECOGNIZED", "", *FEBRUARY) == "3000.00"  # 2,000 of February, 1,000 of January
    assert moves(backlog, *JANUARY) == {"opening": "12000.00", "recognized": "-1000.00", "closing": "11000.00"}
    assert moves(backlog, *FEBRUARY) == {
        "opening": "11000.00", "prior-period corrections": "11000.00", "recognized": "-2000.00", "closing": "20000.00",
    }  # fmt: skip
    result = backlog("periods", "corrections", "2026-02")
    rows = [line.split("\t") for line in result.output.splitlines()[1:-1]]
    assert [row[:9] for row in rows] == [
        ["2026-02-01", "Acme Ltd", "K1", "L1", "contracted", "amendments", "12,000.00", "USD", "amendment A1"],
        ["2026-02-01", "Acme Ltd", "K1", "L1", "recognized", "", "1,000.00", "USD", "amendment A1"],
    ]
    assert rows[0][9].startswith("books amendments A1, read ")
    assert backlog("periods", "corrections", "2026-03").output.splitlines()[-1] == "0 corrections"
    assert backlog("periods").exit_code == 0


def test_a_changed_policy_reads_the_open_months_only(backlog, closed):
    add(
        closed,
        "invoices",
        "invoice_id,customer_id,issued_on,currency,status,contract_id\nI1,C1,2026-02-01,USD,open,K1\n",
    )
    add(closed, "invoice_lines", "invoice_line_id,invoice_id,amount,line_id\nI1-1,I1,5000,L1\n")
    backlog("sync")
    backlog("close", "2026-02")
    assert figure(backlog, "DEFERRED", "", "2026-02-28") == "3000.00"
    config = closed / "config.toml"
    config.write_text(config.read_text("utf-8") + '[policy]\ndeferred_basis = "paid"\n', encoding="utf-8")
    assert figure(backlog, "DEFERRED", "", "2026-02-28") == "3000.00"
    assert figure(backlog, "DEFERRED", "", "2026-03-31") == "0.00"
    assert backlog("periods").exit_code == 0


def test_a_past_report_is_made_again_by_what_was_known_then(backlog, company):
    """Before the close, between it and the late fact, and after a reopening."""
    backlog("sync")
    moments = [dt.datetime.now(dt.UTC)]
    backlog("close", "2026-01")
    moments.append(dt.datetime.now(dt.UTC))
    add(company, "amendments", AMENDED)
    backlog("sync")
    moments.append(dt.datetime.now(dt.UTC))
    backlog("reopen", "2026-01", "--why", "the auditors ask")
    reports = [
        [figure(backlog, "BACKLOG", "", day, "", "", "", moment.isoformat()) for day in ("2026-01-31", "2026-02-28")]
        for moment in moments
    ]
    assert reports == [["11000.00", "10000.00"], ["11000.00", "10000.00"], ["11000.00", "20000.00"]]
    assert figure(backlog, "BACKLOG", "", "2026-01-31") == "22000.00"


def test_periods_tell_who_closed_and_reopened_and_why(backlog, closed):
    assert backlog("close", "2026-02").exit_code == 0
    refused = backlog("reopen", "2026-01", "--why", "another estimate")
    assert refused.exit_code == 1
    assert "2026-02 is closed after 2026-01" in refused.output
    result = backlog("reopen", "2026-01", "--why", "another estimate", "--with-later", "--by", "Bo")
    assert [line.split(":")[0] for line in result.output.splitlines()] == [
        "2026-02 is open again", "2026-01 is open again",
    ]  # fmt: skip
    rows = [line.split("\t") for line in backlog("periods").output.splitlines()[1:5]]
    assert [(row[0], row[1], row[3], row[4]) for row in rows][::3] == [
        ("2026-01", "closed, then reopened", "Ann", ""), ("2026-01", "reopened", "Bo", "another estimate"),
    ]  # fmt: skip
    assert backlog("close", "2026-01").exit_code == 0
    assert "the first open period is 2026-02" in backlog("periods").output


def test_months_are_closed_in_order_and_once(backlog, closed):
    again, gap = backlog("close", "2026-01"), backlog("close", "2026-03")
    assert (again.exit_code, gap.exit_code) == (1, 1)
    assert "2026-01 is closed already" in again.output
    assert "the next period to close is 2026-02" in gap.output
    assert backlog("close", "January").exit_code == 2
    assert backlog("reopen", "2026-01").exit_code == 2, "a reopening needs its reason"


def test_what_waits_for_someone_keeps_a_month_open_until_a_controller_decides(backlog, company):
    add(company, "contracts", CONTRACTS + "K2,C1,signed,,2026-01-01,2026-12-31,USD\n")
    later = "I9,C1,2026-02-03,USD,open,K2\n"
    add(company, "invoices", f"invoice_id,customer_id,issued_on,currency,status,contract_id\n{later}")
    backlog("sync")
    result = backlog("close", "2026-01")
    assert result.exit_code == 1
    assert "failed\tno rejected record concerns the period\t1 (books contracts.csv row 3)" in result.output
    assert "1 of 6 checks failed (no rejected record concerns the period)" in result.output
    assert backlog("close", "2026-01", "--force").exit_code == 2, "and says why"
    result = backlog("close", "2026-01", "--force", "--why", "K2 was never signed", "--by", "Ann")
    assert result.exit_code == 0, result.output
    row = backlog("periods").output.splitlines()[1].split("\t")
    assert row[4] == "K2 was never signed"
    assert row[6] == "no rejected record concerns the period"


def test_a_month_that_was_not_read_to_its_end_stays_open(backlog, company):
    result = backlog("close", "2026-01")
    assert result.exit_code == 1
    assert (
        "failed\tevery connector is fresh\tnot read completely after 2026-01-31: books. Run: backlog sync books"
        in result.output
    )
    backlog("sync")
    result = backlog("close", "2099-01", "--dry-run")
    assert result.exit_code == 1
    assert "failed\tthe period is over\tit ends with 2099-01-31 in UTC" in result.output


def test_a_misspelt_rule_or_contract_does_not_read_as_none(backlog, company):
    backlog("sync")
    for words in (("list",), ("acknowledge", "--why", "seen")):
        rule = backlog("exceptions", *words, "--rule", "undelivered_after")
        assert (rule.exit_code, "did you mean 'undelivered_after_end'?" in rule.output) == (1, True)
        contract = backlog("exceptions", *words, "--contract", "K99")
        assert (contract.exit_code, "the books have no contract 'K99'" in contract.output) == (1, True)
    assert backlog("exceptions", "list", "--contract", "K1").exit_code == 0


def test_exceptions_are_acknowledged_by_name_or_rule_and_again_when_they_change(backlog, company):
    add(company, "contracts", CONTRACTS.replace(",USD", ",USD,12500").replace("currency", "currency,total"))
    backlog("sync")
    result = backlog("close", "2026-01")
    assert result.exit_code == 1
    listed = backlog("exceptions", "list", "--on", "2026-01-31").output.splitlines()
    name, severity, rule = listed[1].split("\t")[:3]
    assert (severity, rule) == ("warning", "lines_do_not_sum")
    assert f"failed\texceptions are acknowledged\t{name} (lines do not sum, K1)" in result.output
    assert backlog("exceptions", "acknowledge", name).exit_code == 2, "and says why"
    assert backlog("exceptions", "acknowledge", "nobody", "--why", "x").exit_code == 1
    done = backlog("exceptions", "acknowledge", name, "--on", "2026-01-31", "--why", "a rebate, agreed", "--by", "Ann")
    assert done.output == "1 exception acknowledged\n"
    assert "Ann: a rebate, agreed" in backlog("exceptions", "list", "--on", "2026-01-31", "--all").output
    assert name not in backlog("exceptions", "list", "--on", "2026-01-31").output
    assert backlog("close", "2026-01", "--dry-run").exit_code == 0
    add(company, "contracts", CONTRACTS.replace(",USD", ",USD,12600").replace("currency", "currency,total"))
    backlog("sync")
    assert backlog("close", "2026-01", "--dry-run").exit_code == 1
    backlog("exceptions", "acknowledge", "--rule", "lines_do_not_sum", "--why", "the rebate has grown")
    assert backlog("close", "2026-01").exit_code == 0


def change(company: Path, statement: str) -> None:
    with closing(sqlite3.connect(company / "backlog.db")) as store:
        store.execute(statement)
        store.commit()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE closed_figures SET backlog_minor = backlog_minor - 1",
         ["the figures of K1 (C1, USD) were changed", "backlog was recorded as 10999.99 USD, the books say 11000.00"]),
        ("DELETE FROM closed_figures", ["figures of contracts were added, removed or replaced",
                                        "K1 (C1): contracted was recorded as 0.00 USD, the books say 12000.00"]),
        ("UPDATE period_events SET who = 'Mallory' WHERE id = 1",
         ["2026-01, close of", "what it says was changed after it was recorded"]),
        ("DELETE FROM period_events WHERE id = 1",
         ["2026-02, close of", "what was recorded before it was changed, or is missing"]),
    ],
)  # fmt: skip
def test_what_was_changed_behind_our_back_is_found_and_named(backlog, closed, statement, named):
    backlog("close", "2026-02")
    assert backlog("periods").exit_code == 0
    change(closed, statement)
    result = backlog("periods")
    assert result.exit_code == 1
    for text in named:
        assert text in result.output
    assert "Take the store from a backup" in result.output
    assert "failed\tearlier closes are as recorded" in backlog("close", "2026-03", "--dry-run").output


def test_records_changed_behind_our_back_are_found_from_the_records(backlog, closed):
    change(closed, "DROP TRIGGER IF EXISTS contract_lines_update")  # the store itself would refuse it
    change(closed, "UPDATE contract_lines SET amount_minor = 2400000")
    assert backlog("periods").exit_code == 0, "the closed books were made before"
    result = backlog("periods", "--from-records")
    assert result.exit_code == 1
    assert "2026-01: K1 (C1): contracted was recorded as 12000.00 USD, the books say 24000.00" in result.output


def test_quality_is_counted_by_source_and_over_time(backlog, company):
    add(company, "contracts", CONTRACTS + "K2,C1,signed,,2026-01-01,2026-12-31,USD\nK3,C1,proposal,2026-01-15,,,USD\n")
    backlog("sync")
    rows = [line.split("\t") for line in backlog("quality").output.splitlines()[1:-1]]
    assert [row[:6] for row in rows] == [
        ["missing_signature_date", "error", "books", "1", "0", "0"],
        ["contract_without_billing", "info", "books", "1", "0", "0"],
        ["stale_open_deal", "info", "books", "1", "0", "0"],
    ]
    add(company, "contracts", CONTRACTS + "K2,C1,signed,2026-01-02,2026-01-01,2026-12-31,USD\n")
    backlog("sync")
    with closing(sqlite3.connect(company / "backlog.db")) as store:
        counts = store.execute("SELECT rule, count FROM quality ORDER BY id").fetchall()
    assert counts == [
        ("contract_without_billing", 1), ("missing_signature_date", 1), ("stale_open_deal", 1), ("missing_signature_date", 0),
    ]  # fmt: skip
    refused = backlog("quality", "--source", "crm")
    assert refused.exit_code == 1
    assert "connector 'crm' is not allowed. Allowed: books" in refused.output


def test_a_fiscal_month_is_closed_up_to_its_last_day(backlog, company):
    """Years of weeks, 4-4-5, to the last Saturday of December: January of 2026 is 28 December to 24 January."""
    config = company / "config.toml"
    config.write_text(config.read_text("utf-8") + '[reporting]\nfiscal_calendar = "4-4-5"\n', encoding="utf-8")
    backlog("sync")
    refused = backlog("close", "2026-01-31")
    assert refused.exit_code == 1
    assert "No month of the fiscal calendar ends on 2026-01-31: 2026-02 is 2026-01-25 to 2026-02-21" in refused.output
    # 24 days of a month's 1,000.00 in 31
    result = backlog("close", "2026-01-24")
    assert "USD\t1\t12,000.00\t774.19\t" in result.output
    assert "2026-01 is closed by" in result.output
    add(company, "amendments", AMENDED)
    backlog("sync")
    assert figure(backlog, "BACKLOG", "", "2026-01-24") == "11225.81"
    assert figure(backlog, "BACKLOG", "", "2026-01-25") == "22387.10"  # 24,000 less 25 days of 2,000 in 31
    booked = backlog("periods", "corrections", "2026-02").output.splitlines()
    assert {row.split("\t")[0] for row in booked[1:-1]} == {"2026-01-25"}
    assert "the next period to close is 2026-02, up to 2026-02-21, after 2026-01" in backlog("close", "2026-03").output
