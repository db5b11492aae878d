"""The configured connectors, made and checked before anything runs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors import registry
from connectors.kit.connector import Check, Connector
from model.errors import ConfigNeeded
from model.settings import Settings, find_secret
from model.settings_text import unknown_word

if TYPE_CHECKING:
    from connectors.kit.tokens import Slot


def made(settings: Settings, name: str) -> Connector:
    """The connector of that name; ConfigNeeded with its line where a setting or a secret is missing or wrong."""
    if name not in settings.connectors:
        raise ConfigNeeded(f"{settings.path}: connector {unknown_word(name, settings.connectors)}")
    block = settings.connectors[name]
    try:
        return registry.make(name, block, lambda key: find_secret(name, key), lambda seed: _slot(settings, name, seed))
    except ConfigNeeded as error:
        raise ConfigNeeded(f"{settings.where('connectors', name, *_named(block, str(error)))}: {error}") from error


class Tested(NamedTuple):
    """A connector's objects read on trial."""

    checks: list[Check]

    @property
    def failed(self) -> list[str]:
        """The objects that could not be read."""
        return [check.object for check in self.checks if not check.ok]

    @property
    def told(self) -> str:
        """All of it in a line; what fails for several alike (a key, a host) is told once."""
        failed: dict[str, list[str]] = {}
        for check in self.checks:
            if not check.ok:
                failed.setdefault(check.detail, []).append(check.object)
        told = "; ".join(f"{', '.join(objects)}: {detail}" for detail, objects in failed.items())
        return told or f"reads {len(self.checks)} objects"


def tested(settings: Settings, name: str, now: dt.datetime) -> Tested:
    """Reads each object of a connector on trial; ConfigNeeded where it cannot even be made."""
    connector = made(settings, name)
    try:
        return Tested(connector.check(now))
    finally:
        connector.close()


def _slot(settings: Settings, name: str, seed: str | None) -> Slot:
    """Where the tokens of a vendor that renews them are kept: the store."""
    from store.connect import connect
    from sync.vault import slot

    return slot(connect(settings.store.url), name, seed)


def _named(block: Mapping[str, Any], text: str) -> list[str]:
    """The key of the block that a message is about: the first it names after the block itself."""
    said = text.partition("]")[2]
    found = {key: re.search(rf"(?<!\w){re.escape(key)}(?!\w)", said) for key in block}
    places = {key: match.start() for key, match in found.items() if match}
    return [min(places, key=lambda key: places[key])] if places else []


def all_made(settings: Settings, names: Iterable[str] = ()) -> list[Connector]:
    """The named connectors, or all of them: every problem is told before the first one runs."""
    chosen = list(dict.fromkeys(names)) or list(settings.connectors)
    if not chosen:
        raise none_configured(settings)
    ready, problems = [], []
    for name in chosen:
        try:
            ready.append(made(settings, name))
        except ConfigNeeded as error:
            problems.append(str(error))
    if problems:
        for connector in ready:
            connector.close()
        raise ConfigNeeded("\n".join(problems))
    return ready


def none_configured(settings: Settings) -> ConfigNeeded:
    """What to say where no connector is there to run."""
    return ConfigNeeded(f"{settings.path}: no connector is configured. Add one: backlog connectors list")
