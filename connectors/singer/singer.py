"""The Singer connector: how a tap is run, and what its messages mean."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from connectors.kit.answers import decode
from connectors.kit.connector import Check, Connector, Item, Page, Pull, Row, Setting
from connectors.kit.fields import BY_KIND, Context, Field, nearest, record, zone_named
from connectors.kit.known import unknown_fields
from connectors.singer.program import TOLD, LastWords, Lines
from model.errors import BacklogError, ConfigNeeded, RecordRejected, RetryLater
from model.records import TABLES
from model.redaction import redacted

PAGE = 1_000
SILENCE = 900.0  # seconds without a word after which a tap counts as hung
_STREAM = ("table", "key", "fields", "deleted")


class Singer(Connector):
    """Runs a tap and reads what it tells."""

    kind = "singer"
    title = "Any Singer tap"
    rights = "as the tap needs them; a user for reading only"
    settings = (
        Setting("command", "the tap's program and its own options: a list", kind=list, required=True),
        Setting("settings_file", "the tap's own settings, a JSON file (its --config)", required=True),
        Setting("catalog_file", "the tap's catalog, a JSON file (its --catalog), if it needs one"),
        Setting(
            "streams", "what each stream means: a table of stream = { table, key, fields }", kind=dict, required=True
        ),
        Setting("timeout_seconds", "after how many seconds of silence a tap counts as hung", int(SILENCE), kind=int),
    )

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(name, options)
        zone = zone_named(str(self.options.get("timezone") or "UTC"), f"[connectors.{name}] ")
        self._context = Context(zone)
        self._schemas: dict[str, Mapping[str, Any]] = {}
        self._streams = {
            str(key): _stream(name, str(key), each) for key, each in (self.options.get("streams") or {}).items()
        }
        if not self._streams:
            raise ConfigNeeded(f"[connectors.{name}] needs streams: at least one [connectors.{name}.streams.NAME]")

    def objects(self) -> tuple[str, ...]:
        """One: a tap tells its streams together, and its state is of all of them."""
        return ("streams",)

    def pull(self, name: str, ask: Pull) -> Iterator[Page]:
        """What the tap tells, a page up to each of its states; none of it is lost where it is cut."""
        state = None if ask.full else (ask.cursor or {}).get("state")
        items: list[Item] = []
        for message in self._told(state):
            kind = message.get("type")
            if kind == "RECORD" and message.get("stream") in self._streams:
                items.append(self._item(str(message["stream"]), message.get("record") or {}))
                if len(items) >= PAGE:
                    yield Page(items)
                    items = []
            elif kind == "SCHEMA":
                self._schemas[str(message.get("stream"))] = (message.get("schema") or {}).get("properties") or {}
            elif kind == "STATE":
                yield Page(items, {"state": message.get("value")})
                items = []
        yield Page(items)

    def check(self, now: dt.datetime) -> list[Check]:
        """Reads the first records of the tap, before which a state may come, and compares fields with the schemas it told."""
        try:
            pages = self.pull("streams", Pull(None, now, full=True))
            items = next((page.items for page in pages if page.items), ())
        except BacklogError as error:
            return [Check("streams", False, str(error))]
        problems = [str(problem) for item in items for problem in item.problems]
        checks = [Check("streams", not problems, problems[0] if problems else f"{len(items)} on the first page")]
        for stream, properties in self._schemas.items():
            if stream in self._streams and properties:
                paths = {column: field.paths[0] for column, field in self._streams[stream][2].items()}
                wrong = unknown_fields({stream: paths}, stream, properties)
                checks.append(Check(f"fields of {stream}", not wrong, "; ".join(wrong) or "all known to the tap"))
        return checks

    def _item(self, stream: str, payload: Mapping[str, Any]) -> Item:
        table, keys, fields, deleted = self._streams[stream]
        key = "/".join(str(payload.get(each)) for each in keys)
        place = f"{stream} {key}"
        if deleted and payload.get(deleted):
            return Item(f"{stream}:{key}", payload, place=place, deleted=True)
        try:
            rows: tuple[Row, ...] = (record(table, fields, payload, self._context, place),)
        except RecordRejected as error:
            return Item(f"{stream}:{key}", payload, place=place, problems=(error,))
        return Item(f"{stream}:{key}", payload, rows, place)

    def _told(self, state: Any) -> Iterator[Mapping[str, Any]]:
        """The tap's messages. RetryLater where it ends badly, says nothing for too long or tells what is no message."""
        with tempfile.TemporaryDirectory(prefix="backlog-tap-") as folder:
            command = self._command(state, Path(folder))
            program = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
            )
            assert program.stdout is not None  # noqa: S101 (asked for above)
            assert program.stderr is not None  # noqa: S101
            last, lines = LastWords(program.stderr), Lines(program.stdout)
            try:
                yield from self._messages(lines, last)
                if program.wait(60) != 0:
                    raise self._failed(f"ended with {program.returncode}", last)
            finally:
                if program.poll() is None:
                    program.kill()
                    program.wait(10)
                last.close()
                lines.close()

    def _messages(self, lines: Lines, last: LastWords) -> Iterator[Mapping[str, Any]]:
        patience = float(self.options.get("timeout_seconds") or SILENCE)
        while True:
            if self.stop():
                raise RetryLater(
                    f"{self.name}: the tap was stopped, for we are to end. Later, run: backlog sync {self.name}"
                )
            try:
                line = lines.next(patience)
            except TimeoutError:
                raise self._failed(f"said nothing for {patience:g} seconds", last) from None
            if line is None:
                return
            if line.strip():
                try:
                    message = decode(line)
                except msgspec.DecodeError:
                    raise self._failed("told a line that is no message", last) from None
                if isinstance(message, Mapping):
                    yield message

    def _failed(self, what: str, last: LastWords) -> RetryLater:
        told = redacted(last.text()).strip()
        words = f" ({told[-TOLD:]})" if told else ""
        return RetryLater(
            f"{self.name}: the tap {what}{words}. What it told before is kept. Later: backlog sync {self.name}"
        )

    def _command(self, state: Any, folder: Path) -> list[str]:
        given = [str(part) for part in self.options.get("command") or ()]
        program = shutil.which(given[0]) if given else None
        if program is None:
            raise ConfigNeeded(
                f"[connectors.{self.name}] command = {given!r}: there is no such program. Install the tap in an environment "
                "of its own and name its program with the whole path"
            )
        command = [program, *given[1:]]
        for option, key in (("--config", "settings_file"), ("--catalog", "catalog_file")):
            if self.options.get(key):
                file = Path(str(self.options[key])).expanduser()
                if not file.is_file():
                    raise ConfigNeeded(f"[connectors.{self.name}] {key} = {str(file)!r} is no file")
                command += [option, str(file)]
        if state is not None:
            file = folder / "state.json"
            file.write_bytes(msgspec.json.encode(state))
            command += ["--state", str(file)]
        return command


Stream = tuple[str, Sequence[str], Mapping[str, Field], str]


def _stream(name: str, stream: str, told: Any) -> Stream:
    where = f"[connectors.{name}.streams.{stream}]"
    if not isinstance(told, Mapping):
        raise ConfigNeeded(f"{where} must be a table: {{ table = …, key = …, fields = {{ … }} }}")
    known = partial(_known, where)
    for key in told:
        known(key, _STREAM)
    table = known(str(told.get("table", "")), tuple(TABLES))
    fields = told.get("fields") or {}
    columns = {column.name: column.kind.value for column in TABLES[table].columns}
    for column in fields:
        known(column, tuple(columns))
    made = {column: Field((str(path),), BY_KIND[columns[column]]) for column, path in fields.items()}
    keys = told.get("key") or TABLES[table].key
    return table, (keys,) if isinstance(keys, str) else tuple(keys), made, str(told.get("deleted") or "")


def _known(where: str, word: str, allowed: Sequence[str]) -> str:
    if word not in allowed:
        raise ConfigNeeded(f"{where}: {word!r} is not known{nearest(word, allowed)}. Allowed: {', '.join(allowed)}")
    return word
