"""A workbook as its formulas see it: sheets in order, names, tables, other books it points to, how it calculates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from excel.patch.areas import Area
from excel.patch.package import Element, Package, WorkbookRefused, elements
from excel.patch.text import decoded

_TRUE = ("1", "true")


class Name(NamedTuple):
    """A defined name: the formula it stands for, and the sheet it is known on (None: on all)."""

    name: str
    text: str
    scope: int | None
    function: bool


class Table(NamedTuple):
    """A table of a sheet: its whole area, its columns, and how many rows are headings and totals."""

    name: str
    sheet: int
    area: Area
    columns: tuple[str, ...]
    headings: int
    totals: int

    @property
    def body(self) -> Area:
        """The rows between headings and totals."""
        area = self.area
        return Area(area.top + self.headings, area.left, area.bottom - self.totals, area.right)


@dataclass(frozen=True)
class Book:
    """An open workbook. `sheets` are the names of its worksheets in order; their places are their numbers here.

    `names` by upper-case name and scope, `tables` by upper-case name, `others`: the file each `[n]` stands for,
    `dynamic`: the numbers of cell metadata that make an array formula spill. `computed_on_opening`: it asks to be computed
    whole whenever it is opened, so that what is stored may be nothing or wrong.
    """

    package: Package
    sheets: tuple[str, ...]
    names: Mapping[tuple[str, int | None], Name]
    tables: Mapping[str, Table]
    others: Mapping[str, str]
    dynamic: frozenset[int]
    computed_on_opening: bool
    spelled: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """What calls turned out to be, as excel.refresh.spelling reads them."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, sheet: str) -> int | None:
        """The number of a sheet by its name, in any case."""
        if not self._numbers:
            self._numbers.update({name.casefold(): n for n, name in enumerate(self.sheets)})
        return self._numbers.get(sheet.casefold())

    def part(self, sheet: int) -> str:
        """The part of a sheet."""
        return self.package.sheets[self.sheets[sheet]]

    def name(self, word: str, sheet: int) -> Name | None:
        """The name as a formula on that sheet means it: the sheet's own goes first."""
        return self.names.get((word.upper(), sheet)) or self.names.get((word.upper(), None))

    def tables_on(self, sheet: int) -> Iterator[Table]:
        """The tables of a sheet."""
        return (table for table in self.tables.values() if table.sheet == sheet)


def read_book(package: Package) -> Book:
    """Reads what surrounds the cells. Raises WorkbookRefused where a part is damaged or larger than any can be."""
    try:
        return _read(package)
    except (KeyError, ValueError) as error:
        raise WorkbookRefused(
            package.path, f"its names or tables are damaged ({error!r})", "Let Excel repair it, save it and try again"
        ) from None


def _read(package: Package) -> Book:
    book = list(elements(package.read(package.book)))
    listed = [e.attributes.get("name", "") for e in book if e.name == "sheet"]
    sheets = tuple(name for name in listed if name in package.sheets)
    calculation = next((e.attributes for e in book if e.name == "calcPr"), {})
    return Book(
        package,
        sheets,
        _names(book, listed, sheets),
        {table.name.upper(): table for n, name in enumerate(sheets) for table in _tables(package, n, name)},
        _others(package, book),
        _dynamic(package),
        calculation.get("fullCalcOnLoad") in _TRUE,
    )


def _names(book: list[Element], listed: list[str], sheets: tuple[str, ...]) -> dict[tuple[str, int | None], Name]:
    found: dict[tuple[str, int | None], Name] = {}
    for element in book:
        if element.name != "definedName":
            continue
        local = element.attributes.get("localSheetId")
        scope = None
        if local is not None:
            name = listed[int(local)] if int(local) < len(listed) else ""
            if name not in sheets:
                continue  # of a chart sheet: no formula is there
            scope = sheets.index(name)
        word = element.attributes.get("name", "")
        function = any(element.attributes.get(kind) in _TRUE for kind in ("function", "vbProcedure", "xlm"))
        found[word.upper(), scope] = Name(word, decoded(element.text.strip()), scope, function)
    return found


def _tables(package: Package, number: int, sheet: str) -> Iterator[Table]:
    for _, kind, part in package.relations(package.sheets[sheet]):
        if not kind.endswith("/table") or part not in package.zip.NameToInfo:
            continue
        table, *rest = elements(package.read(part))
        given = table.attributes
        columns = tuple(decoded(e.attributes.get("name", "")) for e in rest if e.name == "tableColumn")
        yield Table(
            given.get("displayName") or given.get("name", ""),
            number,
            Area.of(given["ref"]),
            columns,
            int(given.get("headerRowCount", "1")),
            int(given.get("totalsRowCount", "0")),
        )


def _others(package: Package, book: list[Element]) -> dict[str, str]:
    """The file behind each `[n]` of a formula, as far as it is told."""
    links = {rid: part for rid, kind, part in package.relations(package.book) if kind.endswith("/externalLink")}
    found: dict[str, str] = {}
    asked = [e.attributes.get("id", "") for e in book if e.name == "externalReference"]
    for number, rid in enumerate(asked, 1):
        relations = re.sub(r"([^/]+)\Z", r"_rels/\1.rels", links.get(rid, ""))
        if relations in package.zip.NameToInfo:
            targets = [
                e.attributes.get("Target", "") for e in elements(package.read(relations)) if e.name == "Relationship"
            ]
            found[str(number)] = targets[0] if targets else ""
    return found


def _dynamic(package: Package) -> frozenset[int]:
    """Which numbers of cell metadata (`cm`, from 1) say that an array formula spills (MS-XLSX 2.6.198)."""
    part = next((part for _, kind, part in package.relations(package.book) if kind.endswith("/sheetMetadata")), "")
    if part not in package.zip.NameToInfo:
        return frozenset()
    types: list[str] = []
    future: list[bool] = []
    cells: list[list[tuple[int, int]]] = []
    within = ""
    for element in elements(package.read(part)):
        given = element.attributes
        if element.name in ("futureMetadata", "cellMetadata", "valueMetadata", "metadataTypes"):
            within = given.get("name", "") if element.name == "futureMetadata" else element.name
        elif element.name == "metadataType":
            types.append(given.get("name", ""))
        elif element.name == "bk" and within == "XLDAPR":
            future.append(False)
        elif element.name == "dynamicArrayProperties" and future:
            future[-1] = given.get("fDynamic") in _TRUE
        elif element.name == "bk" and within == "cellMetadata":
            cells.append([])
        elif element.name == "rc" and within == "cellMetadata" and cells:
            cells[-1].append((int(given.get("t", "0")), int(given.get("v", "0"))))
    spills = {n + 1 for n, kind in enumerate(types) if kind == "XLDAPR"}
    return frozenset(
        number
        for number, records in enumerate(cells, 1)
        if any(kind in spills and value < len(future) and future[value] for kind, value in records)
    )
