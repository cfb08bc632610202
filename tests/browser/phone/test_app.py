"""The phone app as a thing: small, installable, opened by a card, and holding no more than it should (S-15)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from api import phone as served
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone, lasting

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
LARGEST = 60 * 1024
KEPT = "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat()"
PASSWORD = "まとい かかげる 朝の川 自転車"


def test_the_whole_app_is_small(phone: Phone) -> None:
    files = [file.body for name, file in served.files().items() if not name.startswith(served.LATER)]
    assert sum(min(len(body), len(gzip.compress(body, 6))) for body in files) <= LARGEST
    for part in served.LATER:
        its = [file.body for name, file in served.files().items() if name.startswith(part)]
        assert sum(min(len(body), len(gzip.compress(body, 6))) for body in its) <= LARGEST / 6
    hosts: set[str] = set()
    phone.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    phone.open()
    expect(phone.page.get_by_label("ログインID")).to_be_visible()
    phone.keeps_itself()
    assert hosts == {phone.address.removeprefix("http://")}


def test_what_is_for_leaders_comes_to_leaders_alone(phone: Phone, people: People) -> None:
    phone.sign_in("squad22a")
    phone.keeps_itself()
    assert [path for path in phone.page.evaluate(KEPT) if "/leader/" in path] == []
    phone.open("#/settings")
    phone.tap("ログアウトする")
    expect(phone.page.get_by_label("ログインID")).to_be_visible(timeout=10_000)
    phone.sign_in("squad22")
    of_leaders = sum(name.startswith("leader/") for name in served.files()) - 1  # the words of one language
    phone.until(f"async () => (await ({KEPT})()).filter(path => path.includes('/leader/')).length >= {of_leaders}")
    phone.context.set_offline(True)
    phone.open("#/inbox")
    expect(phone.page.get_by_role("alert")).to_contain_text("電波が届きません")


def test_it_can_be_installed(playwright: Playwright, town: Town, tmp_path: Path) -> None:
    phone = Phone(f"http://127.0.0.1:{town.port}", lasting(playwright, tmp_path / "phone"))  # not incognito
    phone.open()
    phone.keeps_itself()
    devtools = phone.context.new_cdp_session(phone.page)
    assert devtools.send("Page.getAppManifest")["errors"] == []
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    phone.context.close()
    assert phone.complaints == []


def test_a_card_opens_it_and_one_is_in_after_four_taps(phone: Phone, people: People) -> None:
    member_id = people.town.city.member_id("squad22b")
    code = people.ask("squad22", "POST", f"/members/{member_id}/password-reset")["code"].replace(" ", "")
    phone.page.goto(f"{phone.address}/join#{code}")
    expect(phone.page.get_by_text("団員 squad22bさんですね。")).to_be_visible()
    assert code not in phone.page.url
    phone.tap("はい、そうです")
    phone.tap(phone.page.get_by_label("新しいパスワード"))
    phone.page.keyboard.insert_text("みじかい")
    phone.tap("決めてはじめる")
    expect(phone.page.get_by_role("alert")).to_contain_text("15文字以上")  # and the code stays good
    phone.page.get_by_label("新しいパスワード").fill(PASSWORD)
    phone.tap("決めてはじめる")
    expect(phone.page.get_by_role("navigation")).to_be_visible()
    assert phone.taps == 4
    assert phone.page.evaluate("() => import('/phone/store.js').then(store => store.kept('me'))")["member"][
        "id"
    ] == str(member_id)


def test_a_wrong_code_and_a_wrong_password_say_what_to_do(phone: Phone) -> None:
    phone.page.goto(f"{phone.address}/join")
    phone.page.get_by_label("招待の番号").fill("1234 5678 9012")
    phone.tap("つぎへ")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.open()
    phone.page.get_by_label("ログインID").fill("squad11a")
    phone.page.get_by_label("パスワード", exact=True).fill("wrong-password-123")
    phone.tap("ログインする")
    expect(phone.page.get_by_role("alert")).to_contain_text("ログイン")


def test_it_holds_ones_own_things_and_names_of_the_squad(phone: Phone, people: People) -> None:
    people.report("squad11", hours_ago(20), summary="秘密-ほかの人の報告")
    people.report(
        "squad11",
        hours_ago(24),
        summary="秘密-自分も出た",
        participants=[{"member_id": str(people.town.city.member_id("squad11a"))}],
    )
    mine = people.report("squad11a", hours_ago(28), summary="自分の報告")
    phone.sign_in("squad11a")
    phone.open("#/record")
    expect(phone.page.get_by_text("出動報酬")).to_be_visible()
    held = json.dumps([phone.kept(place) for place in ("kept", "queue", "photos", "known")], ensure_ascii=False)
    assert mine["id"] in held
    assert "自分の報告" in held
    assert [word for word in ("秘密", "団員 squad12a", "団員 squad11b", '"yen"') if word in held] == ["団員 squad11b"]
    caches = phone.page.evaluate(
        "() => caches.keys().then(names => Promise.all(names.map(name => caches.open(name).then(one => one.keys()))))"
    )
    addresses = phone.page.evaluate(KEPT)
    assert len(caches) == 1
    assert [path for path in addresses if not path.startswith("/phone/")] == []
    assert phone.page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_a_leaders_phone_keeps_nothing_of_what_was_looked_at(phone: Phone, people: People) -> None:
    """Of what waits for them they keep no word; when they sign out nothing is left but the app."""
    unit_id = str(people.town.city.unit_id("K1-2-1"))
    waits = people.report("squad21b", hours_ago(50), unit_id=unit_id, summary="秘密-班の報告", place="秘密の場所")
    phone.sign_in("squad21")
    phone.open("#/inbox")
    phone.tap(phone.page.locator(f"#look-{waits['id']}"))
    expect(phone.page.get_by_text("秘密-班の報告")).to_be_visible()
    phone.open("#/record")
    expect(phone.page.get_by_text("出動報酬")).to_be_visible()
    stores = ("kept", "queue", "photos", "known")
    held = json.dumps([phone.kept(place) for place in stores], ensure_ascii=False)
    assert [word for word in ("秘密", "団員 squad22a", "団員 squad11a", '"yen"') if word in held] == []
    assert "団員 squad21b" in held
    assert [path for path in phone.page.evaluate(KEPT) if not path.startswith("/phone/")] == []
    phone.open("#/settings")
    phone.tap("ログアウトする")
    expect(phone.page.get_by_label("ログインID")).to_be_visible(timeout=10_000)
    left = json.dumps([phone.kept(place) for place in stores], ensure_ascii=False)
    assert [word for word in ("秘密", "団員", "refresh", "access") if word in left] == []
    assert phone.page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_the_record_tells_who_entered_and_what_was_earned(phone: Phone, people: People) -> None:
    report = people.report("squad21", hours_ago(20), unit_id=str(people.town.city.unit_id("K1-2-1")), participants=[
        {"member_id": str(people.town.city.member_id(login))} for login in ("squad21", "squad21a")
    ])  # fmt: skip
    while report["state"] != "confirmed":
        leader = {"company": "company2", "brigade": "brigade", "station": "station"}[report["awaiting"]["level"]]
        report = people.ask(
            leader, "POST", f"/activity-reports/{report['id']}/approve", {}, If_Match=f'"{report["version"]}"'
        )
    phone.sign_in("squad21a")
    phone.tap(phone.page.get_by_role("navigation").get_by_role("link", name="これまで"))
    phone.open(f"#/record/{report['month']}")
    expect(phone.page.get_by_text("入力：団員 squad21", exact=True)).to_be_visible()
    expect(phone.page.get_by_text("署受領")).to_be_visible()
    expect(phone.page.locator(".sums dd").last).to_contain_text("円")
