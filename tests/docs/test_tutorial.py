"""The tutorial's own files and commands give the figures it promises."""

import shlex
import tomllib


def test_the_tutorials_books_give_the_figures_it_promises(blocks, typed, tmp_path):
    found = blocks("docs/tutorial/first-close.md")
    tables = [text for language, text in found if language == "csv"]
    commands = next(text for _, text in found if "backlog doctor" in text).splitlines()
    settings = next(text for language, text in found if language == "toml")
    begin = next(text for _, text in found if "backlog init" in text)
    typed(*shlex.split(begin))
    books = tmp_path / "mybooks"
    written = tomllib.loads((books / "config.toml").read_text("utf-8"))["connectors"]
    for name, block in tomllib.loads(settings)["connectors"].items():
        assert written[name] == written[name] | block
    (books / "import").mkdir()
    for name, text in zip(("customers", "contracts", "contract_lines"), tables, strict=True):
        (books / "import" / f"{name}.csv").write_text(text, encoding="utf-8")
    printed = [typed(*shlex.split(line), folder="mybooks") for line in commands]
    assert printed[-1].strip() == "11000.00"
    for day, backlog in (("2025-12-31", "12000.00"), ("2026-12-31", "0.00")):
        assert typed("backlog", "calc", "BACKLOG", "Acme Ltd", day, folder="mybooks").strip() == backlog
    # "Change the amount in the file and sync again: one record changed"
    lines = books / "import" / "contract_lines.csv"
    lines.write_text(lines.read_text("utf-8").replace("12000.00", "24000.00"), encoding="utf-8")
    assert "contract_lines: read 1, added 0, changed 1" in typed("backlog", "sync", folder="mybooks")
    assert typed("backlog", "calc", "BACKLOG", "Acme Ltd", "2026-01-31", folder="mybooks").strip() == "22000.00"
