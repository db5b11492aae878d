"""Setting Excel up: what was done is told, what was not is told with the way by hand, what is not ours is kept."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from excel import install as setting_up
from excel.install import Wish, install


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    return Wish(tmp_path / "config.toml", "", tmp_path / "ours", tmp_path / ".xlwings" / "xlwings.conf")


def entries(wish: Wish) -> dict[str, str]:
    with wish.conf.open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1] for row in csv.reader(lines)}


def test_each_step_is_told_and_none_hinders_the_others(wish: Wish) -> None:
    steps = {step.what: step for step in install(wish)}
    assert list(steps) == ["pywin32", "xlwings add-in", "configuration", "VBA module", "add-in in Excel"]
    assert steps["configuration"].done
    assert steps["VBA module"].done
    assert b"Function BACKLOG(" in (wish.folder / "backlog.bas").read_bytes()
    if sys.platform != "win32":
        assert "xlwings addin install" in steps["xlwings add-in"].detail
        assert "Alt+F11" in steps["add-in in Excel"].detail


def test_what_others_configured_is_kept_and_a_second_time_changes_nothing(wish: Wish) -> None:
    wish.conf.parent.mkdir()
    wish.conf.write_text('"SHOW CONSOLE","True"\n"UDF MODULES","theirs"\n"BACKLOG_SERVER","http://old"\n', "utf-8")
    list(install(wish))
    told = entries(wish)
    assert told["SHOW CONSOLE"] == "True"
    assert told["UDF MODULES"] == "theirs;excel.udf"
    assert told["BACKLOG_CONFIG"] == str(wish.config)
    assert "BACKLOG_SERVER" not in told
    first = wish.conf.read_bytes()
    list(install(wish))
    assert wish.conf.read_bytes() == first


def test_a_server_takes_the_place_of_the_books(wish: Wish) -> None:
    list(install(Wish(None, "https://team.example", wish.folder, wish.conf)))
    assert entries(wish)["BACKLOG_SERVER"] == "https://team.example"


def test_a_folder_that_cannot_be_written_is_told(wish: Wish) -> None:
    wish.conf.parent.write_text("in the way", "utf-8")
    steps = {step.what: step for step in install(wish)}
    assert not steps["configuration"].done
    assert steps["VBA module"].done


class Excel:
    """What our step asks of Excel, recorded; `refuses` is what it says to a program that wants at its VBA project."""

    def __init__(self, refuses: str = "") -> None:
        self.asked: list[Any] = []
        self.refuses = refuses
        self.Workbooks = SimpleNamespace(Add=self.book)
        self.AddIns = SimpleNamespace(Add=self.add_in)
        self.added = SimpleNamespace(Installed=False)

    def book(self) -> Any:
        def imported(path: str) -> None:
            if self.refuses:
                raise OSError(self.refuses)
            self.asked.append(("import", Path(path).name))

        components = SimpleNamespace(Import=imported)
        references = SimpleNamespace(AddFromFile=lambda path: self.asked.append(("reference", Path(path).name)))
        project = SimpleNamespace(VBComponents=components, References=references)
        save = lambda path, kind: self.asked.append(("save", Path(path).name, kind))  # noqa: E731
        return SimpleNamespace(VBProject=project, SaveAs=save, Close=lambda _: None)

    def add_in(self, path: str) -> Any:
        self.asked.append(("add", Path(path).name))
        return self.added

    def Run(self, macro: str) -> None:  # noqa: N802
        self.asked.append(("run", macro))

    def Quit(self) -> None:  # noqa: N802
        self.asked.append(("quit",))


@pytest.fixture
def com(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Only COM is replaced."""

    def replace(excel: Excel) -> None:
        client = SimpleNamespace(DispatchEx=lambda name: excel)
        real, load = importlib.util.find_spec, setting_up.importlib.import_module
        known = SimpleNamespace()
        monkeypatch.setattr(
            setting_up.importlib.util, "find_spec", lambda name: known if name == "win32com" else real(name)
        )
        monkeypatch.setattr(
            setting_up.importlib, "import_module", lambda name: client if name == "win32com.client" else load(name)
        )

    return replace


def test_excel_is_given_an_add_in_of_its_own(wish: Wish, com: Any) -> None:
    excel = Excel()
    com(excel)
    step = list(install(wish))[-1]
    assert step.done, step.detail
    name = "revenue-backlog.xlam"
    assert excel.asked == [
        ("import", "backlog.bas"), ("reference", "xlwings.xlam"), ("save", name, 55), ("add", name),
        ("run", "DescribeBacklogFunctions"), ("quit",),
    ]  # fmt: skip
    assert excel.added.Installed is True


def test_excel_that_refuses_is_closed_and_the_way_told(wish: Wish, com: Any) -> None:
    excel = Excel("Programmatic access to Visual Basic Project is not trusted")
    com(excel)
    step = list(install(wish))[-1]
    assert not step.done
    assert "not trusted" in step.detail
    assert "Trust access to the VBA project" in step.detail
    assert excel.asked == [("quit",)]
