"""What is wrong with a configuration, told by file, line, allowed values and nearest spelling: one problem a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from model.settings_blocks import ConfigFile, ConnectorBlock, GovernBlock, Job
from model.settings_steering import ScenarioBlock
from model.settings_text import Keys, line_of, nearest, unknown_word

_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "is_instance_of": "a number without quotes, such as 0.05",
    "bool_type": "true or false",
    "list_type": "a list in brackets",
    "date_type": "a date without quotes, such as 2026-01-31",
    "dict_type": "a block",
    "model_type": "a block",
    "model_attributes_type": "a block",
}
_BOUNDS = {
    "greater_than_equal": "at least", "less_than_equal": "at most", "greater_than": "more than", "less_than": "less than",
}  # fmt: skip


def problems(
    file: Path, lines: Mapping[Keys, int], error: ValidationError, known: Callable[[Keys], list[str]] | None = None
) -> str:
    """What does not fit the blocks: unknown keys, wrong types, unknown words, missing keys.

    `known` gives the keys a block may have, where the file is another than the configuration.
    """
    told: list[tuple[int, str]] = []
    for problem in error.errors():
        keys = tuple(str(part) for part in problem["loc"])
        told.append((line_of(lines, keys) or 0, _problem(keys, problem, known or known_keys)))
    return by_line(file, told)


def by_line(file: Path, told: list[tuple[int, str]]) -> str:
    """Problems in the order of the file, one a line; line 0 is none."""
    return "\n".join(f"{file}{f' line {line}' if line else ''}: {text}" for line, text in sorted(set(told)))


def known_keys(block: Keys) -> list[str]:
    """The keys that a block may have; `("policy",)` is [policy], `()` the file itself."""
    fields = ConfigFile.model_fields
    if not block:
        return list(fields)
    if block[:2] == ("matching", "govern"):
        return list(GovernBlock.model_fields)
    named: dict[str, type[BaseModel]] = {"connectors": ConnectorBlock, "jobs": Job, "scenarios": ScenarioBlock}
    model = named.get(block[0]) or fields[block[0]].annotation
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _problem(keys: Keys, problem: Mapping[str, Any], known: Callable[[Keys], list[str]]) -> str:
    kind, value = problem["type"], problem.get("input")
    named = [key for key in keys if not key.isdecimal() and key != "[key]"]
    name, block = named[-1], ".".join(named[:-1])
    within = f" in [{block}]" if block else ""
    if kind == "extra_forbidden":
        return f"unknown setting {name!r}{within}. {_suggestion(name, known(keys[:-1]))}"
    if kind == "missing":
        return f"[{block}] has no {name!r}. {_purpose(keys)}"
    if kind == "value_error":
        return f"{name}: {problem['ctx']['error']}"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
        return f"{name}: {unknown_word(str(value), words)}"
    if kind in _BOUNDS:
        return f"{name} = {value}{within}: expected {_BOUNDS[kind]} {next(iter(problem['ctx'].values()))}"
    if kind in _TYPES:
        return f"{name} = {value if isinstance(value, Decimal) else repr(value)}{within}: expected {_TYPES[kind]}"
    return f"{name} = {value!r}{within}: {problem['msg']}"


def _suggestion(word: str, allowed: list[str]) -> str:
    near = nearest(word, allowed)
    return (f"Did you mean {near!r}? " if near else "") + f"Allowed: {', '.join(allowed)}"


def _purpose(keys: Keys) -> str:
    model = ConnectorBlock if keys[0] == "connectors" else Job
    field = model.model_fields.get(keys[-1])
    return f"It says {field.description}" if field else ""
