"""`backlog store`: copies, backups and restores say what they did and how it was proven, and overwrite nothing."""

import re

import pytest


@pytest.fixture
def synced(backlog, company):
    assert backlog("sync").exit_code == 0
    return company


def test_a_store_is_copied_and_the_copy_answers(backlog, synced, new_place):
    target = new_place("postgresql")
    result = backlog("store", "copy", "backlog.db", target)
    assert result.exit_code == 0, result.output
    assert "contract_lines\t1\t" in result.output
    assert "equal by count and digest" in result.output
    shown = "postgresql://admin@" + target.partition("@")[2]
    assert f'Next: set url = "{shown}" under [store], then run: backlog doctor' in result.output
    before = backlog("calc", "BACKLOG", "*", "2026-09-30").output
    config = synced / "config.toml"
    config.write_text(config.read_text().replace("sqlite:///backlog.db", target))
    assert backlog("calc", "BACKLOG", "*", "2026-09-30").output == before == "3000.00\n"
    again = backlog("store", "copy", target, "back.db")
    assert again.exit_code == 0, again.output
    told = [line for line in result.output.splitlines() if line.count("\t") == 2]
    assert [line for line in again.output.splitlines() if line.count("\t") == 2] == told


def test_a_backup_is_brought_back_to_another_machine(shell, company):
    def told(*words, code=0):
        done = shell(*words)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    told("sync")
    rows = re.findall(r"tables, (\d+) rows, equal by count and digest", told("store", "backup", "safe.db"))
    assert rows == ["29"]  # as many as every other word on this store says
    assert "holds 29 rows already and is left alone" in told("store", "restore", "safe.db", code=1)
    (company / "backlog.db").unlink()
    told("init")
    assert "dry run: 29 rows would be copied to" in told("store", "restore", "safe.db", "--dry-run")
    assert "never complete" in told("status")
    restored = told("store", "restore", "safe.db")
    assert "tables, 29 rows, equal by count and digest" in restored
    assert "Next: backlog sync" in restored
    assert told("calc", "BACKLOG", "*", "2026-09-30") == "3000.00\n"
    assert "unchanged 1" in told("sync")


def test_nothing_is_overwritten_and_a_dry_run_makes_nothing(backlog, synced):
    (synced / "mine.db").write_text("mine")
    result = backlog("store", "backup", "mine.db")
    assert result.exit_code == 1
    assert "mine.db exists and is left alone. Name another file, or move it away first" in result.output
    assert (synced / "mine.db").read_text() == "mine"
    tried = backlog("store", "backup", "new.db", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "rows would be copied to" in tried.output
    assert not (synced / "new.db").exists()
    assert "its folder does not exist" in backlog("store", "backup", "nowhere/new.db").output


def test_what_cannot_be_read_is_told(backlog, synced):
    (synced / "letter.db").write_text("Dear auditor" * 500)
    result = backlog("store", "restore", "letter.db")
    assert result.exit_code == 1
    assert "this file is no store" in result.output
    missing = backlog("store", "copy", "typo.db", "new.db")
    assert (missing.exit_code, (synced / "typo.db").exists()) == (1, False)
    assert "typo.db: there is no store there. Check its name" in missing.output
    assert "there is no such file" in backlog("store", "restore", "gone.db").output
    assert "is no address of a store" in backlog("store", "copy", "backlog.db", "somewhere://else:x/y").output
