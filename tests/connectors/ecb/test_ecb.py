"""The bank's reference rates, against a small server that answers as its data interface does."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from connectors.ecb import Ecb
from connectors.kit.connector import Pull
from connectors.kit.transport import Patience
from demo.vendors.exchange import Reply, Request
from demo.vendors.faults import Fault
from demo.vendors.server import VendorServer
from model.errors import ConfigNeeded, RetryLater

RATES = {"2026-01-02": {"USD": "1.1750", "JPY": "183.33"}, "2026-01-30": {"USD": "1.1850", "JPY": "184.00"},
         "2026-02-02": {"USD": "1.2000", "JPY": "185.10"}}  # fmt: skip
HEAD = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS"


class EcbServer(VendorServer):
    """Answers the series asked for, from a day on."""

    vendor = "ecb"

    def answer(self, request: Request) -> Reply:
        wanted = request.parts()[-1].split(".")[1].split("+")
        rows = [
            f"EXR.D.{code}.EUR.SP00.A,D,{code},EUR,SP00,A,{day},{rate},A"
            for day, rates in RATES.items() for code, rate in rates.items()
            if code in wanted and day >= request.one("startPeriod")
        ]  # fmt: skip
        return Reply(200, "\n".join([HEAD, *rows]).encode())


def connect(server: VendorServer, **options: Any) -> Ecb:
    given = {
        "base_url": server.url,
        "currencies": ["USD", "JPY"],
        "from_day": "2026-01-01",
        "requests_per_second": 1000,
    }
    return Ecb("rates", {**given, **options}, patience=Patience(attempts=2, first=0.001, longest=0.01, silence=0.5))


def test_rates_and_averages_of_the_months_that_are_over() -> None:
    with EcbServer() as server:
        connector = connect(server)
        (page,) = connector.pull("rates", Pull(None, dt.datetime(2026, 2, 3, tzinfo=dt.UTC)))
        connector.close()
    rows = {(str(row.values["on"]), row.values["to_currency"], row.values["kind"]): row.values["rate"]
            for item in page.items for row in item.rows}  # fmt: skip
    assert rows["2026-01-02", "USD", "closing"] == Decimal("1.1750")
    # (1.1750 + 1.1850) / 2
    assert rows["2026-01-31", "USD", "average"] == Decimal("1.1800000000")
    assert len(rows) == 8
    assert page.cursor == {"day": "2026-02-02"}


def test_the_next_run_reads_from_the_month_before() -> None:
    with EcbServer() as server:
        connector = connect(server)
        list(connector.pull("rates", Pull({"day": "2026-02-02"}, dt.datetime(2026, 2, 4, tzinfo=dt.UTC))))
        connector.close()
        assert server.requests[-1].one("startPeriod") == "2026-01-01"


def test_what_is_wrong_is_told() -> None:
    with EcbServer(faults=[Fault("html", times=9)]) as server:
        connector = connect(server)
        with pytest.raises(RetryLater):
            list(connector.pull("rates", Pull(None, dt.datetime(2026, 2, 4, tzinfo=dt.UTC))))
        connector.close()
        with pytest.raises(ConfigNeeded, match="from_day"):
            connect(server, from_day="soon")
        with pytest.raises(ConfigNeeded, match="'XYZ' is not a currency"):
            connect(server, currencies=["XYZ"])
