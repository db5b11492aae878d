"""A Stripe look-alike that others wrote, run as a program of its own: subscriptions made there by HTTP are pulled.

It speaks Stripe's older shapes (plans, flat invoice lines) and lacks prices, schedules, credit notes and disputes, so
only the lists it has are read. Expected figures are worked out by hand beside each test.
"""

import datetime as dt
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from simulation import Store

from connectors.kit.transport import Patience
from connectors.stripe import Stripe
from engine.build import build
from engine.figures import Scope, answer
from model.money import Money
from model.periods import day_number
from model.policy import Policy
from store.connect import connect
from store.read import facts
from sync.run import pull

KEY = "sk_test_12345"
LISTS = ("customers", "products", "subscriptions", "invoices", "charges", "refunds")
# Its own command listens on every address; this is the same application, on loopback only.
SERVE = (
    "from aiohttp import web; from localstripe.server import app; "
    "web.run_app(app, host='127.0.0.1', port={port}, print=None, access_log=None)"
)
NEW_YEAR = 1767225600  # 2026-01-01T00:00:00Z


class LocalStripe(Stripe):
    """Stripe, as far as the look-alike goes."""

    def objects(self) -> tuple[str, ...]:
        return LISTS


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = subprocess.Popen([sys.executable, "-c", SERVE.format(port=port)], stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        program.terminate()
        program.wait(10)


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{address}/v1/customers", auth=(KEY, ""))
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("localstripe does not answer")


class Account:
    """Someone who works in the look-alike's account."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, auth=(KEY, ""))

    def post(self, path: str, **data: Any) -> dict[str, Any]:
        reply = self.http.post(f"/v1/{path}", data=data)
        assert reply.status_code == 200, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def customer(self, name: str) -> str:
        key = str(self.post("customers", name=name)["id"])
        card = {"card[number]": "4242424242424242", "card[exp_month]": "12", "card[exp_year]": "2040", "card[cvc]": "1"}
        method = self.post("payment_methods", type="card", **{**card, "card[cvc]": "123"})["id"]
        self.post(f"payment_methods/{method}/attach", customer=key)
        self.post(f"customers/{key}", **{"invoice_settings[default_payment_method]": method})
        return key

    def plan(self, key: str, amount: int, interval: str, currency: str = "usd") -> str:
        product = self.post("products", name=f"Product {key}", type="service")["id"]
        self.post("plans", id=key, product=product, amount=amount, currency=currency, interval=interval, nickname=key)
        return str(product)


@pytest.fixture
def account(url: str) -> Iterator[Account]:
    httpx.delete(f"{url}/_config/data")
    account = Account(url)
    yield account
    account.http.close()


@pytest.fixture
def stripe(url: str) -> Iterator[Stripe]:
    options = {"api_key": KEY, "base_url": url, "requests_per_second": 1000, "pending_prorations": False}
    connector = LocalStripe("billing", options, patience=Patience(attempts=2, first=0.01))
    yield connector
    connector.close()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_a_subscription_is_a_contract_over_its_paid_year(account: Account, stripe: Stripe) -> None:
    """2 seats × 1,200.00 USD a year from 1 January 2026: 2,400.00 committed, served from then to 31 December."""
    product = account.plan("yearly", 120_000, "year")
    made = account.post("subscriptions", **{
        "customer": account.customer("Acme Ltd"), "items[0][plan]": "yearly", "items[0][quantity]": 2,
        "backdate_start_date": NEW_YEAR, "metadata[deal_id]": "7001",
    })  # fmt: skip
    store = Store()
    store.take(stripe, now())
    (contract,) = store.rows("contracts")
    (line,) = store.rows("contract_lines")
    first, last = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    assert contract | {"customer_id": ""} == {
        "contract_id": made["id"], "customer_id": "", "status": "active", "signed_on": first, "start_on": first,
        "end_on": last, "currency": "USD", "number": made["id"], "deal_id": "7001",
    }  # fmt: skip
    assert (line["amount"], line["start_on"], line["end_on"]) == (Money(240_000, "USD"), first, last)
    assert (line["product_id"], line["quantity"], str(line["unit_price"])) == (product, 2, "1200.00")
    (billed,) = store.rows("invoice_lines")
    assert (billed["line_id"], billed["amount"]) == (line["line_id"], Money(240_000, "USD"))
    (document,) = store.rows("invoices")
    assert (document["contract_id"], document["status"]) == (made["id"], "paid")


def test_yen_have_no_decimals(account: Account, stripe: Stripe) -> None:
    """30,000 yen a month are 30,000 minor units."""
    account.plan("monthly-yen", 30_000, "month", "jpy")
    account.post("subscriptions", **{
        "customer": account.customer("東京商事"), "items[0][plan]": "monthly-yen", "backdate_start_date": NEW_YEAR,
    })  # fmt: skip
    store = Store()
    store.take(stripe, now())
    (line,) = store.rows("contract_lines")
    assert (line["amount"], line["end_on"]) == (Money(30_000, "JPY"), dt.date(2026, 1, 31))


def test_a_second_pull_yields_the_same(account: Account, stripe: Stripe) -> None:
    account.plan("twice", 5_000, "month")
    account.post("subscriptions", **{"customer": account.customer("Twice GmbH"), "items[0][plan]": "twice"})
    store = Store()
    store.take(stripe, now())
    before = store.said()
    store.take(stripe, now())
    store.take(stripe, now(), full=True)
    assert store.said() == before


def test_a_cancellation_arrives(account: Account, stripe: Stripe) -> None:
    """Cancelled today, while the paid year still runs: the contract is terminated as of today."""
    account.plan("cancelled", 120_000, "year")
    today = now().date()
    begin = int(dt.datetime(today.year, today.month, today.day, tzinfo=dt.UTC).timestamp()) - 30 * 86_400
    made = account.post("subscriptions", **{
        "customer": account.customer("Leaving Inc"), "items[0][plan]": "cancelled", "backdate_start_date": begin,
    })  # fmt: skip
    store = Store()
    store.take(stripe, now())
    assert store.rows("amendments") == []
    account.http.delete(f"/v1/subscriptions/{made['id']}")
    store.take(stripe, now())
    (contract,) = store.rows("contracts")
    (end,) = store.rows("amendments")
    assert contract["status"] == "cancelled"
    assert (end["kind"], end["signed_on"], end["effective_on"]) == ("terminate", today, today)
    before = store.said()
    store.take(stripe, now())
    assert store.said() == before


def test_a_deleted_customer_without_last_words_keeps_its_name(account: Account, stripe: Stripe) -> None:
    key = account.customer("Gone AG")
    store = Store()
    store.take(stripe, now())
    account.http.delete(f"/v1/customers/{key}")
    store.take(stripe, now())
    assert [row["name"] for row in store.rows("customers")] == ["Gone AG"]


def backlog(url: str, *days: dt.date) -> list[int]:
    """Backlog of all customers in minor units, from the store on."""
    ledger = build(facts(connect(url)), Policy())
    return [
        int(each) for each in answer(ledger, "backlog", [Scope()], np.array([day_number(d) for d in days])).minor[0]
    ]


def test_its_backlog_is_what_remains_of_the_year(account: Account, stripe: Stripe, tmp_path: Path) -> None:
    """2,400.00 over the 365 days of 2026: after 31 of them 203.84 is earned and 2,196.16 remains."""
    account.plan("backlog", 120_000, "year")
    account.post("subscriptions", **{
        "customer": account.customer("Acme Ltd"), "items[0][plan]": "backlog", "items[0][quantity]": 2,
        "backdate_start_date": NEW_YEAR,
    })  # fmt: skip
    store = f"sqlite:///{(tmp_path / 'backlog.db').as_posix()}"
    first = pull(connect(store), stripe, now=now())
    assert (first.error, sum(count.rejected for count in first.counts.values())) == (None, 0)
    days = (dt.date(2025, 12, 31), dt.date(2026, 1, 31), dt.date(2026, 12, 30), dt.date(2026, 12, 31))
    # One day of 365 remains at the close of 30 December: 6.58.
    assert backlog(store, *days) == [0, 219_616, 658, 0]
    again = pull(connect(store), stripe, now=now())
    assert sum(count.added + count.changed + count.removed for count in again.counts.values()) == 0
    assert backlog(store, *days) == [0, 219_616, 658, 0]


def test_a_cancellation_takes_its_backlog_away(account: Account, stripe: Stripe, tmp_path: Path) -> None:
    """1,200.00 a year, 30 days served: cancelled today, nothing remains from today on; yesterday stays as it was."""
    account.plan("leaving", 120_000, "year")
    today = now().date()
    begin = int(dt.datetime(today.year, today.month, today.day, tzinfo=dt.UTC).timestamp()) - 30 * 86_400
    made = account.post("subscriptions", **{
        "customer": account.customer("Leaving Inc"), "items[0][plan]": "leaving", "backdate_start_date": begin,
    })  # fmt: skip
    store = f"sqlite:///{(tmp_path / 'backlog.db').as_posix()}"
    pull(connect(store), stripe, now=now())
    yesterday = today - dt.timedelta(days=1)
    remains = backlog(store, yesterday)
    # 335 of 365 days remain, or 336 of 366 where a 29 February lies between.
    assert remains[0] in (110_137, 110_164)
    account.http.delete(f"/v1/subscriptions/{made['id']}")
    pull(connect(store), stripe, now=now())
    assert backlog(store, yesterday, today) == [*remains, 0]
