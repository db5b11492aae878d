"""Those who receive alerts, on loopback: a webhook and a mail server that keep what they are told."""

from __future__ import annotations

import json
import socketserver
import threading
from typing import Any, Self

from demo.vendors.exchange import Reply, Request
from demo.vendors.server import VendorServer


class Hook(VendorServer):
    """A webhook; `status` is what it answers."""

    vendor = "simulated chat"

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.told: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Reply:
        if self.status == 200:
            self.told.append(json.loads(request.body))
        return Reply(self.status, {"ok": self.status == 200})


class MailServer:
    """A mail server that takes every message (RFC 5321, as much of it as a sender needs)."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        mails = self.mails

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 here")
                while line := self.rfile.readline().decode().strip():
                    word = line.split(" ")[0].upper()
                    if word == "DATA":
                        self.say("354 go on")
                        mails.append(self.message())
                    self.say("221 bye" if word == "QUIT" else "250 ok")
                    if word == "QUIT":
                        return

            def message(self) -> str:
                lines = []
                while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(line)
                return "\n".join(lines)

            def say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
