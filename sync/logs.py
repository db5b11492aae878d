"""Log lines: as text for a person, or as JSON a line for a collector. No secret is in either.

A line about something countable carries `fields` beside its text: the counts of an object, the state of a job.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import time
from typing import TextIO

from model.redaction import redacted


class _Text(logging.Formatter):
    """Moment (UTC), level, text; a trace follows on lines of its own."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        return redacted(super().format(record))


class _Json(logging.Formatter):
    """One JSON object a line: at, level, logger, message, what else is countable, and the trace of a fault."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at.replace("+00:00", "Z"), "level": record.levelname.lower(), "logger": record.name,
            "message": record.getMessage(),
        }  # fmt: skip
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        clean = {key: redacted(value) if isinstance(value, str) else value for key, value in line.items()}
        return json.dumps(clean, ensure_ascii=False, default=str)


def configure(kind: str, stream: TextIO = sys.stderr) -> None:
    """Has every log line of this process written to `stream` as `kind`: text or json."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if kind == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # What these say at INFO is about themselves: jobs added, requests sent with their addresses.
    for name in ("apscheduler", "httpx", "httpcore", "alembic", "urllib3", "pyrate_limiter"):
        logging.getLogger(name).setLevel(logging.WARNING)
