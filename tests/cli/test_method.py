"""backlog method: the company's policies and an example of each method from its own contracts."""

from __future__ import annotations

from typing import Any


def test_the_guide_speaks_of_the_companys_own_contracts(company: Any, backlog: Any) -> None:
    with (company / "config.toml").open("a") as file:
        file.write(
            '[policy]\ndeferred_basis = "paid"\n[signals]\nshrink = 0.3\n[scenarios.crash]\nabout = "the worst"\n'
        )
    assert backlog("sync").exit_code == 0
    done = backlog("method", "--date", "2026-03-31", "--company", "Northwind")
    assert done.exit_code == 0, done.output
    text = done.stdout
    assert text.startswith("# How Northwind counts the backlog")
    assert "on what is paid" in text
    assert "Cash received above revenue earned" in text
    assert "### straight line monthly: in equal months, part months by day" in text
    assert "Service from 2026-01-01 to 2026-12-31: 90 of 365 days by 2026-03-31." in text
    assert (
        "Contracted 12,000.00 USD; recognized 3,000.00 USD; backlog 12,000.00 USD − 3,000.00 USD = 9,000.00 USD."
        in text
    )
    assert "| shrink | 0.3 |" in text
    assert "| crash | the worst |" in text


def test_a_file_that_is_there_is_left_alone(company: Any, backlog: Any) -> None:
    assert backlog("sync").exit_code == 0
    assert backlog("method", "--out", "guide.md", "--date", "2020-01-01").exit_code == 0
    assert "No commitment counts on 2020-01-01." in (company / "guide.md").read_text("utf-8")
    refused = backlog("method", "--out", "guide.md")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert backlog("method", "--out", "guide.md", "--force").exit_code == 0
