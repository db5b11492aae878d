"""What a signal is."""

from __future__ import annotations

from dataclasses import dataclass

from model.money import Money


@dataclass(frozen=True)
class Signal:
    """A rule that tripped: about which `subject` (a family, a customer; blank = the company), in words, the amount at
    stake, the `records` behind it, and what usually helps.
    """

    rule: str
    subject: str
    text: str
    amount: Money | None
    records: tuple[str, ...]
    advice: str

    @property
    def name(self) -> str:
        """What it is known by from one day to the next: the same signal fires once."""
        return f"{self.rule} {self.subject}".strip()


@dataclass(frozen=True)
class Unchecked:
    """A rule that cannot be checked, and why: no capacity is stated, a rate is missing."""

    rule: str
    reason: str
