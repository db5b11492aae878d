"""A workbook's package written by hand: one sheet named Figures, and whatever other parts are wanted."""

from __future__ import annotations

import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# LibreOffice trusts the stored values of programs it knows, and computes the files of others anew.
APP = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>Microsoft Excel</Application><AppVersion>16.0300</AppVersion></Properties>"
)


def sheet_xml(rows: str, prefix: str = "", strict: bool = False, after: str = "") -> str:
    """A worksheet around rows written by hand."""
    bound = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{prefix}worksheet {bound}="{STRICT if strict else MAIN}">'
        f"<{prefix}sheetData>{rows}</{prefix}sheetData>{after}</{prefix}worksheet>"
    )


class Package:
    """The parts of a workbook."""

    def __init__(
        self, sheet: str | bytes, strict: bool = False, properties: str = "", names: str = "", after: str = ""
    ) -> None:
        self.sheet, self.properties, self.names, self.after = sheet, properties, names, after
        self.main, self.office = (STRICT, STRICT_OFFICE) if strict else (MAIN, OFFICE)
        self.parts: dict[str, str | bytes] = {}
        self.kinds: dict[str, str] = {}
        self.relations: dict[str, list[tuple[str, str, str]]] = {
            "book": [("worksheet", "worksheets/sheet1.xml", "")],
            "sheet": [],
        }
        self.externals: list[str] = []

    def part(self, name: str, kind: str, owner: str, content: str | bytes) -> None:
        """One more part; `owner` ("book" or "sheet") has the relation of that kind to it."""
        self.parts[name] = content
        if owner:
            self.relations[owner].append((kind, f"/{name}", ""))

    def strings(self, items: str) -> None:
        """The shared strings."""
        self.part("xl/sharedStrings.xml", "sharedStrings", "book", f'<sst xmlns="{self.main}">{items}</sst>')
        self.kinds["xl/sharedStrings.xml"] = f"{KIND}.sharedStrings+xml"

    def external(self, target: str) -> None:
        """A link to another book."""
        number = len(self.externals) + 1
        name = f"xl/externalLinks/externalLink{number}.xml"
        book = f'<externalBook xmlns:r="{self.office}" r:id="rId1"/>'
        self.part(name, "externalLink", "book", f'<externalLink xmlns="{self.main}">{book}</externalLink>')
        self.kinds[name] = f"{KIND}.externalLink+xml"
        self.parts[f"xl/externalLinks/_rels/externalLink{number}.xml.rels"] = self._relations(
            [("externalLinkPath", target, ' TargetMode="External"')]
        )
        self.externals.append(f"rId{len(self.relations['book'])}")

    def write(self, path: Path) -> Path:
        """The package as a file."""
        kinds = {
            "docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
            "xl/workbook.xml": f"{KIND}.sheet.main+xml", "xl/worksheets/sheet1.xml": f"{KIND}.worksheet+xml", **self.kinds,
        }  # fmt: skip
        overrides = "".join(f'<Override PartName="/{n}" ContentType="{k}"/>' for n, k in kinds.items())
        externals = "".join(f'<externalReference r:id="{rid}"/>' for rid in self.externals)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(
                "[Content_Types].xml",
                f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/'
                'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
                f'<Default Extension="bin" ContentType="application/octet-stream"/>{overrides}</Types>',
            )
            roots = [("officeDocument", "/xl/workbook.xml", ""), ("extended-properties", "/docProps/app.xml", "")]
            archive.writestr("_rels/.rels", self._relations(roots))
            archive.writestr("docProps/app.xml", APP)
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{self.main}" xmlns:r="{self.office}">{self.properties}<sheets><sheet name="Figures" '
                'sheetId="1" r:id="rId1"/></sheets>'
                + (f"<externalReferences>{externals}</externalReferences>" if externals else "")
                + (f"<definedNames>{self.names}</definedNames>" if self.names else "")
                + f"{self.after}</workbook>",
            )
            archive.writestr("xl/_rels/workbook.xml.rels", self._relations(self.relations["book"]))
            if self.relations["sheet"]:
                archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", self._relations(self.relations["sheet"]))
            archive.writestr("xl/worksheets/sheet1.xml", self.sheet)
            for name, content in self.parts.items():
                archive.writestr(name, content)
        return path

    def _relations(self, listed: list[tuple[str, str, str]]) -> str:
        inner = "".join(
            f'<Relationship Id="rId{n}" Type="{self.office}/{kind}" Target="{target}"{more}/>'
            for n, (kind, target, more) in enumerate(listed, 1)
        )
        return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'
