"""The configuration: config.toml read once, checked whole, before anything runs.

A key that no block knows, a value of the wrong type or an unknown word is refused with its file, its line, what is
allowed and the nearest spelling; all problems are told at once. Secrets are never in the file: see `secret`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from model.errors import ConfigNeeded
from model.policy import Policy
from model.redaction import remember
from model.settings_blocks import (
    AlertsBlock,
    ConfigFile,
    ConnectorBlock,
    Job,
    MatchingBlock,
    ReportingBlock,
    ServiceBlock,
    StoreBlock,
    WebBlock,
    WorkbooksBlock,
)
from model.settings_fit import misnamed
from model.settings_problems import problems
from model.settings_steering import RiskBlock, SalesBlock, ScenarioBlock, SignalsBlock
from model.settings_text import Keys, line_of, lines_of

SERVICE = "revenue-backlog"
"""The keyring's service name; the user name is `<connector>.<key>`."""


@dataclass(frozen=True)
class Settings:
    """What the configuration says, defaults filled in.

    `path`: the file. `connectors`: each block as it stands (kind, schedule, timezone and the kind's own options; an
    option `path` or `…_path` is made absolute, from the file's folder). `jobs`: what `backlog run` does besides
    pulling. `lines`: where each key stands, for messages.
    """

    path: Path
    store: StoreBlock
    reporting: ReportingBlock
    policy: Policy
    connectors: Mapping[str, Mapping[str, Any]]
    jobs: Mapping[str, Job]
    matching: MatchingBlock
    service: ServiceBlock
    alerts: AlertsBlock
    workbooks: WorkbooksBlock
    web: WebBlock
    sales: SalesBlock
    scenarios: Mapping[str, ScenarioBlock]
    signals: SignalsBlock
    risk: RiskBlock
    lines: Mapping[Keys, int]

    @property
    def root(self) -> Path:
        """The folder of the configuration, from which relative paths count."""
        return self.path.parent

    def where(self, *keys: str) -> str:
        """The file and line of a key (or of the block around it), to open a message with."""
        line = line_of(self.lines, keys)
        return f"{self.path.name} line {line}" if line else self.path.name


def find(path: Path | None = None) -> Path:
    """The configuration to use: the one named, else $BACKLOG_CONFIG, else ./config.toml."""
    return (path or Path(os.environ.get("BACKLOG_CONFIG") or "config.toml")).absolute()


def load(path: Path | None = None) -> Settings:
    """Reads and checks the configuration. Raises ConfigNeeded with every problem, one a line."""
    file = find(path)
    text = _read(file)
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigNeeded(f"{file}: not valid TOML: {error}. Compare config.example.toml") from None
    lines = lines_of(text)
    try:
        parsed = ConfigFile.model_validate(data)
    except ValidationError as error:
        raise ConfigNeeded(problems(file, lines, error)) from None
    if wrong := misnamed(file, lines, parsed):
        raise ConfigNeeded(wrong)
    return Settings(
        path=file,
        store=StoreBlock(url=_absolute_url(parsed.store.url, file.parent)),
        reporting=parsed.reporting,
        policy=parsed.policy.policy(),
        connectors={name: _options(block, file.parent) for name, block in parsed.connectors.items()},
        jobs=parsed.jobs,
        matching=parsed.matching,
        service=parsed.service,
        alerts=parsed.alerts,
        workbooks=parsed.workbooks,
        web=parsed.web,
        sales=parsed.sales,
        scenarios=parsed.scenarios,
        signals=parsed.signals,
        risk=parsed.risk,
        lines=lines,
    )


def variable(connector: str, key: str) -> str:
    """The environment variable that may hold a connector's secret.

    >>> variable("crm", "access_token")
    'BACKLOG_CRM_ACCESS_TOKEN'
    """
    return "BACKLOG_" + re.sub(r"[^A-Z0-9]", "_", f"{connector}_{key}".upper())


def secret(settings: Settings, connector: str, key: str) -> str:
    """A connector's secret from the environment, else from the keyring; ConfigNeeded says how to give it."""
    value = find_secret(connector, key)
    if value is None:
        raise ConfigNeeded(
            f"{settings.where('connectors', connector)}: connector {connector!r} needs its secret {key!r}. "
            f"Run: backlog secrets set {connector}.{key} — or set {variable(connector, key)} in the environment"
        )
    return value


def find_secret(connector: str, key: str) -> str | None:
    """The secret, or None where neither the environment nor a keyring has it. No text that leaves us will show it."""
    value = os.environ.get(variable(connector, key)) or _from_keyring(f"{connector}.{key}")
    remember(value)
    return value


def keep_secret(connector: str, key: str, value: str) -> None:
    """Keeps a secret in the keyring; ConfigNeeded names the environment variable where there is no keyring."""
    import keyring
    import keyring.backends.fail
    import keyring.backends.null
    import keyring.errors

    remember(value)
    backend = keyring.get_keyring()
    useless = isinstance(backend, (keyring.backends.fail.Keyring, keyring.backends.null.Keyring))
    try:
        if not useless:
            keyring.set_password(SERVICE, f"{connector}.{key}", value)
            return
        reason = "it has none"
    except keyring.errors.KeyringError as error:
        reason = str(error)
    raise ConfigNeeded(
        f"the keyring of this machine took nothing ({reason}). Set {variable(connector, key)} in the environment "
        "instead"
    )


def _from_keyring(name: str) -> str | None:
    import keyring
    import keyring.errors

    try:
        return keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError:
        return None  # A machine without a keyring, such as a server, has the environment only.


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError:
        raise ConfigNeeded(
            f"{file}: there is no configuration. Run: backlog init — or name one with --config FILE or $BACKLOG_CONFIG"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigNeeded(f"{file}: not UTF-8 text ({error.reason} at byte {error.start}). Save it as UTF-8") from None
    except OSError as error:
        raise ConfigNeeded(f"{file}: cannot be read ({error.strerror}). Check its rights") from None


def _options(block: ConnectorBlock, root: Path) -> dict[str, Any]:
    options = block.model_dump(exclude_none=True)
    for key, value in options.items():
        if isinstance(value, str) and value and (key == "path" or key.endswith("_path")):
            options[key] = str(root / Path(value).expanduser())
    return options


def _absolute_url(url: str, root: Path) -> str:
    scheme, slashes, rest = url.partition(":///")
    if not slashes or not scheme.startswith("sqlite") or rest.startswith(":memory:"):
        return url
    path, question, query = rest.partition("?")
    return f"{scheme}:///{(root / path).as_posix()}{question}{query}"
