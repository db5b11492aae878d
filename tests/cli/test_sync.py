"""`backlog sync`: plain counts for scripts, and a failing connector that stops no other."""

import sqlite3
from contextlib import closing


def added(text):
    return {line.split(":")[0]: line for line in text.splitlines() if "added" in line}


def test_each_object_is_counted_and_the_figure_stands(shell, company):
    done = shell("sync")
    assert (done.returncode, done.stderr) == (0, "")
    lines = added(done.stdout)
    assert list(lines) == ["books customers", "books contracts", "books contract_lines"]
    assert lines["books contracts"] == (
        "books contracts: read 1, added 1, changed 0, unchanged 0, removed 0, rejected 0"
    )
    assert shell("calc", "BACKLOG", "Acme Ltd", "2026-01-31").stdout.strip() == "11000.00"


def test_syncing_twice_changes_nothing(backlog, company):
    backlog("sync")
    lines = added(backlog("sync").output)
    assert all("added 0, changed 0, unchanged 1, removed 0, rejected 0" in line for line in lines.values())


def test_a_dry_run_counts_and_stores_nothing(backlog, company):
    result = backlog("sync", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "books contracts: read 1, added 1" in result.output
    assert "nothing was stored" in result.output
    with closing(sqlite3.connect(company / "backlog.db")) as store:
        assert store.execute("select count(*) from contracts").fetchone() == (0,)
        assert store.execute("select count(*) from raw").fetchone() == (0,)


def test_a_failing_connector_stops_no_other_and_the_exit_code_says_so(shell, company):
    text = "[connectors.gone]\nkind = 'files'\npath = 'nowhere'\n"
    config = company / "config.toml"
    config.write_text(text + config.read_text("utf-8"), encoding="utf-8")
    done = shell("sync")
    assert done.returncode == 1
    assert "nowhere" in done.stderr
    assert "gone: it has never been complete" in done.stderr
    assert "1 of 2 connectors failed: gone" in done.stderr
    assert "Traceback" not in done.stderr
    assert shell("calc", "BACKLOG", "Acme Ltd", "2026-01-31").stdout.strip() == "11000.00"


def test_what_a_failing_connector_brought_before_stays_and_its_age_is_told(backlog, company):
    backlog("sync")
    (company / "import").rename(company / "gone")
    result = backlog("sync")
    assert result.exit_code == 1
    assert "books: its records stay as of 20" in result.output
    assert "0 minutes ago" in result.output
    assert backlog("calc", "BACKLOG", "Acme Ltd", "2026-01-31").output.strip() == "11000.00"
    shown = next(line for line in backlog("status").output.splitlines() if line.startswith("books\t20"))
    assert shown.endswith("\t0 minutes")


def test_only_the_named_connectors_are_pulled_and_an_unknown_one_is_told_with_the_nearest(backlog, company):
    assert "books contracts" in backlog("sync", "books").output
    result = backlog("sync", "boks")
    assert result.exit_code == 1
    assert "did you mean 'books'?" in result.output


def test_a_bad_row_is_counted_and_the_others_load(backlog, company):
    with (company / "import" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write(",Nobody\nC2,Beta AG\n")
    result = backlog("sync")
    assert result.exit_code == 0, result.output
    assert "books customers: read 3, added 2, changed 0, unchanged 0, removed 0, rejected 1" in result.output
    assert "books: 1 records were set aside. See what to correct: backlog rejected list" in result.output


def test_without_a_connector_the_remedy_is_named(backlog, company):
    (company / "config.toml").write_text("", encoding="utf-8")
    result = backlog("sync")
    assert result.exit_code == 1
    assert "no connector is configured" in result.output


def test_a_dry_run_shows_what_would_change_before_it_is_applied(backlog, company):
    backlog("sync")
    books = company / "import"
    lines = books / "contract_lines.csv"
    lines.write_text(lines.read_text("utf-8").replace("12000.00", "13200.00"), encoding="utf-8")
    with (books / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("C2,Beta AG\n")
    result = backlog("sync", "--dry-run")
    assert result.exit_code == 0, result.output
    told = result.output.splitlines()
    assert "~ books contract_lines L1: amount 12,000.00 → 13,200.00" in told
    assert "+ books customers C2: customer_id C2, name Beta AG" in told
    assert "CONTRACTED of all customers today: 12000.00 → 13200.00" in told
    assert not any(line.startswith("BILLED") for line in told)
    assert backlog("calc", "CONTRACTED", "*").output.strip() == "12000.00"
    backlog("sync")
    assert backlog("calc", "CONTRACTED", "*").output.strip() == "13200.00"
    assert not any(line[:1] in "+~-" for line in backlog("sync", "--dry-run").output.splitlines())


def test_a_dry_run_tells_twenty_of_each_kind_unless_all_are_asked_for(backlog, company):
    with (company / "import" / "customers.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"X{n},Customer {n}\n" for n in range(30))
    short, whole = (backlog("sync", "--dry-run", *more).output for more in ((), ("--all",)))
    assert short.count("+ books customers") == 20
    assert "… 11 more in customers: --all" in short
    assert whole.count("+ books customers") == 31


def test_a_dry_run_shows_what_would_go(backlog, company):
    config = company / "config.toml"
    config.write_text(config.read_text("utf-8") + 'missing = "delete"\n', encoding="utf-8")
    backlog("sync")
    lines = company / "import" / "contract_lines.csv"
    lines.write_text(lines.read_text("utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert (
        "- books contract_lines L1: line_id L1, contract_id K1, amount 12,000.00" in backlog("sync", "--dry-run").output
    )


def test_what_is_freed_from_quarantine_is_said_to_be(backlog, company):
    lines = company / "import" / "contract_lines.csv"
    held = lines.read_text("utf-8")
    lines.write_text(held + "L2,K2,10.00,\nL3,K2,20.00,\n", encoding="utf-8")
    assert (
        "books contract_lines: read 3, added 1, changed 0, unchanged 0, removed 0, rejected 2\n"
        in backlog("sync").output
    )
    lines.unlink()
    with (company / "import" / "contracts.csv").open("a", encoding="utf-8") as file:
        file.write("K2,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD\n")
    counts = "read 0, added 2, changed 0, unchanged 0, removed 0, rejected 0; 2 of them freed from quarantine, not read"
    assert f"books contract_lines: {counts}\n" in backlog("sync").output
