"""What is in the extension, as any system may check it."""

import importlib.resources
import json
import zipfile
from xml.etree import ElementTree

from excel.catalogue import functions
from excel.libreoffice.extension import write_extension
from excel.libreoffice.types import type_library


def test_the_same_extension_is_the_same_file(tmp_path):
    for name in ("a.oxt", "b.oxt"):
        write_extension(tmp_path / name, "https://backlog.example.com")
    assert (tmp_path / "a.oxt").read_bytes() == (tmp_path / "b.oxt").read_bytes()


def test_every_part_is_there_and_well_formed(tmp_path):
    assert write_extension(tmp_path / "x.oxt", "https://x.example/?a=1&b=<2>") == len(functions())
    with zipfile.ZipFile(tmp_path / "x.oxt") as archive:
        manifest = ElementTree.fromstring(archive.read("META-INF/manifest.xml"))  # noqa: S314 (our own)
        named = [entry.attrib["{http://openoffice.org/2001/manifest}full-path"] for entry in manifest]
        assert set(named) < set(archive.namelist())
        for name in archive.namelist():
            if name.endswith((".xml", ".xcu")):
                ElementTree.fromstring(archive.read(name))  # noqa: S314 (our own)
        facts = json.loads(archive.read("revenue_backlog.json"))
        assert list(facts["functions"]) == [f.name for f in functions()]
        inside = importlib.resources.files("excel.libreoffice") / "inside"
        programs = {
            name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")
        }
        assert programs == {
            part.name: part.read_text("utf-8") for part in inside.iterdir() if part.name.endswith(".py")
        }


def test_the_type_library_names_every_argument():
    library = type_library(functions())
    assert library.startswith(b"UNOIDL\xff\0")
    for function in functions():
        at = library.index(function.name.encode() + b"\x07\0\0\0[][]any")
        for parameter in function.parameters:
            at = library.index(f"p_{parameter.name}".encode(), at)
