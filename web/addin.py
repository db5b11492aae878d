"""The Office add-in as files of this server: manifest, functions made from the catalogue, pane, icons."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from excel.catalogue import functions
from model.settings import Settings
from web.manifest import manifest_json, manifest_xml

addin = APIRouter(prefix="/addin", include_in_schema=False)
_KINDS = {"html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_PAGES = (
    "pane.html",
    "pane.css",
    "pane.js",
    "client.js",
    "dom.js",
    "explain.js",
    "finder.js",
    "functions.js",
    "workbook.js",
)
_SIZES = (16, 32, 80, 192)
_INK, _PAPER = (11, 107, 71), (255, 255, 255)


def address(settings: Settings, request: Request) -> str:
    """The address that the manifest names: the configured one, else the one by which it was asked for."""
    if settings.web.public_url:
        return settings.web.address
    return f"{request.url.scheme}://{request.url.netloc}"


@addin.get("/manifest.xml")
def manifest(request: Request) -> Response:
    """The manifest to install the add-in with."""
    base = address(request.app.state.desk.settings, request)
    return Response(manifest_xml(base), media_type="application/xml")


@addin.get("/manifest.json")
def unified(request: Request) -> Response:
    """The unified manifest."""
    return JSONResponse(manifest_json(address(request.app.state.desk.settings, request)))


@addin.get("/manifest.zip")
def package(request: Request) -> Response:
    """The unified manifest with the pictures it names, as an admin centre takes it."""
    told = manifest_json(address(request.app.state.desk.settings, request))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(told, indent=2))
        for name in told["icons"].values():
            archive.writestr(name, picture(int(name.removeprefix("icon-").removesuffix(".png"))))
    return Response(packed.getvalue(), media_type="application/zip")


@addin.get("/functions.json")
def metadata(request: Request) -> Response:
    """What Excel knows of the functions."""
    base = address(request.app.state.desk.settings, request)
    return JSONResponse(described(base))


@addin.get("/registrations.js")
def registrations() -> Response:
    """The names that the scripts register."""
    names = json.dumps([f.name for f in functions()])
    return _script(f"// Made from the catalogue.\nexport const FUNCTIONS = {names};\n")


@addin.get("/icon-{size}.png")
def icon(size: int) -> Response:
    """The add-in's picture."""
    if size not in _SIZES:
        return JSONResponse({"error": "there is no such picture"}, 404)
    return Response(picture(size), media_type="image/png", headers={"cache-control": "max-age=86400"})


@addin.get("/{name}")
def page(name: str) -> Response:
    """A file of the pane; only those that are named here."""
    if name not in _PAGES:
        return JSONResponse({"error": "there is no such page"}, 404)
    content = (files("web") / "static" / name).read_bytes()
    return Response(content, media_type=_KINDS[name.rpartition(".")[2]], headers={"cache-control": "no-cache"})


def described(base: str) -> dict[str, Any]:
    """The metadata of the functions in Excel's form: every argument may be a cell, a range or left out."""
    return {
        "allowCustomDataForDataTypeAny": True,
        "functions": [
            {
                "id": f.name,
                "name": f.name,
                "description": f.description,
                "helpUrl": f"{base}/help/{f.name}",
                "result": {"type": "any", "dimensionality": "matrix"},
                "options": {"requiresAddress": True, "cancelable": False},
                "parameters": [
                    {"name": p.name, "description": p.help, "type": "any", "dimensionality": "matrix", "optional": True}
                    for p in f.parameters
                ],
            }
            for f in functions()
        ],
    }


def picture(size: int) -> bytes:
    """Three bars that grow, as a PNG."""
    unit = size / 16
    bars = [(3, 9), (7, 6), (11, 3)]
    rows = bytearray()
    for y in range(size):
        rows.append(0)  # no filter
        for x in range(size):
            in_bar = any(left * unit <= x < (left + 2.4) * unit and top * unit <= y < 13 * unit for left, top in bars)
            rows += bytes(_PAPER if in_bar else _INK) + b"\xff"
    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _script(text: str) -> Response:
    return Response(text, media_type=_KINDS["js"], headers={"cache-control": "no-cache"})
