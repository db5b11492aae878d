"""Names from outside are shown, not obeyed."""

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
