"""Passkeys on the phone: joining by a card, signing in, one more and one less. The authenticator is Chromium's virtual one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import make
from tests.browser.phone.conftest import People, Town
from tests.browser.phone.handset import CHROMIUM, HANDSET, Phone
from tests.browser.phone.looking import focus_is_lost, sideways, small_targets, violations
from tests.browser.test_passkeys import Authenticator

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
PROOF = """() => import("/phone/keys/proof.js").then(keys => keys.proofAsked(document.querySelector("main > div"), async () => undefined))"""
HOLDER = "() => import('/phone/store.js').then(store => store.kept('me'))"


@pytest.fixture
def named(town: Town, browser: Browser) -> Iterator[Phone]:
    """A phone with a fingerprint reader, which reaches the town by a name."""
    address = f"http://localhost:{town.port}"
    before = town.app.config["BRIGADE"]
    town.app.config["BRIGADE"] = replace(before, base_url=address)
    context = browser.new_context(**HANDSET)
    phone = Phone(address, context)
    yield phone
    context.close()
    town.app.config["BRIGADE"] = before
    assert phone.complaints == []


def card(people: People, login: str, leader: str) -> str:
    """The code on a card for who chooses a way in anew."""
    member_id = people.town.city.member_id(login)
    return str(people.ask(leader, "POST", f"/members/{member_id}/password-reset")["code"]).replace("-", "")


def home(page: Page) -> dict[str, Any]:
    """Who is signed in, once home is shown."""
    expect(page.get_by_role("navigation")).to_be_visible()
    return dict(page.evaluate(HOLDER)["member"])


def test_a_card_and_a_finger_are_two_taps_and_so_is_coming_back(named: Phone, people: People) -> None:
    page, finger = named.page, Authenticator(named.page)
    named.page.goto(f"{named.address}/join#{card(people, 'squad22b', 'squad22')}")
    named.tap("はい、そうです")
    expect(page.get_by_role("button", name="指紋や顔ではじめる（パスキー）")).to_be_focused()
    finger.knows_its_owner(False)
    named.tap("指紋や顔ではじめる（パスキー）")
    expect(page.get_by_role("alert")).to_contain_text("もう一度押してください")
    finger.knows_its_owner(True)
    named.taps = 1
    named.tap("指紋や顔ではじめる（パスキー）")
    assert home(page)["id"] == str(people.town.city.member_id("squad22b"))
    assert named.taps == 2
    [kept] = finger.credentials()
    assert (kept["isResidentCredential"], kept["rpId"]) == (True, "localhost")
    named.synced()
    named.open("#/settings")
    named.tap("ログアウトする")
    named.tap("指紋や顔で入る（パスキー）")
    assert home(page)["id"] == str(people.town.city.member_id("squad22b"))


def test_an_answer_that_was_lost_is_no_trouble(named: Phone, people: People) -> None:
    page, _ = named.page, Authenticator(named.page)
    page.goto(f"{named.address}/join#{card(people, 'squad21b', 'squad21')}")
    named.tap("はい、そうです")
    answers: list[int] = []

    def lose(route: Any) -> None:
        answers.append(route.fetch().status)
        route.abort()

    page.route("**/auth/invitations/*", lose, times=1)
    named.tap("指紋や顔ではじめる（パスキー）")
    expect(page.get_by_role("alert")).to_contain_text("電波が届かない")
    assert answers == [201]
    named.tap("指紋や顔ではじめる（パスキー）")
    assert home(page)["id"] == str(people.town.city.member_id("squad21b"))


def test_one_more_and_one_less_in_the_settings(named: Phone, people: People) -> None:
    page, finger = named.page, Authenticator(named.page)
    named.sign_in("squad11b")
    named.open("#/settings")
    named.tap("指紋や顔で入る（パスキー）", "link")
    expect(page.get_by_text("パスワードのほかに番号も聞きます")).to_be_visible()
    page.get_by_label("パスキーの名前").fill("わたしの電話")
    named.tap("この電話にパスキーを作る")
    expect(page.get_by_role("heading", name="予備の番号")).to_be_focused()
    assert page.locator(".codes li").count() == 10
    named.tap("書きました")
    expect(page.get_by_text("わたしの電話")).to_be_visible()
    named.tap("この電話にパスキーを作る")
    expect(page.get_by_role("alert")).to_contain_text("もうあります")
    assert len(finger.credentials()) == 1
    named.tap("わたしの電話を外す")
    named.tap(page.get_by_role("dialog").get_by_role("button", name="外す"))
    expect(page.get_by_text("わたしの電話")).to_have_count(0)
    assert people.ask("squad11b", "GET", "/auth/second-factors")["passkeys"] == []


def test_long_after_signing_in_one_proves_it_first(named: Phone, people: People) -> None:
    page, _ = named.page, Authenticator(named.page)
    named.sign_in("squad12b")
    asked: list[str] = []

    def stale(route: Any) -> None:
        asked.append(route.request.method)
        body = '{"code": "refused", "status": 403, "title": "x", "reasons": [{"code": "step-up-required"}]}'
        headers = {"X-Request-Id": "x", "Content-Type": "application/problem+json"}
        route.fulfill(status=403, body=body, headers=headers)

    page.route("**/auth/passkeys/options", stale, times=1)
    named.open("#/passkeys")
    named.tap("この電話にパスキーを作る")
    page.get_by_label("パスワード", exact=True).fill(make.PASSWORD)
    named.tap("確かめて進む")
    expect(page.get_by_role("heading", name="予備の番号")).to_be_visible()
    named.tap("書きました")
    page.route("**/auth/passkeys/*", stale, times=1)
    named.tap(page.locator("[id^=key-]").filter(has_text="外す"))
    named.tap(page.get_by_role("dialog").get_by_role("button", name="外す"))
    named.tap("指紋や顔で確かめる（パスキー）")
    expect(page.locator("[id^=key-]").filter(has_text="外す")).to_have_count(0)
    assert asked == ["POST", "DELETE"]


def test_a_password_is_changed_or_chosen_for_the_first_time(named: Phone, people: People) -> None:
    page, _ = named.page, Authenticator(named.page)
    fresh = "まとい かかげる 朝の川 自転車"
    named.sign_in("squad22a")
    named.open("#/password")
    page.get_by_label("いまのパスワード").fill("wrong")
    page.get_by_label("新しいパスワード").fill(fresh)
    named.tap("このパスワードにする")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("いまのパスワード").fill(make.PASSWORD)
    named.tap("このパスワードにする")
    expect(page.get_by_role("status").filter(has_text="パスワードを変えました。")).to_be_focused()
    page.evaluate("() => import('/phone/api.js').then(api => api.signOut(true))")
    page.goto(f"{named.address}/join#{card(people, 'squad22a', 'squad22')}")
    named.tap("はい、そうです")
    named.tap("指紋や顔ではじめる（パスキー）")
    expect(page.get_by_role("navigation")).to_be_visible()
    named.open("#/password")
    expect(page.get_by_text("パスワードはまだありません。")).to_be_visible()
    assert page.get_by_label("いまのパスワード").count() == 0
    page.get_by_label("新しいパスワード").fill(fresh)
    named.tap("このパスワードにする")
    expect(page.get_by_text("パスワードを変えました。")).to_be_visible()


def faults(page: Page) -> list[Any]:
    """What is wrong with a screen for some of those who use it."""
    lost = ["sideways"] * (sideways(page) > 0) + ["focus is lost"] * focus_is_lost(page)
    return [*violations(page), *small_targets(page), *lost]


@pytest.mark.parametrize("size", [100, 200])
def test_the_screens_about_keys_are_for_everybody(named: Phone, people: People, size: int) -> None:
    page, _ = named.page, Authenticator(named.page)
    found: dict[str, list[Any]] = {}
    named.open()
    page.evaluate("size => import('/phone/settings.js').then(one => one.change({ size }))", size)
    page.goto(f"{named.address}/join#{card(people, 'squad21a', 'station')}")
    named.tap("はい、そうです")
    found["joining"] = faults(page)
    named.tap("指紋や顔ではじめる（パスキー）")
    expect(page.get_by_role("navigation")).to_be_visible()
    named.open("#/passkeys")
    expect(page.locator("[id^=key-]").first).to_be_visible()
    found["passkeys"] = faults(page)
    named.tap(page.locator("[id^=key-]").filter(has_text="外す"))
    found["removing one"] = faults(page)
    named.tap(page.get_by_role("dialog").get_by_role("button", name="外す"))
    expect(page.get_by_role("alert")).to_contain_text("先にパスワードを決めるか")
    found["the only way in"] = faults(page)
    page.evaluate(PROOF)
    expect(page.get_by_role("button", name="指紋や顔で確かめる（パスキー）")).to_be_visible()
    found["a proof"] = faults(page)
    page.evaluate("() => import('/phone/keys/passkeys.js').then(one => one.toBeKept(Array(10).fill('8pch-qcxy-775r')))")
    found["codes"] = faults(page)
    named.open("#/password")
    expect(page.get_by_label("新しいパスワード")).to_be_visible()
    found["a first password"] = faults(page)
    page.evaluate("() => import('/phone/api.js').then(api => api.signOut(true))")
    named.open()
    expect(page.get_by_label("ログインID")).to_be_visible()
    found["signing in"] = faults(page)
    assert {name: its for name, its in found.items() if its} == {}


def test_an_address_of_numbers_offers_no_passkeys(phone: Phone) -> None:
    phone.open()
    expect(phone.page.get_by_label("ログインID")).to_be_visible()
    assert phone.page.get_by_role("button", name="パスキー").count() == 0
