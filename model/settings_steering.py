"""What config.toml says for steering by the backlog: how sales are paid, and which scenarios are asked about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from model.settings_text import unknown_word
from model.thresholds import RULES, Thresholds


class Block(BaseModel):
    """A block of the configuration: nothing unknown, nothing converted in silence, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _number(value: Any) -> Any:
    """A whole number is a decimal too; "" is none."""
    if value == "":
        return None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _rule(word: str) -> str:
    if word not in RULES:
        raise ValueError(unknown_word(word, RULES))
    return word


Number = Annotated[Decimal, BeforeValidator(_number)]
_NOTHING = Decimal(0)
_LIMITS = Thresholds()
MaybeNumber = Annotated[Decimal | None, BeforeValidator(_number)]


class SalesBlock(Block):
    """How salespeople are credited for the backlog they hold."""

    incentive_rate: MaybeNumber = Field(
        None,
        ge=0,
        le=1,
        description='the share of the change of backlog that is credited, such as 0.05; "" = not agreed',
    )
    incentive_on: Literal["backlog", "commitment"] = Field(
        "backlog",
        description='"backlog": its change, deliveries included; "commitment": what was signed less what was cancelled',
    )


class ScenarioBlock(Block):
    """A stress scenario: what happens to what is undelivered, of all or of what the words select; it writes nothing."""

    about: str = Field("", description="what it stands for, in words")
    on: dt.date | None = Field(None, description="the day of the shock; without one, the day that is asked about")
    customer: str = Field("", description="whom it hits: an id, a name, an alias or a pattern; blank = everyone")
    segment: str = Field("", description="the customers' segment it hits; blank = every segment")
    product: str = Field("", description="what it hits: an id, a name or a pattern; blank = every product")
    family: str = Field("", description="the product family it hits; blank = every family")
    cancel: Number = Field(_NOTHING, ge=0, le=1, description="the share of what is undelivered that is cancelled")
    price_cut: Number = Field(
        _NOTHING, ge=0, le=1, description="the share by which the price of what is undelivered falls"
    )
    delay_months: int = Field(0, ge=0, le=600, description="months by which what is undelivered comes later")
    lose_largest: int = Field(0, ge=0, description="so many customers with the largest backlog cancel all of it")
    fx: dict[str, Number] = Field({}, description="change of a currency's rate as a share: { EUR = -0.1 }")
    combine: list[str] = Field([], description="other scenarios that come with it, by name")


class SignalsBlock(Block):
    """When the signals of the backlog trip; shares are of 1."""

    months: int = Field(3, ge=1, le=24, description="the window that growth, shrinking and bookings are looked at over")
    capacity_gap: Number = Field(_LIMITS.capacity_gap, description="backlog may outgrow capacity by this share")
    shrink: Number = Field(_LIMITS.shrink, ge=0, description="backlog may fall by this share")
    bookings_fall: Number = Field(_LIMITS.bookings_fall, ge=0, description="bookings may fall by this share")
    cancellations_factor: Number = Field(
        _LIMITS.cancellations_factor,
        ge=0,
        description="a month's cancellations may be so many times those of a usual month",
    )
    overdue_days: int = Field(_LIMITS.overdue_days, ge=0, description="days a promise may be past its planned end")
    late_share: Number = Field(_LIMITS.late_share, ge=0, description="the share of a family's backlog that may be late")
    least_margin: Number = Field(
        _LIMITS.least_margin, description="the margin a family's backlog must be expected to earn"
    )
    concentration: Number = Field(
        _LIMITS.concentration, ge=0, description="the share of the backlog one customer may hold"
    )
    cash_gap: Number = Field(_LIMITS.cash_gap, description="the share of a contract's cost that may be unbilled")
    off: list[Annotated[str, AfterValidator(_rule)]] = Field(
        [], description=f"rules that are not looked at, of: {', '.join(RULES)}"
    )

    @property
    def limits(self) -> Thresholds:
        """The thresholds as the rules take them."""
        return Thresholds(**self.model_dump(exclude={"off"}))


class RiskBlock(Block):
    """The simulation of cancellations and delays: `backlog report risk`."""

    cancel: MaybeNumber = Field(
        None,
        ge=0,
        le=1,
        description='the chance that a contract cancels within a year; "" = as it was in the last two years',
    )
    correlation: Number = Field(
        Decimal(0),
        ge=0,
        le=1,
        description="how far contracts of one segment or customer fare alike: 0 = each on its own",
    )
    together: Literal["segment", "customer"] = Field("segment", description="whose contracts fare alike")
    draws: int = Field(10_000, ge=100, le=1_000_000, description="how often the months are drawn")
    seed: int = Field(606, ge=0, description="where the draws begin: the same seed gives the same report")
