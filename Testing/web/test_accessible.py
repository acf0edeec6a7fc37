"""What a screen reader is told, from a real Chromium's own tree of it, and whether what is written can be read."""

import json
from itertools import pairwise

import pytest
from chromium import Chromium
from finished_cases import build_head
from shown_cases import put_case
from visitors import OWN

from quantseg.results.report_pdf import find_browser
from quantseg.tasks.registry import TASKS
from quantseg.web.roles import Role

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="there is no Chromium here; run: apt-get install chromium"),
]
_CONTROLS = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "slider", "spinbutton", "radio", "application",
    "DisclosureTriangle", "Date", "img", "image", "canvas", "toolbar", "navigation", "region", "table", "progressbar",
}  # fmt: skip
_LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, level AA."""

_UNREADABLE = """
(() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => { const n = colour.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const over = (top, under) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * under[i]);
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || !element.checkVisibility()) continue;
    if (element.closest(":disabled, script, style, .skip, svg, canvas")) continue;
    const grounds = [];
    for (let one = element; one; one = one.parentElement) grounds.push(numbers(getComputedStyle(one).backgroundColor));
    const ground = grounds.reverse().reduce((under, top) => over(top, under), [16, 20, 24]);
    const ink = over(numbers(getComputedStyle(element).color), ground);
    const [low, high] = [luminance(ink), luminance(ground)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < LEAST) found.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return JSON.stringify(found);
})()
""".replace("LEAST", str(_LEAST_CONTRAST))


@pytest.fixture(scope="module")
def case(served):
    """A head with labels, doubts and numbers."""
    served.platform.settings.tasks["hippocampus"] = TASKS["hippocampus"]
    yield put_case(served, OWN, "hippocampus", build_head(name="image"))
    del served.platform.settings.tasks["hippocampus"]


@pytest.fixture(scope="module")
def browser(served, people):
    """A window in which an administrator is logged in."""
    administrator = people(Role.ADMINISTRATOR, OWN)
    with Chromium((1366, 768)) as browser:
        browser.call("Accessibility.enable")
        for cookie in administrator.browser.cookies.jar:
            browser.call("Network.setCookie", url=served.address, name=cookie.name, value=cookie.value, httpOnly=True)
        browser.open(f"{served.address}/cases")
        browser.wait("document.readyState === 'complete' && location.pathname === '/cases'")
        # One view: each more, and above all 3D, costs this machine's processor seconds.
        browser.evaluate("localStorage.setItem('quantseg view', '0')")
        yield browser


def _told(browser):
    """Return what is told of the page, in its order: role, name, and properties by their names."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", "").strip(),
            {one["name"]: one["value"].get("value") for one in node.get("properties", ())},
        )
        for node in nodes
        if not node["ignored"]
    ]


@pytest.mark.parametrize("path", ["/cases/CASE", "/cases", "/send", "/people", "/audit", "/exports", "/login"])
def test_everything_on_a_page_is_told_and_can_be_read(browser, served, case, path):
    page = path.replace("CASE", case)
    browser.open(f"{served.address}{page}")
    browser.wait(f"location.pathname === {json.dumps(page)} && document.readyState === 'complete'")
    if "CASE" in path:
        browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'")
        browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        browser.evaluate("document.getElementById('correct').click()")
        browser.wait("!document.getElementById('painting').hidden")
    told = _told(browser)
    roles = [role for role, _, _ in told]
    assert {role: roles.count(role) for role in ("main", "banner", "contentinfo")} == dict.fromkeys(
        ("main", "banner", "contentinfo"), 1
    )
    assert [(role, more) for role, name, more in told if role in _CONTROLS and not name] == []
    levels = [more["level"] for role, _, more in told if role == "heading"]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), levels
    assert [name for role, name, _ in told if role in ("columnheader", "rowheader") and not name] == []
    assert browser.evaluate("document.title.includes('QuantSeg') && document.documentElement.lang") == "en"
    assert (
        browser.evaluate('document.querySelectorAll(\'[tabindex]:not([tabindex="0"]):not([tabindex="-1"])\').length')
        == 0
    )
    assert json.loads(browser.evaluate(_UNREADABLE)) == []
    # Of several controls alike, each says whose it is.
    acting = [name for role, name, _ in told if role in ("button", "combobox") and "date picker" not in name]
    assert sorted({name for name in acting if acting.count(name) > 1}) == []


def test_what_changes_by_itself_is_said(browser, served, case):
    browser.open(f"{served.address}/cases/{case}")
    browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'")
    spoken = browser.evaluate(
        "[...document.querySelectorAll('[aria-live], [role=status], [role=alert]')].map((one) => one.id).join(' ')"
    )
    assert {"numbers", "saved", "trouble", "holder", "here"} <= set(spoken.split())
    names = [name for role, name, _ in _told(browser) if role == "application"]
    assert len(set(names)) == len(names) > 0


def test_a_keyboard_goes_through_a_page_in_its_order(browser, served, case):
    browser.open(f"{served.address}/cases/{case}")
    browser.wait("document.getElementById('viewer')?.dataset.ready === 'yes'")
    browser.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    seen = []
    for _ in range(12):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        browser.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        place = "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
        shown = (
            "document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle"
        )
        seen.append((browser.evaluate(place), browser.evaluate(shown)))
    assert [place for place, _ in seen] == sorted({place for place, _ in seen})
    assert {outline for _, outline in seen} <= {"solid", "auto"}


def test_the_report_is_printed_as_it_is_shown(people, case):
    reader = people(Role.READER, OWN)
    answer = reader.get(f"/cases/{case}/report.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.content.rstrip().endswith(b"%%EOF")
    number = reader.state(case)["number"]
    assert f"DRAFT_case{number}_report.pdf" in answer.headers["content-disposition"]
    stranger = people(Role.READER, "Cardiology")
    assert stranger.get(f"/cases/{case}/report.pdf").status_code == 404
