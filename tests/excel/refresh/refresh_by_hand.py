"""Workbooks in forms that no writer here has, written by hand (see refresh_workbooks)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from refresh_made import Made, left, workbook
from refresh_package import MAIN, OFFICE, PACKAGE, Package, sheet_xml

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
