"""A subscription's versions as a contract: the first is what was signed, what changes in the next are amendments.

A charge's total contract value (`tcv`) is what it commits to over its days, of which the last is excluded.
    a charge that was not there              add_line
    its total or its end is another          change_line (remove_line where nothing remains)
    it runs on into a renewed term           renew, for the time and the amount beyond the former term
    the version is cancelled                 terminate on the day of cancellation
An evergreen charge has no total: one month is committed. Usage is outside the total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.kit.connector import Row
from connectors.kit.fields import exact
from connectors.kit.reading import Reading
from connectors.kit.terms import DAY, last_day
from connectors.zuora.reading import STATUS, Object
from model.errors import RecordRejected
from model.money import Money, round_minor
from model.periods import parse_day


@dataclass(frozen=True)
class Promise:
    """What one charge commits to in one version."""

    number: str
    amount: int
    start: dt.date | None
    end: dt.date | None
    more: Mapping[str, Any]


def subscription_rows(said: Object, reading: Reading) -> Iterator[Row]:
    """The contract as its first version has it, its lines, and what later versions changed."""
    versions, money = said["versions"], str(said["currency"])
    last, key = versions[-1], str(said["subscription"]["name"])
    found = promises(versions[0], money)
    values = dict(reading.row("contracts", versions[0], money, f"subscription {key}").values)
    values |= {"contract_id": key, "currency": money, "status": STATUS.get(str(last.get("status")), "draft")}
    if str(versions[0].get("termType")).upper() == "EVERGREEN":
        values["evergreen"] = True
    ends = [each.end for each in found.values() if each.end]
    yield Row("contracts", {**({"end_on": max(ends)} if ends else {}), **values})
    for number, promise in found.items():
        yield Row("contract_lines", {"line_id": number, **line(promise, key, money)})
    yield from amendments(versions, key, money)


def promises(version: Object, money: str) -> dict[str, Promise]:
    """The charges of a version by their numbers; those of removed rate plans are left out."""
    found: dict[str, Promise] = {}
    for plan in version.get("ratePlans") or ():
        if str(plan.get("lastChangeType")) == "Remove":
            continue
        for charge in plan.get("ratePlanCharges") or ():
            number = str(charge.get("number") or charge.get("chargeNumber") or charge["id"])
            found[number] = _promise(number, plan, charge, version, money)
    return found


def amendments(versions: Sequence[Object], contract: str, money: str) -> Iterator[Row]:
    """What each version changes of the one before it, oldest first."""
    before, term = promises(versions[0], money), _day(versions[0].get("termStartDate"))
    lines = {number: number for number in before}  # a charge's line: another one after a renewal
    for version in versions[1:]:
        after, number = promises(version, money), version["version"]
        effective = _day(version.get("contractEffectiveDate")) or _day(version.get("subscriptionStartDate"))
        if effective is None:
            raise RecordRejected(f"version {number} has no date", column="effective_on", remedy="Open it in Zuora")
        signed = _day(version.get("orderDate")) or effective
        renewed = _day(version.get("termStartDate"))
        if str(version.get("status")) == "Cancelled":
            ended = _day(version.get("cancelledDate")) or _day(version.get("subscriptionEndDate")) or effective
            yield _amendment(contract, f"v{number}", "terminate", min(signed, ended), ended)
            return
        for key in [*before, *(each for each in after if each not in before)]:
            old, new = before.get(key), after.get(key)
            mark = f"{key}:v{number}"
            if old is None and new is not None:
                lines[key] = key
                yield _added(
                    contract, mark, "add_line", key, new, signed, max(effective, new.start or effective), money
                )
            elif old is not None and new is None:
                yield _amendment(contract, mark, "remove_line", signed, effective, line_id=lines[key])
            elif old is not None and new is not None and (old.amount, old.end) != (new.amount, new.end):
                if renewed and term and renewed > term and old.end and new.end and new.end > old.end:
                    lines[key] = mark
                    rest = Promise(mark, new.amount - old.amount, old.end + DAY, new.end, new.more)
                    yield _added(contract, mark, "renew", mark, rest, min(signed, old.end + DAY), old.end + DAY, money)
                else:
                    change = {"amount": Money(new.amount, money), **({"end_on": new.end} if new.end else {})}
                    yield _amendment(contract, mark, "change_line", signed, effective, line_id=lines[key], **change)
        before, term = after, renewed or term


def line(promise: Promise, contract: str, money: str) -> dict[str, Any]:
    """A promise as the columns of a line."""
    days = {"start_on": promise.start, "end_on": promise.end}
    return {
        "contract_id": contract, "amount": Money(promise.amount, money), **promise.more,
        **{name: day for name, day in days.items() if day},
    }  # fmt: skip


def _promise(number: str, plan: Object, charge: Object, version: Object, money: str) -> Promise:
    segments: Sequence[Object] = charge.get("chargeSegments") or (charge,)
    starts = [day for day in (_day(each.get("effectiveStartDate")) for each in segments) if day]
    ends = [day for day in (_day(each.get("effectiveEndDate")) for each in segments) if day]
    start = min(starts, default=_day(version.get("subscriptionStartDate")))
    end = max(ends) - DAY if ends else None
    kind = str(charge.get("type") or charge.get("chargeType") or "")
    usage = kind == "Usage"
    total = sum((exact(each["tcv"]) for each in segments if each.get("tcv") is not None), Decimal(0))
    if kind == "Recurring" and str(version.get("termType")).upper() == "EVERGREEN" and start:
        total, end = exact(segments[-1].get("mrr") or 0), last_day(start, "month", 1)
    if kind == "OneTime" and start:
        end = start
    more = {
        "description": str(charge.get("name") or plan.get("ratePlanName") or number),
        "product_id": str(plan["productId"]) if plan.get("productId") else None,
        "quantity": exact(segments[-1]["quantity"]) if segments[-1].get("quantity") is not None else None,
        "recognition": "usage" if usage else None,
    }  # fmt: skip
    kept = {name: value for name, value in more.items() if value is not None}
    amount = 0 if usage else round_minor(total, money)
    return Promise(number, amount, start, max(end, start) if end and start else end, kept)


def _added(
    contract: str, mark: str, kind: str, new: str, promise: Promise, signed: dt.date, effective: dt.date, money: str
) -> Row:
    values = line(promise, contract, money)
    own = {
        "amendment_id": f"{mark}:{kind}",
        "kind": kind,
        "new_line_id": new,
        "signed_on": signed,
        "effective_on": effective,
    }
    return Row("amendments", {**values, **own})


def _amendment(contract: str, mark: str, kind: str, signed: dt.date, effective: dt.date, **more: Any) -> Row:
    values = {"amendment_id": f"{contract}:{mark}:{kind}", "contract_id": contract, "kind": kind, "signed_on": signed,
              "effective_on": effective}  # fmt: skip
    return Row("amendments", {**values, **more})


def _day(said: Any) -> dt.date | None:
    return parse_day(str(said)[:10]) if said else None
