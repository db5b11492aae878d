"""A workbook with a chart and a pivot table, flat OpenDocument that LibreOffice is given to write an .xlsx from.

Acme's backlog at the end of January and February of 2026, and their sum: 11,000, 10,000 and 21,000 by the books of the
fixture `booked`.
"""

from __future__ import annotations

_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "table": "table", "text": "text", "draw": "drawing", "svg": "svg-compatible", "chart": "chart",
    }.items()
)  # fmt: skip


def _text(words: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{words}</text:p></table:table-cell>'


def _formula(text: str) -> str:
    return f'<table:table-cell table:formula="of:={text}" office:value-type="float" office:value="0"/>'


_ROWS = (
    (_text("Customer"), _text("Backlog")),
    (_text("Acme Ltd"), _formula("BACKLOG([.A2];DATE(2026;1;31))")),
    (_text("Acme Ltd"), _formula("BACKLOG([.A3];DATE(2026;2;28))")),
    (_text("Total"), _formula("SUM([.B2:.B3])")),
)
_CHART = (
    '<draw:frame svg:x="8cm" svg:y="3cm" svg:width="9cm" svg:height="6cm"><draw:object>'
    '<office:document office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.chart"><office:body>'
    '<office:chart><chart:chart chart:class="chart:bar" svg:width="9cm" svg:height="6cm">'
    '<chart:plot-area table:cell-range-address="Figures.A1:Figures.B3" chart:data-source-has-labels="both">'
    '<chart:axis chart:dimension="x"><chart:categories table:cell-range-address="Figures.A2:Figures.A3"/></chart:axis>'
    '<chart:axis chart:dimension="y"/><chart:series chart:class="chart:bar" chart:label-cell-address="Figures.B1" '
    'chart:values-cell-range-address="Figures.B2:Figures.B3"/></chart:plot-area></chart:chart></office:chart>'
    "</office:body></office:document></draw:object></draw:frame>"
)
_PIVOT = (
    '<table:data-pilot-tables><table:data-pilot-table table:name="ByCustomer" table:target-range-address="Pivot.A1:Pivot.B4">'
    '<table:source-cell-range table:cell-range-address="Figures.A1:Figures.B3"/>'
    '<table:data-pilot-field table:source-field-name="Customer" table:orientation="row" table:function="auto">'
    '<table:data-pilot-level table:show-empty="false"/></table:data-pilot-field>'
    '<table:data-pilot-field table:source-field-name="Backlog" table:orientation="data" table:function="sum"/>'
    "</table:data-pilot-table></table:data-pilot-tables>"
)
DOCUMENT = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NAMES} '
    'xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.2" '
    'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>'
    f'<table:table table:name="Figures"><table:shapes>{_CHART}</table:shapes>'
    + "".join(f"<table:table-row>{''.join(cells)}</table:table-row>" for cells in _ROWS)
    + '</table:table><table:table table:name="Pivot"><table:table-row><table:table-cell/></table:table-row></table:table>'
    f"{_PIVOT}</office:spreadsheet></office:body></office:document>"
)
