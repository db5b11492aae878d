"""The commented configuration: every setting with its default and one line of purpose.

Made from the settings' own declarations, for `backlog init` (sources and jobs commented out) and for
config.example.toml (everything in force).
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.kit.connector import Connector, Setting
from model.settings import variable
from model.settings_blocks import ConfigFile, ConnectorBlock, GovernBlock, Job, MatchingBlock
from model.settings_steering import ScenarioBlock
from model.settings_words import OneOf

_HEAD = """\
# The configuration of revenue-backlog: every setting with its default.
# Relative paths start at this file's folder. Secrets are never in here: they come from the environment or the keyring
# (backlog secrets set NAME.KEY). After a change: backlog doctor
"""
# What stands in the example where a setting is needed and has no default.
_REQUIRED = {
    "path": "import",
    "base_url": "https://mycompany.example",
    "client_id": "the-client-id",
    "username": "integration@mycompany.example",
    "site": "mycompany",
    "account": "1234567",
    "certificate_id": "the-certificate-id",
    "command": ["/opt/taps/tap-legacy/bin/tap-legacy"],
    "settings_file": "tap-legacy.json",
    "streams": {
        "customers": {"table": "customers", "key": "id", "fields": {"customer_id": "id", "name": "name"}},
    },
    "url": "postgresql://reader@db.mycompany.example/finance",
    "queries": {"customers": "SELECT id AS customer_id, name FROM customers"},
    "objects": {
        "customers": {
            "path": "/customers",
            "rows": "data",
            "records": [{"table": "customers", "fields": {"customer_id": "id", "name": "name"}}],
        }
    },
    "database": "tryton",
    "realm_id": "1234567890",
    "company": "mycompany",
    "user": "backlog",
    "sender_id": "the-sender-id",
    "tenant_id": "00000000-0000-0000-0000-000000000000",
}
_WIDTH = 36


def example(
    kinds: Mapping[str, type[Connector]], *, in_force: bool, chosen: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """The text of a configuration; `in_force` False leaves sources and jobs as comments to be lifted.

    `chosen`: sources that are in force all the same, each with the settings a person named.
    """
    parts = [_HEAD]
    for name in ("store", "reporting", "policy", "workbooks", "sales", "signals", "risk"):
        block: Any = ConfigFile.model_fields[name].annotation
        parts.append("\n".join([f"# {_sentence(block)}", f"[{name}]", *_fields(block)]))
    taken = chosen or {}
    parts += [_connector(kind, made, taken[kind]) for kind, made in kinds.items() if kind in taken]
    optional = [_connector(kind, made, {}) for kind, made in kinds.items() if kind not in taken]
    optional += [_job(), _matching(), _scenario()]
    for name in ("service", "web", "alerts"):
        block = ConfigFile.model_fields[name].annotation
        optional.append("\n".join([f"# {_sentence(block)}", f"[{name}]", *_fields(block)]))
    parts += optional if in_force else [_commented(part) for part in optional]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def toml(value: Any) -> str:
    """A value as TOML writes it.

    >>> toml("a"), toml(True), toml(["x"]), toml({"k": "v"}), toml(None)
    ('"a"', 'true', '["x"]', '{ k = "v" }', '""')
    """
    if value is None:
        return '""'
    if isinstance(value, BaseModel):
        return toml({name: each for name, each in value.model_dump().items() if each})
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(key))} = {toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def choices(field: FieldInfo) -> tuple[str, ...]:
    """The words a setting accepts, where they are listed; of a list, those of its items."""
    for part in (*field.metadata, *_nested(field.annotation)):
        function = getattr(part, "func", part)
        if isinstance(function, OneOf):
            return function.words
    return ()


def _nested(annotation: Any) -> Iterator[Any]:
    for part in (*getattr(annotation, "__metadata__", ()), *get_args(annotation)):
        yield part
        yield from _nested(part)


def _fields(block: type[BaseModel]) -> Iterator[str]:
    for name, field in block.model_fields.items():
        yield _line(name, field.default, field.description or "", choices(field))


def _line(name: str, value: Any, purpose: str, words: Sequence[str] = ()) -> str:
    line = f"{_key(name)} = {toml(value)}".ljust(_WIDTH) + f"  # {purpose}"
    if not words:
        return line
    others = [word for word in words if isinstance(value, list) or word != value]
    note = f"{'of' if isinstance(value, list) else 'or'}: {', '.join(others)}"
    short = f"{line}; {note}"
    return short if len(short) <= 120 else f"{line}\n{textwrap.indent(textwrap.fill(note, 112), '#   ')}"


def _connector(kind: str, made: type[Connector], said: Mapping[str, Any]) -> str:
    about = textwrap.fill(f"{made.title}. Rights it needs: {made.rights}", 116, break_on_hyphens=False)
    lines = [textwrap.indent(about, "# "), f"[connectors.{kind}]", _line("kind", kind, "the vendor")]
    common = ConnectorBlock.model_fields
    lines.append(_line("schedule", "*/15 * * * *", common["schedule"].description or ""))
    lines.append(_line("timezone", common["timezone"].default, common["timezone"].description or ""))
    lines += [_setting(kind, setting, said.get(setting.name)) for setting in made.settings]
    return "\n".join(lines)


def _setting(name: str, setting: Setting, said: Any = None) -> str:
    if said is not None:
        return _line(setting.name, said, setting.help, setting.choices)
    if setting.secret:
        needed = "secret" if setting.required else "secret, if any"
        return f"# {setting.name}: {setting.help} ({needed}; {variable(name, setting.name)}, or the keyring)"
    if setting.default is None:
        if setting.required:
            return _line(setting.name, _REQUIRED.get(setting.name, ""), setting.help, setting.choices)
        return f"# {_line(setting.name, setting.kind(), setting.help, setting.choices)}"
    return _line(setting.name, setting.default, setting.help, setting.choices)


def _job() -> str:
    fields = Job.model_fields
    sample = {
        "run": "sync",
        "schedule": "0 2 * * *",
        "timezone": "UTC",
        "files": [],
        "report": fields["report"].default,
    }
    lines = [_line(name, value, fields[name].description or "") for name, value in sample.items()]
    return "\n".join([f"# {_sentence(Job)}", "[jobs.nightly]", *lines])


def _scenario() -> str:
    lines = [
        _line(name, field.default, field.description or "")
        if field.default is not None
        else f"# {name}: {field.description}"
        for name, field in ScenarioBlock.model_fields.items()
    ]
    return "\n".join([f"# {_sentence(ScenarioBlock)}", "[scenarios.example]", *lines])


def _matching() -> str:
    fields = MatchingBlock.model_fields
    tables = ("govern", "customers", "contracts")
    lines = [
        _line(name, field.default, field.description or "", choices(field))
        for name, field in fields.items()
        if name not in tables
    ]
    lines += ["[matching.govern]", *_fields(GovernBlock)]
    for name in ("customers", "contracts"):
        lines += [f"[matching.{name}]", f"# {fields[name].description}"]
    return "\n".join([f"# {_sentence(MatchingBlock)}", "[matching]", *lines])


def _sentence(block: type[BaseModel]) -> str:
    return (block.__doc__ or "").strip().splitlines()[0]


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)


def _commented(text: str) -> str:
    """Settings behind one #, to be lifted; explanations behind two."""
    return "\n".join(_behind(line) for line in text.splitlines())


def _behind(line: str) -> str:
    if not line.startswith("#"):
        return f"# {line}"
    return line if re.match(r"# \w+ = ", line) else f"#{line}"
