"""Names from outside are shown, not obeyed."""

import re
import sys

import pytest

from cli import screen


def test_control_signs_from_outside_never_reach_the_terminal(capsys):
    screen.say("Acme \x1b[31mLtd\x07")
    screen.table(("name", "note"), [("Ac\x1bme", "two\nlines"), (None, 3)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert out.splitlines()[1:] == ["name\tnote", "Ac�me\ttwo lines", "\t3"]


def test_in_a_pipe_there_is_no_progress_bar(capsys):
    with screen.progress() as advance:
        advance("deals", 1, 10)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def drawn(monkeypatch, width):
    """A table as a terminal of that width shows it."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    screen.table(("name", "amount", "what it is"), [("9cca2a4d3b", "1,234,567.89 USD", "More is billed than the contract comes to")],
                 right="amount")  # fmt: skip


@pytest.mark.parametrize("width", [30, 60, 80, 140])
def test_names_and_amounts_are_never_broken(capsys, monkeypatch, width):
    drawn(monkeypatch, width)
    out = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert "9cca2a4d3b" in out
    assert "1,234,567.89 USD" in out
    assert max(map(len, out.splitlines())) <= width
    assert ("│" in out) == (width >= 60)  # else each row down the page
