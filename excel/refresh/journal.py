"""What each refreshed workbook stands on: its content by digest, the ledger, the moment known, the day and the policies.

The figures in a file change nothing else in it, so the file cannot say this itself; the journal lies with the ledgers.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.policy import Policy

NAME = "workbooks.jsonl"
_MOST = 10_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Standing:
    """What the figures of a workbook stand on.

    `ledger`: its version; `known_at`: up to which moment facts were known (UTC); `as_of`: the day that TODAY() was.
    """

    ledger: str
    known_at: dt.datetime
    as_of: dt.date
    policy: Policy

    def as_json(self) -> dict[str, Any]:
        """For a file."""
        return {
            "ledger": self.ledger,
            "known_at": self.known_at.isoformat(),
            "as_of": self.as_of.isoformat(),
            "policy": dataclasses.asdict(self.policy),
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Standing:
        """From a file. Raises KeyError, TypeError or ValueError where it is not of this form."""
        policy = {**data["policy"], "rpo_expedients": tuple(data["policy"]["rpo_expedients"])}
        known_at = dt.datetime.fromisoformat(data["known_at"])
        return cls(str(data["ledger"]), known_at, dt.date.fromisoformat(data["as_of"]), Policy(**policy))


@dataclass(frozen=True)
class Journal:
    """The journal of a folder of ledgers."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file: a line a refresh."""
        return self.folder / NAME

    def note(self, workbook: Path, standing: Standing) -> None:
        """Notes what a workbook stands on, as it is now."""
        line = json.dumps({"file": workbook.name, "digest": digest(workbook), **standing.as_json()})
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(line + "\n")
        if self.path.stat().st_size > _MOST * 600:
            self._shorten()

    def standing(self, workbook: Path) -> Standing | None:
        """What a workbook stands on, if a refresh wrote exactly this content."""
        wanted, found = digest(workbook), None
        for entry in self._entries():
            if entry.get("digest") == wanted:
                with suppress(KeyError, TypeError, ValueError):  # of another form: as if it were not noted
                    found = Standing.read(entry)
        return found

    def _entries(self) -> Iterator[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return
        for line in text.splitlines():
            with suppress(ValueError):  # cut short by a kill: the others count
                entry = json.loads(line)
                if isinstance(entry, dict):
                    yield entry

    def _shorten(self) -> None:
        lines = self.path.read_text(encoding="utf-8").splitlines()[-_MOST:]
        beside = self.path.with_name(f"{NAME}.{os.getpid()}.part")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with suppress(PermissionError):  # Windows, while somebody reads it: the next refresh does it
            beside.replace(self.path)
        beside.unlink(missing_ok=True)


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            made.update(block)
    return made.hexdigest()
