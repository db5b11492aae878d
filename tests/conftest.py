"""What every test may rely on: no configuration or keyring of the person who runs it, and a word on missing tools."""

import os
import shutil
from pathlib import Path

import pytest

# A person's own settings and keyring stay out of the tests, and the tests out of them.
for name in [name for name in os.environ if name.startswith("BACKLOG_") and name != "BACKLOG_SHARED"]:
    del os.environ[name]
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `tool` whose program is missing is skipped by name; under CI=true it fails."""
    for mark in item.iter_markers("tool"):
        missing = [program for program in mark.args if shutil.which(program) is None]
        if missing:
            text = f"{', '.join(missing)} is not installed (on Debian as root: scripts/setup dev)"
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
