"""The case files of tests/cases: what a case states, as rows, files, configuration and calls."""

import csv
import datetime as dt
import json
import re

from model.records import TABLES

CALL = re.compile(r"([A-Z_]+)\((.*)\)\Z")
LONG_AFTER = dt.date(2040, 1, 1)
K1 = {"contract_id": "K1", "customer_id": "C1", "status": "signed", "currency": "USD"}
WORDS = {
    *("id", "name", "source", "recalled", "policy", "contract", "synced_on", "later", "billing"),
    *("expected", "exceptions", "rejected", "sales", "scenarios", "closes"),
}


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
