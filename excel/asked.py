"""Whom Excel asks on this machine, as the environment and xlwings' own configuration say: books, or a team's server."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import xlwings as xw

from excel.remote import Server
from model.settings import find_secret

BOOKS, SERVER = "BACKLOG_CONFIG", "BACKLOG_SERVER"
"""The keys of both: in the environment, which goes first, and in xlwings' configuration."""


def books() -> Path | None:
    """The configuration file of the books, None where none is named."""
    found = os.environ.get(BOOKS) or _excels(BOOKS)
    return Path(found) if found else None


def server() -> Server | None:
    """The server whose answers the cells show, with the token that is kept for it; None where books of this machine answer.

    Who names books in the environment means them, whatever Excel was set up with.
    """
    return _server(os.environ.get(SERVER) or ("" if os.environ.get(BOOKS) else _excels(SERVER)))


def excels_server() -> Server | None:
    """The same for the Excel of this machine, which knows nothing of the environment of a terminal's command."""
    return _server(os.environ.get(SERVER) or _excels(SERVER))


def _server(address: str) -> Server | None:
    return Server(address, find_secret("server", "token") or "") if address else None


def _excels(key: str) -> str:
    """What xlwings' configuration says of a key; blank where it says nothing."""
    file = Path(xw.USER_CONFIG_FILE)
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        entries = {row[0].strip().upper(): row[1].strip() for row in csv.reader(lines) if len(row) > 1}
    return entries.get(key, "")
