"""Files made to harm: refused by name or handled, in bounded memory and time, and left as they were."""

from __future__ import annotations

import datetime as dt
import tracemalloc
import zipfile
from types import SimpleNamespace

import pytest
from refresh_package import MAIN, Package, sheet_xml

from engine.build import build
from excel.refresh.one import Options, refresh_file
from model.frames import empty_facts, frame
from model.policy import Policy

OURS = '<c r="A1"><f>BACKLOG("Acme Ltd",DATE(2026,1,31))</f><v>0</v></c>'
ENTITY = (
    '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
)


def refused(path, booked, reason):
    before = path.read_bytes()
    found = refresh_file(path, booked, None, Options())
    assert found.state == "refused", found
    assert reason in found.reason
    assert str(path) in found.reason
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def put(path, name, content):
    """The same package with one part of other content."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, old in parts.items():
            archive.writestr(part, content if part == name else old)
        if name not in parts:
            archive.writestr(name, content)


@pytest.fixture
def workbook(tmp_path):
    return Package(sheet_xml(f'<row r="1">{OURS}</row>')).write(tmp_path / "book.xlsx")


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"]
)
def test_entities_are_refused_wherever_they_stand(part, workbook, booked):
    with zipfile.ZipFile(workbook) as archive:
        content = archive.read(part).decode()
    put(
        workbook,
        part,
        content.replace("<", ENTITY + "<", 1)
        if not content.startswith("<?")
        else content.replace("?>\n", "?>" + ENTITY),
    )
    refused(workbook, booked, "document type")


def test_entities_in_shared_strings_are_refused(tmp_path, booked):
    package = Package(sheet_xml('<row r="1"><c r="B1" t="s"><v>0</v></c><c r="C1"><f>BACKLOG(B1)</f></c></row>'))
    package.part(
        "xl/sharedStrings.xml", "sharedStrings", "book", f"{ENTITY}<sst xmlns='{MAIN}'><si><t>&b;</t></si></sst>"
    )
    refused(package.write(tmp_path / "strings.xlsx"), booked, "document type")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, booked, monkeypatch):
    monkeypatch.setattr("excel.patch.package.SUSPECT", 16 << 20)  # as 256 MB would be, and made sooner
    path = tmp_path / "bomb.xlsx"
    Package(sheet_xml(f'<row r="1">{OURS}</row>')).write(path)
    head = sheet_xml(f'<row r="1">{OURS}</row>').encode().split(b"</sheetData>")[0]
    with zipfile.ZipFile(path) as archive:
        parts = {i.filename: archive.read(i) for i in archive.infolist() if "sheet1" not in i.filename}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(head)
            block = b" " * (8 << 20)
            for _ in range(4):  # 32 MB of blanks in about 32 kB
                stream.write(block)
            stream.write(b"</sheetData></worksheet>")
    assert path.stat().st_size < 1 << 20
    refused(path, booked, "unpacks to")


def test_a_row_without_end_is_refused_in_bounded_memory(tmp_path, booked):
    cells = b"<c/>" * (18 << 20)
    path = Package(b"").write(tmp_path / "row.xlsx")
    put(
        path,
        "xl/worksheets/sheet1.xml",
        sheet_xml(f'<row r="1">{OURS}</row><row r="2">').encode().split(b"</sheetData>")[0] + cells,
    )
    del cells
    tracemalloc.start()
    refused(path, booked, "larger than")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 600 << 20


def test_names_that_lead_elsewhere_are_never_followed(tmp_path, workbook, booked):
    put(workbook, "../../evil.txt", b"kept as it was")
    with zipfile.ZipFile(workbook) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    found = refresh_file(workbook, booked, None, Options(backups=0))
    assert found.state == "refreshed"
    with zipfile.ZipFile(workbook) as archive:
        assert archive.read("../../evil.txt") == b"kept as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]
    put(workbook, "xl/_rels/workbook.xml.rels", relations.replace("worksheets/sheet1.xml", "../../../../etc/passwd"))
    refused(workbook, booked, "missing from the file")


def test_the_last_row_and_the_last_column_are_reached(tmp_path, booked):
    rows = (
        f'<row r="1">{OURS}<c r="XFD1"><f>A1+1</f><v>0</v></c></row>'
        '<row r="1048576"><c r="A1048576"><f>SUM(A1:XFD1)</f><v>0</v></c><c r="XFD1048576"><f>BACKLOG("Acme Ltd",A1048575)</f></c></row>'
    )
    path = Package(sheet_xml(rows)).write(tmp_path / "edges.xlsx")
    found = refresh_file(path, booked, None, Options())
    assert {c.cell: c.after for c in found.changes} == {
        "A1": 11000,
        "XFD1": 11001,
        "A1048576": 22001,
        "XFD1048576": 11000,
    }


def test_a_spill_past_the_edge_of_the_sheet_is_no_spill(tmp_path, booked):
    rows = '<row r="1048575"><c r="A1048575" cm="1"><f t="array" ref="A1048575">CUSTOMERS("*")</f><v>0</v></c></row>'
    package = Package(sheet_xml(rows))
    package.part(
        "xl/metadata.xml", "sheetMetadata", "book",
        f'<metadata xmlns="{MAIN}"><metadataTypes count="1"><metadataType name="XLDAPR"/></metadataTypes><futureMetadata '
        'name="XLDAPR"><bk><extLst><ext><a:dynamicArrayProperties xmlns:a="urn:a" fDynamic="1"/></ext></extLst></bk></futureMetadata>'
        '<cellMetadata><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>',
    )  # fmt: skip
    found = refresh_file(package.write(tmp_path / "edge.xlsx"), booked, None, Options())
    assert [c.after for c in found.changes] == ["#SPILL!"]


def test_a_million_rows_pass_in_bounded_memory(tmp_path, booked):
    path = Package(b"").write(tmp_path / "tall.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {i.filename: archive.read(i) for i in archive.infolist() if "sheet1" not in i.filename}
    head, tail = sheet_xml("|").encode().split(b"|")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            stream.write(head + f'<row r="1">{OURS}</row>'.encode())
            for start in range(2, 1_048_577, 65_536):
                stop = min(start + 65_536, 1_048_577)
                stream.write(
                    b"".join(b'<row r="%d"><c r="A%d"><v>%d</v></c></row>' % (n, n, n) for n in range(start, stop))
                )
            stream.write(tail)
    tracemalloc.start()
    found = refresh_file(path, booked, None, Options(backups=0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.state == "refreshed"
    assert peak < 40 << 20


def test_formulas_of_every_length_and_depth(tmp_path, booked):
    long = 'BACKLOG("Acme Ltd",DATE(2026,1,31)) '
    long += "+0" * ((8_192 - len(long)) // 2)
    deep = "BACKLOG(&quot;Acme Ltd&quot;," + "(" * 3_000 + "46053" + ")" * 3_000 + ")"
    rows = f'<row r="1"><c r="A1"><f>{long}</f></c><c r="B1"><f>{deep}</f></c><c r="C1"><f>B1+1</f></c></row>'
    assert len(long) == 8_192
    path = Package(sheet_xml(rows)).write(tmp_path / "long.xlsx")
    found = refresh_file(path, booked, None, Options())
    assert [(c.cell, c.after) for c in found.changes] == [("A1", 11_000)]
    assert {n.cell for n in found.left} == {"B1", "C1"}
    assert "nested deeper" in next(n.text for n in found.left if n.cell == "B1")


def test_circles_are_told_and_the_others_are_computed(tmp_path, booked):
    rows = f'<row r="1">{OURS}<c r="B1"><f>C1+A1</f><v>7</v></c><c r="C1"><f>B1</f><v>7</v></c><c r="D1"><f>A1*2</f></c></row>'
    found = refresh_file(Package(sheet_xml(rows)).write(tmp_path / "circle.xlsx"), booked, None, Options())
    assert {c.cell: c.after for c in found.changes} == {"A1": 11_000, "D1": 22_000}
    assert {n.cell: n.text for n in found.left} == dict.fromkeys(
        ("B1", "C1"), "it depends on itself (a circular reference)"
    )


def test_numbers_too_large_for_a_double_do_no_harm(tmp_path, booked):
    rows = (
        f'<row r="1">{OURS}<c r="B1"><v>1E+999999999</v></c><c r="C1"><f>A1+B1</f></c><c r="D1"><f>A1*1E300*1E300</f></c>'
        '<c r="E1"><f>BACKLOG("Acme Ltd",B1)</f></c></row>'
    )
    found = refresh_file(Package(sheet_xml(rows)).write(tmp_path / "large.xlsx"), booked, None, Options())
    assert {c.cell: c.after for c in found.changes} == {"A1": 11_000, "C1": "#NUM!", "D1": "#NUM!", "E1": "#NUM!"}


def test_text_that_would_be_a_formula_stays_text(tmp_path):
    facts = empty_facts()
    facts["customers"] = frame("customers", [{"customer_id": "=1+1", "name": '=HYPERLINK("http://x.example")'}])
    ledger = build(facts, Policy())
    host = SimpleNamespace(today=dt.date(2026, 1, 31), zone=dt.UTC, ledger=lambda known_at: ledger)
    rows = '<row r="1"><c r="A1"><f t="array" ref="A1:B2">CUSTOMERS("*")</f><v>0</v></c></row>'
    path = Package(sheet_xml(rows)).write(tmp_path / "text.xlsx")
    assert refresh_file(path, host, None, Options(backups=0)).state == "refreshed"
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="B2" t="str"><v>=HYPERLINK("http://x.example")</v></c>' in sheet
    assert sheet.count("<f") == 1


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/workbook.xml", f'<workbook xmlns="{MAIN}"><sheets><sheet name="Figures" sheetId="1"/></sheets><definedNames><definedName '
                            'localSheetId="x" name="a">1</definedName></definedNames></workbook>'),
        ("xl/worksheets/sheet1.xml", '<worksheet xmlns="urn:else"><sheetData/></worksheet>'),
        ("xl/worksheets/sheet1.xml", "no xml at all"),
        ("[Content_Types].xml", None),
    ],
)  # fmt: skip
def test_broken_parts_are_refused(part, content, workbook, booked):
    if content is None:
        with zipfile.ZipFile(workbook) as archive:
            parts = {i.filename: archive.read(i) for i in archive.infolist() if i.filename != part}
        with zipfile.ZipFile(workbook, "w") as archive:
            for name, old in parts.items():
                archive.writestr(name, old)
    else:
        put(workbook, part, content)
    refused(workbook, booked, "")


def test_a_file_cut_short_is_refused(workbook, booked):
    workbook.write_bytes(workbook.read_bytes()[:-200])
    refused(workbook, booked, "damaged")


def test_a_table_without_an_area_is_refused(tmp_path, booked):
    package = Package(sheet_xml(f'<row r="1">{OURS}</row>'))
    package.part("xl/tables/table1.xml", "table", "sheet", f'<table xmlns="{MAIN}" name="T" displayName="T"/>')
    refused(package.write(tmp_path / "table.xlsx"), booked, "names or tables are damaged")


def test_an_error_of_our_own_leaves_the_file_and_is_told(workbook, booked, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a slip of ours")

    monkeypatch.setattr("excel.refresh.one.edits_of", broken)
    before = workbook.read_bytes()
    found = refresh_file(workbook, booked, None, Options())
    assert found.state == "failed"
    assert "a slip of ours" in found.reason
    assert workbook.read_bytes() == before
