"""The README's commands run as they stand; its figures are figures."""

import re
import shlex


def test_the_commands_from_install_to_a_figure_run(blocks, typed):
    lines = next(text for _, text in blocks("README.md") if "backlog demo" in text and "export" in text).splitlines()
    assert [line.split()[0] for line in lines] == ["python3", "pip", "backlog", "export", "backlog"]
    environment, printed = {}, ""
    for line in lines[2:]:  # the first two made the environment this test runs in
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
        else:
            printed = typed(*words, **environment)
    assert re.fullmatch(r"\d+\.\d\d", printed.strip())
    assert float(printed) > 0


def test_the_two_commands_come_first_and_are_targets(blocks, root):
    _, first = blocks("README.md")[0]
    assert first.split("\n") == ["make demo", "make test", ""]
    makefile = (root / "Makefile").read_text("utf-8")
    assert re.findall(r"^(demo|test|check|docs|bench|clean):", makefile, re.MULTILINE) == [
        "demo",
        "test",
        "check",
        "docs",
        "bench",
        "clean",
    ]
