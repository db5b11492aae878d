"""The reference implementation: every figure, by its definition in semantics.md, one contract and one day at a time.

    books = Oracle(records, Policy())
    books.backlog(Scope(contract_id="K1"), day)      # whole minor units

`records` are plain rows by table as model.records declares them: dates as datetime.date, money as Money (or Decimal
in the contract's currency). It is slow on purpose: exact fractions and no tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from oracle_billing import Billing, Entry, Holder
from oracle_contract import Contract, Line, Record, Records, rows
from oracle_events import write_up
from oracle_time import DAY, anniversary, months_later, round_half_away

from model.policy import Policy

FOREVER = dt.date(2399, 12, 31)
EPOCH = dt.date(1970, 1, 1)


def within(rest: int, scheduled: int) -> int:
    """What is scheduled of a remainder: never more than it, never of the other sign."""
    return max(min(0, rest), min(max(0, rest), scheduled))


@dataclass(frozen=True)
class Scope:
    """What a question is about; an empty field does not narrow it. Amounts of other currencies are left out."""

    customer_id: str = ""
    contract_id: str = ""
    product_id: str = ""
    currency: str = ""


class Oracle:
    """All contracts written up, and every figure about them."""

    def __init__(self, records: Records, policy: Policy) -> None:
        self.records = records
        self.policy = policy
        self.contracts = {r["contract_id"]: write_up(records, r, policy) for r in records.get("contracts", ())}
        self.billing = Billing(records)
        self.agreed: dict[tuple[object, ...], Contract] = {}

    # What a scope covers

    def within(self, scope: Scope) -> list[Contract]:
        return [
            c
            for c in self.contracts.values()
            if scope.contract_id in ("", c.contract_id)
            and scope.customer_id in ("", c.record["customer_id"])
            and scope.currency in ("", c.currency)
        ]

    def lines(self, scope: Scope, contract: Contract) -> list[Line]:
        return [line for line in contract.lines.values() if scope.product_id in ("", line.product_id)]

    def holders(self, scope: Scope) -> list[Holder]:
        """Every contract of the scope, and its customers outside any contract where no contract is named."""
        found = [Holder(c.contract_id, c.record["customer_id"], c.currency) for c in self.within(scope)]
        outside = {e.holder for e in self.billing.entries if not e.holder.contract_id}
        for holder in sorted(outside):
            if scope.contract_id or scope.customer_id not in ("", holder.customer_id):
                continue
            if scope.currency in ("", holder.currency):
                found.append(holder)
        return found

    # Commitment and recognition

    def contracted(self, scope: Scope, day: dt.date) -> int:
        """Fixed price and constrained estimates, after the amendments signed by then (606-10-32-2)."""
        return sum(self.contracted_line(c, line, day) for c in self.within(scope) for line in self.lines(scope, c))

    def recognized(self, scope: Scope, day: dt.date) -> int:
        """Cumulative revenue under the contract version in force that day (606-10-25-23)."""
        return sum(c.recognized(line, day) for c in self.within(scope) for line in self.lines(scope, c))

    def backlog(self, scope: Scope, day: dt.date) -> int:
        """Contracted and not yet recognized."""
        return self.contracted(scope, day) - self.recognized(scope, day)

    def contracted_line(self, contract: Contract, line: Line, day: dt.date) -> int:
        """What of a line's price is committed: of an evergreen contract only to the end of its notice period."""
        whole = self.committed(contract, line, day)
        notice = contract.record.get("terminable_on_notice_days")
        only_notice = contract.record.get("evergreen") or self.policy.termination == "enforceable"
        if not only_notice or notice is None or contract.signed_on is None or day < contract.signed_on:
            return whole
        so_far = contract.recognized(line, day)
        soon = self.scheduled(contract, line, day, day + notice * DAY)
        return so_far + within(whole - so_far, soon)

    def committed(self, contract: Contract, line: Line, day: dt.date) -> int:
        """A line's price as it was agreed by a day: what is signed and still to take effect is in it."""
        agreed = self.as_agreed_by(contract, day).lines.get(line.line_id)
        if agreed is None or contract.signed_on is None or day < contract.signed_on:
            return 0
        fixed = sum(amount for _on, amount, _cause in agreed.contracted)
        used = contract.used(line, day)
        return fixed if used is None else max(fixed, used)

    # What is still to come, and when

    def as_agreed_by(self, contract: Contract, day: dt.date) -> Contract:
        """The contract as it would go on without anything that is agreed after a day."""

        def early(table: str, column: str) -> list[Record]:
            return [r for r in self.records.get(table, ()) if r[column] <= day]

        known = {
            "amendments": early("amendments", "signed_on"),
            "estimates": early("estimates", "on"),
            "credit_notes": early("credit_notes", "issued_on"),
        }
        record = dict(contract.record)
        cancelled = record.get("cancelled_on")
        if record["status"] == "cancelled" and cancelled is not None and EPOCH + cancelled * DAY > day:
            record["status"] = "signed"
        key = (contract.contract_id, record["status"], *(len(found) for found in known.values()))
        if key not in self.agreed:
            self.agreed[key] = write_up({**self.records, **known}, record, self.policy)
        return self.agreed[key]

    def scheduled(self, contract: Contract, line: Line, day: dt.date, until: dt.date) -> int:
        """How much of a line is to be recognized after `day`, up to and including `until`.

        The terms signed by `day` and all known evidence say it; what they leave open is spread evenly from the last
        evidence to the planned end (methods that measure progress) or falls on the planned end; what should have been
        done by now is due.
        """
        agreed = self.as_agreed_by(contract, day)
        if line.line_id not in agreed.lines:
            return 0
        signed = contract.signed_on or day  # before that, what it will say when it is signed
        contracted, line = self.committed(contract, line, max(day, signed)), agreed.lines[line.line_id]
        known = agreed.recognized(line, until) - agreed.recognized(line, day)
        if not line.terms or line.now.time_based:
            return known
        left = contracted - agreed.recognized(line, FOREVER)
        terms = line.now
        if terms.end is None or terms.end <= until:
            return known + left
        if terms.method not in ("percent_complete", "units", "milestone"):
            return known
        begin = terms.start or contract.signed_on or day
        last = line.evidence.last_day(terms.method) or begin - DAY
        span = (terms.end - last).days
        if span <= 0:
            return known  # nothing of it is planned before the end
        return known + round_half_away(Fraction(left * min(max(0, (until - last).days), span), span))

    def due(self, contract: Contract, line: Line, day: dt.date, until: dt.date) -> int:
        """What of a line's backlog is to be recognized by a day; before the contract is signed, of what it will say."""
        signed = contract.signed_on
        on = day if signed is None else max(day, signed)
        rest = self.committed(contract, line, on) - contract.recognized(line, day)
        return within(rest, self.scheduled(contract, line, day, until))

    def rpo(self, scope: Scope, day: dt.date, months: int | None = None) -> int:
        """Unsatisfied, enforceable price (606-10-50-13), within so many months if asked, less elected expedients."""
        total = 0
        for contract in self.within(scope):
            if contract.signed_on is None or day < contract.signed_on:
                continue
            horizons = [months_later(day, months)] if months is not None else []
            notice = contract.record.get("terminable_on_notice_days")
            if notice is not None:
                horizons.append(day + notice * DAY)
            for line in self.lines(scope, contract):
                if self.short(contract, line):
                    continue
                rest = self.contracted_line(contract, line, day) - contract.recognized(line, day)
                if horizons:
                    rest = within(rest, self.scheduled(contract, line, day, min(horizons)))
                total += rest
        return total

    def short(self, contract: Contract, line: Line) -> bool:
        """Whether the elected expedient leaves a line out: agreed for a year or less at the start (50-14(a)).

        What was added or renewed as a contract of its own has a duration of its own.
        """
        if "one_year" not in self.policy.rpo_expedients:
            return False
        given: list[Record] = [contract.record, *rows(self.records, "contract_lines", contract_id=contract.contract_id)]
        if line.apart:
            given = [{"start_on": line.terms[0][1].start, "end_on": line.terms[0][1].end}]
        if any(r.get("end_on") is None for r in given) and contract.record.get("end_on") is None:
            return False  # it may last for ever
        start = min((r["start_on"] for r in given if r.get("start_on")), default=None)
        end = max((r["end_on"] for r in given if r.get("end_on")), default=None)
        return start is not None and end is not None and end < anniversary(start)

    # Balances, per contract and then summed, never netted across contracts

    def entries(self, scope: Scope, day: dt.date) -> list[Entry]:
        holders = self.holders(scope)
        return [e for e in self.billing.entries if e.holder in holders and e.on <= day]

    def billed(self, scope: Scope, day: dt.date) -> int:
        """Finalised invoices less credit notes, by document date, without tax."""
        return sum(e.billed for e in self.entries(scope, day))

    def collected(self, scope: Scope, day: dt.date) -> int:
        """Cash received less refunds and disputes."""
        return sum(e.cash for e in self.entries(scope, day))

    def receivable(self, scope: Scope, day: dt.date, bucket: str = "total") -> int:
        """Billed with tax, less cash, credits and write-offs (606-10-45-4), by how long the invoice is past due."""
        return sum(e.owed for e in self.entries(scope, day) if bucket in ("total", self.billing.bucket(e, day)))

    def per_holder(self, scope: Scope, figure: Callable[[Holder], int]) -> int:
        return sum(figure(holder) for holder in self.holders(scope))

    def earned_by(self, holder: Holder, day: dt.date) -> int:
        return self.recognized(Scope(contract_id=holder.contract_id), day) if holder.contract_id else 0

    def deferred(self, scope: Scope, day: dt.date, part: str = "total", basis: str = "") -> int:
        """Billed (or paid) before it is earned, contract by contract (606-10-45-2), and how much of it is current."""
        return self.per_holder(scope, lambda holder: self.deferred_of(holder, day, part, basis))

    def deferred_of(self, holder: Holder, day: dt.date, part: str, basis: str) -> int:
        until_now = [e for e in self.billing.entries if e.holder == holder and e.on <= day]
        paid = (basis or self.policy.deferred_basis) == "paid"
        received = sum(e.paid if paid else e.billed for e in until_now)
        total = max(0, received - self.earned_by(holder, day))
        contract = self.contracts.get(holder.contract_id)
        lines = list(contract.lines.values()) if contract else []
        horizon = months_later(day, 12)
        soon = sum(self.due(contract, line, day, horizon) for line in lines) if contract else 0
        current = min(total, max(0, soon))
        return {"total": total, "current": current, "noncurrent": total - current}[part]

    def unbilled(self, scope: Scope, day: dt.date) -> int:
        """Earned before it is billed, contract by contract (606-10-45-3)."""

        def of(holder: Holder) -> int:
            return max(0, self.earned_by(holder, day) - self.billed_of(holder, day))

        return self.per_holder(scope, of)

    def billed_of(self, holder: Holder, day: dt.date) -> int:
        return sum(e.billed for e in self.billing.entries if e.holder == holder and e.on <= day)

    # Flows

    def flow(self, scope: Scope, cause: str, first: dt.date | None, last: dt.date) -> int:
        return self.to_date(scope, cause, last) - (0 if first is None else self.to_date(scope, cause, first - DAY))

    def to_date(self, scope: Scope, cause: str, day: dt.date) -> int:
        """What moved for one cause by a day, by what was agreed then."""
        total = 0
        for contract in self.within(scope):
            agreed = self.as_agreed_by(contract, day)
            if contract.signed_on is None or day < contract.signed_on:
                continue
            for line in self.lines(scope, agreed):
                if self.by_notice(contract):
                    total += self.moved_by_notice(contract, line, cause, day)
                else:
                    total += sum(amount for _on, amount, why in line.contracted if why == cause)
        return total

    def by_notice(self, contract: Contract) -> bool:
        """Whether no more of a contract is committed than a notice period."""
        only_notice = contract.record.get("evergreen") or self.policy.termination == "enforceable"
        return bool(only_notice and contract.record.get("terminable_on_notice_days") is not None)

    def moved_by_notice(self, contract: Contract, line: Line, cause: str, until: dt.date) -> int:
        """Where only a notice period is committed: what is earned by the end of the day of signature and that much is booked
        on it; a cancellation takes what of the notice that was agreed the day before is then no more committed.
        """

        def stated(day: dt.date) -> int:
            known = self.as_agreed_by(contract, day).lines.get(line.line_id)
            return sum(amount for on, amount, why in known.contracted if why == cause and on <= day) if known else 0

        total = 0
        for day in self.days_of_change(contract, line):
            moved = stated(day) - stated(day - DAY) if day > contract.signed_on else stated(day)
            if day > until or moved == 0:
                continue
            end = day + contract.record["terminable_on_notice_days"] * DAY
            left = within(self.rest(contract, line, day), self.scheduled(contract, line, day, end))
            if cause == "booking":
                total += contract.recognized(line, day) + left
            elif moved < 0:
                eve = day - DAY
                rest = self.rest(contract, line, eve)
                was = within(rest, self.scheduled(contract, line, eve, end))
                was -= within(rest, self.scheduled(contract, line, eve, day))
                total -= max(0, was - left)
        return total

    def rest(self, contract: Contract, line: Line, day: dt.date) -> int:
        """What of a line's price, as agreed by a day, is not recognized yet."""
        return self.committed(contract, line, day) - contract.recognized(line, day)

    def days_of_change(self, contract: Contract, line: Line) -> list[dt.date]:
        """Every day on which what is committed to a line may change, from the contract's signature on."""
        days = {on + n * DAY for on, _amount, _cause in line.contracted for n in (0, 1)}
        for table, column in (("amendments", "signed_on"), ("estimates", "on"), ("credit_notes", "issued_on")):
            days |= {r[column] for r in self.records.get(table, ())}
        cancelled = contract.record.get("cancelled_on")
        days |= {EPOCH + cancelled * DAY} if isinstance(cancelled, int) and cancelled > -700_000 else set()
        days.add(contract.signed_on)
        return sorted(day for day in days if day >= contract.signed_on)

    def bookings(self, scope: Scope, first: dt.date | None, last: dt.date) -> int:
        """Commitment added: contracts as signed, added lines, renewals."""
        return self.flow(scope, "booking", first, last)

    def cancellations(self, scope: Scope, first: dt.date | None, last: dt.date) -> int:
        """Commitment lost with removed and terminated scope and cancellation credits, as a positive amount."""
        return -self.flow(scope, "cancellation", first, last)
