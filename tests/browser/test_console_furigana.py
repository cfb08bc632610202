"""Furigana in a real browser: everything still fits, is heard without them, is copied without them, and is printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.people import Member
from tests import make
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
SCREENS = (
    "/console/inbox?tab=look", "REPORT", "/console/members?tab=all", "/console/months/2026-11", "/console/statistics",
    "/console/deputies", "/console/plans/new", "/console/help", "/console/account",
)  # fmt: skip


@pytest.fixture(scope="module")
def named(site: Site) -> Site:
    """People with names, and a late report that its leader has to look at."""
    with site.app.app_context():
        with db.engine.begin() as connection:
            for login, name, kana in (
                ("squad11", "渡辺 悟", "ワタナベ サトル"),
                ("squad11a", "五十嵐 健", "イガラシ タケシ"),
            ):
                whose = update(Member).where(Member.id == site.city.member_id(login))
                connection.execute(whose.values(name=name, kana=kana))
        make.report(db.session(), site.city, "squad11a", "K1-1-1", day=2)
        db.session.remove()
    return site


def with_all(page: Page) -> Page:
    """The page of someone who wants to see all of them."""
    page.get_by_role("button", name="むずかしい言葉も").click()
    expect(page.get_by_role("button", name="むずかしい言葉も")).to_have_attribute("aria-pressed", "true")
    return page


def opened(page: Page, site: Site, path: str) -> None:
    page.goto(site.address + ("/console/inbox?tab=look" if path == "REPORT" else path))
    if path == "REPORT":
        page.locator(".row-in > a").first.click()
        page.wait_for_url("**/reports/*")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_holds_with_them(named: Site, browse: Opens, width: int, height: int) -> None:
    page = with_all(browse("squad11", width, height))
    for path in SCREENS:
        opened(page, named, path)
        assert page.locator("main rt").count(), path
        looks_right(page, path, width, height)
        beside = "() => [...document.querySelectorAll('button, .step, .tick')].filter(one => one.querySelector(':scope > ruby')).length"
        assert page.evaluate(beside) == 0, path  # words that are laid out side by side would break anywhere
    assert named.complaints == []


def test_who_listens_or_copies_has_the_words_alone(named: Site, browse: Opens) -> None:
    page = with_all(browse("squad11"))
    opened(page, named, "REPORT")
    devtools = page.context.new_cdp_session(page)
    said = [node.get("name", {}).get("value", "") for node in devtools.send("Accessibility.getFullAXTree")["nodes"]]
    assert [one for one in said if "いがらし" in one or "しょうにん" in one] == []
    assert {"承認する", "差し戻す…", "承認待ちへ戻る"} <= set(said)
    copied = "() => { getSelection().selectAllChildren(document.querySelector('h2 + dl')); return getSelection().toString(); }"
    text = page.evaluate(copied)
    assert "五十嵐 健" in text
    assert "いがらし" not in text


def test_they_are_printed_and_seen_in_forced_colours(named: Site, browse: Opens) -> None:
    page = with_all(browse("squad11", forced_colors="active"))
    opened(page, named, "REPORT")
    kana = page.locator("dd rt", has_text="いがらし").first
    expect(kana).to_be_visible()
    page.emulate_media(media="print")
    expect(kana).to_be_visible()
