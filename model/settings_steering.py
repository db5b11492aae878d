"""What config.toml says for steering by the backlog: how sales are paid."""

from __future__ import annotations

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
