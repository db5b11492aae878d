"""Native Excel charts in the pack's colours: no frame, quiet gridlines, one unit, drawn from the cells of the pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import AxDataSource, NumData, NumRef, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.worksheet.worksheet import Worksheet

from excel.pack import style
from excel.pack.layout import Placed
from excel.pack.sheet import Chart, Content, Formula, Series
from excel.pack.text import as_text
from excel.patch.values import serial

_EMU_A_CHARACTER = 7 * 9525
_GAP = 2.0  # characters between charts side by side
# Thousands and millions read quicker than twelve digits; the exact figures stand in the cells.
_PERCENT = "0%"
_LABEL = 40  # characters of a name beside a bar; one that is longer is wrapped, for it would leave the bars no room
_AXIS = '[>=1000000]#,##0.0,,"M";[>=10000]#,##0,"k";#,##0'


Blocks = Mapping[str, tuple[str, Placed]]
"""Blocks of a workbook by their keys: the title of the sheet, and where on it they stand."""


def draw_chart(
    page: Worksheet,
    chart: Chart,
    blocks: Blocks,
    spot: tuple[int, int, int, int],
    widths: Mapping[int, float],
) -> None:
    """Draws a chart at `spot`: first row, height in rows, which of how many side by side over the sheet's columns."""
    row, rows, number, beside = spot
    drawn = _empty(chart)
    for position, series in enumerate(chart.series):
        shade = sum(not before.clear for before in chart.series[:position])
        drawn.series.append(_series(chart, series, shade, blocks))
    if chart.kind == "bar" and any(
        len(str(name)) > _LABEL for name in _contents(chart.categories, blocks[chart.categories.block][1])
    ):
        inner = ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.34, y=0.13, w=0.61, h=0.74)
        drawn.layout, drawn.x_axis.tickLblSkip = Layout(manualLayout=inner), 1
    if chart.kind != "line" and not any(_below_nothing(series, blocks[series.block][1]) for series in chart.series):
        drawn.y_axis.scaling.min = 0  # a bar's length is its figure
    total = sum(widths.values())
    each = (total - _GAP * (beside - 1)) / beside
    start = number * (each + _GAP)
    anchor = TwoCellAnchor(editAs="oneCell")
    anchor._from, anchor.to = _marker(start, row - 1, widths), _marker(start + each, row - 1 + rows, widths)
    drawn.anchor = anchor
    page.add_chart(drawn)


def _empty(chart: Chart) -> Any:
    """A chart without series: BarChart and LineChart share all that is set here, though not a typed base."""
    drawn: Any = LineChart() if chart.kind == "line" else BarChart()
    drawn.title = _title(f"{chart.title} ({chart.unit})" if chart.unit not in ("", "%") else chart.title)
    drawn.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    drawn.roundedCorners = False
    drawn.display_blanks = "gap"
    if len(chart.series) == 1 or any(series.clear for series in chart.series):
        drawn.legend = None  # a legend would name what only lifts
    else:
        drawn.legend.position = "b"
    for axis in (drawn.x_axis, drawn.y_axis):
        axis.delete = False  # without it Excel hides the axis
        axis.txPr = _font(900, style.GREY)
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=style.LINE))
        axis.title = None
    drawn.x_axis.tickLblPos = "low"
    drawn.y_axis.number_format = _PERCENT if chart.unit == "%" else _AXIS
    drawn.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="E5E9EB"))
    drawn.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    if chart.unit == "%":
        drawn.y_axis.scaling.max = 1
    if chart.kind == "stacked":
        drawn.grouping, drawn.overlap = "stacked", 100
    if chart.kind == "bar":
        drawn.type, drawn.x_axis.scaling.orientation = "bar", "maxMin"  # the first row on top
        drawn.y_axis.crosses = "max"
    if chart.kind != "line":
        drawn.gapWidth = 45
    return drawn


def _series(chart: Chart, series: Series, position: int, blocks: Blocks) -> Any:
    title, placed = blocks[series.block]
    column = placed.block.columns[placed.column(series.column) - 1]
    drawn: Any = SeriesFactory(
        Reference(range_string=_area(title, series, placed)), title=_short(str(column.title), chart.unit)
    )
    drawn.val.numRef.numCache = _numbers(series, placed, "General")
    drawn.cat = _categories(chart.categories, *blocks[chart.categories.block])
    shade = style.SHADES[position % len(style.SHADES)]
    if chart.kind == "line":
        drawn.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=shade, w=28575))
        drawn.smooth = False
        drawn.marker.symbol = "none"
    else:
        drawn.graphicalProperties = (
            GraphicalProperties(noFill=True) if series.clear else GraphicalProperties(solidFill=shade)
        )
        drawn.invertIfNegative = False
    return drawn


def _below_nothing(series: Series, placed: Placed) -> bool:
    return any(isinstance(amount, Decimal | int) and amount < 0 for amount in _contents(series, placed))


def _categories(series: Series, title: str, placed: Placed) -> AxDataSource:
    area = _area(title, series, placed)
    column = placed.block.columns[placed.column(series.column) - 1]
    if column.kind in ("date", "month"):
        return AxDataSource(numRef=NumRef(f=area, numCache=_numbers(series, placed, "mmm\\ yy")))
    texts = [StrVal(idx=n, v=as_text(str(content))) for n, content in enumerate(_contents(series, placed))]
    return AxDataSource(strRef=StrRef(f=area, strCache=StrData(ptCount=len(texts), pt=texts)))


def _numbers(series: Series, placed: Placed, code: str) -> NumData:
    points = []
    for number, content in enumerate(_contents(series, placed)):
        plain = serial(content) if isinstance(content, dt.date) else content
        if isinstance(plain, Decimal | int):
            points.append(NumVal(idx=number, v=format(plain, "f") if isinstance(plain, Decimal) else str(plain)))
    return NumData(formatCode=code, ptCount=len(_contents(series, placed)), pt=points)


def _contents(series: Series, placed: Placed) -> list[Content]:
    rows = placed.block.rows[: series.limit or None]
    contents = [row.cells.get(series.column) for row in rows]
    return [content.value if isinstance(content, Formula) else content for content in contents]


def _area(title: str, series: Series, placed: Placed) -> str:
    quoted = title.replace("'", "''")
    return f"'{quoted}'!{placed.body(series.column, series.limit)}"


def _short(title: str, unit: str) -> str:
    """A column's heading as a legend: its unit stands in the chart's title."""
    return title.removesuffix(f" ({unit})").removesuffix(", share")


def _marker(characters: float, row: int, widths: Mapping[int, float]) -> AnchorMarker:
    for number in sorted(widths):
        if characters <= widths[number]:
            return AnchorMarker(col=number - 1, colOff=int(characters * _EMU_A_CHARACTER), row=row)
        characters -= widths[number]
    return AnchorMarker(col=len(widths), row=row)


def _title(text: str) -> Title:
    properties = CharacterProperties(sz=1100, b=True, solidFill=style.ACCENT, latin=None)
    run = RegularTextRun(rPr=properties, t=text)
    return Title(tx=Text(rich=RichText(p=[Paragraph(pPr=ParagraphProperties(), r=[run])])), overlay=False)


def _font(size: int, color: str) -> RichText:
    properties = CharacterProperties(sz=size, solidFill=color)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=properties)])
