"""Case files: hand-computed figures through the real path, from canonical files to the functions of a workbook.

files → connectors.files → sync → store → ledger → function catalogue. A case's form is told in tests/cases/README.md.
"""

import csv
import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from books.ledgers import Books
from connectors.registry import make
from excel.catalogue import call
from excel.host import BooksHost
from excel.presentation import as_json
from model import settings
from model.errors import Unanswerable
from model.records import TABLES
from store import read
from store.connect import connect
from sync import closing
from sync.run import pull

FOLDER = Path(__file__).parent / "cases" / "engine"
CALL = re.compile(r"([A-Z_]+)\((.*)\)\Z")
LONG_AFTER = dt.date(2040, 1, 1)
NOW = dt.datetime(2040, 1, 2, tzinfo=dt.UTC)
K1 = {"contract_id": "K1", "customer_id": "C1", "status": "signed", "currency": "USD"}
WORDS = {
    *("id", "name", "source", "recalled", "policy", "contract", "synced_on", "later", "billing"),
    *("expected", "exceptions", "rejected", "sales", "scenarios", "closes"),
}


def load():
    for file in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
            yield pytest.param(case, id=f"{file.stem}/{case['id']}")


CASES = list(load())


def first_rows(case):
    """The rows of a case by table: customer C1 and contract K1, and what the case adds."""
    rows = given(case, case)
    rows["customers"] = [{"customer_id": "C1", "name": "Acme Ltd"}, *rows.get("customers", [])]
    if "contract" in case:
        rows["contracts"] = [K1 | case["contract"], *rows.get("contracts", [])]
    return rows


def given(case, step):
    """The rows that a case or a later step of it states, with what they leave out filled in."""
    contract = K1 | case.get("contract", {})
    assert set(step) <= WORDS | set(TABLES), set(step) - WORDS - set(TABLES)
    party = {"customer_id": contract["customer_id"], "currency": contract["currency"]}
    left_out = {
        "contracts": {"status": "signed", **party},
        "invoices": {"status": "open", **party},
        "credit_notes": party,
        "payments": party,
        **{name: {"contract_id": "K1"} for name in ("contract_lines", "estimates", "amendments")},
    }
    return {name: [left_out.get(name, {}) | row for row in step[name]] for name in TABLES if name in step}


def replaced(rows, later):
    """The rows with those of a later step in place of the ones with their ids, and its new ones at the end."""

    def key(name, row):
        return tuple(row.get(column) for column in TABLES[name].key)

    merged = dict(rows)
    for name, changed in later.items():
        new = {key(name, row): row for row in changed}
        merged[name] = [new.pop(key(name, row), row) for row in rows.get(name, [])] + list(new.values())
    return merged


def steps(case):
    """Each reading: the day, the system, all rows that it has then, and the month that is closed on that day before it."""
    rows = first_rows(case)
    yield case.get("synced_on", LONG_AFTER), "books", rows, None
    for later in case.get("later", []):
        rows = replaced(rows, given(case, later))
        yield later["synced_on"], "books", rows, later.get("closes")
    if "billing" in case:
        yield LONG_AFTER, "billing", case["billing"], None


def write(folder, rows):
    """The rows as canonical CSV files."""
    folder.mkdir(exist_ok=True)
    for name, records in rows.items():
        columns = list(dict.fromkeys(column for record in records for column in record))
        assert set(columns) <= {column.name for column in TABLES[name].columns}, (name, columns)
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(records)


def configured(folder, case):
    """A company's configuration: its books are the files in `books`, a second system's those in `billing`."""
    elections, sales = (
        "".join(f"{key} = {json.dumps(value)}\n" for key, value in case.get(block, {}).items())
        for block in ("policy", "sales")
    )
    systems = ["books", "billing"] if "billing" in case else ["books"]
    connectors = "".join(f'[connectors.{name}]\nkind = "files"\npath = "{name}"\n' for name in systems)
    path = folder / "config.toml"
    path.write_text(
        f'[store]\nurl = "sqlite:///backlog.db"\n[reporting]\ncurrency = "USD"\n[policy]\n{elections}'
        f"[sales]\n{sales}{scenarios(case)}[matching]\nauthority = {json.dumps(systems)}\n{connectors}",
        encoding="utf-8",
    )
    return path


def scenarios(case):
    """The blocks of a case's scenarios."""

    def value(given):
        if isinstance(given, dict):
            return f"{{ {', '.join(f'{key} = {value(item)}' for key, item in given.items())} }}"
        return str(given) if isinstance(given, dt.date) else json.dumps(given)

    return "".join(
        f"[scenarios.{name}]\n" + "".join(f"{key} = {value(item)}\n" for key, item in block.items())
        for name, block in case.get("scenarios", {}).items()
    )


def calls(case):
    """Each formula of a case, as a call, and what it is expected to answer."""
    for text, wanted in case["expected"].items():
        found = CALL.match(text)
        assert found, f"{text!r} is no formula"
        yield text, [found[1], *(argument.strip() for argument in found[2].split(","))], wanted


def misses(case, answers):
    """What is not as expected, in words: the formula, the answer and the figure of the case."""
    for (text, _, wanted), got in zip(calls(case), answers, strict=True):
        if isinstance(wanted, dict) and "rows" in got:
            rows = {row[0]: dict(zip(got["columns"], row, strict=True)) for row in got["rows"]}
            right = all(agrees(rows.get(label), cell) for label, cell in wanted.items())
        else:
            right = got.get("value") == wanted
        if not right:
            yield f"{text} is {got}, expected {wanted}"


def agrees(row, wanted):
    """Whether a row of a table has the amount that is wanted, or those wanted by heading."""
    if row is None or isinstance(wanted, dict):
        return row is not None and {name: row.get(name) for name in wanted} == wanted
    return wanted == next(row[name] for name in ("amount", "backlog", "recognized") if name in row)


def rejects(engine):
    return [f"{reject.place}, column {reject.column}: {reject.reason}" for reject in read.rejects(engine)]


def close(books, period, moment):
    """Closes a month, whatever the checks before it say."""
    prepared = closing.prepare(books, period, moment)
    closing.close(books, prepared, now=moment, who="the controller", why="a case", force=True)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """A store without a row, made once: making one takes longer than most cases."""
    path = tmp_path_factory.mktemp("store") / "backlog.db"
    connect(f"sqlite:///{path.as_posix()}").dispose()
    return path


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
        command = [sys.executable, "-c", "from cli.main import main; main()", *arguments, "--config", config]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
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
