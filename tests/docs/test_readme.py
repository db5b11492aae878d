"""The README's commands run as they stand; its figures are figures."""

import re
import shlex
import zipfile
from xml.etree import ElementTree


def test_the_commands_from_install_to_a_figure_run(blocks, typed, tmp_path):
    lines = next(text for _, text in blocks("README.md") if "backlog demo" in text and "export" in text).splitlines()
    assert [line.split()[0] for line in lines] == ["python3", "pip", "backlog", "export", "backlog"]
    # As an install has it: lxml, with which the library writes otherwise, is there for tests alone.
    environment, printed = {"OPENPYXL_LXML": "False"}, ""
    for line in lines[2:]:  # the first two made the environment this test runs in
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            environment[name] = value
        else:
            printed = typed(*words, **environment)
    assert re.fullmatch(r"\d+\.\d\d", printed.strip())
    assert float(printed) > 0
    (book,) = (tmp_path / "demo-company").glob("*.xlsx")
    with zipfile.ZipFile(book) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))  # noqa: S314 (ours) Each is well formed, or Excel would repair it


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
