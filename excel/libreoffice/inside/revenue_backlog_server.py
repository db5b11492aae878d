"""The server, asked from within LibreOffice; only Python's standard library is needed.

The token of `backlog token create` is read from $BACKLOG_SERVER_TOKEN, else from the file .revenue-backlog-token in the user's
home, which only its owner may read.
"""

import http.client
import json
import logging
import os
import ssl
import stat
import threading
import time
import urllib.parse

SECONDS = 15.0
HOLD = 1.0
"""How long answers are given again without asking whether the data is still the same."""
PAUSE = 5.0
"""How long after a failure nothing is asked: a sheet of a thousand cells must not wait a thousand times."""
MOST = 200_000
"""More answers than so many are not kept in memory."""
log = logging.getLogger("revenue_backlog")


class NotReached(Exception):
    """The server did not answer as it should; the text says why."""


class Server:
    """The server, asked over one connection; equal calls are answered from memory while the data is the same."""

    def __init__(self, address, token):
        parts = urllib.parse.urlsplit(address)
        self._tls, self._host = parts.scheme == "https", parts.netloc
        self._headers = {"Authorization": "Bearer " + token} if token else {}
        self._line, self._known, self._tag, self._asked = None, {}, "", 0.0
        self._failed, self._why = 0.0, ""
        self._lock = threading.Lock()

    def answer(self, call, date1904=False):
        """The answer of one call, in the form of cells. Raises NotReached."""
        with self._lock:
            now = time.monotonic()
            if self._why and now - self._failed < PAUSE:
                raise NotReached(self._why)
            try:
                if self._known and now - self._asked >= HOLD:
                    self._look()
                    self._asked = time.monotonic()
                key = json.dumps([call, date1904])
                if key not in self._known:
                    self._known[key] = self._fetch(call, date1904)
            except NotReached as error:
                self._failed, self._why = time.monotonic(), str(error)
                log.warning("%s", error)
                raise
            self._why = ""
            return self._known[key]

    def _look(self):
        """Forgets what was answered from older data."""
        status, tag, _ = self._ask("GET", "/api/v1/data", None, {"If-None-Match": self._tag})
        if status != 304 or tag != self._tag or len(self._known) > MOST:
            self._known.clear()

    def _fetch(self, call, date1904):
        body = json.dumps({"calls": [call], "form": "sheet", "date1904": date1904}).encode()
        _, tag, told = self._ask("POST", "/api/v1/batch", body, {"Content-Type": "application/json"})
        if tag != self._tag:
            self._known.clear()
        self._tag, self._asked = tag, time.monotonic()
        return json.loads(told.decode())["answers"][0]

    def _ask(self, method, path, body, headers):
        for attempt in (1, 2):
            fresh = self._line is None
            try:
                line = self._open()
                line.request(method, path, body, dict(self._headers, **headers))
                answer = line.getresponse()
                told = whole(answer)
                break
            except (OSError, http.client.HTTPException) as error:
                self._close()
                # A line that was kept open may have been closed by the other side: once more, on a new one.
                if fresh or attempt == 2 or isinstance(error, TimeoutError):
                    raise NotReached("%s does not answer: %s" % (self._host, error)) from error
        if answer.status not in (200, 304):
            try:
                reason = json.loads(told.decode())["error"]
            except (ValueError, KeyError, TypeError):
                reason = "status %d" % answer.status
            raise NotReached("%s: %s" % (self._host, reason))
        return answer.status, answer.headers.get("ETag", ""), told

    def _open(self):
        if self._line is None:
            if self._tls:
                context = ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))
                self._line = http.client.HTTPSConnection(self._host, timeout=SECONDS, context=context)
            else:
                self._line = http.client.HTTPConnection(self._host, timeout=SECONDS)
        return self._line

    def _close(self):
        if self._line is not None:
            self._line.close()
            self._line = None


def whole(answer):
    """The body of an answer; one that drips is given up after SECONDS, as one that stops is."""
    end, told = time.monotonic() + SECONDS, b""
    while True:
        some = answer.read1(65536)
        if not some:
            return told
        told += some
        if time.monotonic() > end:
            raise TimeoutError("it came too slowly")


def token():
    """The token of the environment or of its file; blank where there is none. A file that others may read is refused."""
    given = os.environ.get("BACKLOG_SERVER_TOKEN")
    if given:
        return given.strip()
    path = os.path.join(os.path.expanduser("~"), ".revenue-backlog-token")
    try:
        if os.name != "nt" and os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH):
            log.warning("%s can be read by others: it is not used. chmod 600 it", path)
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""
