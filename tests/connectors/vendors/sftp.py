"""An SFTP server on loopback over the real protocol: one user with a password and a key, one folder to read."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "finance", "sftp-password-0815"


class _Login(paramiko.ServerInterface):
    def __init__(self, key: paramiko.PKey) -> None:
        self.key = key

    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, key) == (USER, self.key) else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED if kind == "session" else paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"


class _Folder(paramiko.SFTPServerInterface):
    """Reads a folder, as if it were the whole disk. `opened` hears of each file read."""

    def __init__(self, server: Any, root: Path, opened: Callable[[str], None]) -> None:
        self.root, self.opened = root, opened

    def list_folder(self, path: str) -> Any:
        with contextlib.suppress(OSError):
            return [self._attributes(each) for each in sorted(self._at(path).iterdir())]
        return paramiko.SFTP_NO_SUCH_FILE

    def stat(self, path: str) -> Any:
        with contextlib.suppress(OSError):
            return self._attributes(self._at(path))
        return paramiko.SFTP_NO_SUCH_FILE

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        if flags:
            return paramiko.SFTP_PERMISSION_DENIED
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = self._at(path).open("rb")  # type: ignore[attr-defined]
        handle.stat = lambda: self.stat(path)  # type: ignore[method-assign]
        self.opened(Path(path).name)
        return handle

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _attributes(self, path: Path) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(path.stat(), path.name)


@contextlib.contextmanager
def serving(root: Path, host: paramiko.PKey, user: paramiko.PKey, opened: Callable[[str], None]) -> Iterator[int]:
    """The port of a server for a folder; `host`: its key, `user`: the user's."""
    listening = socket.create_server(("127.0.0.1", 0))
    transports: list[paramiko.Transport] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                transport = paramiko.Transport(listening.accept()[0])
                transports.append(transport)
                transport.add_server_key(host)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Folder, root, opened)
                with contextlib.suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Login(user))

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for each in transports:
            each.close()
