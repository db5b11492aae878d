"""What can go wrong, typed by what happens next.

BacklogError            every error this product raises on purpose; its text says what, where and the remedy
├── RetryLater          nothing is wrong with the data: wait (`seconds`, when the vendor named them) and ask again
├── RecordRejected      one record breaks a rule: it is kept with its reason and the others go on
├── ConfigNeeded        a person must change the configuration, a secret or a right at the vendor
├── LedgerBroken        a saved ledger or a calculation cannot be trusted: rebuild, never guess
└── Unanswerable        a question has no answer (`#N/A`), never a silent zero
    └── WrongArgument   an argument is no date, number or known word (`#VALUE!`)
"""

from __future__ import annotations


class BacklogError(Exception):
    """Every error raised on purpose. `str(error)` is fit for a person: what, where, remedy."""


class RetryLater(BacklogError):
    """The other side asked for patience (429, 503, a lock).

    `seconds`: how long it asked for, if it said; `park`: True when waiting is pointless before a quota's reset.
    """

    def __init__(self, message: str, seconds: float | None = None, *, park: bool = False) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.park = park


class RecordRejected(BacklogError):
    """One record breaks a rule of its table.

    `place` says where it was read (file and row, or object and id), `column` which field, `reason` what is wrong
    and `remedy` what to do about it.
    """

    def __init__(self, reason: str, *, place: str = "", column: str = "", remedy: str = "") -> None:
        self.reason, self.place, self.column, self.remedy = reason, place, column, remedy
        where = f"{place}, column {column}" if place and column else place or (f"column {column}" if column else "")
        text = f"{where}: {reason}" if where else reason
        super().__init__(f"{text}. {remedy}" if remedy else text)


class ConfigNeeded(BacklogError):
    """Only a person can go on from here: a setting, a secret, or a right at the vendor is missing or wrong."""


class LedgerBroken(BacklogError):
    """A ledger is damaged, or a calculation broke one of its own laws. It is rebuilt from the store, never patched."""


class Unanswerable(BacklogError):
    """A question that has no answer: unknown customer, no exchange rate. A cell shows `#N/A`."""

    excel = "#N/A"


class WrongArgument(Unanswerable):
    """An argument is no date, no number or no known word. A cell shows `#VALUE!`."""

    excel = "#VALUE!"
