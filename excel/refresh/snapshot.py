"""A workbook frozen for the audit file: values in place of our formulas, stamped, so that each figure can be verified later.

The figures are computed for it, so that they are those of the data version the stamp names. Formulas that only depend on
ours stay formulas.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.arisen import so_many
from excel.catalogue import find
from excel.dates import day
from excel.patch.areas import Area, address
from excel.patch.package import WorkbookRefused, opened
from excel.patch.patch import write
from excel.patch.rewrite import Edit
from excel.patch.swap import replacing
from excel.refresh.book import Name, read_book
from excel.refresh.compute import Computation, compute
from excel.refresh.context import Here, Waiting
from excel.refresh.edits import Edits, cell_value, edits_of, written
from excel.refresh.freeze import frozen_parts
from excel.refresh.operators import Beyond
from excel.refresh.past import Past
from excel.refresh.precedents import Spot
from excel.refresh.program import ByProgram, Computes
from excel.refresh.spelling import hint, ours_by_name
from excel.refresh.stamp import Frozen, Stamp
from model.errors import WrongArgument

_SHOWN = 8


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that was written: its stamp, how many formulas became values, and what a person should know."""

    path: Path
    stamp: Stamp
    notes: tuple[str, ...]


def snapshot(path: Path, out: Path, past: Past, as_of: dt.date, program: Computes | None, period: str = "") -> Snapshot:
    """Writes a copy of a workbook with values in place of our formulas, and a stamp.

    `period`: the fiscal month it is for (YYYY-MM), by default that of the last day its figures ask for.
    Raises WorkbookRefused where a figure cannot be computed, or there is none: a snapshot is whole.
    """
    standing = past.now(as_of)
    with opened(path) as package:
        state = compute(read_book(package), past.on(standing), None if program is None else ByProgram(program))
        _require_whole(path, state)
        month = period or past.host.calendar.month(_last_day(state, as_of)).name
        stamp = Stamp(month, standing, tuple(_frozen_cells(state)), _names(state))
        made = _edits(state)
        parts = frozen_parts(package, state, made, stamp)
        cells = {state.scope.book.part(sheet): places for sheet, places in made.cells.items()}
        with replacing(out) as beside:
            write(package, beside, cells, parts.made)
            notes = tuple(_rest(beside))
            package.zip.close()  # Windows replaces no file that is open
    return Snapshot(out, stamp, notes)


def _require_whole(path: Path, state: Computation) -> None:
    if not state.scope.ours:
        raise WorkbookRefused(path, "no cell uses our functions", "There is nothing to freeze: copy the file")
    left = [cell for cell in _freezing(state) if cell in state.known.beyond]
    if left:
        told = ", ".join(state.known.name(cell) for cell in left[:_SHOWN])
        reason = state.known.beyond[left[0]]
        raise WorkbookRefused(
            path,
            f"{so_many(len(left), 'figure')} cannot be computed here ({told}: {reason})",
            "Mend them, or install LibreOffice",
        )


def _freezing(state: Computation) -> list[Spot]:
    """The cells to freeze: ours, and the days they ask for, which would move on beside frozen figures."""
    return sorted({*state.scope.ours, *state.scope.days})


def _places(state: Computation, cell: Spot) -> Area:
    """The area that the formula of a cell fills now."""
    held = state.scope.held(cell)
    reach = state.known.reaches.get(cell) or (held.reach if held is not None else None)
    return reach or Area(*cell[1], *cell[1])


def _frozen_cells(state: Computation) -> Iterator[Frozen]:
    """Every figure of ours, the cells that a table fills included."""
    for cell in _freezing(state):
        sheet, area, held = state.scope.book.sheets[cell[0]], _places(state, cell), state.scope.held(cell)
        if held is not None and held.kind == "spill":
            held = held._replace(reach=area)  # what it fills now is no obstacle when it is computed once more
        for spot in area.places():
            value = cell_value(state.known.values[cell[0], spot])
            yield Frozen(sheet, address(spot), held if spot == cell[1] else None, value)


def _edits(state: Computation) -> Edits:
    """The ordinary edits, and every formula of ours dropped."""
    made = edits_of(state)
    for cell in _freezing(state):
        value = cell_value(state.known.values[cell])
        made.cells.setdefault(cell[0], {})[cell[1]] = Edit(written(value), frozen=True)
    return made


def _names(state: Computation) -> dict[str, str]:
    """The defined names that use our functions, with their formulas."""
    return {_key(name, state): name.text for name in ours_by_name(state.scope.book)}


def _key(name: Name, state: Computation) -> str:
    return name.name if name.scope is None else f"{state.scope.book.sheets[name.scope]}!{name.name}"


def _last_day(state: Computation, as_of: dt.date) -> dt.date:
    """The day called as_of, as in the packs that are written here; else the last day a figure asks for."""
    if ("AS_OF", None) in state.scope.book.names:
        with suppress(Beyond, Waiting, WrongArgument):
            named = state.calculator.answer(state.calculator.tree("as_of"), Here(0, (1, 1), (1, 1), False))
            if isinstance(named, Decimal):
                return day(named, state.calculator.day.date1904) or as_of
    days = []
    for cell in state.scope.ours:
        for asked in state.asked(cell):
            for parameter, argument in zip(find(asked.name).parameters, asked.arguments, strict=False):
                if parameter.name in ("date", "to") and isinstance(argument, Decimal | str) and argument != "":
                    with suppress(WrongArgument):
                        days.append(day(argument, state.calculator.day.date1904) or as_of)
    return max(days, default=as_of)


def _rest(out: Path) -> Iterator[str]:
    """Where our functions are still named: formats and validations hold no figures and stay as they are."""
    with opened(out) as package:
        for sheet, part in package.sheets.items():
            with package.zip.open(part) as stream:
                before = b""
                while chunk := stream.read(1 << 20):
                    if hint().search(before[-100:] + chunk):
                        yield f"{sheet}: a conditional format or a validation still names our functions"
                        break
                    before = chunk
