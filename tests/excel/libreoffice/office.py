"""A real LibreOffice with our extension, in a profile that is thrown away."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
"""The Python that has LibreOffice's uno."""


class Office:
    """An office that runs; `ask` sends it a command of drive.py."""

    def __init__(self, folder: Path, driver: subprocess.Popen[str]) -> None:
        self.folder, self._driver = folder, driver

    def ask(self, *command: Any) -> Any:
        """What the command answers."""
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(command) + "\n")
        self._driver.stdin.flush()
        line = self._driver.stdout.readline()
        assert line, "the office broke"
        return json.loads(line)

    def open(self, workbook: Path, *, bind: bool = True) -> dict[str, Any]:
        """Opens a workbook and computes it; what each formula cell shows, by "sheet!row:column"."""
        copy = self.folder / workbook.name
        shutil.copyfile(workbook, copy)
        copy.chmod(0o666)  # a file that it may only read, it would not change in memory either
        found: dict[str, Any] = self.ask("open", copy.as_uri(), bind)
        return found


@contextlib.contextmanager
def running(extension: Path, token: str) -> Iterator[Office]:
    """Installs the extension with unopkg and starts the office. Root cannot install for itself: nobody does it."""
    with tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        who: dict[str, Any] = {}
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        for file in (extension, Path(__file__).with_name("drive.py")):
            shutil.copyfile(file, folder / file.name)
            (folder / file.name).chmod(0o644)
        environment = {**os.environ, "HOME": name, "BACKLOG_SERVER_TOKEN": token}
        options: dict[str, Any] = {"env": environment, "cwd": folder, **who}
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        added = subprocess.run(
            ["unopkg", "add", "-f", str(folder / extension.name), profile],
            capture_output=True, text=True, timeout=120, check=False, **options,
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        pipe = f"backlog-{secrets.token_hex(4)}"
        accept = f"--accept=pipe,name={pipe};urp;"
        office = subprocess.Popen(
            ["soffice", "--headless", "--norestore", "--nologo", "--nodefault", profile, accept],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **options,
        )  # fmt: skip
        driver = subprocess.Popen(
            [SYSTEM_PYTHON, str(folder / "drive.py"), pipe],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options,
        )  # fmt: skip
        try:
            made = Office(folder, driver)
            yield made
            made.ask("quit")
        finally:
            driver.kill()
            driver.communicate()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(office.pid, signal.SIGKILL)
            office.wait(20)
