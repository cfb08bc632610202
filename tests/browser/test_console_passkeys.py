"""Passkeys on the console in a real browser. The authenticator is Chromium's virtual one."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from playwright.sync_api import Page, expect

from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, looks_right
from tests.browser.test_passkeys import Authenticator

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
MAKE, ENTER, PROVE = "この端末にパスキーを作る", "指紋や顔で入る（パスキー）", "指紋や顔で確かめる（パスキー）"


def make_one(page: Page, site: Site) -> Authenticator:
    """A passkey, made on the page of one's account."""
    finger = Authenticator(page)
    page.goto(f"{site.address}/console/account")
    page.get_by_label("パスキーの名前").fill("署のパソコン")
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_role("heading", name="予備の番号")).to_be_visible()
    return finger


def test_a_finger_is_all_it_takes(site: Site, browse: Opens) -> None:
    page = browse("squad11")
    finger = make_one(page, site)
    [kept] = finger.credentials()
    assert (kept["isResidentCredential"], kept["rpId"], kept["userName"]) == (True, "localhost", "squad11")
    page.goto(f"{site.address}/console/account")
    expect(page.locator(".device", has_text="署のパソコン")).to_be_visible()
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_role("alert")).to_contain_text("もうあります")  # the authenticator knows its own
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    looks_right(page, "one's own", 1366, 768)
    page.get_by_role("button", name="ログアウト", exact=True).click()
    finger.knows_its_owner(False)
    page.get_by_role("button", name=ENTER).click()
    expect(page.get_by_role("alert")).to_contain_text("もう一度押すか")
    expect(page.locator("form[aria-busy]")).to_have_count(0)
    looks_right(page, "refused", 1366, 768)
    finger.knows_its_owner(True)
    page.get_by_role("button", name=ENTER).click()
    expect(page.locator("footer .who")).to_contain_text("団員 squad11")
    page.goto(f"{site.address}/console/account")
    page.get_by_role("button", name="外す 署のパソコン").click()
    expect(page.locator("#said")).to_contain_text("パスキーを外しました")
    assert site.complaints == []


def test_it_proves_again_who_one_is(site: Site, browse: Opens) -> None:
    page = browse("squad12")
    make_one(page, site)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=16), tick=True):
        page.goto(f"{site.address}/console/account")
        page.get_by_role("button", name="予備の番号を作り直す").click()
        expect(page.get_by_role("heading", name="本人の確認")).to_be_focused()
        page.get_by_role("button", name=PROVE).click()  # its program came with the page that the enhancer put there
        expect(page.get_by_role("heading", name="ログインの設定")).to_be_visible()
        page.get_by_role("button", name="予備の番号を作り直す").click()
        expect(page.get_by_role("heading", name="予備の番号")).to_be_visible()
    assert site.complaints == []


def test_without_scripts_the_password_is_enough(site: Site, browse: Opens) -> None:
    page = browse("", java_script_enabled=False)
    expect(page.get_by_role("button", name=ENTER)).to_be_hidden()
    page = browse("station", java_script_enabled=False)
    page.goto(f"{site.address}/console/account")
    expect(page.get_by_role("button", name=MAKE)).to_be_hidden()
    expect(page.locator("main")).to_contain_text("このブラウザーでは、パスキーを作れません")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_its_screens_can_be_used_by_everyone(site: Site, browse: Opens, width: int, height: int) -> None:
    page = browse("", width, height)
    expect(page.get_by_role("button", name=ENTER)).to_be_visible()
    looks_right(page, "sign-in", width, height)
    page = browse("squad21", width, height)
    page.goto(f"{site.address}/console/account")
    expect(page.get_by_role("button", name=MAKE)).to_be_visible()
    looks_right(page, "account", width, height)
    page.goto(f"{site.address}/console/prove")
    looks_right(page, "prove", width, height)
