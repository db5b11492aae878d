"""The stamp of a snapshot: what its figures stand on, which formulas they came from, and a digest over all of it.

It lies in the workbook twice: as custom properties a person reads (File, Info, Properties), and whole, as a custom XML part.
The digest is SHA-256 over the record in one fixed form: a figure that was changed later, here or in the stamp, shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from excel.patch.areas import Area, address, place
from excel.patch.package import Package, elements
from excel.patch.values import ERRORS, CellError
from excel.refresh.journal import Standing
from excel.refresh.precedents import Spot
from excel.refresh.report import plain
from excel.refresh.sheets import Held, Scalar

NAMESPACE = "urn:revenue-backlog:snapshot:1"
FORM = 1
PREFIX = "Revenue Backlog "


class Frozen(NamedTuple):
    """A figure of a snapshot: where it stands, the formula it came from, and what it was."""

    sheet: str
    cell: str
    formula: Held | None
    value: Scalar


@dataclass(frozen=True)
class Stamp:
    """What a snapshot says of itself. `period`: the month of its last day; `names`: defined names that were formulas."""

    period: str
    standing: Standing
    cells: tuple[Frozen, ...]
    names: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The digest over everything else in the stamp."""
        return digest_of(self.record())

    def record(self) -> dict[str, Any]:
        """The stamp as plain values."""
        return {
            "form": FORM,
            "period": self.period,
            **self.standing.as_json(),
            "names": dict(sorted(self.names.items())),
            "cells": [_frozen_json(cell) for cell in self.cells],
        }

    def properties(self) -> dict[str, str]:
        """What a person reads in the file's properties."""
        return {
            f"{PREFIX}period": self.period,
            f"{PREFIX}as of": self.standing.as_of.isoformat(),
            f"{PREFIX}data version": self.standing.ledger,
            f"{PREFIX}known at": self.standing.known_at.isoformat(),
            f"{PREFIX}policy": self.standing.policy.digest(),
            f"{PREFIX}digest": self.digest,
        }

    def part(self) -> bytes:
        """The custom XML part."""
        text = json.dumps(self.record(), ensure_ascii=True, separators=(",", ":"))
        inner = f'<snapshot xmlns="{NAMESPACE}" digest="{self.digest}">{escape(text)}</snapshot>'
        return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{inner}'.encode()


def digest_of(record: Mapping[str, Any]) -> str:
    """The digest of a record, in which order and spacing of its text play no part."""
    return hashlib.sha256(
        json.dumps(record, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
    ).hexdigest()


def read_stamp(package: Package) -> tuple[Stamp, str] | None:
    """The stamp of a workbook and the digest stated in it; None where it is no snapshot of ours.

    Raises ValueError where the stamp is there and cannot be read.
    """
    for _, kind, part in package.relations(package.book):
        if not kind.endswith("/customXml") or part not in package.zip.NameToInfo:
            continue
        data = package.read(part)
        if NAMESPACE.encode() not in data:
            continue
        root = next(iter(elements(data)))
        try:
            return _read(json.loads(root.text)), root.attributes.get("digest", "")
        except (KeyError, TypeError) as error:
            raise ValueError(f"its stamp cannot be read ({error!r})") from None
    return None


def _read(record: Mapping[str, Any]) -> Stamp:
    if record["form"] != FORM:
        raise ValueError(f"its stamp is of form {record['form']}, which this version does not know")
    return Stamp(
        record["period"],
        Standing.read(record),
        tuple(_frozen(cell) for cell in record["cells"]),
        dict(record["names"]),
    )


def _frozen_json(cell: Frozen) -> dict[str, Any]:
    made: dict[str, Any] = {"sheet": cell.sheet, "cell": cell.cell, **_value_json(cell.value)}
    if cell.formula is not None:
        held = cell.formula
        made |= {"formula": held.text, "origin": address(held.origin), "kind": held.kind}
        made |= {"reach": str(held.reach)} if held.reach is not None else {}
    return made


def _value_json(value: Scalar) -> dict[str, Any]:
    if isinstance(value, CellError):
        return {"error": str(value)}
    if isinstance(value, str | bool) or value is None:
        return {"value": value}
    return {"number": plain(value)}


def _frozen(data: Mapping[str, Any]) -> Frozen:
    from decimal import Decimal

    value: Scalar = data.get("value")
    if "number" in data:
        value = Decimal(data["number"])
    elif "error" in data:
        value = CellError(data["error"]) if data["error"] in ERRORS else CellError("#VALUE!")
    held = None
    if "formula" in data:
        reach = Area.of(data["reach"]) if "reach" in data else None
        held = Held(data["formula"], place(data["origin"]), data["kind"], reach)
    return Frozen(data["sheet"], data["cell"], held, value)


def spots(stamp: Stamp, numbers: Mapping[str, int]) -> list[Spot]:
    """Where the stamp's cells stand, by the numbers of the sheets. Raises KeyError for a sheet that has gone."""
    return [(numbers[cell.sheet], place(cell.cell)) for cell in stamp.cells]
