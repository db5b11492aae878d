"""`backlog export`: records and ledger as files other tools read."""

import csv


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_days_and_whole_minor_units_and_leaves_what_is_missing_empty(backlog, company):
    backlog("sync")
    result = backlog("export", "out", "--format", "csv")
    assert result.exit_code == 0, result.output
    (contract,) = rows(company / "out" / "records_contracts.csv")
    assert (contract["contract_id"], contract["signed_on"], contract["cancelled_on"]) == ("K1", "2025-12-31", "")
    (line,) = rows(company / "out" / "records_contract_lines.csv")
    assert (line["amount_minor"], line["currency"], line["start_on"], line["ssp_minor"]) == ("1200000", "USD", "", "")
    assert rows(company / "out" / "ledger_customers.csv")[0]["name"] == "Acme Ltd"
    (promise,) = rows(company / "out" / "ledger_obligations.csv")
    said = ("contract", "kind", "method", "start_on", "stated_minor", "currency")
    assert [promise[name] for name in said] == ["K1", "line", "straight_line_monthly", "2026-01-01", "1200000", "USD"]
    (contract,) = rows(company / "out" / "ledger_contracts.csv")
    assert (contract["customer"], contract["notice_days"], contract["committed"]) == ("C1", "", "True")
    months = rows(company / "out" / "ledger_months.csv")
    assert [(m["obligation"], m["period_end"]) for m in months[:2]] == [("L1", "2025-12-31"), ("L1", "2026-01-31")]
    # Signed on the last day of 2025 for 12,000.00, a thousand of it earned a month.
    assert [(m["contracted_minor"], m["recognized_minor"]) for m in months[:2]] == [("1200000", "0"), ("0", "100000")]
    assert sum(int(m["recognized_minor"]) for m in months) == 1200000


def test_without_a_word_parquet_is_written(backlog, company):
    backlog("sync")
    result = backlog("export", "out")
    assert result.exit_code == 0, result.output
    assert {file.suffix for file in (company / "out").iterdir()} == {".parquet"}


def test_a_plain_install_writes_csv_and_says_so(backlog, company, monkeypatch):
    monkeypatch.setattr("cli.export.find_spec", lambda name: None)
    backlog("sync")
    result = backlog("export", "out")
    assert result.exit_code == 0, result.output
    (told,) = result.stderr.splitlines()
    assert told.startswith("written as CSV. ")
    assert "revenue-backlog[parquet]" in told
    assert rows(company / "out" / "ledger_customers.csv")[0]["name"] == "Acme Ltd"
    assert {file.suffix for file in (company / "out").iterdir()} == {".csv"}


def test_parquet_that_is_asked_for_needs_its_extra(backlog, company, monkeypatch):
    monkeypatch.setattr("cli.export.find_spec", lambda name: None)
    result = backlog("export", "out", "--format", "parquet")
    assert result.exit_code == 1
    assert "revenue-backlog[parquet]" in result.stderr
    assert not (company / "out").exists()
