"""What is wrong with a configuration, told by file, line, allowed values and nearest spelling: one problem a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from model.calendar import wrong_ends
from model.money import EXPONENTS
from model.settings_blocks import ConfigFile, ConnectorBlock, GovernBlock, Job
from model.settings_steering import ScenarioBlock
from model.settings_text import Keys, line_of, nearest, unknown_word

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
RESERVED = ("alerts", "server", "token")
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


def misnamed(file: Path, lines: Mapping[Keys, int], parsed: ConfigFile) -> str:
    """Settings that must fit others: names of connectors, jobs' files, connectors in [matching], listed month ends."""
    told: list[tuple[int, str]] = []

    def tell(keys: Keys, text: str) -> None:
        told.append((line_of(lines, keys) or 0, text))

    for name in parsed.connectors:
        if not _NAME.match(name):
            tell(("connectors", name), f"connector {name!r}: a name has letters, digits, - and _ only")
        elif name in RESERVED:
            tell(("connectors", name), f"connector {name!r}: secrets of the program itself go by that name")
    for name in parsed.matching.authority:
        if name not in parsed.connectors:
            tell(("matching", "authority"), f"authority: {unknown_word(name, parsed.connectors)}")
    for kind, order in parsed.matching.govern.model_dump().items():
        for name in order:
            if name not in parsed.connectors:
                tell(("matching", "govern", kind), f"{kind}: {unknown_word(name, parsed.connectors)}")
    for kind, named in (("customers", parsed.matching.customers), ("contracts", parsed.matching.contracts)):
        for pair in named.items():
            for record in pair:
                if (name := record.split(":", 1)[0]) not in parsed.connectors:
                    tell(("matching", kind, pair[0]), f"{record!r}: {unknown_word(name, parsed.connectors)}")
    for name, job in parsed.jobs.items():
        if job.run == "workbook refresh" and not job.files:
            tell(("jobs", name), f'job {name!r} refreshes no workbook. Name them: files = ["packs/*.xlsx"]')
    reporting = parsed.reporting
    if reporting.fiscal_calendar == "custom":
        if wrong := wrong_ends(reporting.fiscal_month_ends):
            tell(("reporting", "fiscal_month_ends"), f"fiscal_month_ends: {wrong}")
    elif reporting.fiscal_month_ends:
        text = 'fiscal_month_ends count only with fiscal_calendar = "custom": set it, or leave them out'
        tell(("reporting", "fiscal_month_ends"), text)
    for name, scenario in parsed.scenarios.items():
        for code in scenario.fx:
            if code not in EXPONENTS:
                tell(("scenarios", name), f"fx of scenario {name!r}: {code!r} is no ISO 4217 currency, such as EUR")
        for other in scenario.combine:
            if other not in parsed.scenarios:
                tell(("scenarios", name), f"combine of scenario {name!r}: {unknown_word(other, parsed.scenarios)}")
            elif name in _combined(parsed, other):
                tell(("scenarios", name), f"scenario {name!r} combines itself, by way of {other!r}")
    alerts = parsed.alerts
    if alerts.mail_to and not (alerts.smtp_host and alerts.mail_from):
        tell(("alerts", "mail_to"), "mail_to: mail also needs smtp_host and mail_from")
    return by_line(file, told)


def _combined(parsed: ConfigFile, name: str) -> set[str]:
    """A scenario and all that come with it."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found and one in parsed.scenarios:
            found.add(one)
            waiting += parsed.scenarios[one].combine
    return found


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
