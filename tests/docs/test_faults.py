"""The tests that the page of faults names are there."""

import re


def test_every_fault_is_held_by_a_test_that_there_is(root):
    page = (root / "docs" / "decisions" / "faults.md").read_text("utf-8")
    named = {name for row in page.splitlines() if row.startswith("| ") for name in re.findall(r"`(test_\w+)`", row)}
    there = {
        name
        for path in (root / "tests").rglob("test_*.py")
        for name in re.findall(r"^\s*def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    } | set(re.findall(r"def (test_\w+)", (root / "tests" / "connectors" / "contract.py").read_text("utf-8")))
    assert len(named) >= 19
    assert named - there == set()
