"""Case files: hand-computed figures through the real path, from canonical files to the functions of a workbook.

files → connectors.files → sync → store → ledger → function catalogue. A case's form is told in tests/cases/README.md.
"""

import datetime as dt
import json
import re
import shutil
import tomllib
from pathlib import Path

import commands
import pytest
import yaml
from case_files import calls, configured, misses, steps, write

from books.ledgers import Books
from connectors.registry import make
from excel.catalogue import call
from excel.host import BooksHost
from excel.presentation import as_json
from model import settings
from model.errors import Unanswerable
from store import read
from sync import closing
from sync.run import pull

FOLDER = Path(__file__).parent / "cases" / "engine"
NOW = dt.datetime(2040, 1, 2, tzinfo=dt.UTC)


def load():
    for file in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            yield pytest.param(case, id=f"{file.stem}/{case['id']}")


CASES = list(load())


def rejects(engine):
    return [f"{reject.place}, column {reject.column}: {reject.reason}" for reject in read.rejects(engine)]


def close(books, period, moment):
    """Closes a month, whatever the checks before it say."""
    prepared = closing.prepare(books, period, moment)
    closing.close(books, prepared, now=moment, who="the controller", why="a case", force=True)


@pytest.mark.parametrize("case", CASES)
def test_case(case, tmp_path, empty_store):
    shutil.copy(empty_store, tmp_path / "backlog.db")
    company = settings.load(configured(tmp_path, case))
    books = Books(company)
    for day, system, rows, closes in steps(case):
        moment = dt.datetime.combine(day, dt.time(12), dt.UTC)
        if closes:
            close(books, closes, moment - dt.timedelta(hours=1))
        write(tmp_path / system, rows)
        connector = make(system, company.connectors[system], lambda _: None)
        result = pull(books.engine, connector, now=moment, method=company.policy.recognition)
        connector.close()
        assert result.error is None

    told = rejects(books.engine)
    for text in case.get("rejected", []):
        assert any(text in reject for reject in told), (text, told)
    assert len(told) == len(case.get("rejected", [])), told

    books.build()
    host = BooksHost(company, books, lambda: NOW, hold=dt.timedelta(1))
    answers = []
    for _, (name, *arguments), _ in calls(case):
        try:
            answers.append(as_json(call(name, arguments, host)))
        except Unanswerable as error:
            answers.append({"value": error.excel, "reason": str(error)})
    missed = list(misses(case, answers))
    if "exceptions" in case:
        raised = set(books.open().exceptions["rule"])
        if not raised >= set(case["exceptions"]) or (raised and not case["exceptions"]):
            missed.append(f"exceptions raised: {raised}, expected {case['exceptions']}")
    assert not missed, "\n" + "\n".join(missed)
    books.engine.dispose()


ON_THE_COMMAND_LINE = ("seed_annual_12k", "ex08_cumulative_catch_up", "ageing", "conv_zero_decimal", "who_is_asked_for")


@pytest.mark.parametrize("case", [case for case in CASES if case.values[0]["id"] in ON_THE_COMMAND_LINE])
def test_case_by_command(case, tmp_path):
    """The same figures as a person gets them: backlog sync, then backlog calc --batch."""
    ((_, _, rows, _),) = steps(case)
    write(tmp_path / "books", rows)
    (tmp_path / "calls.json").write_text(json.dumps([asked for _, asked, _ in calls(case)]), encoding="utf-8")
    config = str(configured(tmp_path, case))

    def backlog(*arguments):
        done = commands.run([*arguments, "--config", config], tmp_path, {})
        assert done.returncode == 0, done.stderr
        return done.stdout

    backlog("sync")
    answers = json.loads(backlog("calc", "--batch", str(tmp_path / "calls.json")))
    for at, (_, _, wanted) in enumerate(calls(case)):
        if answers[at].get("error") and str(wanted).startswith("#"):
            answers[at] = {"value": wanted}  # the command line says the reason in place of the sheet's error value
    assert list(misses(case, answers)) == []


@pytest.mark.parametrize("case", CASES)
def test_case_is_told_in_words(case):
    """A rule as a sentence, a source, and figures as text: what a reviewer who does not program needs."""
    assert len(case["name"].split()) >= 5
    assert case["source"]
    assert case["expected"]
    for _, _, wanted in calls(case):
        assert isinstance(wanted, str | dict)


def test_case_ids_are_unique():
    ids = [case.values[0]["id"] for case in CASES]
    assert len(set(ids)) == len(ids)


def test_every_hard_situation_has_a_case():
    ids = [case.values[0]["id"] for case in CASES]
    assert {int(name[5:7]) for name in ids if name.startswith("hard_")} == set(range(1, 26))


def test_every_worked_example_is_carried_or_its_absence_explained(root, shared):
    examples = {case["id"] for case in yaml.safe_load((shared / "golden" / "open.yaml").read_text("utf-8"))["cases"]}
    carried = {case.values[0]["id"] for case in CASES}
    page = (root / "docs" / "reference" / "golden-out-of-scope.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `(\w+)` \|", page.partition("## Carried in part")[0], re.MULTILINE))
    assert examples - carried == explained
