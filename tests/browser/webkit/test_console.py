"""The console in Safari's engine: signed in, decided by the mouse and by single keys, a list taken along."""

from __future__ import annotations

import pytest

from api.worker import work_once
from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.webkit.driver import Browser

pytestmark = pytest.mark.xdist_group("browser")
ESCAPE, ENTER, TAB = "\ue00c", "\ue007", "\ue004"


def signed_in(browser: Browser, town: Town, login: str) -> str:
    """The console's address, of a person whose page has come."""
    address = f"http://127.0.0.1:{town.port}/console"
    browser.sized(1200, 800)
    browser.open(f"{address}/sign-in?lang=ja")
    browser.click("//button[@lang='ja']")
    browser.find("//button[@lang='ja' and @aria-pressed]")
    browser.type("//*[@id='f-login']", login)
    browser.type("//*[@id='f-password']", make.PASSWORD)
    browser.click("//main//button[contains(@class, 'main')]")
    browser.find("//footer//*[contains(@class, 'who')]")
    return address


def test_a_leader_decides_by_mouse_and_by_keys(browser: Browser, town: Town, people: People) -> None:
    for day, login in enumerate(("squad11a", "squad11b", "squad11a")):
        people.report(login, hours_ago(5 + 24 * day))
    address = signed_in(browser, town, "squad11")
    browser.press(TAB, ENTER)  # over the skip link into the page's middle
    browser.until("return document.activeElement === document.querySelector('main')")
    browser.press("?")
    browser.find("//dialog[@open]//h2[contains(., 'キーボードで進める')]")
    browser.press(ESCAPE)
    browser.until(
        "return !document.querySelector('dialog') && document.activeElement === document.querySelector('main')"
    )
    browser.press("2")
    headed(browser, "承認待ち")
    browser.press("j", "o")
    browser.find("//*[contains(@class, 'trail')]")
    browser.press("r")
    headed(browser, "差し戻す")
    browser.click("//label[starts-with(normalize-space(.), '終わりの時刻')]")
    browser.type("//*[@id='f-comment']", "片付けまで入れてください。")
    browser.press(ENTER)
    news(browser, "差し戻しました")
    browser.open(f"{address}/inbox?tab=clean")
    browser.follow("//main//a[@data-key='m']", "//h1[contains(., 'まとめて承認')]")
    browser.click("//main//button[@data-key='a']")
    news(browser, "2件を承認しました")
    states = [
        (one["state"], (one["awaiting"] or {}).get("level"))
        for who in ("squad11a", "squad11b")
        for one in people.reports_of(who)
    ]
    assert sorted(states) == [("in_review", "company"), ("in_review", "company"), ("returned", None)]


def test_a_station_seals_a_month_and_takes_its_table_along(browser: Browser, town: Town) -> None:
    address, month = signed_in(browser, town, "station"), f"{hours_ago(24 * 40):%Y-%m}"
    browser.open(f"{address}/months/{month}")
    browser.follow("//a[contains(., '確定する')]", "//h1[contains(., '確定する')]")
    browser.click("//main//button[contains(., '確定する')]")
    browser.until("return document.body.innerText.includes('順番を待っています')")
    while work_once(town.app):
        pass
    news(browser, "確定しました")
    browser.click("//a[contains(@href, 'report.csv')]")
    taken = browser.taken(".csv")
    assert taken.name.endswith("_第1版.csv")
    assert "報告の番号" in taken.read_text(encoding="utf-8-sig")


def headed(browser: Browser, words: str) -> None:
    """The page that came begins so, and the focus is there."""
    browser.until(
        "const at = document.activeElement; return at.matches('h1') && at.textContent.includes(said[0])", words
    )


def news(browser: Browser, words: str) -> None:
    """They are said, and the focus is on them."""
    browser.until(
        "return document.activeElement.id === 'said' && document.activeElement.textContent.includes(said[0])", words
    )
