"""What may stand in config.toml: one class a block, one line of purpose a key.

`config.example.toml` and the settings reference are made from these classes: a key is declared here, nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from model.money import EXPONENTS
from model.policy import Policy
from model.records import RECOGNITION
from model.settings_text import unknown_word

_POLICY = Policy()
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_NAMES = ("", "", "", "jan feb mar apr may jun jul aug sep oct nov dec", "sun mon tue wed thu fri sat")
_CONNECTOR_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*:.+\Z", re.DOTALL)


@dataclass(frozen=True)
class OneOf:
    """Accepts the listed words and no other."""

    words: tuple[str, ...]

    def __call__(self, word: str) -> str:
        """The word itself; ValueError naming the allowed ones and the nearest."""
        if word not in self.words:
            raise ValueError(unknown_word(word, self.words))
        return word


def cron(text: str) -> str:
    """A cron expression of five fields (minute, hour, day, month, weekday), checked field by field.

    >>> cron("*/15 * * * mon-fri")
    '*/15 * * * mon-fri'
    """
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} is no schedule: five fields are needed, such as '*/15 * * * *' or '0 6 1 * *'")
    for field, (low, high), names in zip(fields, _CRON_RANGES, _CRON_NAMES, strict=True):
        if not all(_cron_part(part.lower(), low, high, names.split()) for part in field.split(",")):
            raise ValueError(f"{text!r} is no schedule: {field!r} does not fit {low} to {high}")
    return text


def timezone(name: str) -> str:
    """An IANA time zone by its name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(unknown_word(name, tuple(sorted(available_timezones())))) from None
    return name


def currency(code: str) -> str:
    """An ISO 4217 code."""
    if code not in EXPONENTS:
        raise ValueError(unknown_word(code, tuple(EXPONENTS), " (ISO 4217, such as USD)"))
    return code


def source_id(text: str) -> str:
    """A record of one connector, written `connector:id`."""
    if not _CONNECTOR_ID.match(text):
        raise ValueError(f"{text!r} names no record: write connector:id, such as 'crm:4711'")
    return text


def _cron_part(part: str, low: int, high: int, names: list[str]) -> bool:
    spread, _, step = part.partition("/")
    if "/" in part and not (step.isdecimal() and int(step) > 0):
        return False
    if spread == "*":
        return True
    ends = [low + names.index(end) if end in names else end for end in spread.split("-")]
    numbers = [int(end) for end in ends if str(end).isdecimal()]
    return len(numbers) == len(ends) <= 2 and all(low <= n <= high for n in numbers) and numbers == sorted(numbers)


def _blank(value: Any) -> Any:
    return None if value == "" else value


Currency = Annotated[str, AfterValidator(currency)]
Timezone = Annotated[str, AfterValidator(timezone)]
Cron = Annotated[str, AfterValidator(cron)]
SourceId = Annotated[str, AfterValidator(source_id)]


class Block(BaseModel):
    """A block of the configuration: nothing unknown, nothing converted in silence, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StoreBlock(Block):
    """Where everything that was read is kept."""

    url: str = Field(
        "sqlite:///backlog.db",
        min_length=1,
        description="the SQLite file that holds it; a relative one lies beside this file",
    )


class ReportingBlock(Block):
    """How figures are presented."""

    currency: Currency = Field("USD", description="figures of mixed currencies are shown in this one")
    fiscal_year_start: int = Field(1, ge=1, le=12, description="the first month of the fiscal year, 1 to 12")
    timezone: Timezone = Field("UTC", description="the zone in which a day ends")


class PolicyBlock(Block):
    """The accounting policies elected; a change rebuilds the ledger."""

    rounding: Annotated[str, AfterValidator(OneOf(("cumulative", "last_period")))] = Field(
        _POLICY.rounding, description="round the running total, or each month with the remainder in the last"
    )
    deferred_basis: Annotated[str, AfterValidator(OneOf(("billed", "paid")))] = Field(
        _POLICY.deferred_basis, description="deferred revenue arises when billed, or when paid"
    )
    recognition: Annotated[str, AfterValidator(OneOf(RECOGNITION))] = Field(
        _POLICY.recognition, description="the method of a line for which neither line nor product names one"
    )
    termination: Annotated[str, AfterValidator(OneOf(("contracted", "enforceable")))] = Field(
        _POLICY.termination, description="backlog counts the whole contract, or what a notice could not undo"
    )
    rpo_expedients: list[
        Annotated[str, AfterValidator(OneOf(("right_to_invoice", "one_year", "royalty", "unallocated_variable")))]
    ] = Field(list(_POLICY.rpo_expedients), description="what RPO leaves out (ASC 606-10-50-14, -14A)")
    credit_notes: Annotated[str, AfterValidator(OneOf(("catch_up", "deferred_first")))] = Field(
        _POLICY.credit_notes, description="a price lowered by credit adjusts to date, or releases deferred first"
    )
    progress_decimals: Annotated[int | None, BeforeValidator(_blank)] = Field(
        _POLICY.progress_decimals, ge=0, le=12, description='decimals of a share complete; "" = exact'
    )
    fx_revenue: Annotated[str, AfterValidator(OneOf(("daily", "average")))] = Field(
        _POLICY.fx_revenue, description="revenue is converted at the rate of its day, or its period's average"
    )

    def policy(self) -> Policy:
        """The elections as the engine takes them."""
        return Policy(**{**self.model_dump(), "rpo_expedients": tuple(sorted(set(self.rpo_expedients)))})


class ConnectorBlock(BaseModel):
    """What every connector has; its own keys are declared by its kind and checked by connectors.registry."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    kind: str = Field(min_length=1, description="the vendor, see: backlog connectors list")
    schedule: Cron | None = Field(
        None, description="cron: when `backlog run` pulls it; without one only `backlog sync`"
    )
    timezone: Timezone = Field(
        "UTC", description="the account's zone: of its schedule, and of the day a moment falls on"
    )


class Job(Block):
    """A job of `backlog run` besides the connectors."""

    run: Literal["workbook refresh", "sync"] = Field(
        description='what to do: "sync" all connectors, or "workbook refresh"'
    )
    schedule: Cron = Field(description="cron: when to do it")
    timezone: Timezone = Field("UTC", description="the zone of the schedule")
    files: list[str] = Field([], description="the workbooks of a refresh, as patterns beside this file")


class WorkbooksBlock(Block):
    """How somebody's own workbooks are refreshed."""

    backups: int = Field(3, ge=0, le=1000, description="how many former files are kept beside each, as FILE.bak-TIME")
    libreoffice: str = Field(
        "auto",
        min_length=1,
        description='computes what only a spreadsheet program can: its path, "auto" to look for it, "off"',
    )
    seconds: int = Field(300, ge=1, le=86_400, description="how long it may take over one workbook")
    workers: int = Field(0, ge=0, le=64, description="workbooks refreshed at once; 0 = as many as processors")


class MatchingBlock(Block):
    """How the same customer or deal seen in several systems becomes one."""

    authority: list[str] = Field(
        [], description="connectors whose contracts govern where two have the same deal, in order"
    )
    customers: dict[SourceId, SourceId] = Field({}, description='customers that are one: "billing:cus_1" = "crm:4711"')


class ConfigFile(Block):
    """The whole file."""

    store: StoreBlock = StoreBlock()  # type: ignore[call-arg]
    reporting: ReportingBlock = ReportingBlock()  # type: ignore[call-arg]
    policy: PolicyBlock = PolicyBlock()  # type: ignore[call-arg]
    connectors: dict[str, ConnectorBlock] = {}
    jobs: dict[str, Job] = {}
    matching: MatchingBlock = MatchingBlock()  # type: ignore[call-arg]
    workbooks: WorkbooksBlock = WorkbooksBlock()  # type: ignore[call-arg]
