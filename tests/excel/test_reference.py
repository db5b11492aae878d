"""The reference page is made from the catalogue and current."""

from pathlib import Path

from excel.catalogue import functions
from excel.reference import page


def test_the_page_is_current_and_complete(root: Path) -> None:
    written = (root / "docs" / "reference" / "functions.md").read_text("utf-8")
    assert written == page(), "run: python -m excel.reference docs/reference/functions.md"
    for function in functions():
        assert f"## {function.name}\n" in written
        assert function.example in written
        assert all(f"| `{p.name}` | {p.argument.help}" in written for p in function.parameters)
