"""The demo's folder: its configuration and the files of the books."""

from __future__ import annotations

import re
from pathlib import Path

from demo.company import Company
from model.errors import ConfigNeeded
from model.settings import variable

MARK = "# The sample company, written by: backlog demo"
CONFIG = """\
{mark}
# Two vendors are simulated on this machine; while `backlog demo --serve` runs, `backlog sync` reaches them.
# The secrets are given by the environment: {crm_secret}, {billing_secret}.

[store]
url = "sqlite:///backlog.db"

[reporting]
currency = "USD"

[connectors.crm]
kind = "hubspot"
base_url = "{crm}"
timezone = "America/New_York"
requests_per_second = {crm_pace}
# Properties that this company added to its deals and companies in HubSpot.
[connectors.crm.fields]
"contracts.start_on" = "contract_start_date"
"contracts.end_on" = "contract_end_date"
"contracts.number" = "contract_number"
"customers.region" = "region"
"customers.segment" = "segment"
"products.family" = "family"

[connectors.billing]
kind = "stripe"
base_url = "{billing}"
timezone = "UTC"
requests_per_second = {billing_pace}

[connectors.billing.fields]
# Metadata that this company keeps with its customers in Stripe: by the domain they are the CRM's companies.
"customers.domain" = "metadata.domain"

[connectors.books]
kind = "files"
path = "import"

[matching]
# Where a deal stands in several systems, its terms are those of the first of these; the others bill it.
authority = ["books", "crm", "billing"]

[sales]
incentive_rate = 0.02

[scenarios.downturn]
about = "a tenth of what mid-sized customers have ordered is cancelled"
segment = "Mid-market"
cancel = 0.1

[scenarios.late_projects]
about = "projects are delivered a quarter later"
family = "Services"
delay_months = 3

[scenarios.strong_dollar]
about = "euro and yen lose a tenth"
fx = {{ EUR = -0.1, JPY = -0.1 }}

[scenarios.worst]
about = "the largest customer leaves, and all of the above"
lose_largest = 1
combine = ["downturn", "late_projects", "strong_dollar"]
"""
# The keys of the simulated vendors: they open nothing else.
SECRETS = {("crm", "access_token"): "pat-demo", ("billing", "api_key"): "sk_test_demo"}
# The vendors' limits are scaled up with a sample of one machine; the connectors stay below them as they do in life.
CRM_LIMIT, BILLING_LIMIT = 100, 500
PREFERRED_PORTS = (8741, 8742)


def environment() -> dict[str, str]:
    """The secrets by the names of their environment variables."""
    return {variable(name, key): value for (name, key), value in SECRETS.items()}


def known_ports(folder: Path) -> tuple[int, int]:
    """The ports that an earlier demo in this folder used, else the usual ones.

    Raises ConfigNeeded where the folder has a configuration that is not the demo's.
    """
    file = folder / "config.toml"
    if not file.exists():
        return PREFERRED_PORTS
    text = file.read_text(encoding="utf-8")
    if not text.startswith(MARK):
        raise ConfigNeeded(
            f"{file} is not the sample company's, so it is left as it is. Name another folder: backlog demo DIR"
        )
    found = [int(port) for port in re.findall(r'^base_url = "http://127\.0\.0\.1:(\d+)"$', text, re.MULTILINE)]
    return (found[0], found[1]) if len(found) == 2 else PREFERRED_PORTS


def write_folder(folder: Path, company: Company, crm: str, billing: str) -> Path:
    """Writes config.toml and import/*.csv; the same company gives the same files. Returns the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    company.write_files(folder / "import")
    crm_secret, billing_secret = environment()
    text = CONFIG.format(
        mark=MARK, crm=crm, billing=billing, crm_pace=CRM_LIMIT * 4 // 5, billing_pace=BILLING_LIMIT * 4 // 5,
        crm_secret=crm_secret, billing_secret=billing_secret,
    )  # fmt: skip
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8", newline="\n")
    return file
