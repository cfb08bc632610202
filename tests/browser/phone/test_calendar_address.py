"""The calendar's address on the phone: made, copied, fetched by a calendar program, made anew, stopped, and kept nowhere."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Playwright, Route, expect

from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, HANDSET, Phone
from tests.browser.phone.looking import violations

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
CACHED = """async () => {
  const caches_ = await Promise.all((await caches.keys()).map(name => caches.open(name)));
  const answers = await Promise.all(caches_.map(async one => Promise.all((await one.matchAll()).map(answer => answer.text()))));
  return answers.flat().join();
}"""
PLACE_TO_PASTE = "() => document.querySelector('main').append(Object.assign(document.createElement('textarea'), { id: 'pasted', ariaLabel: 'x' }))"


@pytest.fixture(autouse=True)
def found_where_it_says(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server knows under which address it is found, as a deployed one does."""
    settings = replace(town.app.config["BRIGADE"], base_url=f"http://127.0.0.1:{town.port}")
    monkeypatch.setitem(town.app.config, "BRIGADE", settings)


@pytest.fixture
def phone(town: Town, browser: Browser) -> Iterator[Phone]:
    """A phone whose clipboard may be looked at."""
    context = browser.new_context(**HANDSET, permissions=["clipboard-read", "clipboard-write"])
    phone = Phone(f"http://127.0.0.1:{town.port}", context)
    yield phone
    context.close()
    assert phone.complaints == []


def fetched(address: str) -> Calendar | int:
    """What a calendar program is answered, which does not sign in; the status where it is refused."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return Calendar.from_ical(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code


def titles(address: str) -> list[str]:
    found = fetched(address)
    assert isinstance(found, Calendar)
    return sorted(str(entry["summary"]) for entry in found.walk("VEVENT"))


def made(phone: Phone, button: str = "アドレスを作る") -> str:
    """A first address, as it stands on the screen."""
    phone.tap(button)
    expect(phone.page.locator("#address")).to_be_visible()
    return phone.page.locator("#address").input_value()


def test_it_is_found_at_home_copied_and_answers_with_what_ones_unit_is_called_to(phone: Phone, people: People) -> None:
    people.event(hours_ago(-50), "歳末警戒")
    people.event(hours_ago(-52), "隣の班の訓練", unit_ids=[str(people.town.city.unit_id("K1-1-2"))])
    phone.sign_in("squad11a")
    phone.tap("予定をカレンダーに入れる", "link")
    main = phone.page.get_by_role("main")
    expect(main).to_contain_text("自分の班や分団などが呼ばれている行事")
    expect(main).to_contain_text("行事の名前・日時・場所だけです")
    expect(main).to_contain_text("ほかの人に教えないでください")
    expect(main).to_contain_text("パソコンでこのアプリを開き")  # Android takes no calendar by a link
    address = made(phone)
    expect(phone.page.get_by_text("いまだけ表示します")).to_be_visible()
    assert phone.taps == 2
    phone.tap("アドレスをコピーする")
    expect(phone.page.get_by_text("コピーしました。")).to_be_in_viewport()
    assert phone.page.evaluate("() => navigator.clipboard.readText()") == address
    assert titles(address) == ["歳末警戒"]
    found = fetched(address)
    assert isinstance(found, Calendar)
    assert "団員" not in found.to_ical().decode()
    expect(phone.page.locator("[href^=webcal]")).to_have_count(0)


def test_it_is_shown_once_and_kept_nowhere(phone: Phone, people: People) -> None:
    phone.sign_in("squad11b")
    phone.keeps_itself()
    phone.open("#/settings")
    phone.tap("予定をカレンダーに入れる", "link")
    address = made(phone)
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert secret in phone.page.content() + address
    phone.page.reload()
    expect(phone.page.get_by_text("アドレスを作りました。")).to_be_visible()
    expect(phone.page.get_by_text("まだ、どのカレンダーも読んでいません。")).to_be_visible()
    kept = json.dumps([phone.kept(place) for place in ("kept", "queue", "photos", "known")])
    assert secret not in phone.page.content() + kept + str(phone.page.evaluate(CACHED))
    assert titles(address) == titles(address)
    phone.page.reload()
    expect(phone.page.get_by_text("カレンダーが最後に読んだ日：")).to_be_visible()


def test_a_new_one_ends_the_old_one_and_it_can_be_stopped(phone: Phone) -> None:
    phone.sign_in("squad12a")
    phone.open("#/calendar")
    old = made(phone)
    phone.open("#/settings")
    phone.tap("予定をカレンダーに入れる", "link")
    phone.tap("新しいアドレスを作る")
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("すぐに使えなくなります")
    phone.tap(dialog.get_by_role("button", name="やめる"))
    assert fetched(old) != 404  # nothing was done yet
    phone.tap("新しいアドレスを作る")
    new = made(phone, "新しく作る")
    assert (fetched(old), fetched(new) == 404) == (404, False)
    phone.page.reload()
    phone.tap("アドレスを止める")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="止める", exact=True))
    expect(phone.page.get_by_role("status").filter(has_text="アドレスを止めました。")).to_be_focused()
    assert fetched(new) == 404
    phone.open("#/settings")
    phone.tap("予定をカレンダーに入れる", "link")
    expect(phone.page.get_by_role("button", name="アドレスを作る")).to_be_visible()


def test_an_address_that_comes_late_is_not_drawn_over_another_screen(phone: Phone) -> None:
    phone.sign_in("squad12")
    phone.open("#/calendar")
    held: list[Route] = []
    button = phone.page.get_by_role("button", name="アドレスを作る")
    expect(button).to_be_visible()
    phone.page.route("**/me/calendar-feed", lambda route: held.append(route))
    with phone.page.expect_request("**/me/calendar-feed"):
        phone.tap(button)
    phone.tap(phone.page.get_by_role("navigation").get_by_role("link", name="ホーム"))
    expect(phone.page.get_by_role("link", name="ほかの活動を報告する")).to_be_visible()
    with phone.page.expect_response("**/me/calendar-feed"):
        held[0].continue_()
    phone.page.wait_for_timeout(200)
    expect(phone.page.get_by_role("link", name="ほかの活動を報告する")).to_be_visible()
    expect(phone.page.locator("#address")).to_have_count(0)


def test_by_keyboard_the_address_comes_after_its_message_then_the_button(phone: Phone) -> None:
    phone.sign_in("squad12b")
    phone.open("#/calendar")
    address = made(phone)
    expect(phone.page.get_by_role("status").filter(has_text="アドレスができました。")).to_be_focused()
    phone.page.keyboard.press("Tab")
    expect(phone.page.get_by_label("カレンダーのアドレス")).to_be_focused()
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_role("status").get_by_text("コピーしました。")).to_be_visible()
    assert phone.page.evaluate("() => navigator.clipboard.readText()") == address


def test_an_iphone_opens_its_own_calendar(town: Town, browser: Browser) -> None:
    context = browser.new_context(**(HANDSET | {"user_agent": IPHONE}))
    phone = Phone(f"http://127.0.0.1:{town.port}", context)
    phone.sign_in("squad21a")
    phone.open("#/calendar")
    address = made(phone)
    link = phone.page.get_by_role("link", name="カレンダーを開いて入れる")
    assert link.get_attribute("href") == address.replace("http://", "webcal://")
    expect(phone.page.get_by_text("「照会」や「追加」")).to_be_visible()
    expect(phone.page.get_by_text("パソコンでこのアプリを開き")).to_have_count(0)
    context.close()
    assert phone.complaints == []


def test_a_page_that_is_not_secure_copies_too(town: Town, playwright: Playwright) -> None:
    with playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--host-resolver-rules=MAP town.test 127.0.0.1"]
    ) as browser:
        phone = Phone(f"http://town.test:{town.port}", browser.new_context(**HANDSET))
        phone.sign_in("squad21b")
        phone.open("#/calendar")
        assert phone.page.evaluate("() => [isSecureContext, 'clipboard' in navigator]") == [False, False]
        address = made(phone)
        phone.tap("アドレスをコピーする")
        expect(phone.page.get_by_text("コピーしました。")).to_be_visible()
        phone.page.evaluate(PLACE_TO_PASTE)
        phone.page.locator("#pasted").focus()
        phone.page.keyboard.press("Control+V")
        expect(phone.page.locator("#pasted")).to_have_value(address)
        assert phone.complaints == []


def test_in_english_and_without_a_signal(phone: Phone) -> None:
    phone.sign_in("squad22a")
    phone.open("#/settings")
    phone.tap("English", "radio")
    phone.tap("Events in my calendar", "link")
    expect(phone.page.get_by_text("Please do not pass it on.")).to_be_visible()
    made(phone, "Make an address")
    phone.tap("Copy the address")
    expect(phone.page.get_by_text("Copied.")).to_be_visible()
    assert violations(phone.page) == []
    phone.open("#/settings")
    phone.tap("Events in my calendar", "link")
    expect(phone.page.get_by_role("button", name="Stop the address")).to_be_visible()
    phone.context.set_offline(True)
    phone.tap("Stop the address")
    phone.tap("Stop it")
    expect(phone.page.get_by_role("alert")).to_contain_text("No signal.")
    phone.context.set_offline(False)
    phone.tap("Make a new address")
    made(phone, "Make a new one")


def test_whoever_is_led_there_and_has_to_sign_in_arrives_there(phone: Phone) -> None:
    """As from the console, on a browser where the phone's pages were never opened."""
    phone.open("#/calendar")
    phone.page.get_by_label("ログインID").fill("squad22b")
    phone.page.get_by_label("パスワード", exact=True).fill(make.PASSWORD)
    phone.tap("ログインする")
    expect(phone.page.get_by_role("button", name="アドレスを作る")).to_be_visible()
