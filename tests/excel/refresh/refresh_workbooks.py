"""Workbooks as other people make them, by several writers, each with cells of ours and the values they must show.

The books are those of the fixture `booked`: Acme Ltd's 12,000.00 over the twelve months of 2026, by months, and today is
31 January 2026. So the backlog at the end of month m is 12,000 − 1,000 m: figures that need no program to be known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import openpyxl.chart
import openpyxl.comments
import openpyxl.drawing.image
import openpyxl.formatting.rule
import openpyxl.styles
import openpyxl.workbook.defined_name
import openpyxl.worksheet.datavalidation
import openpyxl.worksheet.formula
import openpyxl.worksheet.table
import xlsxwriter
from refresh_package import MAIN, OFFICE, PACKAGE, Package, sheet_xml

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000ffff03000006000557bfabd40000000049454e44ae426082"
)


PIVOT = (
    f'<pivotTableDefinition xmlns="{MAIN}" name="Pivot" cacheId="1" dataCaption="Values">'
    '<location ref="H1:I2" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/></pivotTableDefinition>'
)
PIVOT_CACHE = (
    f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource ref="A1:B2" sheet="Figures"/>'
    '</cacheSource><cacheFields count="0"/></pivotCacheDefinition>'
)
PIVOT_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/pivotCacheDefinition" '
    'Target="/xl/pivotCache/pivotCacheDefinition1.xml"/></Relationships>'
)


def left(month: int) -> Decimal:
    """Acme's backlog at the end of a month of 2026."""
    return Decimal(12_000 - 1_000 * month)


@dataclass(frozen=True)
class Made:
    """A workbook: the values its cells must show after a refresh, and the parts that may differ.

    `left`: cells that only a spreadsheet program can compute.
    """

    path: Path
    shows: Mapping[tuple[str, str], object]
    parts: frozenset[str]
    left: frozenset[tuple[str, str]] = frozenset()


Maker = Callable[[Path], Made]
MAKERS: dict[str, Maker] = {}


def workbook(maker: Maker) -> Maker:
    MAKERS[maker.__name__] = maker
    return maker


def _saved(
    book: openpyxl.Workbook, path: Path, shows: Mapping[str, object], *parts: str, sheet: str = "Figures"
) -> Made:
    book.save(path)
    return Made(
        path, {(sheet, cell): value for cell, value in shows.items()}, frozenset(parts or ("xl/worksheets/sheet1.xml",))
    )


def _months(sheet: object, column: int = 2) -> dict[str, object]:
    """Twelve month ends with Acme's backlog beside them, and a total."""
    for month in range(1, 13):
        sheet.cell(month + 1, 1, dt.date(2026 + month // 12, month % 12 + 1, 1) - dt.timedelta(1))
        sheet.cell(month + 1, column, f'=BACKLOG("Acme Ltd",A{month + 1})')
    sheet.cell(14, column, "=SUM(B2:B13)")
    return {f"B{month + 1}": left(month) for month in range(1, 13)} | {"B14": Decimal(66_000)}


@workbook
def chart_of_figures(folder: Path) -> Made:
    """A chart that draws our cells keeps them; a comment, a frozen pane."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    shows = _months(sheet)
    sheet["A1"].comment = openpyxl.comments.Comment("Checked", "Controller")
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=2, min_row=2, max_row=13))
    sheet.add_chart(chart, "E2")
    sheet.freeze_panes = "A2"
    return _saved(book, folder / "chart_of_figures.xlsx", shows)


@workbook
def defined_names(folder: Path) -> Made:
    """Names for a day, a customer, a formula of ours; one sheet has a name of its own."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    other = book.create_sheet("Other data")
    other["A1"] = "Acme Ltd"
    sheet["A1"] = dt.date(2026, 3, 31)
    names = {"as_of": "Figures!$A$1", "who": "'Other data'!$A$1", "total_left": "BACKLOG(who,as_of)", "months": "12"}
    for name, text in names.items():
        book.defined_names[name] = openpyxl.workbook.defined_name.DefinedName(name, attr_text=text)
    other.defined_names["as_of"] = openpyxl.workbook.defined_name.DefinedName("as_of", attr_text="DATE(2026,6,30)")
    sheet["B1"], sheet["B2"], sheet["B3"] = "=total_left", "=BACKLOG(who,as_of)/months", "=-total_left"
    other["B1"] = "=BACKLOG(A1,as_of)"
    made = _saved(
        book, folder / "defined_names.xlsx", {"B1": left(3), "B2": Decimal(750), "B3": -left(3)},
        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml",
    )  # fmt: skip
    return Made(made.path, {**made.shows, ("Other data", "B1"): left(6)}, made.parts)


@workbook
def a_table(folder: Path) -> Made:
    """A native table with calculated columns, by structured references."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    sheet.append(["Customer", "As of", "Backlog [USD]"])
    for row, month in enumerate((1, 2, 12), start=2):
        sheet.append(["Acme Ltd", dt.date(2026 + month // 12, month % 12 + 1, 1) - dt.timedelta(1)])
        sheet.cell(row, 3, "=BACKLOG(Deals[[#This Row],[Customer]],Deals[[#This Row],[As of]])")
    sheet["E1"] = "=SUM(Deals[Backlog '[USD']])"
    sheet["E2"] = "=BACKLOG(Deals[[#This Row],[Customer]],Deals[[#This Row],[As of]])"
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="Deals", ref="A1:C4"))
    shows = {"C2": left(1), "C3": left(2), "C4": left(12), "E1": left(1) + left(2), "E2": left(1)}
    return _saved(book, folder / "a_table.xlsx", shows)


@workbook
def formats_and_validations(folder: Path) -> Made:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    shows = _months(sheet)
    sheet.conditional_formatting.add(
        "B2:B13", openpyxl.formatting.rule.ColorScaleRule(start_type="min", end_type="max")
    )
    valid = openpyxl.worksheet.datavalidation.DataValidation(type="list", formula1='"Acme Ltd,Beta KK"')
    sheet.add_data_validation(valid)
    valid.add("D1")
    sheet["B5"].font = openpyxl.styles.Font(bold=True)
    sheet["B5"].number_format = "#,##0.00"
    return _saved(book, folder / "formats_and_validations.xlsx", shows)


@workbook
def calendar_of_1904(folder: Path) -> Made:
    """A workbook that counts its days from 1904."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    sheet.title = "Figures"
    sheet["A1"] = dt.date(2026, 4, 30)
    sheet["B1"], sheet["B2"] = '=BACKLOG("Acme Ltd",A1)', '=BACKLOG("Acme Ltd",EOMONTH(A1,1))'
    sheet["B3"], sheet["B4"] = '=BACKLOG("Acme Ltd",DATE(2026,6,30))', "=DATE(2026,6,30)-A1+0*B3"
    shows = {"B1": left(4), "B2": left(5), "B3": left(6), "B4": Decimal(61)}
    return _saved(book, folder / "calendar_of_1904.xlsx", shows)


@workbook
def protected(folder: Path) -> Made:
    """A protected sheet and a locked structure: values change, nothing else does."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    shows = _months(sheet)
    sheet.protection.sheet = True
    sheet.protection.password = "secret"
    book.security = openpyxl.workbook.protection.WorkbookProtection(workbookPassword="secret", lockStructure=True)
    return _saved(book, folder / "protected.xlsx", shows)


@workbook
def entered_arrays(folder: Path) -> Made:
    """Arrays as they were entered before there were dynamic ones: their area is fixed."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    sheet["A1"], sheet["B1"], sheet["C1"] = None, dt.date(2026, 1, 31), dt.date(2026, 2, 28)
    sheet["A2"], sheet["A3"] = "Acme Ltd", "Empty AG"
    array = openpyxl.worksheet.formula.ArrayFormula
    sheet["B2"] = array("B2:C3", "=BACKLOG(A2:A3,B1:C1)")
    sheet["E2"] = array("E2:E5", "=BACKLOG(A2:A3,B1)")
    sheet["G2"] = array("G2:G3", "=BACKLOG(A2:A3,B1)*2")
    na = "#N/A"
    shows = {
        "B2": left(1), "C2": left(2), "B3": Decimal(0), "C3": Decimal(0), "E2": left(1), "E3": Decimal(0), "E4": na,
        "E5": na, "G2": 2 * left(1), "G3": Decimal(0),
    }  # fmt: skip
    return _saved(book, folder / "entered_arrays.xlsx", shows)


@workbook
def hidden_sheets_and_pictures(folder: Path) -> Made:
    image = folder / "dot.png"
    image.write_bytes(PNG)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    shows = _months(sheet)
    secret = book.create_sheet("Secret")
    secret.sheet_state = "veryHidden"
    secret["A1"] = "=Figures!B2*2"
    sheet.merge_cells("D2:E4")
    sheet.row_dimensions[5].hidden = True
    sheet.print_title_rows = "1:1"
    made = _saved(
        book, folder / "hidden_sheets_and_pictures.xlsx", shows, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
    )
    return Made(made.path, {**made.shows, ("Secret", "A1"): 2 * left(1)}, made.parts)


@workbook
def a_template(folder: Path) -> Made:
    book = openpyxl.Workbook()
    book.template = True
    book.active.title = "Figures"
    return _saved(book, folder / "a_template.xltx", _months(book.active))


def _xlsxwriter(
    folder: Path, name: str, options: Mapping[str, object] | None = None
) -> tuple[Path, xlsxwriter.Workbook]:
    path = folder / name
    return path, xlsxwriter.Workbook(path, {"strings_to_formulas": False, **(options or {})})


def _column(sheet: object) -> dict[str, object]:
    for month in range(1, 13):
        sheet.write_formula(month, 1, f'=BACKLOG("Acme Ltd",EOMONTH(DATE(2026,{month},1),0))', None, 1)
    sheet.write_formula(13, 1, "=SUM(B2:B13)", None, 1)
    return {f"B{month + 1}": left(month) for month in range(1, 13)} | {"B14": Decimal(66_000)}


def _closed(book: xlsxwriter.Workbook, path: Path, shows: Mapping[str, object], *parts: str, **more: object) -> Made:
    book.close()
    cells = {("Figures", cell): value for cell, value in shows.items()}
    return Made(path, cells, frozenset(parts or ("xl/worksheets/sheet1.xml",)), **more)


@workbook
def macros_with_a_signature(folder: Path) -> Made:
    vba, signature = folder / "vbaProject.bin", folder / "vbaProjectSignature.bin"
    vba.write_bytes(bytes(range(256)) * 40)
    signature.write_bytes(bytes(reversed(range(256))) * 9)
    path, book = _xlsxwriter(folder, "macros.xlsm")
    book.add_signed_vba_project(str(vba), str(signature))
    sheet = book.add_worksheet("Figures")
    sheet.insert_button("E2", {"macro": "Refresh", "caption": "Refresh"})
    return _closed(book, path, _column(sheet))


@workbook
def sparklines_and_new_formats(folder: Path) -> Made:
    path, book = _xlsxwriter(folder, "sparklines.xlsx")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    sheet.add_sparkline("D1", {"range": "Figures!B2:B13"})
    sheet.conditional_format("B2:B13", {"type": "data_bar", "data_bar_2010": True, "bar_negative_color": "#FF0000"})
    sheet.conditional_format("B2:B13", {"type": "icon_set", "icon_style": "5_ratings"})
    return _closed(book, path, shows)


@workbook
def spilling_tables(folder: Path) -> Made:
    """Dynamic arrays: a list that grows over its former area, a total by the spill operator, one with no room."""
    path, book = _xlsxwriter(folder, "spilling_tables.xlsx")
    sheet = book.add_worksheet("Figures")
    sheet.write_dynamic_array_formula("A2:A3", '=CUSTOMERS("*")', None, "old")
    sheet.write_dynamic_array_formula("F2", '=BACKLOG({"Acme Ltd";"Empty AG"},DATE(2026,{1,2,3},28))', None, 0)
    sheet.write_formula("F1", "=SUM(_xlfn.ANCHORARRAY(F2))", None, 0)
    sheet.write_dynamic_array_formula("K2:M9", '=CUSTOMERS("Acme*")', None, "old")
    sheet.write_dynamic_array_formula("P2:P2", '=CUSTOMERS("*")', None, "old")
    sheet.write_string("Q4", "in the way")
    sheet.write_formula("P1", '=IFERROR(P2,"no room")', None, 0)
    day = {1: Decimal("11096.77"), 2: left(2), 3: Decimal("9096.77")}
    shows = {
        "A2": "customer_id", "B2": "name", "D2": "region", "A3": "C1", "B3": "Acme Ltd", "A5": "C3", "B5": "Empty AG",
        "F2": day[1], "G2": day[2], "H2": day[3], "F3": Decimal(0), "H3": Decimal(0), "F1": sum(day.values()),
        "K2": "customer_id", "K3": "C1", "L3": "Acme Ltd", "K4": None, "M9": None, "P2": "#SPILL!", "P1": "no room",
        "Q4": "in the way",
    }  # fmt: skip
    return _closed(book, path, shows)


@workbook
def controls_and_shapes(folder: Path) -> Made:
    image = folder / "dot.png"
    image.write_bytes(PNG)
    path, book = _xlsxwriter(folder, "controls.xlsx")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    sheet.insert_checkbox("D2", True)
    sheet.insert_textbox("E2", "A shape")
    sheet.insert_image("E12", str(image))
    sheet.set_background(str(image))
    sheet.write_comment("A1", "Checked")
    sheet.embed_image("D5", str(image))
    return _closed(book, path, shows)


@workbook
def inline_texts(folder: Path) -> Made:
    path, book = _xlsxwriter(folder, "inline_texts.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("Figures")
    for row, (name, month) in enumerate((("Acme Ltd", 1), ("ACME LTD ", 2), ("Acme*", 3)), start=1):
        sheet.write_string(row, 0, name)
        sheet.write_formula(row, 1, f"=BACKLOG(A{row + 1},EOMONTH(DATE(2026,{month},1),0))", None, 0)
    return _closed(book, path, {"B2": left(1), "B3": left(2), "B4": left(3)})


@workbook
def chart_sheet_first(folder: Path) -> Made:
    """A chart sheet before the sheets, so that the numbers of sheets and of names differ; the chart keeps our figures."""
    path, book = _xlsxwriter(folder, "chart_sheet.xlsx")
    shown = book.add_chartsheet("Picture")
    sheet = book.add_worksheet("Figures")
    shows = _column(sheet)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Figures!$B$2:$B$13", "values_data": [1] * 12})
    shown.set_chart(chart)
    book.define_name("Figures!day", "=DATE(2026,5,31)")
    sheet.write_formula("D1", '=BACKLOG("Acme Ltd",day)', None, 0)
    book.set_custom_property("Checked by", "Controller")
    return _closed(book, path, {**shows, "D1": left(5)}, "xl/worksheets/sheet1.xml", "xl/charts/chart1.xml")


@workbook
def functions_around(folder: Path) -> Made:
    """Our functions inside others: those that the small calculator knows, and one that only a program does."""
    path, book = _xlsxwriter(folder, "functions_around.xlsx")
    sheet = book.add_worksheet("Figures")
    sheet.write_string("A1", "Acme Ltd")
    texts = {
        "B1": ('=IFERROR(BACKLOG("nobody"),"none")', "none"),
        "B2": ("=IF(BACKLOG(A1,DATE(2026,1,31))>10000,\"much\",\"little\")", "much"),
        "B3": ("=ROUND(BACKLOG(A1,DATE(2026,2,28))/7,2)", Decimal("1428.57")),
        "B4": ('="Backlog "&BACKLOG(A1,DATE(2026,2,28))', "Backlog 10000"),
        "B5": ('=BACKLOG("nobody",TODAY())', "#N/A"),
        "B6": ("=BACKLOG(A1,TODAY())", left(1)),
        "B7": ("=BACKLOG(A1,\"soon\")", "#VALUE!"),
        "B8": ("=SUM(BACKLOG(A1,B10:B11))", left(3) + left(4)),
        "B9": ("=1/0+BACKLOG(A1)", "#DIV/0!"),
        "B10": ("=EOMONTH(DATE(2026,1,1),2)+0*B6", Decimal(46112)),
        "B11": ("=EDATE(B10,1)", Decimal(46142)),
    }  # fmt: skip
    for cell, (text, _) in texts.items():
        sheet.write_formula(cell, text, None, 0)
    sheet.write_formula("C1", "=MEDIAN(B2,B3,B6)+BACKLOG(UPPER(A1),WORKDAY(DATE(2026,2,28),1))", None, 0)
    return _closed(book, path, {c: v for c, (_, v) in texts.items()}, left=frozenset([("Figures", "C1")]))


@workbook
def other_spellings(folder: Path) -> Made:
    """As an Office add-in, a registered library and an add-in book spell us; somebody else's function is left alone."""
    rows = (
        '<row r="1"><c r="A1"><f>_xldudf_BACKLOG("Acme Ltd",DATE(2026,1,31))</f><v>0</v></c>'
        '<c r="B1"><f>_xll.BACKLOG("Acme Ltd",DATE(2026,2,28))</f><v>0</v></c>'
        '<c r="C1"><f>[1]!BACKLOG("Acme Ltd",DATE(2026,3,31))</f><v>0</v></c>'
        '<c r="D1"><f>[2]!CUSTOMERS("Acme Ltd")</f><v>77</v></c>'
        '<c r="E1"><f>_xldudf_REVENUE_BACKLOG_RECOGNIZED("Acme Ltd",DATE(2026,1,1),DATE(2026,1,31))</f><v>0</v></c>'
        '<c r="F1"><f>_xlfn.SINGLE(backlog("Acme Ltd",DATE(2026,4,30)))</f><v>0</v></c></row>'
    )
    package = Package(sheet_xml(rows))
    package.external("file:///C:/Add-ins/Backlog.xlam")
    package.external("file:///C:/backlog/netsuite.xlam")
    shows = {"A1": left(1), "B1": left(2), "C1": left(3), "D1": Decimal(77), "E1": Decimal(1000), "F1": left(4)}
    return _packed(package, folder / "other_spellings.xlsx", shows)


def _packed(package: Package, path: Path, shows: Mapping[str, object]) -> Made:
    package.write(path)
    return Made(
        path, {("Figures", cell): value for cell, value in shows.items()}, frozenset(["xl/worksheets/sheet1.xml"])
    )


@workbook
def prefixed_names(folder: Path) -> Made:
    rows = (
        '<x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>Acme Ltd</x:t></x:is></x:c>'
        '<x:c r="B1"><x:f>BACKLOG(A1,DATE(2026,1,31))</x:f><x:v>0</x:v></x:c></x:row>'
        '<x:row r="2"><x:c r="B2"><x:f>B1+1</x:f><x:v>0</x:v></x:c></x:row>'
    )
    return _packed(Package(sheet_xml(rows, prefix="x:")), folder / "prefixed.xlsx", {"B1": left(1), "B2": left(1) + 1})


@workbook
def rows_without_addresses(folder: Path) -> Made:
    rows = (
        "<row/><row><c/><c><f>BACKLOG(&quot;Acme Ltd&quot;,C2)</f></c><c><v>46053</v></c></row>"
        '<row><c><f>B2*2</f><v/></c><c t="str"><f>SUBSTITUTED</f><v>x</v></c></row>'
    )
    return _packed(Package(sheet_xml(rows)), folder / "no_addresses.xlsx", {"B2": left(1), "A3": 2 * left(1)})


@workbook
def shared_formulas(folder: Path) -> Made:
    """One formula written once for a column and once for a block."""
    column = ['<f t="shared" ref="B1:B4" si="3">BACKLOG("Acme Ltd",A1)</f>', *['<f t="shared" si="3"/>'] * 3]
    block = ['<f t="shared" ref="C1:C4" si="4">B1*$B$1/1000</f>', *['<f t="shared" si="4"/>'] * 3]
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{day}</v></c><c r="B{n}">{one}<v>0</v></c><c r="C{n}">{other}<v>0</v></c></row>'
        for n, day, one, other in zip(range(1, 5), (46053, 46081, 46112, 46142), column, block, strict=True)
    )
    shows = {f"B{n}": left(n) for n in range(1, 5)} | {f"C{n}": left(n) * 11 for n in range(1, 5)}
    return _packed(Package(sheet_xml(rows)), folder / "shared.xlsx", shows)


@workbook
def rich_and_phonetic_texts(folder: Path) -> Made:
    """Arguments that are shared strings in runs of formats, with reading aids."""
    rows = (
        '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><f>BACKLOG(A1,DATE(2026,1,31))</f><v>0</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="str"><f>IFERROR(BACKLOG(A2),A2)</f><v>0</v></c></row>'
    )
    package = Package(sheet_xml(rows))
    package.strings(
        "<si><t>new line &amp; more</t></si><si><r><t>Acme</t></r><r><rPr><b/></rPr>"
        '<t xml:space="preserve"> Ltd</t></r><rPh sb="0" eb="2"><t>nonsense</t></rPh></si>'
    )
    return _packed(package, folder / "rich_texts.xlsx", {"B1": left(1), "B2": "new line & more"})


@workbook
def comments_and_cdata(folder: Path) -> Made:
    rows = (
        '<!-- <row r="1"><c r="B1"><f>BACKLOG("x")</f></c></row> --><row r="1">'
        '<c r="A1" t="inlineStr"><is><t><![CDATA[Acme Ltd]]></t></is></c>'
        '<c r="B1"><f><![CDATA[BACKLOG(A1,DATE(2026,1,31))]]></f><v>0</v></c></row>'
    )
    return _packed(Package(sheet_xml(rows)), folder / "cdata.xlsx", {"B1": left(1)})


@workbook
def strict_namespace(folder: Path) -> Made:
    """Strict Open XML, with dates written as dates."""
    rows = '<row r="1"><c r="A1" t="d"><v>2026-02-28</v></c><c r="B1"><f>BACKLOG("Acme Ltd",A1)</f><v>0</v></c></row>'
    return _packed(Package(sheet_xml(rows, strict=True), strict=True), folder / "strict.xlsx", {"B1": left(2)})


@workbook
def everything_else(folder: Path) -> Made:
    """Pivot table with cache and slicer, threaded comments, persons, custom XML, connections, external data, signature."""
    rows = '<row r="1"><c r="B1"><f>BACKLOG("Acme Ltd",DATE(2026,1,31))</f><v>0</v></c></row>'
    package = Package(sheet_xml(rows), after='<pivotCaches><pivotCache cacheId="1" r:id="rId3"/></pivotCaches>')
    package.external("file:///C:/rates.xlsx")
    for name, kind, owner, text in (
        ("xl/pivotCache/pivotCacheDefinition1.xml", "pivotCacheDefinition", "book", PIVOT_CACHE),
        ("xl/pivotTables/pivotTable1.xml", "pivotTable", "sheet", PIVOT),
        ("xl/pivotTables/_rels/pivotTable1.xml.rels", "", "", PIVOT_RELATIONS),
        ("xl/charts/chartEx1.xml", "chartEx", "sheet", "<chartSpace/>"),
        ("xl/slicerCaches/slicerCache1.xml", "slicerCache", "book", "<slicerCacheDefinition/>"),
        ("xl/slicers/slicer1.xml", "slicer", "sheet", "<slicers/>"),
        ("xl/timelines/timeline1.xml", "timeline", "sheet", "<timelines/>"),
        ("xl/threadedComments/threadedComment1.xml", "threadedComment", "sheet", "<ThreadedComments/>"),
        ("xl/persons/person.xml", "person", "book", "<personList/>"),
        ("xl/connections.xml", "connections", "book", "<connections/>"),
        ("xl/queryTables/queryTable1.xml", "queryTable", "sheet", "<queryTable/>"),
        ("xl/ctrlProps/ctrlProp1.xml", "ctrlProp", "sheet", "<formControlPr/>"),
        ("customXml/item1.xml", "customXml", "book", '<b:bibliography xmlns:b="urn:somebody"/>'),
        ("_xmlsignatures/sig1.xml", "", "", "<Signature/>"),
        ("xl/printerSettings/printerSettings1.bin", "printerSettings", "sheet", "\x00\x01\x02"),
    ):
        package.part(name, kind, owner, text)
    return _packed(package, folder / "everything_else.xlsx", {"B1": left(1)})


@workbook
def a_chain_of_formulas(folder: Path) -> Made:
    """Two hundred cells, each on the one before, and a sheet that sums another by its column."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Figures"
    sheet["A1"] = '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
    for row in range(2, 202):
        sheet.cell(row, 1, f"=A{row - 1}+1")
    other = book.create_sheet("Sum")
    other["A1"] = "=SUM(Figures!A:A)"
    made = _saved(
        book, folder / "a_chain.xlsx", {"A1": left(1), "A201": left(1) + 200}, "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
    )  # fmt: skip
    return Made(made.path, {**made.shows, ("Sum", "A1"): 201 * left(1) + 20_100}, made.parts)
