"""The task pane in a real browser, over a small Excel of our own: everything a person does there, and all that may go wrong."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import web_server

pytestmark = [pytest.mark.tool("chromium"), pytest.mark.timeout(120)]
MOCK = Path(__file__).with_name("office_mock.js")
WAIT = 15_000


@pytest.fixture
def page(browser: Any, served: web_server.Served) -> Iterator[Any]:
    """The pane as it opens, its requests recorded in `page.asked`."""
    context = browser.new_context(viewport={"width": 360, "height": 760})
    made = context.new_page()
    made.set_default_timeout(WAIT)
    made.errors, made.asked = [], []
    made.on("pageerror", lambda error: made.errors.append(str(error)))
    made.on("request", lambda request: made.asked.append(request) if "/batch" in request.url else None)
    made.route(
        "https://appsforoffice.microsoft.com/**", lambda route: route.fulfill(path=MOCK, content_type="text/javascript")
    )
    made.goto(f"{served.url}/addin/pane.html")
    made.wait_for_function("() => document.getElementById('status').textContent === 'Signed out'")
    yield made
    assert made.errors == []
    context.close()


def sign_in(page: Any, token: str) -> None:
    page.fill("#token", token)
    page.press("#token", "Enter")


@pytest.fixture
def signed_in(page: Any, served: web_server.Served) -> Any:
    sign_in(page, served.token)
    page.wait_for_selector("#main:not([hidden])")
    page.wait_for_selector(".list .item", state="attached")
    return page


def cell(page: Any, address: str, formula: str) -> Any:
    """Enters a formula and waits for what the cell shows."""
    page.evaluate("([a, f]) => mock.put(a, f)", [address, formula])
    page.evaluate("() => mock.settled()")
    return page.evaluate("(a) => mock.cell(a)", address)


def test_a_formula_is_told_to_sign_in_and_answered_afterwards(page: Any, served: web_server.Served) -> None:
    before = cell(page, "A1", '=BACKLOG("Acme Ltd",DATE(2026,1,31))')
    assert before["value"] == "#N/A"
    assert "Sign in" in before["why"]
    assert page.asked == []
    sign_in(page, served.token)
    page.wait_for_selector("#main:not([hidden])")
    page.wait_for_function("() => mock.cell('A1').value === 11000")
    assert "just now" in page.inner_text("#status") or "min ago" in page.inner_text("#status")
    assert page.inner_text("#who") == "a test's viewer · viewer · token ends in 1 day"
    assert page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])") == '[{},{},""]'


def test_a_token_that_counts_no_more_is_told(page: Any, served: web_server.Served) -> None:
    sign_in(page, web_server.token(served.config, days=-0.001))
    page.wait_for_selector("#problem:not([hidden])")
    assert "expired" in page.inner_text("#problem")
    assert page.is_hidden("#main")


def test_a_token_that_ends_while_one_works_leads_back_to_the_door(signed_in: Any, served: web_server.Served) -> None:
    signed_in.route(
        "**/api/v1/batch", lambda route: route.fulfill(status=401, json={"error": "this token counts no more"})
    )
    shown = cell(signed_in, "A1", '=BACKLOG("Acme Ltd")')
    assert shown["value"] == "#N/A"
    assert "Sign in again" in shown["why"]
    signed_in.wait_for_selector("#signin:not([hidden])")


def test_figures_tables_dates_and_errors_reach_the_cells(signed_in: Any) -> None:
    assert cell(signed_in, "A1", '=BACKLOG("Acme Ltd",DATE(2026,1,31))')["value"] == 11000
    signed_in.evaluate("() => { mock.put('D1', 'Acme Ltd'); mock.put('D2', 'Nobody'); mock.put('D3', 'Beta KK'); }")
    column = cell(signed_in, "F1", "=BACKLOG(D1:D3,DATE(2026,1,31))")
    assert column["value"] == 11000
    assert signed_in.evaluate("() => mock.cell('F2').value") == "#N/A"
    assert signed_in.evaluate("() => mock.cell('F3').value") == 91667
    wrong = cell(signed_in, "A2", '=BACKLOG("Acme Ltd","soon")')
    assert wrong["value"] == "#VALUE!"
    assert "soon" in wrong["why"]
    cell(signed_in, "H1", '=CONTRACTS("Acme Ltd",DATE(2026,1,31))')
    assert signed_in.evaluate("() => mock.cell('H1').value") == "contract_id"
    assert 46022 in signed_in.evaluate("() => [...'HIJKLMNOP'].map(c => mock.cell(c + '2').value)")  # 2025-12-31


def test_a_whole_column_is_asked_for_as_far_as_it_is_filled(page: Any) -> None:
    found = page.evaluate(
        """async () => {
          const { argument } = await import("/addin/functions.js");
          const column = Array.from({ length: 1_048_576 }, (_, i) => [i < 2 ? `Customer ${i}` : ""]);
          return [argument(column), argument([Array.from({ length: 16_384 }, (_, i) => (i < 2 ? i + 1 : ""))])];
        }"""
    )
    assert found == [[["Customer 0"], ["Customer 1"]], [[1, 2]]]


def test_ten_thousand_calls_in_a_tick_are_five_requests(signed_in: Any) -> None:
    signed_in.asked.clear()
    found = signed_in.evaluate(
        """async () => {
          const { client } = await import("/addin/pane.js");
          const calls = Array.from({ length: 10_000 }, (_, i) => client.call("BACKLOG", ["Acme Ltd", 40_000 + i]));
          const again = Array.from({ length: 500 }, (_, i) => client.call("BACKLOG", ["Acme Ltd", 40_000 + i]));
          const all = await Promise.all([...calls, ...again]);
          return [all.length, all[6022].value, all[10_000].value === all[0].value];
        }"""
    )
    assert found == [10_500, 12000, True]  # 46,022 is 2025-12-31: signed, nothing earned
    assert [len(json.loads(r.post_data)["calls"]) for r in signed_in.asked] == [2000] * 5


@pytest.mark.parametrize("broken", ["abort", "status", "short", "hang"])
def test_no_promise_is_left_waiting(signed_in: Any, broken: str) -> None:
    answers = {
        "abort": lambda route: route.abort(),
        "status": lambda route: route.fulfill(status=503, json={"error": "the books cannot be opened"}),
        "short": lambda route: route.fulfill(json={"answers": [], "data": {"version": "x", "sources": {}}}),
        "hang": lambda route: None,
    }
    signed_in.route("**/api/v1/batch", answers[broken])
    told = signed_in.evaluate(
        """async () => {
          const { client } = await import("/addin/pane.js");
          client.limit = 500;
          const done = await Promise.allSettled(Array.from({ length: 4_001 }, (_, i) => client.call("RPO", ["Acme Ltd", i])));
          return [done.length, new Set(done.map((each) => each.status)).size, done[4_000].reason?.message];
        }"""
    )
    assert told[:2] == [4_001, 1]
    assert told[2]


def test_offline_tells_the_last_value_with_its_age_and_recovers(signed_in: Any) -> None:
    formula = '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
    assert cell(signed_in, "A1", formula)["value"] == 11000
    signed_in.route("**/api/v1/**", lambda route: route.abort())
    signed_in.evaluate("async () => (await import('/addin/pane.js')).client.forget()")
    gone = cell(signed_in, "A1", formula)
    assert gone["value"] == "#N/A"
    assert "Last value 11000, just now" in gone["why"]
    assert "Offline" in signed_in.inner_text("#status")
    signed_in.unroute("**/api/v1/**")
    signed_in.click("#work-tab")
    signed_in.click("#refresh")
    signed_in.wait_for_function("() => document.getElementById('said').textContent.includes('refreshed')")
    signed_in.wait_for_function("() => mock.cell('A1').value === 11000")
    assert "Connected" in signed_in.inner_text("#status")


def test_a_selected_cell_is_explained_down_to_its_record(signed_in: Any) -> None:
    cell(signed_in, "B2", '=BACKLOG("Acme Ltd",DATE(2026,1,31))')
    signed_in.evaluate("() => mock.select('B2')")
    signed_in.click("#explain")
    signed_in.wait_for_selector(".card")
    text = signed_in.inner_text("#proof")
    assert "11,000.00 USD" in text
    assert "K1 · L1" in text
    assert "recognized 1,000.00" in text
    assert "606-10" in text
    assert "contract_lines" in signed_in.inner_text(".source")
    cell(signed_in, "B3", '=BACKLOG("Acme Ltd",DATE(2026,1,31),"","","CHF")')
    signed_in.evaluate("() => mock.select('B3')")
    signed_in.click("#explain")
    signed_in.wait_for_function("() => document.getElementById('proof').textContent.includes('from USD to CHF')")
    signed_in.evaluate("() => mock.select('Z9')")
    signed_in.click("#explain")
    signed_in.wait_for_function("() => document.getElementById('proof').textContent.includes('none of our functions')")


def test_one_cell_of_a_spilled_range_is_explained_alone(signed_in: Any) -> None:
    signed_in.evaluate("() => { mock.put('D1', 'Acme Ltd'); mock.put('D2', 'Beta KK'); }")
    cell(signed_in, "F1", "=BACKLOG(D1:D2,DATE(2026,1,31))")
    signed_in.evaluate("() => mock.select('F2')")
    signed_in.click("#explain")
    signed_in.wait_for_selector(".card")
    assert "Beta KK" in signed_in.inner_text("#proof")
    assert "Acme" not in signed_in.inner_text("#proof")


def test_an_operator_sees_the_record_itself_a_viewer_does_not(page: Any, served: web_server.Served) -> None:
    sign_in(page, web_server.token(served.config, "operator"))
    page.wait_for_selector("#main:not([hidden])")
    cell(page, "B2", '=BACKLOG("Acme Ltd",DATE(2026,1,31))')
    page.evaluate("() => mock.select('B2')")
    page.click("#explain")
    page.click("text=Show the record")
    page.wait_for_selector("pre")
    assert "straight_line_monthly" in page.inner_text("pre")


def test_a_function_is_found_filled_in_and_entered(signed_in: Any) -> None:
    signed_in.click("#find-tab")
    signed_in.fill("#search", "contract liability")
    signed_in.click(".list .item >> text=DEFERRED >> nth=0")
    signed_in.fill("#arg-customer", "Acme Ltd")
    signed_in.fill("#arg-date", "2026-01-31")
    signed_in.select_option("#arg-part", "current")
    assert signed_in.inner_text(".preview") == '=DEFERRED("Acme Ltd",DATE(2026,1,31),"current")'
    signed_in.evaluate("() => mock.select('C5')")
    signed_in.click("text=Insert into the selected cell")
    signed_in.wait_for_function("() => mock.cell('C5').value === 11000")


def test_snapshot_and_repair_touch_ours_alone_and_wait_while_excel_is_busy(signed_in: Any) -> None:
    cell(signed_in, "A1", '=BACKLOG("Acme Ltd",DATE(2026,1,31))')
    cell(signed_in, "A2", '=BACKLOG("Nobody")')
    cell(signed_in, "A3", "=OTHER(1)")
    signed_in.evaluate(
        "() => { mock.busy = 2; mock.put('A4', \"='C:\\\\x\\\\old.xlam'!BACKLOG(\\\"Acme Ltd\\\",DATE(2026,1,31))\"); }"
    )
    signed_in.click("#work-tab")
    signed_in.click("#repair")
    signed_in.wait_for_function("() => document.getElementById('said').textContent === '1 formula repaired'")
    assert signed_in.evaluate("() => mock.cell('A4').formula") == '=BACKLOG("Acme Ltd",DATE(2026,1,31))'
    signed_in.evaluate("() => mock.settled()")
    signed_in.click("#fix")
    signed_in.wait_for_function(
        "() => document.getElementById('said').textContent.includes('2 formulas replaced by values')"
    )
    shown = signed_in.evaluate("() => ['A1', 'A2', 'A3', 'A4'].map((a) => mock.cell(a).formula)")
    assert shown == [11000, '=BACKLOG("Nobody")', "=OTHER(1)", 11000]
    assert "1 with errors left" in signed_in.inner_text("#said")


def test_the_keyboard_reaches_everything(signed_in: Any) -> None:
    signed_in.focus("#explain-tab")
    signed_in.keyboard.press("ArrowRight")
    assert signed_in.evaluate("() => document.activeElement.id") == "find-tab"
    assert signed_in.is_visible("#find-panel")
    signed_in.keyboard.press("End")
    signed_in.keyboard.press("Tab")
    assert signed_in.evaluate("() => document.activeElement.name") == "scope"
    signed_in.focus("#signout")
    signed_in.keyboard.press("Enter")
    assert signed_in.evaluate("() => document.activeElement.id") == "token"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_as_it_should_and_hinders_nobody(signed_in: Any, scheme: str, root: Path) -> None:
    axe = importlib.resources.files("axe_core_python") / "axe.min.js"
    pictures = root / ".artefacts" / "pane"  # kept for a person to look at
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.evaluate(axe.read_text("utf-8"))
    cell(signed_in, "B2", '=BACKLOG("*",DATE(2026,1,31))')
    signed_in.evaluate("() => mock.select('B2')")
    for tab in ("explain", "find", "work", "signout"):
        signed_in.click("#signout" if tab == "signout" else f"#{tab}-tab")
        if tab == "explain":
            signed_in.click("#explain")
            signed_in.wait_for_selector(".card")
        signed_in.screenshot(path=pictures / f"pane-{tab}-{scheme}.png", animations="disabled")
        found = signed_in.evaluate(
            "async () => (await axe.run()).violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html)])"
        )
        assert [fault for fault in found if fault[0] in ("serious", "critical")] == [], tab
        assert signed_in.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), tab
