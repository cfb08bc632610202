"""The console by keyboard alone: a leader's evening, a station's month. After each step the focus is somewhere of use."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from api.extensions import db
from api.worker import work_once
from brigade.activity.workflow import Action
from tests import make
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
MOST_TABS = 60


@pytest.fixture(scope="module")
def filed(site: Site) -> Site:
    """At the leader of squad 1-1 two clean reports and two late ones; at the station one."""
    with site.app.app_context():
        for login, day in (("squad11a", 17), ("squad11b", 18), ("squad11a", 2), ("squad11b", 3)):
            make.report(db.session(), site.city, login, "K1-1-1", day=day)
        far = make.report(db.session(), site.city, "squad12a", "K1-1-2", day=18)
        for leader in ("squad12", "company1", "brigade"):
            far = make.step(db.session(), site.city, leader, far, Action.APPROVE)
        db.session.remove()
    return site


def tab_to(page: Page, words: str) -> None:
    """Tab until the focus is on the control of these words."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        said = page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()")
        if re.match(words, said):
            return
    raise AssertionError(f"no {words} within {MOST_TABS} presses of Tab")


def news(page: Page, words: str) -> None:
    """The focus is on what was said, in these words."""
    expect(page.locator("#said")).to_be_focused()
    expect(page.locator("#said")).to_contain_text(words)


def headed(page: Page, words: str | re.Pattern[str]) -> None:
    """The focus is on the heading of the page that came."""
    expect(page.locator("h1")).to_contain_text(words)
    expect(page.locator("h1")).to_be_focused()


def into_the_middle(page: Page) -> None:
    """From the top of a page over its skip link."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_leader_clears_what_is_clean_and_returns_one(filed: Site, browse: Opens) -> None:
    page = browse("squad11")
    page.keyboard.press("a")  # nothing has the focus: nothing is decided
    into_the_middle(page)
    page.keyboard.press("m")
    headed(page, "まとめて承認")
    page.keyboard.press("a")
    news(page, "2件を承認しました")
    page.keyboard.press("u")
    headed(page, "承認待ち")
    rows = page.locator("main .row-in > a:first-child")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator(".trail")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()
    page.keyboard.press("u")
    expect(rows.nth(0)).to_be_focused()  # back where one was
    page.keyboard.press("r")
    headed(page, "差し戻す")
    tab_to(page, "終わりの時刻")
    page.keyboard.press("Space")
    tab_to(page, "ひとこと")
    page.keyboard.type("area")  # keys of a field are its letters
    expect(page.locator("#f-comment")).to_have_value("area")
    page.keyboard.press("Enter")
    news(page, "差し戻しました")
    page.keyboard.press("a")  # the next one to look at
    news(page, "承認しました")
    page.keyboard.press("3")
    headed(page, "承認待ち")
    expect(page.locator(".tabs [aria-current]")).to_contain_text(re.compile("差戻.*し中\\s1"))
    expect(rows).to_have_count(1)


def test_a_month_by_single_keys(filed: Site, browse: Opens) -> None:
    page, november = browse("station"), re.compile("^令和8年11月 A消防署")  # the others name it later in their headings
    page.goto(f"{filed.address}/console/months/2026-11")
    into_the_middle(page)
    page.keyboard.press("b")
    headed(page, "令和8年10月")
    page.keyboard.press("n")
    headed(page, november)
    page.keyboard.press("f")
    headed(page, "月の数字")
    page.keyboard.press("u")
    headed(page, november)
    page.keyboard.press("s")
    headed(page, "確定する")
    page.keyboard.press("s")  # sealing itself is no single key
    page.keyboard.press("u")
    headed(page, november)
    units = page.locator("main tr [data-key=o]")
    page.keyboard.press("j")
    expect(units.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(units.nth(1)).to_be_focused()
    name = units.nth(1).text_content() or ""
    page.keyboard.press("o")
    headed(page, name)


def test_a_station_receives_seals_and_downloads(filed: Site, browse: Opens) -> None:
    page = browse("station")
    into_the_middle(page)
    page.keyboard.press("m")
    headed(page, "まとめて承認")
    page.keyboard.press("a")
    news(page, "1件を承認しました")
    page.goto(f"{filed.address}/console/months/2026-11")
    into_the_middle(page)
    tab_to(page, "令和8年11月分を確定する")
    page.keyboard.press("Enter")
    page.wait_for_url("**/seal?**")
    headed(page, "確定する")
    tab_to(page, "令和8年11月分を確定する")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("順番を待っています")
    expect(page.locator("main h1")).to_be_focused()
    while work_once(filed.app):
        pass
    expect(page.locator("#said")).to_contain_text("確定しました", timeout=60_000)
    expect(page.locator("#said")).to_be_focused()
    tab_to(page, "一式ZIP")
    with page.expect_download() as loaded:
        page.keyboard.press("Enter")
    assert loaded.value.suggested_filename.endswith("_一式_第1版.zip")


def test_a_company_declares_its_month_complete_by_a_key(filed: Site, browse: Opens) -> None:
    page = browse("company1")
    page.goto(f"{filed.address}/console/months/2026-10")
    into_the_middle(page)
    page.keyboard.press("c")
    news(page, "締め")


def test_the_keys_are_listed_and_switched_off(filed: Site, browse: Opens) -> None:
    page = browse("squad11")
    page.goto(f"{filed.address}/console/inbox?tab=returned")
    into_the_middle(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="キーボードで進める")
    expect(dialog).to_contain_text("差し戻す画面へ進む")
    looks_right(page, "?", 1366, 768)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("main")).to_be_focused()
    page.goto(f"{filed.address}/console/help")
    page.get_by_role("button", name="キーひとつの操作を止める").click()
    expect(page.get_by_role("button", name="キーひとつの操作を使う")).to_be_visible()
    page.goto(f"{filed.address}/console/inbox?tab=returned")
    into_the_middle(page)
    page.keyboard.press("3")
    page.keyboard.press("?")
    expect(page.locator("main")).to_be_focused()
    expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)
    assert filed.complaints == []
