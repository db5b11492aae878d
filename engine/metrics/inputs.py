"""What measures need besides the ledger: financial statements, targets, capacity, costs of lines, how sales are paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from engine.scenario.overlay import Scenario

COST_COLUMNS = ("source", "line_id", "on", "cost_minor")


def no_costs() -> pd.DataFrame:
    """Costs of no line at all."""
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([], dtype=object if n < 2 else "int64") for n, name in enumerate(COST_COLUMNS)}
    )


@dataclass(frozen=True)
class Inputs:
    """Frames of model.frames: `financials` (period_end, measure, amount_minor, currency), `targets` (month, measure,
    amount, currency) and `capacity` (month, family, amount, currency; a blank currency is the reporting one).

    `costs()`: what whole lines are expected to cost, as COST_COLUMNS (from which day number `on`; minor units of their
    contract's currency). `incentive_rate`: of a salesperson's credit, None = not agreed; `incentive_on`: "backlog" (its
    change, deliveries included) or "commitment" (what was signed and cancelled). `scenarios`: by name.
    `terms()`: days in which a contract is paid, by source and contract id.
    """

    financials: pd.DataFrame
    targets: pd.DataFrame
    capacity: pd.DataFrame
    costs: Callable[[], pd.DataFrame] = no_costs
    incentive_rate: Decimal | None = None
    incentive_on: str = "backlog"
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    terms: Callable[[], Mapping[tuple[str, str], int]] = dict

    @classmethod
    def none(cls) -> Inputs:
        """Nothing is stated."""
        from model.frames import empty_facts

        facts = empty_facts()
        return cls(facts["financials"], facts["targets"], facts["capacity"])
