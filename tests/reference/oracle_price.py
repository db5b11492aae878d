"""The reference implementation, part 2: the transaction price over the promises (ASC 606-10-32-28 to -41)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class Promise:
    """One contract line as priced at inception; amounts in minor units, `ssp` an exact number of them."""

    line_id: str
    amount: int
    ssp: Fraction | None
    residual: bool = False
    bundle: str = ""
    bundle_ssp: int | None = None


@dataclass(frozen=True)
class Allocation:
    """The allocated prices, the weights they came from, and whether the stated prices were kept against a rule.

    `shared`: what of the price was spread by these weights; `delivered`: by the same measure, what had been delivered of
    each line before what remained was shared anew.
    """

    prices: dict[str, int]
    weights: dict[str, Fraction]
    by_ssp: bool
    impossible: bool = False
    shared: list[int] = field(default_factory=lambda: [0])
    delivered: dict[str, Fraction] = field(default_factory=dict)


def largest_remainder(total: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """`total` over the names by weight, to whole units that sum exactly.

    Everyone gets the whole part of the share; the units left go to the largest fractions, ties in order of name.
    A negative total is the mirror of the positive one. Without any weight all names count alike.
    """
    if sum(weights.values()) == 0:
        weights = dict.fromkeys(weights, Fraction(1))
    whole = sum(weights.values())
    exact = {name: abs(total) * weight / whole for name, weight in weights.items()}
    parts = {name: share.numerator // share.denominator for name, share in exact.items()}
    left = abs(total) - sum(parts.values())
    for name in sorted(exact, key=lambda name: (parts[name] - exact[name], name))[:left]:
        parts[name] += 1
    return parts if total >= 0 else {name: -part for name, part in parts.items()}


def allocate(promises: list[Promise], variable: int = 0) -> Allocation:
    """Allocate a contract's price over its promises: by stand-alone prices where all have one, else as stated.

    `variable`: what is expected on top of the stated amounts for the contract as a whole (606-10-32-2, -5).
    """
    priced = [p for p in promises if p.amount >= 0]
    if priced and all(p.ssp is not None or p.residual for p in priced):
        total = sum(p.amount for p in promises) + variable
        weights = residual_weights(total, priced) if any(p.residual for p in priced) else ssp_weights(total, priced)
        if weights is None:
            return stated(promises, variable, impossible=True)
        if sum(weights.values()) > 0:
            prices = {p.line_id: 0 for p in promises if p.amount < 0}
            return Allocation(prices | largest_remainder(total, weights), weights, by_ssp=True, shared=[total])
    return stated(promises, variable)


def stated(promises: list[Promise], variable: int, *, impossible: bool = False) -> Allocation:
    """Stated prices stand; negative lines and what is variable are spread in proportion to the stated amounts."""
    priced = {p.line_id: Fraction(p.amount) for p in promises if p.amount >= 0}
    if not priced:
        everything = {p.line_id: Fraction(abs(p.amount)) for p in promises}
        parts = largest_remainder(variable, everything)
        found = {p.line_id: p.amount + parts[p.line_id] for p in promises}
        return Allocation(found, everything, by_ssp=False, shared=[variable])
    beyond = variable + sum(p.amount for p in promises if p.amount < 0)
    change = largest_remainder(beyond, priced)
    prices = {p.line_id: 0 if p.amount < 0 else p.amount + change[p.line_id] for p in promises}
    return Allocation(prices, priced, by_ssp=False, impossible=impossible, shared=[beyond])


def bundle_prices(priced: list[Promise]) -> dict[str, Fraction]:
    """Each line's stand-alone price, with the lines of a bundle at their share of what the bundle sells for (32-37)."""
    alone = {p.line_id: p.ssp or Fraction(0) for p in priced if not p.residual}
    for bundle in {p.bundle for p in priced if p.bundle}:
        inside = sorted((p for p in priced if p.bundle == bundle and not p.residual), key=lambda p: p.line_id)
        together = [p.bundle_ssp for p in inside if p.bundle_ssp is not None]
        regular = sum(p.ssp or Fraction(0) for p in inside)
        if together and regular > 0:
            for p in inside:
                alone[p.line_id] = together[0] * (p.ssp or Fraction(0)) / regular
    return alone


def ssp_weights(total: int, priced: list[Promise]) -> dict[str, Fraction]:
    """Relative stand-alone prices (32-31); a bundle's discount is its own if the contract's reaches it (32-37)."""
    alone = {p.line_id: p.ssp or Fraction(0) for p in priced}
    discounted = bundle_prices(priced)
    discount = sum(alone.values()) - total
    of_bundles = sum(alone.values()) - sum(discounted.values())
    return discounted if of_bundles > 0 and discount >= of_bundles else alone


def residual_weights(total: int, priced: list[Promise]) -> dict[str, Fraction] | None:
    """What the observable prices leave goes to the residual line (32-34(c)).

    None if they leave nothing, or less than the least price stated for it: not a faithful price (Example 34 Case C).
    """
    weights = bundle_prices(priced)
    left = total - sum(weights.values())
    if left <= 0 or left < sum(p.ssp or 0 for p in priced if p.residual):
        return None
    residual = [p.line_id for p in priced if p.residual]
    return weights | {line_id: Fraction(left) / len(residual) for line_id in residual}
