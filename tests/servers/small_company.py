"""A company of two customers in files, synced into a store of its own: what every function's own example asks about."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from cli.main import cli
from excel.catalogue import Function

CONFIG = """\
[store]
url = "sqlite:///backlog.db"
[connectors.crm]
kind = "files"
path = "import"
[scenarios.downturn]
cancel = 0.2
"""
FILES = {
    "customers": "customer_id,name,segment\nC1,Acme Ltd,smb\nC2,Beta KK,enterprise\n",
    "contracts": "contract_id,customer_id,status,signed_on,currency\n"
    "K1,C1,signed,2025-12-31,USD\nK2,C2,signed,2026-01-15,JPY\n",
    "contract_lines": "line_id,contract_id,amount,recognition,start_on,end_on\n"
    "L1,K1,12000.00,straight_line_monthly,2026-01-01,2026-12-31\n"
    "L2,K2,100000,straight_line_monthly,2026-01-01,2026-12-31\n",
    "invoices": "invoice_id,customer_id,contract_id,issued_on,due_on,status,currency\n"
    "I1,C1,K1,2026-01-01,2026-01-31,open,USD\n",
    "invoice_lines": "invoice_line_id,invoice_id,line_id,amount\nIL1,I1,L1,12000.00\n",
}
FILES["fx_rates"] = (
    "on,from_currency,to_currency,rate,kind\n2025-12-31,JPY,USD,0.0065,closing\n2026-01-31,JPY,USD,0.0065,closing\n"
)


def make(folder: Path, config: str = "") -> Path:
    """Writes the company and syncs it; its configuration, with more blocks at its end."""
    (folder / "import").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG + config, "utf-8")
    for name, text in FILES.items():
        (folder / "import" / f"{name}.csv").write_text(text, "utf-8")
    sync(folder / "config.toml")
    return folder / "config.toml"


def sync(config: Path) -> None:
    """Reads the files as they are now."""
    done = CliRunner().invoke(cli, ["sync", "--config", str(config)])
    assert done.exit_code == 0, done.output


def example_arguments(function: Function) -> list[str]:
    """What the example's formula passes, dates as ISO text."""
    inner = function.example.removeprefix(f"={function.name}(").removesuffix(")")
    found = re.findall(r'"([^"]*)"|DATE\((\d+),(\d+),(\d+)\)|(\d+)', inner)
    return [f"{int(y):04}-{int(m):02}-{int(d):02}" if y else text or number for text, y, m, d, number in found]
