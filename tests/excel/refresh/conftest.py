"""Helpers of the refresh tests can be imported by name: refresh_workbooks, refresh_package. Books, programs, companies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cli.main import cli
from excel.patch.package import opened
from excel.refresh.book import Book, read_book
from excel.refresh.derive import write_workbook
from model.settings import Settings, load

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Iterable[Path], str], dict[Path, Path]]:
    """Converts files with LibreOffice, many in one run, in a profile of its own."""
    profile = tmp_path_factory.mktemp("profile")

    def convert(paths: Iterable[Path], kind: str) -> dict[Path, Path]:
        out = tmp_path_factory.mktemp("converted")
        listed = list(paths)
        command = [
            "soffice", "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", kind,
            "--outdir", str(out), *map(str, listed),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        made = {path: out / f"{path.stem}.{kind.partition(':')[0]}" for path in listed}
        missing = [path.name for path, copy in made.items() if not copy.is_file()]
        assert not missing, (missing, done.stderr[-2000:])
        return made

    return convert


@pytest.fixture(scope="session")
def book_of_two_sheets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """An empty workbook with the sheets A and B."""
    path = tmp_path_factory.mktemp("two") / "two.xlsx"
    write_workbook(path, {"A": {}, "B": {}}, False)
    with opened(path) as package:
        yield read_book(package)


CONFIG = """\
[store]
url = "sqlite:///backlog.db"
[connectors.books]
kind = "files"
path = "import"
[workbooks]
libreoffice = "off"
"""
FILES = {
    "customers": "customer_id,name\nC1,Acme Ltd\nC2,Globex\n",
    "contracts": "contract_id,customer_id,status,signed_on,start_on,end_on,currency\n"
    "K1,C1,signed,2025-12-31,2026-01-01,2026-12-31,USD\nK2,C2,signed,2025-12-31,2026-01-01,2026-12-31,EUR\n",
    "contract_lines": "line_id,contract_id,amount,recognition\n"
    "L1,K1,12000.00,straight_line_monthly\nL2,K2,6000.00,straight_line_monthly\n",
    "fx_rates": "on,from_currency,to_currency,rate,kind\n2025-01-01,EUR,USD,1.10,closing\n",
}


class Company:
    """A company in files: its folder, and what its people do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def found(self) -> None:
        """Writes its configuration and its files."""
        (self.folder / "import").mkdir()
        (self.folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        for name, text in FILES.items():
            (self.folder / "import" / f"{name}.csv").write_text(text, encoding="utf-8")

    @property
    def settings(self) -> Settings:
        """The configuration, as it is now."""
        return load(self.folder / "config.toml")

    def add(self, name: str, *rows: str) -> None:
        """More rows of a file; of a new one the first is its headings."""
        with (self.folder / "import" / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"{row}\n" for row in rows)

    def sync(self) -> None:
        """Reads the files and builds the ledger."""
        done = CliRunner().invoke(cli, ["--config", str(self.folder / "config.toml"), "sync"])
        assert done.exit_code == 0, done.output

    def workbook(self, cells: Mapping[str, object], name: str = "own.xlsx") -> Path:
        """A workbook of one sheet, Figures."""
        book = openpyxl.Workbook()
        book.active.title = "Figures"
        for cell, value in cells.items():
            book.active[cell] = value
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        book.save(path)
        return path

    def shows(self, path: Path, *cells: str) -> list[object]:
        """The stored values of cells."""
        sheet = openpyxl.load_workbook(path, data_only=True)["Figures"]
        return [sheet[cell].value for cell in cells]


@pytest.fixture(scope="session")
def _synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Company(tmp_path_factory.mktemp("company"))
    made.found()
    made.sync()
    return made.folder


@pytest.fixture
def company(tmp_path: Path, _synced: Path) -> Company:
    """A company of two customers, synced: Acme's 12,000 dollars and Globex's 6,000 euros over 2026."""
    shutil.copytree(_synced, tmp_path, dirs_exist_ok=True)
    return Company(tmp_path)
