"""The members' app in the engine of every iPhone: without a server, with a picture, left half-way, large, by a leader."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.webkit.conftest import Handset
from tests.browser.webkit.driver import Browser
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.xdist_group("browser")
SAMPLE = """const photo = (await (await import("/phone/store.js")).all("photos"))[0];
return [photo.sha256, btoa(Array.from(new Uint8Array(photo.data), (byte) => String.fromCharCode(byte)).join(""))];"""
SPIN = """const { all } = await import("/phone/store.js");
void (async () => { for (;;) await all("known"); })();"""
WATCH = """const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (...said) { window.connection = this; return begin.apply(this, said); };
await (await import("/phone/store.js")).kept("me");"""


def lying(path: Path) -> Path:
    """A picture as a phone takes it upright: it lies on its left side, the file says how to turn it. Blue is above."""
    picture = Image.new("RGB", (4000, 3000), "red")
    picture.paste("blue", (0, 0, 2000, 3000))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, "JPEG", exif=exif)
    return path


def test_a_report_with_a_picture_is_written_without_a_server_and_arrives_once(
    browser: Browser, town: Town, people: People, tmp_path: Path
) -> None:
    with Proxy(town.port) as street:
        phone = Handset(browser, street.port)
        phone.sign_in("squad11b")
    phone.open()  # the server is away
    phone.tap("ほかの活動を報告する")
    phone.tap("資機材点検")
    phone.tap("きのう")
    for _ in range(3):
        phone.onward()
    browser.give("#photos", lying(tmp_path / "hose.jpg"))
    browser.until("return document.querySelector('.strip img')?.complete")
    phone.open("#/new/check")  # a draft is there again with its picture
    browser.until("return document.querySelector('.strip img')?.complete")
    phone.tap("提出する")
    phone.sees("電波が届かないため")
    sha256, data = browser.run(SAMPLE)
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    above, below = (picture.getpixel((600, y)) for y in (100, 1500))
    assert (picture.size, len(base64.b64decode(data)) < 350_000, bool(picture.getexif())) == ((1200, 1600), True, False)
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert (above[2] > 200 > above[0], below[0] > 200 > below[2]) == (True, True)
    phone.open("#/queue")
    phone.sees("写真1枚")
    [waits] = phone.kept("queue")
    assert people.reports_of("squad11b") == []
    with Proxy(town.port, port=street.port):
        phone.tap("今すぐ送る")
        phone.sees("送信待ちはありません")
    [report] = people.reports_of("squad11b")
    assert (report["id"], report["kind"], report["missing_attachment_ids"]) == (waits["id"], "E-01", [])
    assert [one["sha256"] for one in report["attachments"]] == [sha256]
    assert (phone.kept("queue"), phone.kept("photos")) == ([], [])


def test_a_page_that_was_left_half_way_does_not_hold_the_store(browser: Browser, town: Town) -> None:
    """Kept to be gone back to, with what it had begun: the page after it could neither write nor send."""
    phone = Handset(browser, town.port)
    phone.sign_in("squad11a")
    browser.run(SPIN)
    phone.open("#/settings")
    browser.run("await (await import('/phone/settings.js')).change({ size: 125 })")
    browser.until("return document.documentElement.dataset.size === '125'")
    browser.run("setTimeout(() => history.go(-2))")  # and the page that was left begins anew
    browser.until("return location.hash === '#/' && document.documentElement.dataset.size === '125'")
    browser.run("await (await import('/phone/store.js')).keep('size', 1)")


def test_a_connection_that_the_system_ended_is_made_again(browser: Browser, town: Town, people: People) -> None:
    """An iPhone ends the store of an app in the background; the app hears of it when it writes next."""
    phone = Handset(browser, town.port)
    people.event(hours_ago(3))
    phone.sign_in("squad11-deputy")
    browser.run(WATCH)
    browser.run("connection.close()")  # and no event tells of it
    phone.tap("出ました")
    browser.run("connection.close()")
    phone.tap("提出する")
    phone.sees("届きました。")
    assert len(people.reports_of("squad11-deputy")) == 1


def test_everything_is_large_and_nothing_is_cut_off(browser: Browser, town: Town, people: People) -> None:
    """At 200 %, with a time of day and rows of a list; no field is so small that an iPhone would zoom into it."""
    phone = Handset(browser, town.port)
    people.event(hours_ago(27), "とても長い名前の夜間放水訓練と資機材点検")
    phone.sign_in("squad12b")
    browser.run("await (await import('/phone/settings.js')).change({ size: 200 })")
    for where in ("", "#/new", "#/settings", "#/help", "#/record", "#/queue"):
        phone.open(where)
        browser.find("//main")
        assert (where, phone.sideways()) == (where, 0)
    browser.run("await (await import('/phone/settings.js')).change({ size: 100 })")
    phone.open("#/new")
    phone.tap("火災")
    for _ in range(2):
        phone.onward()
    phone.tap("くわしく書く")
    browser.until("return document.querySelector('input[type=time]')")
    small = browser.run(
        "return [...document.querySelectorAll('input:not([type=radio], [type=checkbox], [type=file]), select, textarea')].filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.outerHTML)"
    )
    assert (small, phone.sideways()) == ([], 0)


def test_a_leader_approves_and_returns(browser: Browser, town: Town, people: People) -> None:
    unit_id = str(town.city.unit_id("K1-1-2"))
    told = [
        people.report(login, hours_ago(5 + 24 * day), unit_id=unit_id)
        for day, login in enumerate(("squad12a", "squad12b"))
    ]
    away = people.report("squad12a", hours_ago(40), unit_id=unit_id)
    phone = Handset(browser, town.port)
    phone.sign_in("squad12")
    browser.click("//*[@id='to-inbox']")
    browser.click(f"//*[@id='look-{away['id']}']")
    phone.tap("差し戻す…")
    browser.click("//label[starts-with(normalize-space(.), '終わりの時刻')]")
    browser.type("//textarea", "片付けまで入れてください。")
    phone.tap("差し戻す")
    phone.sees("気になる所のないもの")
    phone.tap("2件をまとめて承認する…")
    browser.find("//dialog[@open]//h2")
    browser.click("//dialog//button[@aria-label = '承認する']")
    phone.sees("おつかれさまでした。")
    states = [people.ask("squad12", "GET", f"/activity-reports/{one['id']}")["awaiting"]["level"] for one in told]
    assert states == ["company", "company"]
    history = people.ask("squad12a", "GET", f"/activity-reports/{away['id']}/history")["items"]
    assert history[-1]["comment"] == "片付けまで入れてください。"


def test_an_iphones_page_says_that_it_belongs_on_the_home_screen(browser: Browser, town: Town) -> None:
    """By a word that only iPhones know; on the home screen, and on any other phone, it says nothing."""
    phone = Handset(browser, town.port)
    phone.sign_in("squad12a")
    assert "ホーム画面に追加" not in browser.text()
    for said, shown in (("false", True), ("true", False)):
        browser.run(
            f"Object.defineProperty(navigator, 'standalone', {{ value: {said}, configurable: true }}); (await import('/phone/tabs.js')).changed()"
        )
        browser.until("return document.querySelector('main .note.warn') !== null === said[0]", shown)
        assert ("ホーム画面に追加" in browser.text()) is shown
