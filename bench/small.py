"""A small company to measure on: customers with a contract of a year each, in files, synced into a store of its own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

CUSTOMERS = 200
MIDDLE = dt.date(2026, 6, 30)
"""On this day half of every contract is recognized: customer n has n × 600.00 left."""


def company(folder: Path, more: str = "") -> Path:
    """Writes the company and syncs it; its configuration, with those blocks `more`."""
    from click.testing import CliRunner

    from cli.main import cli

    (folder / "import").mkdir(parents=True)
    rows = range(1, CUSTOMERS + 1)
    files = {
        "customers": ["customer_id,name", *(f"C{n},Customer {n}" for n in rows)],
        "contracts": [
            "contract_id,customer_id,status,signed_on,start_on,end_on,currency",
            *(f"K{n},C{n},signed,2025-12-31,2026-01-01,2026-12-31,USD" for n in rows),
        ],
        "contract_lines": [
            "line_id,contract_id,amount,recognition",
            *(f"L{n},K{n},{n * 1200}.00,straight_line_monthly" for n in rows),
        ],
    }
    for name, lines in files.items():
        (folder / "import" / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = folder / "config.toml"
    blocks = '[store]\nurl = "sqlite:///backlog.db"\n[connectors.books]\nkind = "files"\npath = "import"\n'
    config.write_text(blocks + more, encoding="utf-8")
    done = CliRunner().invoke(cli, ["--config", str(config), "sync"])
    assert done.exit_code == 0, done.output
    return config


def left(customer: int) -> int:
    """What that customer has left on MIDDLE, in whole units."""
    return customer * 600
