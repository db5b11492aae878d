"""What a sheet is, before anything is drawn: blocks of columns and rows, charts between them, notes below.

A row's cells are named by their column. A formula's text may name cells around it, so that no sheet counts rows:
`{customer}` the cell of that column in the same row · `{a~z}` the cells of the same row from column a to z ·
`{head}` the header cell of the column · `{above}` the block's body rows in this column · `{@closing}` the row keyed
"closing" in the same column, `{@a~z}` the rows from a to z · `{<closing}` that row one column to the left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from excel.patch.values import CellError

Kind = Literal["text", "long", "money", "date", "month", "moment", "count", "percent", "ratio"]
ChartKind = Literal["line", "column", "stacked", "bar"]
RowStyle = Literal["body", "strong", "subtotal", "total", "check", "quiet"]


@dataclass(frozen=True)
class Formula:
    """A live formula and the `value` it has now, which shows where nothing can compute it."""

    text: str
    value: Decimal | int | str | dt.date | CellError


@dataclass(frozen=True)
class Link:
    """Text that leads to another sheet of the pack."""

    text: str
    sheet: str


Content = Formula | Link | Decimal | int | str | dt.date | dt.datetime | CellError | None


def words_of(content: Content) -> str:
    """The text that a cell shows; "" for a figure, a date or an error."""
    value = content.value if isinstance(content, Formula) else content
    if isinstance(value, Link):
        return value.text
    return value if isinstance(value, str) and not isinstance(value, CellError) else ""


@dataclass(frozen=True)
class Column:
    """A column: its `key` for formulas, its heading (a date heads a month), and what it holds."""

    key: str
    title: str | dt.date
    kind: Kind = "text"
    width: float = 0


@dataclass(frozen=True)
class Row:
    """A row of cells by column key. `key` names it for formulas; `names` give cells a name in the workbook.

    `level`: how deep the row is folded under its subtotal; `currency`: of its money, else the block's.
    `kind`: overrides the columns' kinds for every figure of this row (a row of dates or shares among money).
    """

    cells: Mapping[str, Content]
    key: str = ""
    style: RowStyle = "body"
    level: int = 0
    currency: str = ""
    kind: Kind | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """A table on a sheet: `rows` are its body, `foot` the totals and checks under it.

    `table`: the name of a native Excel table over header and body ("" = none). `names`: workbook names for the body
    of a column, by column key. `currency`: of money in rows that state none. `alert`: columns whose check rows turn
    red where they are not zero; `note`: a line below.
    """

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: tuple[Row, ...] = ()
    title: str = ""
    currency: str = ""
    table: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    alert: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """Cells a chart draws: a column of a block on any sheet, from its first row, at most `limit` rows. `clear`: it only lifts
    what is stacked on it.
    """

    block: str
    column: str
    limit: int = 0
    clear: bool = False


@dataclass(frozen=True)
class Chart:
    """A native chart: `kind`, its title, what names the points and what is drawn (all series of one unit). `unit`: of the
    figures; "%" draws shares.
    """

    kind: ChartKind
    title: str
    categories: Series
    series: tuple[Series, ...]
    unit: str = ""


@dataclass(frozen=True)
class Charts:
    """Charts side by side, in the flow of a sheet."""

    charts: tuple[Chart, ...]
    rows: int = 17


@dataclass(frozen=True)
class Paragraph:
    """A sentence over the whole width of a sheet; a formula names cells of the workbook only by their names."""

    text: str | Formula
    title: str = ""


@dataclass(frozen=True)
class Check:
    """Two figures that must be equal: what is compared, both sides as formulas, and their currency."""

    text: str
    left: Formula
    right: Formula
    currency: str


Item = Block | Charts | Paragraph


@dataclass(frozen=True)
class Sheet:
    """One sheet of the pack: `title` on the tab, `heading` and `subtitle` on the page, and what stands below."""

    title: str
    heading: str
    subtitle: str
    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    about: str = ""
    landscape: bool = True
    one_page: bool = False

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The tables of the sheet, in order."""
        return tuple(item for item in self.items if isinstance(item, Block))
