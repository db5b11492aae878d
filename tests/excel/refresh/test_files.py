"""Many workbooks in one refresh: patterns, processes, files in use, dry runs, and what each stands on."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures.process import BrokenProcessPool

import pytest

from excel.refresh import refresh_files
from excel.refresh.files import named
from excel.refresh.hosts import AsOf
from excel.refresh.journal import Journal
from excel.refresh.one import Options, refresh_file
from excel.refresh.past import Past
from excel.refresh.report import Refreshed
from model.errors import BacklogError, ConfigNeeded

DAY = dt.date(2026, 3, 31)
CELLS = {"A1": "Acme Ltd", "B1": "=EOMONTH(TODAY(),0)", "C1": "=BACKLOG(A1,B1)", "D1": "=SUM(C1:C1)"}


def test_figures_of_the_day_that_was_asked_for(company):
    path = company.workbook(CELLS)
    report = refresh_files(company.settings, [path], as_of=DAY)
    report.require_done()
    assert company.shows(path, "C1", "D1") == [9_000, 9_000]
    assert report.as_of == "2026-03-31"
    refresh_files(company.settings, [path], as_of=dt.date(2026, 4, 1))
    assert company.shows(path, "C1", "D1") == [8_000, 8_000]


def test_a_dry_run_tells_the_same_changes_and_writes_nothing(company):
    path = company.workbook(CELLS)
    before, times = path.read_bytes(), path.stat().st_mtime_ns
    dry = refresh_files(company.settings, [path], as_of=DAY, dry_run=True).files[0]
    assert dry.state == "would change"
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == times
    assert sorted(p.name for p in company.folder.glob("own*")) == ["own.xlsx"]
    wet = refresh_files(company.settings, [path], as_of=DAY).files[0]
    assert [(c.cell, c.before, c.after) for c in wet.changes] == [(c.cell, c.before, c.after) for c in dry.changes]


def test_patterns_name_workbooks_and_nothing_else(company):
    for name in (
        "packs/a.xlsx",
        "packs/deep/b.xlsm",
        "packs/c.XLSX",
        "packs/~$a.xlsx",
        "packs/.a.0123abcd.xlsx",
        "packs/a.xlsx.bak-1",
        "packs/notes.txt",
        "[1].xlsx",
    ):
        (company.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (company.folder / name).write_bytes(b"x")
    found = named(["packs/**/*", "packs/a.xlsx", "[1].xlsx"], company.folder)
    assert [p.relative_to(company.folder).as_posix() for p in found] == [
        "packs/a.xlsx",
        "packs/c.XLSX",
        "packs/deep/b.xlsm",
        "[1].xlsx",
    ]
    with pytest.raises(ConfigNeeded, match=r"quarter/\*\.xlsx: no workbook is called so"):
        named(["quarter/*.xlsx"], company.folder)
    with pytest.raises(ConfigNeeded, match="no workbook was named"):
        named([], company.folder)


def test_what_is_wrong_with_one_file_hinders_no_other(company):
    good = company.workbook(CELLS, "packs/a.xlsx")
    (company.folder / "packs" / "b.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    )
    (company.folder / "packs" / "c.xlsx").write_bytes(b"nothing of the kind")
    opened = company.workbook(CELLS, "packs/d.xlsx")
    opened.with_name("~$d.xlsx").write_bytes(b"")
    before = opened.read_bytes()
    report = refresh_files(company.settings, ["packs/*.xlsx", "packs/gone.xlsx"], as_of=DAY)
    assert [(f.path.name, f.state) for f in report.files] == [
        ("a.xlsx", "refreshed"), ("b.xlsx", "refused"), ("c.xlsx", "refused"), ("d.xlsx", "left alone"), ("gone.xlsx", "refused"),
    ]  # fmt: skip
    assert company.shows(good, "C1") == [9_000]
    assert opened.read_bytes() == before
    texts = {f.path.name: f.reason for f in report.files}
    assert "password" in texts["b.xlsx"]
    assert "open in Excel" in texts["d.xlsx"]
    with pytest.raises(BacklogError, match=r"4 of 5 workbooks were not refreshed: b\.xlsx \(refused\)"):
        report.require_done()


def test_many_files_go_to_several_processes(company):
    paths = [company.workbook(CELLS, f"packs/{n}.xlsx") for n in range(5)]
    (company.folder / "config.toml").open("a").write("workers = 2\n")
    seen = []
    report = refresh_files(
        company.settings, ["packs/*.xlsx"], as_of=DAY, progress=lambda what, done, of: seen.append((what, done, of))
    )
    report.require_done()
    assert [company.shows(path, "D1") for path in paths] == [[9_000]] * 5
    assert seen == [("workbooks", n, 5) for n in range(1, 6)]
    assert [file.path.name for file in report.files] == [f"{n}.xlsx" for n in range(5)]


def test_a_process_that_dies_takes_only_its_own_file_with_it(company, monkeypatch):
    """The pool breaks; each file then gets a process of its own, and the one that kills it is told."""
    import excel.refresh.files as files

    paths = [company.workbook(CELLS, f"packs/{n}.xlsx") for n in range(4)]
    done = []

    def shared_out(job, given, workers, stop):
        for path in given:
            if path.name == "2.xlsx":
                raise BrokenProcessPool
            done.append((path.name, workers))
            yield Refreshed(path, "unchanged")

    monkeypatch.setattr(files, "_shared_out", shared_out)
    monkeypatch.setattr(files.os, "cpu_count", lambda: 3)
    report = refresh_files(company.settings, paths, as_of=DAY)
    assert [(f.path.name, f.state) for f in report.files] == [
        ("0.xlsx", "unchanged"), ("1.xlsx", "unchanged"), ("2.xlsx", "failed"), ("3.xlsx", "unchanged"),
    ]  # fmt: skip
    assert done == [("0.xlsx", 3), ("1.xlsx", 3), ("3.xlsx", 1)]
    assert "killed" in report.files[2].reason


def test_it_stops_between_files_and_tells_what_was_left(company):
    paths = [company.workbook(CELLS, f"{n}.xlsx") for n in range(2)]
    asked = iter([False, True])
    report = refresh_files(company.settings, paths, as_of=DAY, stop=lambda: next(asked))
    assert [f.state for f in report.files] == ["refreshed", "left alone"]
    assert "stopped before it" in report.files[1].reason


def test_the_report_is_the_same_for_a_person_and_a_program(company):
    path = company.workbook(CELLS | {"A2": "Nobody", "C2": "=BACKLOG(A2)", "C3": "=LN(C1)"})
    report = refresh_files(company.settings, [path], as_of=DAY)
    told = json.loads(json.dumps(report.as_json()))["files"][0]
    assert told["state"] == "refreshed"
    assert (told["cells"], told["computed"]) == (2, 4)
    assert {c["cell"]: c["after"] for c in told["changes"]} == {
        "B1": "46112",
        "C1": "9000.00",
        "D1": "9000.00",
        "C2": "#N/A",
    }
    assert [(n["cell"], n["why"]) for n in told["left"]] == [("C3", "it uses the function LN")]
    assert told["errors"][0]["why"].startswith("#N/A: No customer is called 'Nobody'")
    text = report.text()
    assert "own.xlsx: refreshed: 2 cells of ours, 4 computed, 4 changed" in text
    assert "  Figures!C1 Acme Ltd: blank → 9,000.00" in text
    assert "  Figures!C3 left to Excel: it uses the function LN" in text
    assert "LibreOffice is not installed here" in text


def test_cells_that_share_a_fate_are_told_in_one_line(company):
    cells = {f"A{n}": f"Nobody {n}" for n in range(2, 30)} | {f"C{n}": f"=BACKLOG(A{n})" for n in range(2, 30)}
    report = refresh_files(company.settings, [company.workbook(CELLS | cells)], as_of=DAY)
    assert len(report.files[0].errors) == 28
    lines = report.text().splitlines()
    assert "  28 cells have become #N/A, such as Figures!C2: blank → #N/A" in lines
    (told,) = [line for line in lines if "no answer" in line]
    assert told.startswith("  28 cells have no answer, such as Figures!C2: #N/A: No customer is called 'Nobody 2'")
    every = report.text(verbose=True).splitlines()
    assert sum("no answer" in line for line in every) == 28
    assert "  Figures!C29 Nobody 29: blank → #N/A" in every


def test_the_journal_knows_what_a_refreshed_file_stands_on(company):
    path = company.workbook(CELLS)
    report = refresh_files(company.settings, [path], as_of=DAY)
    journal = Past(company.settings, dt.datetime.now(dt.UTC)).journal
    standing = journal.standing(path)
    assert standing is not None
    assert (standing.ledger, standing.as_of) == (report.ledger, DAY)
    assert standing.known_at.isoformat() == report.known_at
    with journal.path.open("a") as lines:
        lines.write('{"digest": "cut short by a kil')
    assert journal.standing(path) == standing
    path.write_bytes(path.read_bytes() + b"\0")
    assert journal.standing(path) is None
    assert Journal(company.folder / "nowhere").standing(path) is None


def test_a_named_program_that_is_missing_is_told_before_anything(company):
    config = company.folder / "config.toml"
    config.write_text(config.read_text().replace('"off"', '"/no/such/soffice"'), encoding="utf-8")
    with pytest.raises(ConfigNeeded, match=r"config.toml line 7: /no/such/soffice is no program"):
        refresh_files(company.settings, [company.workbook(CELLS)])


def test_options_have_plain_defaults():
    assert Options() == Options(dry=False, why=True, backups=3)


def test_a_sync_that_ends_meanwhile_brings_nothing_into_the_later_files(company):
    path, now = company.workbook(CELLS), dt.datetime.now(dt.UTC)
    standing = Past(company.settings, now).now(DAY)
    company.add("contracts", "K3,C1,signed,2026-01-01,2026-01-01,2026-12-31,USD")
    company.add("contract_lines", "L3,K3,1200.00,straight_line_monthly")
    company.sync()
    later = dt.datetime.now(dt.UTC)
    past = Past(company.settings, later, standing)  # as another process of the same refresh has it
    assert past.now(DAY) == standing != Past(company.settings, later).now(DAY)
    refresh_file(path, AsOf(past.host, DAY, past.newest), None, Options(False, True, 0), past)
    assert company.shows(path, "C1") == [9_000]
    refresh_files(company.settings, [path], as_of=DAY)
    assert company.shows(path, "C1") == [9_900]
