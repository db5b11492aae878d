"""`backlog workbook refresh`, `snapshot`, `verify` and `diff`: what they print, write and exit with."""

from __future__ import annotations

import json
from decimal import Decimal

import openpyxl
import pytest

from excel.patch import patch


@pytest.fixture
def own(company, backlog):
    """A workbook with the backlog of a day beside a name, in a company that is synced."""
    with (company / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[workbooks]\nlibreoffice = "off"\n')
    assert backlog("sync").exit_code == 0
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    sheet["A1"], sheet["B1"] = "Acme Ltd", "=BACKLOG(A1,TODAY())"
    book.save(company / "own.xlsx")
    return company / "own.xlsx"


def shown(path, cell="B1"):
    return openpyxl.load_workbook(path, data_only=True)["Figures"][cell].value


def test_a_refresh_tells_what_changed_and_keeps_the_former_file(own, backlog):
    done = backlog("workbook", "refresh", "own.xlsx", "--as-of", "2026-01-31")
    assert done.exit_code == 0, done.output
    assert "own.xlsx: refreshed: 1 cells of ours, 1 computed, 1 changed" in done.output
    assert "Figures!B1 Acme Ltd: blank → 11,000.00" in done.output
    assert shown(own) == 11_000
    assert len(list(own.parent.glob("own.xlsx.bak-*"))) == 1


def test_a_dry_run_says_so_and_writes_nothing(own, backlog):
    before = own.read_bytes()
    done = backlog("workbook", "refresh", "*.xlsx", "--as-of", "2026-01-31", "--dry-run")
    assert done.exit_code == 0, done.output
    assert "would change" in done.output
    assert "dry run: nothing was written" in done.output
    assert own.read_bytes() == before


def test_json_holds_everything(own, backlog):
    told = json.loads(backlog("workbook", "refresh", "own.xlsx", "--as-of", "2026-01-31", "--json").stdout)
    assert told["as_of"] == "2026-01-31"
    assert told["files"][0]["changes"] == [
        {"sheet": "Figures", "cell": "B1", "label": "Acme Ltd", "formula": "=BACKLOG(A1,TODAY())", "before": None,
         "after": "11000.00", "change": None, "ours": True, "why": []}
    ]  # fmt: skip


def test_one_bad_file_is_told_and_fails_the_command(own, backlog):
    (own.parent / "bad.xlsx").write_bytes(b"no workbook")
    told = backlog("workbook", "refresh", "import/customers.csv").output
    assert "it is no workbook. Give an .xlsx, .xlsm, .xltx or .xltm file" in told
    done = backlog("workbook", "refresh", "own.xlsx", "bad.xlsx", "--as-of", "2026-01-31")
    assert done.exit_code == 1
    assert "bad.xlsx: refused: the file is damaged" in done.output
    assert "1 of 2 workbooks were not refreshed: bad.xlsx (refused)" in done.output
    assert shown(own) == 11_000


@pytest.mark.parametrize(
    "words",
    [("refresh",), ("refresh", "own.xlsx", "--as-of", "31.1.2026"), ("snapshot", "own.xlsx"), ("diff", "own.xlsx"),
     ("snapshot", "own.xlsx", "out.xlsm"), ("diff", "own.xlsx", "own.xlsx", "--sheet", "out.csv"), ("verify",)],
)  # fmt: skip
def test_wrong_usage_exits_2(own, backlog, words):
    assert backlog("workbook", *words).exit_code == 2


def test_snapshot_then_verify(own, backlog):
    done = backlog("workbook", "snapshot", "own.xlsx", "frozen.xlsx", "--as-of", "2026-01-31")
    assert done.exit_code == 0, done.output
    assert "frozen.xlsx: 1 figure frozen, period 2026-01, data version " in done.output
    digest = done.output.split("digest ")[1].split()[0]
    assert openpyxl.load_workbook(own.parent / "frozen.xlsx")["Figures"]["B1"].value == 11_000
    again = backlog("workbook", "snapshot", "own.xlsx", "frozen.xlsx")
    assert again.exit_code == 1
    assert "--force" in again.output
    checked = backlog("workbook", "verify", "frozen.xlsx")
    assert checked.exit_code == 0, checked.output
    assert "frozen.xlsx: verified" in checked.output
    assert digest in checked.output
    told = json.loads(backlog("workbook", "verify", "frozen.xlsx", "--json").stdout)
    assert (told[0]["good"], told[0]["figures"], told[0]["reproduced"]) == (True, 1, 1)
    told = json.loads(
        backlog(
            "workbook", "snapshot", "own.xlsx", "other.xlsx", "--as-of", "2026-01-31", "--period", "2026-02", "--json"
        ).stdout
    )
    assert (told["period"], told["cells"][0]["number"]) == ("2026-02", "11000.00")


def test_nothing_that_is_written_costs_a_workbook(own, backlog):
    before = own.read_bytes()
    done = backlog("workbook", "snapshot", "own.xlsx", "./own.xlsx", "--force")
    assert (done.exit_code, own.read_bytes()) == (1, before)
    assert "own.xlsx is the workbook itself, whose formulas would be lost" in done.output
    for words in (("refresh", "own.xlsx", "--as-of", "2026-01-31"), ("diff", "own.xlsx", "own.xlsx")):
        done = backlog("workbook", *words, "--sheet", "own.xlsx")
        assert (done.exit_code, own.read_bytes()) == (1, before), done.output
        assert "--sheet own.xlsx is there already and is no list of changes" in done.output
    assert backlog("workbook", "refresh", "own.xlsx", "--sheet", "changes.csv").exit_code == 2
    assert own.read_bytes() == before  # told before anything was done
    for _ in range(2):  # a list of changes is replaced by the next
        assert backlog("workbook", "diff", "own.xlsx", "own.xlsx", "--sheet", "changes.xlsx").exit_code == 0


def test_a_changed_snapshot_fails(own, backlog):
    backlog("workbook", "snapshot", "own.xlsx", "frozen.xlsx", "--as-of", "2026-01-31")
    path = own.parent / "frozen.xlsx"
    patch(path, {"Figures": {"B1": Decimal(1)}})
    done = backlog("workbook", "verify", "frozen.xlsx", "--stamp-only")
    assert done.exit_code == 1
    assert "Figures!B1: 1, stamped 11,000.00" in done.output
    assert "1 of 1 snapshots do not verify: frozen.xlsx" in done.output


def test_diff_tells_why_and_writes_a_sheet(own, company, backlog):
    backlog("workbook", "refresh", "own.xlsx", "--as-of", "2026-01-31")
    with (company / "import" / "contracts.csv").open("a", encoding="utf-8") as file:
        file.write("K2,C1,signed,2026-01-01,2026-01-01,2026-12-31,USD\n")
    with (company / "import" / "contract_lines.csv").open("a", encoding="utf-8") as file:
        file.write("L2,K2,2400.00,straight_line_monthly\n")
    assert backlog("sync").exit_code == 0
    done = backlog("workbook", "refresh", "own.xlsx", "--as-of", "2026-01-31")
    assert "      new contracts +2,200.00: contract K2" in done.output
    (former,) = [p for p in company.glob("own.xlsx.bak-*") if shown_copy(p, company) == 11_000]
    found = backlog("workbook", "diff", former, "own.xlsx", "--sheet", "changes.xlsx")
    assert found.exit_code == 0, found.output
    assert "1 of 1 figures changed" in found.output
    assert "Figures!B1 Acme Ltd: 11,000.00 → 13,200.00 (+2,200.00)" in found.output
    assert "new contracts +2,200.00: contract K2" in found.output
    assert openpyxl.load_workbook(company / "changes.xlsx")["Changes"]["I5"].value == 2_200
    told = json.loads(backlog("workbook", "diff", former, "own.xlsx", "--json").stdout)
    assert told["changes"][0]["change"] == "2200.00"


def shown_copy(path, company):
    copy = company / "copy.xlsx"
    copy.write_bytes(path.read_bytes())
    return shown(copy)
