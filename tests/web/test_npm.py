"""The add-in against Microsoft's own packages of npm: its manifest in their validator, its functions in their runtime."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import small_company
import web_server

from excel.catalogue import functions
from web.manifest import manifest_json

VALIDATE = (
    "Promise.all(process.argv.slice(1).map((file) => require('office-addin-manifest').validateManifest(file)))"
    ".then((found) => console.log(JSON.stringify(found)))"
)
RUNTIME = "custom-functions-runtime.js"
HOST = Path(__file__).with_name("runtime_host.js")


@pytest.mark.tool("node")
def test_the_unified_manifest_passes_the_official_validator(npm: Path, tmp_path: Path) -> None:
    """It needs no network for a JSON manifest. A name that is too long shows that it looks."""
    ours = manifest_json("https://backlog.example.com")
    wrong = {**ours, "name": {"short": "Revenue Backlog of the whole group"}}
    files = [tmp_path / "ours.json", tmp_path / "wrong.json"]
    for file, manifest in zip(files, (ours, wrong), strict=True):
        file.write_text(json.dumps(manifest), "utf-8")
    words = ["node", "-e", VALIDATE, *map(str, files)]
    done = subprocess.run(words, cwd=npm.parent, capture_output=True, text=True, check=True)
    passed, refused = json.loads(done.stdout)
    assert passed == {"isValid": True}
    assert not refused["isValid"]
    assert "/name/short" in refused["report"]["errors"][0]["content"]


@pytest.fixture
def pane(npm: Path, browser: Any, served: web_server.Served) -> Iterator[Any]:
    """The pane signed in, with the runtime in the place of office.js; its batches in `pane.asked`."""
    program = npm / "@microsoft" / "office-js" / "dist" / RUNTIME

    def with_runtime(route: Any) -> None:
        page = route.fetch()
        assert "hosted/office.js" in page.text()
        route.fulfill(response=page, body=page.text().replace("hosted/office.js", f"hosted/{RUNTIME}"))

    def microsoft(route: Any) -> None:
        if route.request.url.endswith(RUNTIME):
            route.fulfill(path=program, content_type="text/javascript")
        else:
            route.abort()  # what it would load of a real Excel

    made = browser.new_page()
    made.asked = []
    made.on("request", lambda request: made.asked.append(request) if "/batch" in request.url else None)
    made.add_init_script(path=HOST)
    made.route("**/addin/pane.html", with_runtime)
    made.route("https://appsforoffice.microsoft.com/**", microsoft)
    made.goto(f"{served.url}/addin/pane.html")
    made.evaluate("async (token) => (await import('/addin/pane.js')).client.signIn(token)", served.token)
    yield made
    made.close()


@pytest.mark.tool("chromium")
def test_every_function_answers_in_the_real_runtime(pane: Any, served: Any, viewer: httpx.Client) -> None:
    """By the id and with the arguments that functions.json tells Excel; what is left out arrives as null."""
    told = viewer.get(f"{served.url}/addin/functions.json").json()["functions"]
    calls = {f.name: small_company.example_arguments(f) for f in functions()}
    calls["BACKLOG"] = ["Nobody", "2026-01-31"]
    ranges = [
        [[[given]] for given in calls[about["id"]]] + [None] * (len(about["parameters"]) - len(calls[about["id"]]))
        for about in told
    ]
    asked = [[about["id"], *given] for about, given in zip(told, ranges, strict=True)]
    shown = dict(zip(calls, pane.evaluate("(cells) => compute(cells)", asked), strict=True))
    answers = viewer.post(
        "/api/v1/batch", json={"calls": [[name, *given] for name, given in calls.items()], "form": "sheet"}
    )
    for (name, cell), answer in zip(shown.items(), answers.json()["answers"], strict=True):
        if "error" in answer:
            assert (cell["done"], cell["value"]) == (False, answer["error"]), name
        else:
            assert cell["done"], name
            assert [[_plain(each) for each in row] for row in cell["value"]] == [
                [_wanted(each) for each in row] for row in answer.get("rows") or [[answer["value"]]]
            ], name
    assert shown["BACKLOG"]["code"] == 1  # the runtime's number for #N/A
    assert len(pane.asked) == 1


@pytest.mark.tool("chromium")
def test_ten_thousand_cells_in_a_tick_are_five_requests_in_the_real_runtime(pane: Any) -> None:
    cells = [["BACKLOG", [["Acme Ltd"]], [[40_000 + n]]] for n in range(10_000)]
    found = pane.evaluate("(cells) => compute(cells)", [*cells, *cells[:500]])
    assert all(cell["done"] for cell in found)
    assert (found[6022]["value"], found[10_000]["value"]) == ([[12000]], found[0]["value"])  # 46,022 is 2025-12-31
    assert [len(json.loads(request.post_data)["calls"]) for request in pane.asked] == [2000] * 5


def _plain(cell: Any) -> Any:
    """A cell as the runtime hands it to Excel: a date is a number with a format."""
    return ("date", cell["numberFormat"]) if isinstance(cell, dict) else cell


def _wanted(cell: Any) -> Any:
    if isinstance(cell, dict):
        return ("date", "yyyy-mm-dd hh:mm" if "T" in cell["date"] else "yyyy-mm-dd")
    return "" if cell is None else cell
