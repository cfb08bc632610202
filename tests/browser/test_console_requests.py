"""The bureau answers a request about personal data in a real browser, with and without programs; every screen of it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.answers import API
from tests.api.asking import signed_in
from tests.browser.conftest import CHROMIUM, Opens, Site
from tests.browser.test_console import SIZES, Presses, looks_right

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
LIST = "/console/office/requests"
WORDS = "昨年の手当の計算の紙を見せてください。\n窓口へ行きます。"


def asked(site: Site, login: str, **said: Any) -> str:
    """A member asks on the phone; the id of the request."""
    body = {"kind": "show", "words": WORDS, **said}
    made = signed_in(site.app.test_client(), login).post(f"{API}/me/data-requests", json=body)
    assert made.status_code == 201, made.text
    return str(made.json["id"])


@pytest.mark.parametrize("with_scripts", [False, True])
def test_the_bureau_puts_off_and_answers(site: Site, browse: Opens, with_scripts: bool) -> None:
    who = "squad11a" if with_scripts else "squad11b"
    asked(site, who)
    page = browse("bureau", java_script_enabled=with_scripts)
    officer = Presses(page)
    officer.press("事務局")
    officer.press("個人情報の請求")
    page.get_by_role("link", name=f"団員 {who}").click()
    expect(page.locator("main")).to_contain_text("令和8年12月20日（日） までに答える")
    expect(page.locator("dd.words")).to_have_text(WORDS)
    page.get_by_text("期限を30日延ばす").click()
    page.get_by_role("button", name="30日延ばす").click()
    expect(page.get_by_role("alert")).to_contain_text("必ず要る項目です")
    page.get_by_label("延ばす理由").fill("倉庫の箱を探しています。")
    page.get_by_role("button", name="30日延ばす").click()
    expect(page.locator("#said")).to_contain_text("期限を延ばしました")
    page.get_by_label("本人に知らせる答え").fill("窓口で写しを渡します。")
    officer.press("認めて知らせる")
    expect(page.locator("#said")).to_contain_text("認めました")
    (mine,) = signed_in(site.app.test_client(), who).get(f"{API}/me/data-requests").json["items"]
    assert (mine["due_on"], mine["answer"]) == ("2027-01-19", "窓口で写しを渡します。")


def test_a_letter_is_entered_and_refused(site: Site, browse: Opens) -> None:
    page = browse("bureau", java_script_enabled=False)
    page.goto(site.address + LIST)
    page.get_by_label("団員の番号").fill(site.city.people["squad12a"].number)
    page.get_by_label("訂正（間違いを直してほしい）").check()
    page.get_by_label("請求の内容").fill("名前の読みが違います。")
    page.get_by_label("届いた日").fill("2026-11-10")
    page.get_by_role("button", name="請求を入れる").click()
    expect(page.locator("main")).to_contain_text("令和8年12月10日（木） までに答える")
    page.get_by_text("認めない", exact=True).click()
    page.get_by_label("本人に知らせる理由").fill("戸籍のとおりです。")
    page.get_by_role("button", name="認めないと答える").click()
    expect(page.locator("#said")).to_contain_text("認めないと答えました")


@pytest.fixture(scope="module")
def screens(site: Site) -> list[str]:
    """The list, and one request of each kind as it stands before and after its answer."""
    left = signed_in(site.app.test_client(), "bureau")
    member = site.city.member_id("squad22b")
    gone = left.post(f"{API}/members/{member}/leave-service", json={"on": "2026-11-30"})
    assert gone.status_code < 300, gone.text
    ids = [asked(site, "squad22a", kind="correct"), asked(site, "squad22b", kind="erase"), asked(site, "squad21a")]
    return [LIST, *(f"{LIST}/{id_}" for id_ in ids)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_can_be_used_by_everyone(
    site: Site, browse: Opens, screens: list[str], width: int, height: int
) -> None:
    """axe finds nothing; every target is large enough; nothing is cut off at 320 px or at twice the size of text."""
    page: Page = browse("bureau", width, height)
    for path in screens:
        page.goto(site.address + path)
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        looks_right(page, path, width, height)
    assert [said for said in site.complaints if "422" not in said] == []  # an answer left empty on purpose
