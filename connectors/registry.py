"""Which kinds of connector there are, and how one is made from its block of the configuration.

    make("billing", {"kind": "stripe", "schedule": "0 * * * *"}, secret) -> Stripe

A block is checked before anything runs: unknown keys, wrong types, words outside the allowed ones and missing secrets
are ConfigNeeded, with the nearest spelling.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from connectors.kit.connector import Connector, Described, Setting
from connectors.kit.fields import nearest
from model.errors import ConfigNeeded
from model.money import EXPONENTS

if TYPE_CHECKING:
    from connectors.kit.tokens import Slot

# kind -> module and class. A class is imported when it is first asked for, so that listing kinds stays quick.
_WHERE: dict[str, tuple[str, str]] = {
    "chargebee": ("connectors.chargebee", "Chargebee"),
    "ecb": ("connectors.ecb", "Ecb"),
    "files": ("connectors.files", "Files"),
    "hubspot": ("connectors.hubspot", "HubSpot"),
    "intacct": ("connectors.intacct", "Intacct"),
    "netsuite": ("connectors.netsuite", "NetSuite"),
    "pipedrive": ("connectors.pipedrive", "Pipedrive"),
    "quickbooks": ("connectors.quickbooks", "QuickBooks"),
    "recurly": ("connectors.recurly", "Recurly"),
    "rest": ("connectors.rest", "Rest"),
    "salesforce": ("connectors.salesforce", "Salesforce"),
    "singer": ("connectors.singer", "Singer"),
    "sql": ("connectors.sql", "Sql"),
    "stripe": ("connectors.stripe", "Stripe"),
    "tryton": ("connectors.tryton", "Tryton"),
    "xero": ("connectors.xero", "Xero"),
    "zuora": ("connectors.zuora", "Zuora"),
}
COMMON = (
    Setting("kind", "which system this is", required=True),
    Setting("schedule", 'when to sync: five cron fields, or "every 20 minutes"; empty: only when asked'),
    Setting("timezone", "the account's time zone (IANA name): which day a moment belongs to"),
)


class _Kinds(Mapping[str, type[Connector]]):
    """Kind → class, imported on demand."""

    def __getitem__(self, kind: str) -> type[Connector]:
        module, name = _WHERE[kind]
        found: type[Connector] = getattr(importlib.import_module(module), name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


KINDS: Mapping[str, type[Connector]] = _Kinds()


def described() -> list[Described]:
    """Every kind with its settings, the common ones first, for listings and the configuration's reference."""
    return [Described(kind, found.title, (*COMMON, *found.settings)) for kind, found in KINDS.items()]


def make(
    name: str,
    block: Mapping[str, Any],
    secret: Callable[[str], str | None],
    slot: Callable[[str | None], Slot] | None = None,
) -> Connector:
    """The connector of `[connectors.NAME]`. `secret` gives a secret setting by its key, None where it is not set.

    `slot` gives the place of the successors of a refresh token, None where nothing can be kept.
    """
    kind = str(block.get("kind", ""))
    if kind not in KINDS:
        raise ConfigNeeded(
            f"[connectors.{name}] has kind = {kind!r}{nearest(kind, KINDS)}. Allowed: {', '.join(KINDS)}"
        )
    settings = {each.name: each for each in (*COMMON, *KINDS[kind].settings)}
    options = {each.name: each.default for each in settings.values() if each.default is not None}
    for key, value in block.items():
        if key not in settings:
            allowed = ", ".join(each for each in settings if not settings[each].secret)
            raise ConfigNeeded(
                f"[connectors.{name}] has an unknown key {key!r}{nearest(key, settings)}. Known: {allowed}"
            )
        options[key] = _checked(name, settings[key], value)
    for setting in settings.values():
        if setting.rotates and slot is not None:
            options[setting.name] = found = slot(secret(setting.name))
            found.read()  # a missing token is told before anything runs
        elif setting.secret:
            options[setting.name] = _secret(name, setting, secret(setting.name))
        elif setting.required and options.get(setting.name) in (None, ""):
            raise ConfigNeeded(f"[connectors.{name}] needs {setting.name!r}: {setting.help}")
    return KINDS[kind](name, options)


def _checked(name: str, setting: Setting, value: Any) -> Any:
    where = f"[connectors.{name}] {setting.name} = {value!r}"
    if setting.secret:
        raise ConfigNeeded(
            f"[connectors.{name}] must not hold {setting.name!r}: it is a secret. Take it out of the file and run: "
            f"backlog secrets set {name}.{setting.name}"
        )
    if not isinstance(value, setting.kind) or (isinstance(value, bool) and setting.kind is not bool):
        raise ConfigNeeded(f"{where} must be {_TYPES.get(setting.kind, setting.kind.__name__)} ({setting.help})")
    if isinstance(value, int) and value < 0:
        raise ConfigNeeded(f"{where} must not be less than 0 ({setting.help})")
    if setting.name.endswith("_currency") and isinstance(value, str) and value:
        value = value.upper()
        if value not in EXPONENTS:
            raise ConfigNeeded(f"{where} is not a currency. Use an ISO 4217 code, such as USD")
    if setting.choices and value not in setting.choices:
        raise ConfigNeeded(
            f"{where} is not allowed{nearest(str(value), setting.choices)}. Allowed: {', '.join(setting.choices)}"
        )
    return value


def _secret(name: str, setting: Setting, value: str | None) -> str | None:
    if setting.required and not value:
        variable = "".join(each if each.isalnum() else "_" for each in f"BACKLOG_{name}_{setting.name}").upper()
        raise ConfigNeeded(
            f"{name}: the secret {setting.name!r} is not set ({setting.help}). "
            f"Run: backlog secrets set {name}.{setting.name}, or set the environment variable {variable}"
        )
    return value or None


_TYPES = {str: "text", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}
