"""A host with three hand-made customers, and an engine that records how often it is asked.

Acme Ltd and Beta KK have figures, Empty AG has none. The recorded engine answers 1,000.00 for each customer of the
selection (numbered from 1) plus one minor unit a day since 1970, so that every cell of a table is different.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.calendar import MONTHS, Calendar
from model.errors import Unanswerable
from model.periods import day_number

NAMES = ("Acme Ltd", "Beta KK", "Empty AG")


@dataclass
class StubLedger:
    """What a ledger knows of names."""

    known_at: dt.datetime | None = None

    def size(self, table: str) -> int:
        assert table == "customers"
        return len(NAMES)

    def find_customers(self, text: str) -> Any:
        found = [i for i, name in enumerate(NAMES) if fnmatch.fnmatch(name.lower(), text.strip().lower())]
        if not found:
            raise Unanswerable(f"unknown customer {text[:40]!r}")
        return np.array(found, np.int64)

    def find_products(self, text: str) -> Any:
        if text != "Seats":
            raise Unanswerable(f"unknown product {text[:40]!r}")
        return np.array([0], np.int64)

    def find_contracts(self, text: str) -> Any:
        raise Unanswerable(f"unknown contract {text[:40]!r}")


@dataclass
class StubHost:
    """A host whose today is 31 January 2026."""

    today: dt.date = dt.date(2026, 1, 31)
    zone: dt.tzinfo = dt.UTC
    calendar: Calendar = MONTHS
    fresh: dict[str, dt.datetime | None] = field(
        default_factory=lambda: {
            "crm": dt.datetime(2026, 1, 30, 12, tzinfo=dt.UTC),
            "books": dt.datetime(2026, 1, 29, 6, 30, tzinfo=dt.UTC),
        }
    )

    def ledger(self, known_at: dt.datetime | None) -> Any:
        return StubLedger(known_at)

    def freshness(self) -> dict[str, dt.datetime | None]:
        return self.fresh

    def links(self, raw_ids: Any) -> dict[int, str]:
        return {}

    def reconciliation(self) -> Any:
        from books.reconciliation import empty

        return empty()

    def inputs(self, known_at: dt.datetime | None = None) -> Any:
        from engine.metrics.inputs import Inputs

        return Inputs.none()


@dataclass
class StubAnswers:
    minor: Any
    currency: list[str]
    errors: dict[tuple[int, int], Unanswerable]


@dataclass
class Engine:
    """The recorded engine: `asked` holds the measure and the size of every call."""

    asked: list[tuple[str, int, int]] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)

    def answer(
        self,
        ledger: Any,
        measure: str,
        scopes: Any,
        days: Any,
        *,
        since: Any = None,
        currency: str = "",
        **options: Any,
    ) -> StubAnswers:
        self.asked.append((measure, len(scopes), len(days)))
        self.options.append({"since": since, "currency": currency, "known_at": ledger.known_at, **options})
        if currency == "CHF":
            raise Unanswerable("no rate from USD to CHF on 2026-01-31")
        worth = np.array([sum(100_000 * (int(i) + 1) for i in self._customers(s) if i < 2) for s in scopes], np.int64)
        late = day_number(dt.date(2099, 1, 1))
        errors = {
            (i, j): Unanswerable("no data for that day")
            for i in range(len(scopes))
            for j, day in enumerate(days)
            if day >= late
        }
        minor = worth[:, None] + np.asarray(days, np.int64)[None, :]
        return StubAnswers(minor, [currency or "USD"] * len(scopes), errors)

    @staticmethod
    def _customers(scope: Any) -> Any:
        return range(len(NAMES)) if scope.customers is None else scope.customers


@pytest.fixture
def host() -> StubHost:
    return StubHost()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    import excel.figures

    recorded = Engine()
    monkeypatch.setattr(excel.figures, "answer", recorded.answer)
    return recorded


@pytest.fixture(scope="session")
def booked() -> StubHost:
    """A host over a real ledger: 12,000.00 of Acme Ltd over 2026 by months, JPY 100,000 of Beta KK by days."""
    from decimal import Decimal

    from engine.build import build
    from model.frames import empty_facts, frame
    from model.policy import Policy

    signed, start, end = dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    contract = {"status": "signed", "signed_on": signed}
    line = {"start_on": start, "end_on": end}
    facts = empty_facts()
    facts["customers"] = frame(
        "customers", [{"customer_id": f"C{n}", "name": name} for n, name in enumerate(NAMES, start=1)]
    )
    facts["contracts"] = frame(
        "contracts",
        [
            {"contract_id": "K1", "customer_id": "C1", "currency": "USD", **contract},
            {"contract_id": "K2", "customer_id": "C2", "currency": "JPY", **contract},
        ],
    )
    monthly, daily = "straight_line_monthly", "straight_line_daily"
    facts["contract_lines"] = frame(
        "contract_lines",
        [
            {
                "line_id": "L1",
                "contract_id": "K1",
                "amount": Decimal("12000.00"),
                "currency": "USD",
                "recognition": monthly,
            }
            | line,
            {"line_id": "L2", "contract_id": "K2", "amount": Decimal(100000), "currency": "JPY", "recognition": daily}
            | line,
        ],
    )
    ledger = build(facts, Policy())
    host = StubHost()
    host.ledger = lambda known_at: ledger  # type: ignore[method-assign]
    return host


@pytest.fixture(scope="session")
def harness(root: Path) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Asks harness.py in a process of its own: xlwings' own path, with only COM replaced."""

    def ask(question: dict[str, Any], **environment: str) -> dict[str, Any]:
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            [sys.executable, str(root / "tests" / "excel" / "harness.py")],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            cwd=root,
            check=False,
            env={**os.environ, "PYTHONPATH": path, **environment},
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


@pytest.fixture
def changed_parts() -> Callable[[Path, Path], set[str]]:
    """Names of the parts whose stored bytes, header included, differ between two packages with the same parts."""

    def compare(before: Path, after: Path) -> set[str]:
        with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
            assert [info.filename for info in old.infolist()] == [info.filename for info in new.infolist()]
            assert new.testzip() is None
            pairs = zip(old.infolist(), new.infolist(), strict=True)
            return {a.filename for a, b in pairs if _stored(old, a) != _stored(new, b)}

    return compare


def _stored(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The stored bytes of an entry: its header, its content and what follows up to the next."""
    assert archive.fp is not None
    later = [other.header_offset for other in archive.filelist if other.header_offset > info.header_offset]
    archive.fp.seek(info.header_offset)
    return archive.fp.read(min(later, default=archive.start_dir) - info.header_offset)
