"""The reference implementation, part 7: which amendments only add to a line, at the price of what they add (606-10-25-12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from oracle_contract import Contract, Record, Records, minor, product_of, rows, standalone_price, terms_of
from oracle_terms import Terms
from oracle_time import DAY

from model.money import exponent


def turn(r: Record) -> tuple[dt.date, str]:
    """The place of an amendment in the order of signature."""
    return r["signed_on"], r["amendment_id"]


@dataclass
class Addition:
    """Scope that an amendment adds to a line as a contract of its own: its terms, and the units promised before it."""

    line_id: str
    of: str
    terms: Terms
    units_before: Fraction


class Additions:
    """The additions among the amendments of a contract, and which later amendment speaks of which of them.

    In the order of signature; what is signed after an addition speaks of the newest one. `changes`: by amendment, how much it
    changes the stated total.
    """

    def __init__(
        self, contract: Contract, records: Records, amendments: Sequence[Record], changes: dict[str, int]
    ) -> None:
        self.contract, self.records, self.changes = contract, records, changes
        self.of: dict[str, Addition] = {}
        self.spoken_of: dict[str, Addition] = {}
        given = [*rows(records, "contract_lines", contract_id=contract.contract_id)]
        given += [{**r, "line_id": r["new_line_id"]} for r in amendments if r["kind"] in ("add_line", "renew")]
        for first in given:
            own = [
                r for r in amendments if r["kind"] in ("change_line", "extend") and r.get("line_id") == first["line_id"]
            ]
            self.find(first, sorted(own, key=turn))

    def find(self, first: Record, own: Sequence[Record]) -> None:
        """The additions to one line, as it is `first` stated, among its `own` amendments."""
        product = product_of(self.records, first)
        terms = terms_of(first, self.contract, product, minor(first.get("amount"), self.contract.currency))
        known = terms.method == "units" and terms.quantity is not None
        if not known and not (terms.time_based and terms.end is not None):
            return
        per_unit = self.price_of_a_unit(first, product, terms)
        end, units, newest = terms.end, terms.quantity or Fraction(0), None
        for r in own:
            promised = units if r.get("quantity") is None else Fraction(r["quantity"])
            until = r.get("end_on") or end
            if self.is_addition(r, terms, end, promised - units, per_unit):
                begin = terms.start
                if terms.time_based:
                    begin = end + DAY if until > end else r["effective_on"]
                part = replace(terms, price=self.changes.get(r["amendment_id"], 0), start=begin, end=until)
                part = replace(part, quantity=promised - units if terms.method == "units" else None)
                newest = Addition(f"{first['line_id']} + {r['amendment_id']}", first["line_id"], part, units)
                self.of[r["amendment_id"]] = newest
            elif newest is not None:
                self.spoken_of[r["amendment_id"]] = newest
            end, units = until, promised

    def price_of_a_unit(self, first: Record, product: Record | None, terms: Terms) -> Fraction | None:
        """What one unit of a line is sold for alone: as its product states, unless the line does."""
        if first.get("ssp") is None and product is not None and product.get("ssp") is not None:
            return Fraction(product["ssp"]) * 10 ** exponent(self.contract.currency)
        alone = standalone_price(first, product, self.contract.currency)
        return alone / terms.quantity if alone is not None and terms.quantity else None

    def is_addition(
        self, r: Record, terms: Terms, end: dt.date | None, more: Fraction, per_unit: Fraction | None
    ) -> bool:
        """Distinct scope and nothing else: said to be separate, or at its stand-alone price."""
        price, until = self.changes.get(r["amendment_id"], 0), r.get("end_on") or end
        if price < 0 or (end is not None and until is not None and until < end):
            return False
        longer = until != end
        if terms.method == "units" and more <= 0:
            return False
        if r.get("treatment") == "separate_contract":
            return terms.method == "units" or longer or r["effective_on"] <= end
        if r.get("treatment") or price == 0:
            return False
        if r.get("ssp") is not None:
            return (terms.method == "units" or longer) and price == minor(r["ssp"], self.contract.currency)
        return terms.method == "units" and per_unit is not None and price == more * per_unit
