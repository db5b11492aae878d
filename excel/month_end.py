"""The month-end pack of a company's books: all that it needs read from store and configuration, then written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from books.ledgers import Books
    from engine.ledger import Ledger
    from excel.pack.build import Progress
    from excel.pack.template import Template
    from model.calendar import Period


def month_end_pack(
    books: Books,
    ledger: Ledger,
    path: Path,
    month: Period,
    company: str = "",
    progress: Progress | None = None,
    template: Template | None = None,
) -> Path:
    """Writes the pack of a month to `path`; see excel.pack.build.new. `template`: the usual sheets without one."""
    from books.inputs import inputs
    from excel.pack.beside import beside
    from excel.pack.build import new
    from store.read import freshness

    settings = books.settings
    return new(
        ledger,
        freshness(books.engine),
        path,
        *month,
        company,
        progress,
        currency=settings.reporting.currency,
        calendar=settings.reporting.calendar,
        inputs=inputs(settings, books.engine),
        limits=settings.signals.limits,
        signals_off=settings.signals.off,
        beside=beside(books, ledger.version),
        template=template,
    )
