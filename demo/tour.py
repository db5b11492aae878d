"""The main job on the sample company, from two vendors and a folder of files to the month-end workbook.

    simulated vendors and files → sync → store → ledger → figures and workbook

Nothing here is special to the demo: the same calls run behind `backlog sync`, `backlog calc` and `backlog workbook`.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.calendar import LAST, PERIOD
from demo.company import Company, make_company
from demo.figures import Figure, key_figures
from demo.folder import environment, known_ports, write_folder
from demo.vendors.running import vendors
from engine.arisen import how_many
from model.errors import BacklogError
from model.settings import Settings, find_secret, load

if TYPE_CHECKING:
    from books.ledgers import Books
    from engine.ledger import Ledger
    from sync.run import RunResult

COMPANY = "Sample Company"
Advance = Callable[[str, int, int | None], None]
"""Told what is being worked on, how much is done, and of how much (None: not known)."""


@dataclass(frozen=True)
class Outcome:
    """What the demo leaves: where everything lies, a customer to look at, what was read, and the month's figures."""

    config: Path
    workbook: Path
    customer: str
    results: Mapping[str, RunResult]
    figures: list[Figure]
    exceptions: str
    version: str
    seconds: float


class Tour:
    """One run of the demo in `folder`. `say` gets a line at a time, `bars` gives a progress function for a step;
    `company` is another than the usual one."""

    def __init__(
        self,
        folder: Path,
        say: Callable[[str], None],
        bars: Callable[[], AbstractContextManager[Advance]],
        company: Company | None = None,
    ) -> None:
        self.folder, self.say, self.bars, self.company = folder.absolute(), say, bars, company

    @contextmanager
    def running(self) -> Iterator[Outcome]:
        """Does it all, then hands over while the simulated vendors still answer."""
        begun = time.monotonic()
        ports = known_ports(self.folder)
        company = self.company or make_company()
        counts = company.counts()
        self.say(
            f"The sample company: {counts['customers']} customers, {counts['contracts']} contracts, "
            f"{counts['invoices']:,} invoices in USD, EUR and JPY, books to {LAST}"
        )
        with vendors(company, ports) as (crm, billing), _secrets():
            self.say(f"Simulated vendors: HubSpot at {crm.url}, Stripe at {billing.url}")
            config = write_folder(self.folder, company, crm.url, billing.url)
            yield self._done(load(config), company, begun)

    def _done(self, settings: Settings, company: Company, begun: float) -> Outcome:
        from books.ledgers import Books

        books = Books(settings)
        try:
            results = self._sync(settings, books, company)
            ledger = self._build(books)
            workbook = self._workbook(settings, books, ledger)
            return Outcome(
                config=settings.path, workbook=workbook, customer=company.clients[0].name, results=results,
                figures=key_figures(ledger), exceptions=how_many(ledger, LAST), version=ledger.version,
                seconds=time.monotonic() - begun,
            )  # fmt: skip
        finally:
            books.engine.dispose()

    def _sync(self, settings: Settings, books: Books, company: Company) -> dict[str, RunResult]:
        from connectors.registry import make
        from sync.run import pull

        results = {}
        for name, block in settings.connectors.items():
            connector = make(name, block, lambda key, name=name: find_secret(name, key))  # type: ignore[misc]
            sizes = _sizes(company, name)
            try:
                with self.bars() as advance:
                    result = pull(
                        books.engine, connector, now=dt.datetime.now(dt.UTC),
                        progress=lambda what, counts, name=name, sizes=sizes, advance=advance: advance(  # type: ignore[misc]
                            f"{name} {what}", counts.read, sizes.get(what)
                        ),
                    )  # fmt: skip
            finally:
                connector.close()
            if result.error:
                raise BacklogError(result.error)
            results[name] = result
            self.say(f"{connector.title}: {_told(result)}")
        return results

    def _build(self, books: Books) -> Ledger:
        from sync.upkeep import bring_up_to_date

        with self.bars() as advance:
            ledger = bring_up_to_date(books, lambda step: advance(f"ledger: {step}", 0, None))
        self.say(f"Ledger {ledger.version}: {len(ledger.contracts['id'])} contracts, each counted once")
        return ledger

    def _workbook(self, settings: Settings, books: Books, ledger: Ledger) -> Path:
        from excel.month_end import month_end_pack

        path = self.folder / f"backlog-{PERIOD}.xlsx"
        month = settings.reporting.calendar.named(PERIOD)
        with self.bars() as advance:
            return month_end_pack(books, ledger, path, month, COMPANY, advance)


def _sizes(company: Company, name: str) -> dict[str, int]:
    """How many objects a connector will find, by object, so that a bar knows its end."""
    held = {"crm": company.crm, "billing": company.billing, "books": company.books.tables}.get(name, {})
    return {what: len(objects) for what, objects in held.items() if isinstance(objects, list)}


def _told(result: RunResult) -> str:
    counts = list(result.counts.values())
    parts = [f"{sum(each.read for each in counts):,} read"]
    for word in ("added", "changed", "removed", "rejected"):
        total = sum(getattr(each, word) for each in counts)
        parts += [f"{total:,} {word}"] if total else []
    return ", ".join(parts if len(parts) > 1 else [*parts, "nothing changed"])


@contextmanager
def _secrets() -> Iterator[None]:
    """The simulated vendors' keys in the environment of this process, and only while the demo runs."""
    before = {name: os.environ.get(name) for name in environment()}
    os.environ.update(environment())
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
