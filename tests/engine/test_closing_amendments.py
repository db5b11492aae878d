"""October 2026 is closed, and then an amendment is agreed that has effect in it: what October would have earned is a correction."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from october import (
    DECEMBER,
    DOUBLED,
    FIRST,
    KNOWN,
    NOVEMBER,
    OCTOBER,
    amendment,
    ask,
    closing,
    invoice,
    late,
    line,
    made,
    moves,
)

from engine.closing import Closed
from engine.corrections import listed
from engine.explain import explain
from engine.figures import Scope
from engine.ledger import Ledger
from engine.movements import backlog_rollforward
from model.periods import day_number
from model.policy import Policy

TWENTIETH = dt.date(2026, 11, 20)
AGREED_LATER = {**DOUBLED, "signed_on": TWENTIETH}


def test_a_change_agreed_later_with_effect_in_a_closed_month_is_a_correction_of_its_day() -> None:
    """24,000 from 1 October on, agreed on 20 November: 2,000 a month, of which October had 1,000. Commitment is November's."""
    books = closing(KNOWN, {**KNOWN, "amendments": [AGREED_LATER]})
    assert ask(books, "recognized", OCTOBER, NOVEMBER) == ["1000.00", "4000.00"]
    assert ask(books, "recognized", NOVEMBER, since=np.array([day_number(FIRST)])) == ["3000.00"]
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000, "amendments": 12000, "prior-period corrections": -1000, "recognized": -2000, "closing": 20000,
    }  # fmt: skip
    assert "prior-period corrections" not in moves(books, FIRST, TWENTIETH - dt.timedelta(1))
    assert late(books) == [("2026-11-20", "K1", "L1", "recognized", 1000, "amendment A1")]
    shown = explain(books, Scope(), TWENTIETH)
    assert (shown["version"].tolist(), shown["recognized_minor"].tolist()) == (["amendment A1"], [333333])
    # Once November is closed, it stays as it was, whatever is told of the contract then.
    again = closing(books, {**KNOWN, "amendments": [AGREED_LATER], **invoice("I1", NOVEMBER, 100)}, NOVEMBER)
    assert moves(again, FIRST, NOVEMBER) == moves(books, FIRST, NOVEMBER)
    assert moves(again, dt.date(2026, 12, 1), DECEMBER) == {"opening": 20000, "recognized": -2000, "closing": 18000}


def test_what_the_close_knew_of_an_amendment_is_no_correction() -> None:
    """October is closed on a day on which November's amendment is known: nothing of it is late."""
    known = {**KNOWN, "amendments": [AGREED_LATER]}
    books = closing(known, {**known, **invoice("I1", dt.date(2026, 10, 5), 100)})
    assert moves(books, FIRST, NOVEMBER) == {
        "opening": 11000,
        "amendments": 12000,
        "recognized": -3000,
        "closing": 20000,
    }
    assert [row[3] for row in late(books)] == ["billed"]


HALF_OF_OCTOBER = {"on": dt.date(2026, 10, 16), "line_id": "L1"}
EARNED = {
    "by the day": ({"recognition": "straight_line_daily"}, {}, []),
    "by half months": ({"recognition": "straight_line_half_month", "start_on": dt.date(2026, 9, 10)}, {}, []),
    "month by month": ({"recognition": "straight_line_half_month"}, {"rounding": "last_period"}, []),
    "units": ({"recognition": "units", "quantity": Decimal(12)}, {},
              [{**HALF_OF_OCTOBER, "delivery_id": "D1", "measure": "units", "value": Decimal(5)}]),
    "a share": ({"recognition": "percent_complete"}, {},
                [{**HALF_OF_OCTOBER, "delivery_id": "D1", "measure": "percent", "value": Decimal("0.3")},
                 {"line_id": "L1", "on": dt.date(2026, 11, 3), "delivery_id": "D2", "measure": "percent", "value": Decimal("0.7")}]),
}  # fmt: skip
CHANGES = {
    "changed": {"amount": Decimal("24000.01")},
    "caught up": {"amount": Decimal("24000.01"), "treatment": "catch_up"},
    "ended": {"kind": "terminate", "line_id": None},
    "extended": {"kind": "extend", "end_on": dt.date(2027, 12, 31)},
    "added": {"kind": "add_line", "line_id": None, "new_line_id": "L2", "amount": Decimal(7000), "start_on": dt.date(2026, 10, 5),
              "recognition": "straight_line_daily", "end_on": dt.date(2027, 3, 31)},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("earned", EARNED.values(), ids=EARNED)
def test_it_corrects_by_what_it_would_have_if_it_had_come_late(earned: Any, change: dict[str, Any]) -> None:
    """The correction is that of the same change signed on the last closed day and told after the close; the month's own
    revenue is the rest."""
    terms, policy, deliveries = earned
    known = {**KNOWN, "contract_lines": [line(**terms)], "deliveries": deliveries}
    effective = {"effective_on": dt.date(2026, 10, 11), **change}

    def books(signed: dt.date) -> Ledger:
        changed = {**known, "amendments": [amendment("A1", signed_on=signed, **effective)]}
        closed = Closed(made(known, policy=Policy(**policy)), day_number(OCTOBER))
        return made(changed, closed, Policy(**policy))

    then, now = books(OCTOBER), books(TWENTIETH)
    assert revenue_corrected(then) == revenue_corrected(now)
    rows = {name: backlog_rollforward(each, Scope(), FIRST, NOVEMBER).set_index("movement")["amount_minor"]
            for name, each in (("then", then), ("now", now))}  # fmt: skip
    assert rows["now"]["recognized"] == rows["then"]["recognized"], "the month's own"
    assert rows["now"]["closing"] == rows["then"]["closing"]
    assert rows["now"]["exchange differences"] == 0, "it ties"


def revenue_corrected(books: Ledger) -> dict[str, int]:
    frame = listed(books)
    own = frame[frame["figure"] == "recognized"]
    return dict(own.groupby("line")["amount_minor"].sum())
