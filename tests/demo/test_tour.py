"""The demo, end to end: two vendors over HTTP and a folder of files become figures that the company's plan foretold."""

import datetime as dt
import os
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from cli.demo import _serve, next_commands, shown_path
from cli.main import cli
from connectors.kit.connector import Pull
from connectors.kit.transport import Patience
from connectors.registry import make
from demo import totals
from demo.calendar import LAST
from demo.company import make_company
from demo.figures import BETWEEN
from demo.folder import environment, known_ports, write_folder
from demo.tour import Tour
from demo.vendors.running import vendors
from model.errors import ConfigNeeded, RetryLater
from model.money import to_decimal
from model.periods import day_number
from model.settings import load

DAYS = np.array([day_number(LAST)], np.int64)


@contextmanager
def no_bars():
    """A progress function that nobody watches."""
    yield lambda what, done, total: None


@pytest.fixture(scope="session")
def company():
    """A smaller sample company, so that the tour takes seconds."""
    return make_company(percent=12)


@pytest.fixture(scope="module")
def toured(tmp_path_factory, company):
    """The demo run once, and its ledger; `lines` is what it said."""
    from books.ledgers import Books

    folder, lines = tmp_path_factory.mktemp("demo") / "company", []
    with Tour(folder, lines.append, no_bars, company).running() as outcome:
        pass
    books = Books(load(outcome.config))
    yield SimpleNamespace(folder=folder, lines=lines, outcome=outcome, books=books, ledger=books.open())
    books.engine.dispose()


def by_currency(ledger, measure):
    """A measure in each currency over that currency's contracts, in minor units."""
    from engine.figures import Scope, answer

    currencies = np.asarray(ledger.contracts["currency"]).tolist()
    found = {}
    for currency in sorted(set(currencies)):
        chosen = np.array([n for n, each in enumerate(currencies) if each == currency], np.int64)
        answered = answer(ledger, measure, [Scope(contracts=chosen)], DAYS, currency=currency)
        assert not answered.errors
        found[currency] = int(answered.minor[0, 0])
    return found


def by_contract(ledger, measure, keys):
    """A measure of each contract, by the id its source gave it, in minor units of its own currency."""
    from engine.figures import Scope, answer

    places = {str(key).rpartition(":")[2]: n for n, key in enumerate(np.asarray(ledger.contracts["id"]).tolist())}
    scopes = [Scope(contracts=np.array([places[key]], np.int64)) for key in keys]
    return dict(zip(keys, answer(ledger, measure, scopes, DAYS).minor[:, 0].tolist(), strict=True))


def test_everything_is_read_and_nothing_rejected(toured, company):
    from store.read import rejects

    results = toured.outcome.results
    assert {name: result.state for name, result in results.items()} == dict.fromkeys(
        ("crm", "billing", "books"), "complete"
    )
    assert results["billing"].counts["invoices"].read == len(company.billing["invoices"])
    assert results["books"].counts["invoices"].read == len(company.books["invoices"])
    assert [reject.reason for reject in rejects(toured.books.engine)] == []


def test_every_contract_counts_once(toured, company):
    statuses = np.asarray(toured.ledger.contracts["status"]).tolist()
    committed = [each for each in statuses if each not in ("draft", "verbal", "proposal", "negotiation")]
    assert len(committed) == len(company.deals)


def test_customers_of_several_systems_are_one(toured, company):
    names = np.asarray(toured.ledger.customers["name"]).tolist()
    assert len(names) == len(company.clients)
    assert set(names) == {client.name for client in company.clients}


def test_committed_prices_are_those_of_the_plan(toured, company):
    want = {key: minor for key, (_, minor) in company.committed().items()}
    assert len(want) > 0.9 * len(company.deals)
    assert by_contract(toured.ledger, "contracted", want) == want


def test_what_is_earned_by_the_day_is_what_the_days_say(toured, company):
    want = totals.recognized_daily(company)
    assert len(want) > 10
    assert by_contract(toured.ledger, "recognized", want) == want


def test_billed_and_collected_are_the_sums_of_the_documents(toured, company):
    assert by_currency(toured.ledger, "billed") == dict(totals.billed(company))
    assert by_currency(toured.ledger, "collected") == dict(totals.collected(company))


def test_the_identity_of_the_balances_holds(toured):
    figures = {name: by_currency(toured.ledger, name) for name in (
        "contracted", "recognized", "backlog", "billed", "deferred", "unbilled")}  # fmt: skip
    for currency in ("USD", "EUR", "JPY"):
        at = {name: values[currency] for name, values in figures.items()}
        assert at["backlog"] == at["contracted"] - at["recognized"]
        assert at["backlog"] == at["contracted"] - at["billed"] + at["deferred"] - at["unbilled"]
        assert at["backlog"] > 0


def test_the_key_figures_are_all_there(toured):
    figures = {figure.label.strip(): figure for figure in toured.outcome.figures}
    assert {figure.currency for figure in figures.values()} == {"USD"}
    assert Decimal(figures["Backlog"].text.replace(",", "")) > 0
    assert len(figures) == 13


def test_the_key_figures_add_up_and_the_rates_say_why(toured):
    figures = {figure.label: Decimal(figure.text.replace(",", "")) for figure in toured.outcome.figures}
    between, earned = figures[BETWEEN], figures["Recognized to date"]
    assert figures["Contracted"] - earned + between == figures["Backlog"]
    told = pd.read_csv(toured.folder / "import" / "fx_rates.csv", dtype=str).query("kind == 'closing'")
    rates = {"USD": Decimal(1)} | dict(
        zip(told.from_currency, map(Decimal, told.rate), strict=True)
    )  # the last of each
    own = by_currency(toured.ledger, "recognized")
    closing = sum(to_decimal(own[currency], currency) * rates[currency] for currency in own)
    assert abs((earned - closing) - between) < 1  # each contract is rounded by itself


def test_the_workbook_is_of_october(toured):
    book = openpyxl.load_workbook(toured.outcome.workbook, read_only=True)
    assert toured.outcome.workbook.name == "backlog-2026-10.xlsx"
    assert len(book.sheetnames) > 8
    book.close()


def test_no_sheet_of_the_workbook_is_empty_or_wants_inputs(toured):
    book = openpyxl.load_workbook(toured.outcome.workbook, data_only=True)
    measures = {row[0]: row[1] for row in book["Measures"].iter_rows(min_row=5, values_only=True)}
    assert {name for name, value in measures.items() if value == "#N/A"} == set()
    assert measures["current_ratio"] > 1
    scenarios = {row[0] for row in book["Scenarios"].iter_rows(values_only=True)}
    assert {"downturn", "late_projects", "strong_dollar", "worst"} <= scenarios
    # The sample company has closed no month.
    empty = [s.title for s in book if any(row[0] == "None." for row in s.iter_rows(values_only=True))]
    assert set(empty) <= {
        "Closes",
        "Signals",
        "Bookings",
    }  # nor was any contract of the small one cancelled in the month


def test_every_check_of_the_workbook_is_zero(toured):
    rows = list(openpyxl.load_workbook(toured.outcome.workbook, data_only=True)["Cover"].iter_rows(values_only=True))
    first = next(n for n, row in enumerate(rows) if row[0] == "Tie-out check") + 1
    last = next(n for n, row in enumerate(rows) if str(row[0]).startswith("A difference"))
    assert {row[3] for row in rows[first:last]} == {0}


def test_it_tells_each_step(toured, company):
    text = "\n".join(toured.lines)
    assert f"{len(company.clients)} customers, {len(company.deals)} contracts" in text
    assert "http://127.0.0.1:" in text
    assert "Stripe: " in text


def test_the_secrets_are_gone_afterwards(toured):
    assert not set(environment()) & set(os.environ)


def test_the_configuration_left_behind_answers(toured):
    asked = ["calc", "BACKLOG", "*", "2026-10-31", "--config", str(toured.outcome.config)]
    answer = CliRunner().invoke(cli, asked)
    assert answer.exit_code == 0, answer.output
    backlog = next(figure for figure in toured.outcome.figures if figure.label == "Backlog")
    assert Decimal(answer.output.strip()) == Decimal(backlog.text.replace(",", ""))


def test_the_vendors_are_unreachable_afterwards(toured):
    block = load(toured.outcome.config).connectors["billing"]
    connector = make("billing", block, lambda key: "sk_test_demo")
    connector.api.patience = Patience(attempts=1)
    with pytest.raises(RetryLater, match="billing"):
        next(iter(connector.pull("customers", Pull(None, dt.datetime.now(dt.UTC), full=True))))
    connector.close()


def test_again_in_the_same_folder_nothing_changes(toured, company):
    lines = []
    with Tour(toured.folder, lines.append, no_bars, company).running() as again:
        pass
    changed = {
        (name, what): counts
        for name, result in again.results.items()
        for what, counts in result.counts.items()
        if counts.added or counts.changed or counts.removed or counts.rejected
    }
    assert changed == {}
    assert again.figures == toured.outcome.figures
    assert again.version == toured.outcome.version


def test_a_change_at_the_vendor_arrives(toured, company):
    """A deal is archived and a subscription canceled while the vendors run: the next pull learns of both."""
    from sync.run import pull

    with vendors(company, known_ports(toured.folder)) as (crm, billing):
        settings = load(write_folder(toured.folder, company, crm.url, billing.url))
        crm.archive("deals", next(each["id"] for each in company.crm["deals"] if not each["archived"]))
        running = next(each["id"] for each in company.billing["subscriptions"] if each["status"] == "active")
        billing.delete("subscriptions", running)
        found = {}
        for name, secret in (("crm", "pat-demo"), ("billing", "sk_test_demo")):
            connector = make(name, settings.connectors[name], lambda key, secret=secret: secret)
            result = pull(toured.books.engine, connector, now=dt.datetime.now(dt.UTC))
            connector.close()
            assert result.error is None
            found |= {what: counts for what, counts in result.counts.items() if counts.changed or counts.removed}
    assert {what: (counts.changed, counts.removed) for what, counts in found.items()} == {
        "deals": (0, 1), "subscriptions": (1, 0),
    }  # fmt: skip


def test_a_folder_with_another_configuration_is_left_alone(tmp_path):
    (tmp_path / "config.toml").write_text("[store]\n", encoding="utf-8")
    with pytest.raises(ConfigNeeded, match="left as it is"), Tour(tmp_path, [].append, no_bars).running():
        pass
    answer = CliRunner().invoke(cli, ["demo", str(tmp_path)])
    assert answer.exit_code == 1
    assert "Name another folder" in answer.output


def test_paths_with_blanks_are_quoted(tmp_path):
    assert shown_path(tmp_path / "my books" / "config.toml").startswith('"')
    assert all("--config" in line for line in next_commands(tmp_path / "config.toml", "Acme Robotics Inc."))


def test_serving_says_what_another_terminal_needs_and_ends_with_ctrl_c(toured, monkeypatch, capsys):
    def interrupted(self, timeout):
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Event.wait", interrupted)
    _serve(toured.outcome)
    said = capsys.readouterr().out
    assert all(f"{name}={value}" in said for name, value in environment().items())
    assert f"backlog sync --config {shown_path(toured.outcome.config)}" in said
    assert said.endswith("The simulated vendors have stopped.\n")
