"""The add-in's files fit one another: what the manifest names is there, what Excel must know is made from the catalogue."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import struct
import uuid
import zipfile
from typing import Any
from xml.etree import ElementTree

import httpx
import pandas as pd
import pytest

from books.ledgers import Books
from engine.explain import by_size
from excel.catalogue import functions
from model.periods import day_number
from model.settings import load
from web.manifest import identifier, manifest_json, manifest_xml

BASE = "https://backlog.example.com"
BT = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
OV = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
APP = "{http://schemas.microsoft.com/office/appforoffice/1.1}"


@pytest.fixture
def root() -> Any:
    return ElementTree.fromstring(manifest_xml(BASE))  # noqa: S314 (our own)


def test_every_name_in_the_manifest_leads_to_a_resource_of_its_kind(root: Any) -> None:
    known = {each.attrib["id"]: each.tag for each in root.iter() if "id" in each.attrib and each.tag.startswith(BT)}
    used = [each.attrib["resid"] for each in root.iter() if "resid" in each.attrib]
    assert set(used) == set(known)
    assert all(len(name) <= 32 for name in known)
    for each in root.iter(f"{OV}SourceLocation"):
        assert known[each.attrib["resid"]] == f"{BT}Url"
    for each in root.iter(f"{BT}Image"):
        assert "resid" not in each.attrib or known[each.attrib["resid"]] == f"{BT}Image"


def test_pane_and_functions_share_a_runtime(root: Any) -> None:
    host = root.find(f".//{OV}Host")
    assert host[0].tag == f"{OV}Runtimes"
    runtime = host[0][0].attrib
    assert runtime == {"resid": "Pane.Url", "lifetime": "long"}
    places = [f"{OV}Page/{OV}SourceLocation", f"{OV}Action/{OV}SourceLocation", f"{OV}FunctionFile"]
    assert [root.find(f".//{place}").attrib["resid"] for place in places] == ["Pane.Url"] * 3
    assert root.find(f".//{OV}Namespace") is None


def test_addresses_are_https_and_texts_within_their_lengths(root: Any) -> None:
    for each in root.iter():
        value = each.attrib.get("DefaultValue", "")
        if "://" in value:
            assert value.startswith(BASE)
            assert len(value) <= 2048
    short = [e.attrib["DefaultValue"] for e in root.findall(f".//{BT}ShortStrings/{BT}String")]
    long = [e.attrib["DefaultValue"] for e in root.findall(f".//{BT}LongStrings/{BT}String")]
    assert max(map(len, short)) <= 125
    assert max(map(len, long)) <= 250
    assert uuid.UUID(root.find(f"{APP}Id").text) == uuid.UUID(identifier(BASE))
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", root.find(f"{APP}Version").text)
    assert identifier(BASE) != identifier("https://other.example.com")


def test_an_address_with_signs_stays_well_formed() -> None:
    base = 'https://x.example/?a=1&b="<2>"'
    read = ElementTree.fromstring(manifest_xml(base))  # noqa: S314 (our own)
    assert read.find(f"{APP}SupportUrl").get("DefaultValue") == base


def test_the_unified_manifest_names_the_same(root: Any) -> None:
    told = manifest_json(BASE)
    assert told["id"] == root.find(f"{APP}Id").text
    runtime = told["extensions"][0]["runtimes"][0]
    assert runtime["code"]["page"] == f"{BASE}/addin/pane.html"
    assert runtime["customFunctions"]["metadataUrl"] == f"{BASE}/addin/functions.json"
    actions = {action["id"] for action in runtime["actions"]}
    controls = told["extensions"][0]["ribbons"][0]["tabs"][0]["groups"][0]["controls"]
    assert {control["actionId"] for control in controls} == actions


def test_the_package_holds_the_unified_manifest_and_what_it_names(served: Any, viewer: httpx.Client) -> None:
    with zipfile.ZipFile(io.BytesIO(viewer.get("/addin/manifest.zip").content)) as package:
        manifest = json.loads(package.read("manifest.json"))
        assert manifest == manifest_json(served.url)
        assert sorted(package.namelist()) == sorted(["manifest.json", *manifest["icons"].values()])
        sizes = {name: struct.unpack(">II", package.read(name)[16:24]) for name in manifest["icons"].values()}
    assert sizes == {"icon-32.png": (32, 32), "icon-192.png": (192, 192)}


def test_what_the_manifest_names_is_served(served: Any, viewer: httpx.Client) -> None:
    told = viewer.get(f"{served.url}/addin/manifest.xml").text
    assert f"<AppDomain>{served.url}</AppDomain>" in told
    for url in set(re.findall(rf'"({re.escape(served.url)}/[^"]+)"', told)):
        assert viewer.get(url).status_code == 200, url
    for name in re.findall(r'(?:src|href)="([a-z0-9.-]+)"', viewer.get(f"{served.url}/addin/pane.html").text):
        assert viewer.get(f"{served.url}/addin/{name}").status_code == 200, name
    for name in ("pane.js", "explain.js", "finder.js"):
        for other in re.findall(r'from "\./([a-z.]+)"', viewer.get(f"{served.url}/addin/{name}").text):
            assert viewer.get(f"{served.url}/addin/{other}").status_code == 200, other
    assert viewer.get(f"{served.url}/addin/icon-7.png").status_code == 404


def test_excel_is_told_every_function_and_argument(served: Any, viewer: httpx.Client) -> None:
    told = viewer.get(f"{served.url}/addin/functions.json").json()
    assert [f["id"] for f in told["functions"]] == [f.name for f in functions()]
    for about, function in zip(told["functions"], functions(), strict=True):
        assert [p["name"] for p in about["parameters"]] == [p.name for p in function.parameters]
        assert all(p["optional"] and p["description"] for p in about["parameters"])
        assert re.fullmatch(r"[A-Z][A-Z0-9_.]*", about["name"])
        assert viewer.get(about["helpUrl"]).status_code == 200
    script = viewer.get(f"{served.url}/addin/registrations.js").text
    assert all(f'"{f.name}"' in script for f in functions())


def test_pictures_have_the_size_they_say(served: Any, viewer: httpx.Client) -> None:
    for size in (16, 32, 80, 192):
        data = viewer.get(f"{served.url}/addin/icon-{size}.png").content
        assert data.startswith(b"\x89PNG")
        assert struct.unpack(">II", data[16:24]) == (size, size)


def test_each_function_has_a_page_of_help_with_its_arguments(served: Any, viewer: httpx.Client) -> None:
    assert viewer.get(f"{served.url}/", follow_redirects=True).status_code == 200
    for function in functions():
        page = viewer.get(f"{served.url}/help/{function.name}").text
        for parameter in function.parameters:
            assert f"<code>{parameter.name}</code>" in page
    lost = viewer.get(f"{served.url}/help/<script>")
    assert lost.status_code == 404
    assert "<script>" not in lost.text


def test_a_call_is_explained_and_what_asks_nothing_is_refused(viewer: httpx.Client) -> None:
    told = viewer.post("/api/v1/explain", json={"call": ["RECOGNIZED", "Acme Ltd", "2026-01-01", "2026-01-31"]}).json()
    assert (told["function"], told["day"], told["total"]) == ("RECOGNIZED", "2026-01-31", 1)
    assert told["arguments"]["from"] == "2026-01-01"
    assert (told["value"], told["currency"]) == ("1000.00", "USD")
    row = told["rows"][0]
    assert (row["contracted"], row["recognized"], row["backlog"]) == ("12000.00", "1000.00", "11000.00")
    assert (row["record"]["source"], row["record"]["object"]) == ("crm", "contract_lines")
    assert "payload" not in row["record"]
    for call in (
        ["BACKLOG", "Nobody"],
        ["NOPE"],
        [],
        [7],
        ["BACKLOG", "a", "b", "c", "d", "e", "f", "g"],
        ["BACKLOG", [["a"], ["b"]]],
    ):
        done = viewer.post("/api/v1/explain", json={"call": call})
        assert done.status_code == 422, call
        assert done.json()["error"]
    assert viewer.post("/api/v1/explain", content=b"{").status_code == 400


def test_the_cell_itself_is_told_with_its_currency_or_why_it_has_no_value(viewer: httpx.Client) -> None:
    def explained(*call: Any) -> dict[str, Any]:
        told: dict[str, Any] = viewer.post("/api/v1/explain", json={"call": call}).json()
        return told

    assert explained("BACKLOG", "Beta KK", "2026-01-31")["currency"] == "JPY"
    rateless = explained("BACKLOG", "*", "2026-01-31", "", "", "CHF")
    assert (rateless["excel"], rateless["total"]) == ("#N/A", 2)
    assert "to CHF on or before 2026-01-31" in rateless["error"]
    assert "value" not in rateless
    assert explained("CONTRACTS", "*", "2026-01-31").keys().isdisjoint({"value", "error"})
    assert explained("SYNCED")["currency"] == ""


def test_the_largest_come_first_whatever_their_currency(served: Any) -> None:
    frame = pd.DataFrame(
        {"currency": ["CHF", "JPY", "USD", "JPY"], "backlog_minor": [9_999_999, 91_667, 80_000, -200_000]}
    )
    ledger = Books(load(served.config)).open()
    assert by_size(ledger, frame, day_number(dt.date(2026, 1, 31))) == [
        3,
        2,
        1,
        0,
    ]  # 1,300, 800 and 596 dollars; no rate


def test_an_explanation_has_one_form(viewer: httpx.Client) -> None:
    assert viewer.post("/api/v1/explain", json={"call": "x"}).status_code == 422
