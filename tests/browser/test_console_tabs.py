"""The parts of a list on a narrow phone: side by side, large enough to press, and every word to be read."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import CHROMIUM, Opens, Site

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
LISTS = ("/console/inbox", "/console/members", "/console/scans")
LAID_OUT = """() => {
  const tabs = [...document.querySelectorAll('.tabs a')].map(tab => {
    const { left, right, bottom, height, width } = tab.parentElement.getBoundingClientRect();
    const inside = [...tab.children].every(part => {
      const of = part.getBoundingClientRect(), all = tab.getBoundingClientRect();
      return of.left >= all.left - 1 && of.right <= all.right + 1 && of.top >= all.top - 1 && of.bottom <= all.bottom + 1;
    });
    return { left, right, bottom: Math.round(bottom), height, width, inside, lines: [...tab.querySelectorAll('b')].map(b => b.getClientRects().length) };
  });
  return { tabs, wider: document.documentElement.scrollWidth - document.documentElement.clientWidth };
}"""


def shown(page: Page, site: Site, path: str, view: str, width: int) -> list[dict]:
    """The tabs as they are laid out, each with a number of thousands where it has one; nothing is wider than the screen."""
    page.context.add_cookies([{"name": "brigade-view", "value": view, "url": site.address}])
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(site.address + path)
    page.evaluate("() => document.querySelectorAll('.tabs b').forEach(one => { one.textContent = '1,234' })")
    found = page.evaluate(LAID_OUT)
    assert len(found["tabs"]) > 1, path
    assert found["wider"] <= 0, (path, view, width)
    for tab in found["tabs"]:
        assert min(tab["height"], tab["width"]) >= 44, (path, view, width, tab)
        assert tab["inside"], (path, view, width, tab)
        assert set(tab["lines"]) <= {1}, (path, view, width, tab)
    return list(found["tabs"])


@pytest.mark.parametrize("view", ["ja.100.on.none", "ja.100.on.few", "ja.100.on.all", "en.100.on.none"])
def test_they_stand_in_one_row(site: Site, browse: Opens, view: str) -> None:
    page = browse("squad11")
    for path in LISTS:
        for width in (320, 360, 412, 640, 1366):
            tabs = shown(page, site, path, view, width)
            assert len({tab["bottom"] for tab in tabs}) == 1, (path, view, width)


@pytest.mark.parametrize("view", ["ja.200.on.all", "en.200.on.none"])
def test_in_large_text_each_has_a_row_of_its_own(site: Site, browse: Opens, view: str) -> None:
    page = browse("squad11")
    for path in LISTS:
        for width in (320, 360, 412):
            tabs = shown(page, site, path, view, width)
            assert len({tab["bottom"] for tab in tabs}) == len(tabs), (path, view, width)
            assert len({tab["width"] for tab in tabs}) == 1, (path, view, width)
