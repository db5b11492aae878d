"""What a computation changes in the file: which cells get which value, how far spills reach, what Excel must still do."""

from __future__ import annotations

import decimal
import re
from dataclasses import dataclass, field
from decimal import Decimal

from excel.patch.areas import Area, Place
from excel.patch.rewrite import Edit
from excel.patch.values import ERRORS_IN_FILES, CellError, Stored, stored
from excel.refresh.compute import Computation
from excel.refresh.operators import checked
from excel.refresh.precedents import Spot
from excel.refresh.sheets import Scalar

_DIGITS = decimal.Context(prec=15)
_CALCULATION = re.compile(rb"<((?:[^\s:<>/]+:)?)calcPr(?=[\s/>])([^>]*?)\s*(/?)>")
_ON_LOAD = re.compile(rb"""\s+fullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')""")
# What may follow calcPr in a workbook part (ECMA-376 part 1, 18.2.27): it stands before the first of these.
_LATER = re.compile(
    rb"<(?:[^\s:<>/]+:)?(?:oleSize|customWorkbookViews|pivotCaches|smartTagPr|smartTagTypes|webPublishing|fileRecoveryPr|"
    rb"webPublishObjects|extLst)[\s/>]|</(?:[^\s:<>/]+:)?workbook\s*>"
)


@dataclass(frozen=True)
class Change:
    """A cell whose value changed. `formula`: what it computes, "" for one that a spill fills."""

    spot: Spot
    formula: str
    before: Scalar
    after: Scalar
    ours: bool


@dataclass
class Edits:
    """Edits by sheet number and place, and the changes a person sees; `edits` may hold more: a spill's new reach."""

    cells: dict[int, dict[Place, Edit]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def edits_of(state: Computation) -> Edits:
    """What a computation changes; a value that is the stored one to 15 digits is left as it stands."""
    made = Edits()
    known, ours = state.known, set(state.scope.ours)
    for cell, value in sorted(known.values.items()):
        source = known.sources.get(cell, cell)
        if source in state.extra or source in known.beyond or source in known.awaited:
            continue
        at_source = cell == source
        reach = _new_reach(state, source) if at_source else None
        before = known.stored.value(*cell)
        after = cell_value(value)
        differs = not same(before, after) and not (_blank(before) and _blank(after) and not at_source)
        if not differs and reach is None:
            continue
        missing = known.stored.cell(*cell) is None
        edit = Edit(written(after), made=missing and after is not None, spilled=not at_source, reach=reach)
        if after is not None or not missing:
            made.cells.setdefault(cell[0], {})[cell[1]] = edit
        if differs and not (_blank(before) and _blank(after)):
            made.changes.append(
                Change(cell, state.scope.text(cell) if at_source else "", before, after, source in ours)
            )
    return made


def _blank(value: Scalar) -> bool:
    return value is None or value == ""


def same(before: Scalar, after: Scalar) -> bool:
    """Whether two values are the same figure: numbers to the 15 digits that a spreadsheet shows.

    One of more digits, such as a share, may have been rounded twice on its way: a unit of the last of them is nothing then.
    """
    if isinstance(before, Decimal) and isinstance(after, Decimal):
        if before == after or _DIGITS.plus(before) == _DIGITS.plus(after):
            return True
        longest = max(len(each.as_tuple().digits) for each in (before, after))
        return longest > _DIGITS.prec and abs(before - after) <= Decimal(1).scaleb(before.adjusted() - _DIGITS.prec + 1)
    return type(before) is type(after) and before == after


def leaves_work(state: Computation) -> bool:
    """Whether a cell is left that Excel would not compute by itself on opening: volatile ones it always does."""
    return any(cell not in state.scope.volatile for cell in state.left)


def calculated_on_load(book: bytes) -> bytes:
    """The workbook part with the word to Excel to compute everything when it opens the file; the rest as it was."""
    found = _CALCULATION.search(book)
    if found:
        attributes = _ON_LOAD.sub(b"", found[2]) + b' fullCalcOnLoad="1"'
        return book[: found.start()] + b"<" + found[1] + b"calcPr" + attributes + found[3] + b">" + book[found.end() :]
    later = _LATER.search(book)
    if later is None:
        raise ValueError("the workbook part has no end")
    prefix = re.match(rb"</?((?:[^\s:<>/]+:)?)", later[0])
    word = b"<" + (prefix[1] if prefix else b"") + b'calcPr fullCalcOnLoad="1"/>'
    return book[: later.start()] + word + book[later.start() :]


def _new_reach(state: Computation, source: Spot) -> Area | None:
    held, now = state.scope.held(source), state.known.reaches.get(source)
    return now if held is not None and now is not None and now != held.reach else None


def cell_value(value: Scalar) -> Scalar:
    """A value as a cell holds it."""
    return checked(value) if isinstance(value, Decimal) else value


def written(value: Scalar) -> Stored:
    """A value in the file's words.

    Errors that came with dynamic arrays (#SPILL!) are text there: as errors of a file many programs take them for damage,
    and Excel itself never writes them so.
    """
    if isinstance(value, CellError):
        return Stored("e" if value in ERRORS_IN_FILES else "s", str(value))
    return stored(value)
