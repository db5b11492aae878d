"""Settings that must fit others: a connector that is named is there, a listed month ends as its calendar does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from model.calendar import wrong_ends
from model.money import EXPONENTS
from model.settings_blocks import ConfigFile
from model.settings_problems import by_line
from model.settings_text import Keys, line_of, unknown_word

RESERVED = ("alerts", "server", "token")
"""What secrets of the program itself go by."""
Problems = Iterator[tuple[Keys, str]]
"""Where something does not fit, and what, in words."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


def misnamed(file: Path, lines: Mapping[Keys, int], parsed: ConfigFile) -> str:
    """Settings that must fit others: names of connectors, jobs' files, connectors in [matching], listed month ends."""
    looks = (_names, _systems, _pairs, _jobs, _month_ends, _scenarios, _mail)
    return by_line(file, [(line_of(lines, keys) or 0, text) for look in looks for keys, text in look(parsed)])


def _names(parsed: ConfigFile) -> Problems:
    for name in parsed.connectors:
        if not _NAME.match(name):
            yield ("connectors", name), f"connector {name!r}: a name has letters, digits, - and _ only"
        elif name in RESERVED:
            yield ("connectors", name), f"connector {name!r}: secrets of the program itself go by that name"


def _systems(parsed: ConfigFile) -> Problems:
    for name in parsed.matching.authority:
        if name not in parsed.connectors:
            yield ("matching", "authority"), f"authority: {unknown_word(name, parsed.connectors)}"
    for kind, order in parsed.matching.govern.model_dump().items():
        for name in order:
            if name not in parsed.connectors:
                yield ("matching", "govern", kind), f"{kind}: {unknown_word(name, parsed.connectors)}"


def _pairs(parsed: ConfigFile) -> Problems:
    for kind, named in (("customers", parsed.matching.customers), ("contracts", parsed.matching.contracts)):
        for pair in named.items():
            for record in pair:
                if (name := record.split(":", 1)[0]) not in parsed.connectors:
                    yield ("matching", kind, pair[0]), f"{record!r}: {unknown_word(name, parsed.connectors)}"


def _jobs(parsed: ConfigFile) -> Problems:
    for name, job in parsed.jobs.items():
        if job.run == "workbook refresh" and not job.files:
            yield ("jobs", name), f'job {name!r} refreshes no workbook. Name them: files = ["packs/*.xlsx"]'


def _month_ends(parsed: ConfigFile) -> Problems:
    reporting = parsed.reporting
    if reporting.fiscal_calendar == "custom":
        if wrong := wrong_ends(reporting.fiscal_month_ends):
            yield ("reporting", "fiscal_month_ends"), f"fiscal_month_ends: {wrong}"
    elif reporting.fiscal_month_ends:
        text = 'fiscal_month_ends count only with fiscal_calendar = "custom": set it, or leave them out'
        yield ("reporting", "fiscal_month_ends"), text


def _scenarios(parsed: ConfigFile) -> Problems:
    for name, scenario in parsed.scenarios.items():
        for code in scenario.fx:
            if code not in EXPONENTS:
                yield ("scenarios", name), f"fx of scenario {name!r}: {code!r} is no ISO 4217 currency, such as EUR"
        for other in scenario.combine:
            if other not in parsed.scenarios:
                yield ("scenarios", name), f"combine of scenario {name!r}: {unknown_word(other, parsed.scenarios)}"
            elif name in _combined(parsed, other):
                yield ("scenarios", name), f"scenario {name!r} combines itself, by way of {other!r}"


def _mail(parsed: ConfigFile) -> Problems:
    alerts = parsed.alerts
    if alerts.mail_to and not (alerts.smtp_host and alerts.mail_from):
        yield ("alerts", "mail_to"), "mail_to: mail also needs smtp_host and mail_from"


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
