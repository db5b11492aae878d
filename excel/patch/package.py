"""A workbook as a package of parts: which part holds which sheet, and which files are refused by name."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote
from xml.parsers import expat

from model.errors import BacklogError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LARGEST_INDEX = 32 << 20  # the workbook part and its relations: read whole, so bounded
LARGEST_SHEET = 4 << 30  # beyond a full sheet of 1,048,576 rows: a zip bomb
SUSPECT, DENSEST = 256 << 20, 200  # no sheet of so many bytes is packed so tightly, but one made to fill a memory


class WorkbookRefused(BacklogError):
    """A file that cannot be patched without risk to it: nothing was written. The text names file, reason and remedy."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path}: {reason}. {remedy}")
        self.path, self.reason, self.remedy = path, reason, remedy


@dataclass(frozen=True)
class Package:
    """An open workbook: `zip`, the part of each sheet by the sheet's name, and the calendar it counts days in.

    `book`: the part that lists the sheets.
    """

    path: Path
    zip: zipfile.ZipFile
    sheets: Mapping[str, str]
    date1904: bool
    book: str

    def read(self, part: str) -> bytes:
        """A small part whole; WorkbookRefused where it is larger than any such part can be."""
        return _index(self.zip, part, self.path)

    def relations(self, part: str) -> Iterator[tuple[str, str, str]]:
        """Id, type and target part of each relation of a part; those that point outside the package are left out."""
        return _relations(self.zip, part, self.path)


class Element(NamedTuple):
    """An element of a part: local name, attributes by local name, and its own text."""

    name: str
    attributes: dict[str, str]
    text: str


@contextmanager
def opened(path: Path) -> Iterator[Package]:
    """Opens a workbook for reading. Raises WorkbookRefused for what is encrypted, broken or no .xlsx/.xlsm workbook."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise WorkbookRefused(path, f"it cannot be read ({error.strerror})", "Check the path and its rights") from None
    if start == OLE:
        _refuse_ole(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield _package(path, archive)
    except (zipfile.BadZipFile, EOFError, expat.ExpatError, UnicodeDecodeError) as error:
        if path.suffix.lower() in (".csv", ".txt", ".ods", ".pdf"):
            raise WorkbookRefused(path, "it is no workbook", "Give an .xlsx, .xlsm, .xltx or .xltm file") from None
        raise WorkbookRefused(
            path, f"the file is damaged ({error})", "Open it in Excel, let Excel repair it, save it and try again"
        ) from None


def elements(data: bytes) -> Iterator[Element]:
    """Every element of a part in the order in which they begin; a document type is refused."""
    begun: list[tuple[str, dict[str, str], list[str]]] = []
    path: list[list[str]] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append([])
        begun.append((_local(name), {_local(key): value for key, value in attributes.items()}, path[-1]))

    def text(data: str) -> None:
        path[-1].append(data)

    def doctype(*_: object) -> None:
        raise expat.ExpatError("a document type, which no spreadsheet program writes")

    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda _: path.pop()
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(data, True)
    return (Element(name, attributes, "".join(parts)) for name, attributes, parts in begun)


def _package(path: Path, archive: zipfile.ZipFile) -> Package:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len({name.casefold() for name in names}) != len(names):
        raise WorkbookRefused(path, "the file is damaged (two parts have one name)", "Save it again from Excel")
    if any(info.flag_bits & 1 for info in infos):
        raise WorkbookRefused(path, "the zip inside is encrypted", "Save it without a password")
    if "[Content_Types].xml" not in names:
        raise WorkbookRefused(path, "it is no workbook", "Give an .xlsx, .xlsm, .xltx or .xltm file")
    book = next((part for _, kind, part in _relations(archive, "", path) if kind.endswith("/officeDocument")), "")
    if book.endswith(".bin"):
        raise WorkbookRefused(path, "it is a binary workbook (.xlsb)", "Save it as .xlsx or .xlsm")
    if book not in names:
        raise WorkbookRefused(path, "it is no workbook", "Give an .xlsx, .xlsm, .xltx or .xltm file")
    parts = {rid: part for rid, kind, part in _relations(archive, book, path) if kind.endswith("/worksheet")}
    sheets: dict[str, str] = {}
    date1904 = False
    for name, attributes, _ in elements(_index(archive, book, path)):
        if name == "sheet" and attributes.get("id") in parts:
            sheets[attributes["name"]] = parts[attributes["id"]]
        elif name == "workbookPr":
            date1904 = attributes.get("date1904") in ("1", "true")
    _check(path, archive, sheets)
    return Package(path, archive, sheets, date1904, book)


def _check(path: Path, archive: zipfile.ZipFile, sheets: Mapping[str, str]) -> None:
    for sheet, part in sheets.items():
        if part not in archive.NameToInfo:
            raise WorkbookRefused(path, f"sheet {sheet!r} is missing from the file", "Save it again from Excel")
        info = archive.getinfo(part)
        if info.file_size > LARGEST_SHEET:
            raise WorkbookRefused(
                path, f"sheet {sheet!r} unpacks to more than {LARGEST_SHEET >> 30} GB", "Split the sheet"
            )
        if info.file_size > SUSPECT and info.file_size > DENSEST * info.compress_size:
            raise WorkbookRefused(
                path, f"sheet {sheet!r} unpacks to {info.file_size / info.compress_size:,.0f} times its size, as a bomb does",
                "Do not open it; ask who sent it",
            )  # fmt: skip


def _relations(archive: zipfile.ZipFile, part: str, path: Path) -> Iterator[tuple[str, str, str]]:
    """Id, type and target part of each relation of a part; those that point outside the package are left out."""
    folder, name = posixpath.split(part)
    relations = posixpath.join(folder, "_rels", f"{name}.rels")
    if relations not in archive.NameToInfo:
        return
    for element, attributes, _ in elements(_index(archive, relations, path)):
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            target = unquote(attributes.get("Target", ""))
            full = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            yield attributes.get("Id", ""), attributes.get("Type", ""), full


def _index(archive: zipfile.ZipFile, part: str, path: Path) -> bytes:
    info = archive.getinfo(part)
    if info.file_size > LARGEST_INDEX:
        raise WorkbookRefused(path, f"{part} unpacks to {info.file_size >> 20} MB", "Save it again from Excel")
    return archive.read(info)


def _refuse_ole(path: Path) -> None:
    with path.open("rb") as file:
        encrypted = "EncryptedPackage".encode("utf-16-le") in file.read(1 << 20)
    if encrypted:
        raise WorkbookRefused(path, "it is protected with a password to open", "Save a copy without that password")
    raise WorkbookRefused(path, "it is a workbook of Excel 97–2003", "Save it as .xlsx or .xlsm")


def _local(name: str) -> str:
    return re.sub(r"^.* ", "", name)
