"""The extension as a file: what LibreOffice wants to know of it, made from the catalogue.

An .oxt is a zip: a manifest, a description, the type library, the functions' names and texts for Calc's function wizard
(English, under which a workbook of Excel knows them), a job that binds the functions when a workbook is opened, and the
component that asks the server.
"""

from __future__ import annotations

import json
import zipfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from excel.catalogue import Function, functions
from excel.libreoffice.types import type_library

IDENTIFIER = "org.revenuebacklog"
SERVICE = f"{IDENTIFIER}.Functions"
COMPONENT = "revenue_backlog.py"
PROGRAM = {
    COMPONENT: COMPONENT,
    **{f"pythonpath/{name}": name for name in ("revenue_backlog_server.py", "revenue_backlog_cells.py")},
}
"""What runs within LibreOffice (the folder `inside`): the component, and what it imports."""
_MADE_ON = (2020, 1, 1, 0, 0, 0)
"""The time in the archive: the same extension is the same file."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_COMPONENT_DATA = (
    f'{_HEAD}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="{name}" oor:package="org.openoffice.Office">\n'
    "{body}</oor:component-data>\n"
)


def write_extension(out: Path, server: str) -> int:
    """Writes the extension that asks the server at `server`; how many functions it brings."""
    known = functions()
    parts: dict[str, str | bytes] = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _description(server),
        "types.rdb": type_library(known),
        "functions.xcu": _functions(known),
        "jobs.xcu": _jobs(),
        **{path: (files("excel.libreoffice") / "inside" / name).read_text("utf-8") for path, name in PROGRAM.items()},
        "revenue_backlog.json": json.dumps(_facts(known, server), ensure_ascii=False, indent=1),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            about = zipfile.ZipInfo(name, _MADE_ON)
            about.external_attr = 0o644 << 16
            archive.writestr(about, content, zipfile.ZIP_DEFLATED)
    return len(known)


def _facts(known: tuple[Function, ...], server: str) -> dict[str, object]:
    """What the component must know: where to ask, and which arguments are dates."""
    return {
        "server": server,
        "functions": {f.name: [p.argument.kind for p in f.parameters] for f in known},
    }


def _manifest() -> str:
    kinds = {
        "types.rdb": "application/vnd.sun.star.uno-typelibrary;type=RDB",
        COMPONENT: "application/vnd.sun.star.uno-component;type=Python",
        "functions.xcu": "application/vnd.sun.star.configuration-data",
        "jobs.xcu": "application/vnd.sun.star.configuration-data",
    }
    entries = "".join(
        f" <manifest:file-entry manifest:full-path={quoteattr(path)} manifest:media-type={quoteattr(kind)}/>\n"
        for path, kind in kinds.items()
    )
    space = "http://openoffice.org/2001/manifest"
    return f'{_HEAD}<manifest:manifest xmlns:manifest="{space}">\n{entries}</manifest:manifest>\n'


def _description(server: str) -> str:
    return (
        f'{_HEAD}<description xmlns="http://openoffice.org/extensions/description/2006" '
        'xmlns:l="http://libreoffice.org/extensions/description/2011" xmlns:xlink="http://www.w3.org/1999/xlink">\n'
        f' <identifier value="{IDENTIFIER}"/>\n <version value={quoteattr(version("revenue-backlog"))}/>\n'
        ' <dependencies><l:LibreOffice-minimal-version value="7.0" name="LibreOffice 7.0"/></dependencies>\n'
        ' <display-name><name lang="en">Revenue Backlog</name></display-name>\n'
        f' <publisher><name xlink:href={quoteattr(server)} lang="en">Revenue Backlog</name></publisher>\n'
        "</description>\n"
    )


def _functions(known: tuple[Function, ...]) -> str:
    nodes = "".join(_function(function) for function in known)
    body = f' <node oor:name="AddInInfo">\n  <node oor:name="{SERVICE}" oor:op="replace">\n'
    body += f'   <node oor:name="AddInFunctions">\n{nodes}   </node>\n  </node>\n </node>\n'
    return _COMPONENT_DATA.format(name="CalcAddIns", body=body)


def _function(function: Function) -> str:
    parameters = "".join(
        f'      <node oor:name="p_{p.name}" oor:op="replace">'
        f"{_prop('DisplayName', p.name)}{_prop('Description', p.help)}</node>\n"
        for p in function.parameters
    )
    return (
        f'    <node oor:name="{function.name}" oor:op="replace">\n'
        f"     {_prop('DisplayName', function.name)}{_prop('Description', function.description)}\n"
        f'     <prop oor:name="Category"><value>Add-In</value></prop>\n'
        f'     <prop oor:name="CompatibilityName"><value xml:lang="en-US">{function.name}</value></prop>\n'
        f'     <node oor:name="Parameters">\n{parameters}     </node>\n    </node>\n'
    )


def _prop(name: str, text: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en">{escape(text)}</value></prop>'


def _jobs() -> str:
    """The job is done for every document that is opened: a workbook of Excel knows the functions by name only."""
    job = f"{IDENTIFIER}.Bind"
    body = (
        f' <node oor:name="Jobs"><node oor:name="{job}" oor:op="replace">'
        f'<prop oor:name="Service"><value>{job}</value></prop></node></node>\n'
        f' <node oor:name="Events"><node oor:name="OnLoad" oor:op="fuse"><node oor:name="JobList">'
        f'<node oor:name="{job}" oor:op="replace"/></node></node></node>\n'
    )
    return _COMPONENT_DATA.format(name="Jobs", body=body)
