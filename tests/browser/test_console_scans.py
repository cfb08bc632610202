"""A real sheet on the console in a real browser: sent, its doubts settled by keyboard, made into a report; keys counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.worker import work_once
from bench.ocr.sources import Kind
from tests import make
from tests.api.answers import API
from tests.api.test_paper_chain import filled
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
TRUTH = {"day": "081108", "start": "0900", "end": "1130", "place": "本町公民館"}
SEED = 41
"""Three doubtful fields, and one of them, the start, read wrong."""

MOST_KEYS = 8


def written(site: Site, login: str, unit: str, file: Path) -> Path:
    """A roster as it is printed, filled in by a real hand, from the scanner."""
    client = site.app.test_client()
    said = {"login": login, "password": make.PASSWORD, "device_name": "printer"}
    token = client.post(f"{API}/auth/login", json=said).json["access_token"]
    path = f"{API}/forms/roster.pdf?unit_id={site.city.unit_id(unit)}"
    drawn = client.get(path, headers={"Authorization": f"Bearer {token}"})
    file.write_bytes(filled(drawn.data, Kind.REAL, SEED))
    return file


@pytest.fixture(scope="module")
def sheet(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet of squad 1-1, which becomes a report."""
    return written(site, "squad11a", "K1-1-1", tmp_path_factory.mktemp("paper") / "first.jpg")


@pytest.fixture(scope="module")
def other(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet of squad 1-2, which nobody confirms."""
    return written(site, "squad12a", "K1-1-2", tmp_path_factory.mktemp("paper") / "second.jpg")


def send(page: Page, site: Site, sheet: Path) -> str:
    """The address of the scan, read."""
    page.goto(f"{site.address}/console/scans?tab=all")
    page.set_input_files("#f-file", sheet)
    page.get_by_role("button", name="送って読み取る").click()
    page.wait_for_url("**/console/scans/*-*")
    while work_once(site.app):
        pass
    return page.url


class Keys:
    """Every key that a person would press."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)


def test_a_sheet_takes_eight_keys(site: Site, browse: Opens, sheet: Path) -> None:
    page = browse("squad11a")
    send(page, site, sheet)
    page.get_by_role("link", name="1ページを確認する").click()  # the page found out by itself that it was read
    expect(page.locator("form[data-ask]")).to_have_count(doubtful := 3)
    keys = Keys(page)
    for place in range(doubtful):
        field = page.locator("form[data-ask]").nth(place)
        waiting = field.locator("input[name^='value.']").first
        expect(field.locator(":focus")).to_have_count(1)
        name = (waiting.get_attribute("name") or "").removeprefix("value.")
        shown = waiting.input_value()
        if name in TRUTH and shown.replace("-", "").replace(":", "") != TRUTH[name]:
            selected = page.evaluate("document.activeElement.selectionEnd - document.activeElement.selectionStart")
            assert selected == len(shown)  # typing replaces it
            for letter in TRUTH[name]:
                keys.press(letter)
        keys.press("Enter")
    page.wait_for_url("**/check")
    expect(page.locator("main")).to_contain_text("この内容で報告を1件つくります")
    for words in ("訓練", "令和8年11月8日", "09:00–11:30", "2人"):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.get_by_role("button", name="1件の報告をつくって提出する")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#said")).to_contain_text("1件の報告をつくり、提出しました")
    assert keys.count <= MOST_KEYS, keys.count
    page.locator(".row-in a").first.click()
    expect(page.locator("main")).to_contain_text("本町公民館")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_of_paper_can_be_used_by_everyone(
    site: Site, browse: Opens, other: Path, width: int, height: int
) -> None:
    """axe finds nothing; every target is large enough; nothing is cut off at 320 px or at twice the size of text."""
    page = browse("squad12", width, height)
    address = send(page, site, other)
    for path in ("", "/pages/1", "/pages/1?open", "LIST"):
        page.goto(f"{site.address}/console/scans?tab=all" if path == "LIST" else address + path.removesuffix("?open"))
        if path.endswith("?open"):
            for one in page.locator("summary").all():
                one.click()
        looks_right(page, path, width, height)


def test_a_press_goes_back_over_what_was_said(site: Site, browse: Opens, other: Path) -> None:
    """What is held is sent with the last field; a field is said again before that, and another reading is pressed."""
    send(browse("squad12"), site, other)  # of this one the last line tells
    page = browse("squad12a")
    page.goto(send(page, site, other) + "/pages/1")
    start = page.locator("#f-fields-start")
    start.fill("0915")
    start.press("Enter")
    expect(page.locator("form[data-said]")).to_have_count(1)
    start.fill("0900")
    start.press("Enter")
    for _ in range(2):
        page.locator("form[data-ask]:not([data-said]) button.main").first.click()
    page.wait_for_url("**/check")
    expect(page.locator("main")).to_contain_text("09:00–11:30")
    expect(page.locator("main")).to_contain_text("同じ内容の用紙がすでにあります")


def test_without_scripts_each_field_is_a_page(site: Site, browse: Opens, other: Path) -> None:
    page = browse("squad12b", java_script_enabled=False)
    page.goto(send(page, site, other) + "/pages/1")
    for left in (3, 2, 1):
        asks = page.locator("form[data-ask]")
        expect(asks).to_have_count(left)
        field = page.locator("main input[autofocus]")
        expect(field).to_be_focused()
        name = (field.get_attribute("name") or "").removeprefix("value.")
        field.fill(TRUTH[name])
        field.press("Enter")
    page.wait_for_url("**/check")


def test_no_policy_was_broken_and_no_program_failed(site: Site) -> None:
    assert site.complaints == []
