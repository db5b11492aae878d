"""What config.toml says for steering by the backlog: how sales are paid, and which scenarios are asked about."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Block(BaseModel):
    """A block of the configuration: nothing unknown, nothing converted in silence, nothing changed later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _number(value: Any) -> Any:
    """A whole number is a decimal too; "" is none."""
    if value == "":
        return None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[Decimal, BeforeValidator(_number)]
_NOTHING = Decimal(0)
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
