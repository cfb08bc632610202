"""What happens to phones: a new version of the app, no room left, an address without HTTPS."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Playwright, expect

from api import phone as served
from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, HANDSET, Phone
from tests.browser.phone.test_offline import WRITE
from tests.faults.phones import photograph

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]

FULL = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...said) {
    if (this.name === "kept") return put.apply(this, said);
    throw new DOMException("full", "QuotaExceededError");
  };
}"""
"""As a browser does when there is no room; until the page is loaded anew."""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "hose.jpg"
    path.write_bytes(photograph(Random(7)))
    return path


def write(phone: Phone, picture: Path | None = None) -> None:
    """A report of yesterday evening, up to the last look."""
    phone.tap("ほかの活動を報告する", "link")
    phone.tap("訓練 ポンプ操法や放水")
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    if picture:
        phone.page.locator("#photos").set_input_files(picture)
        expect(phone.page.get_by_alt_text("付けた写真 1")).to_be_visible()


def test_a_new_version_finds_the_draft(
    phone: Phone, people: People, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.sign_in("squad11a")
    phone.keeps_itself()
    write(phone, picture)
    before = phone.page.evaluate("() => caches.keys()")
    style = served.WEB / "phone/style.css"
    changed = style.read_bytes() + b"\nbody { border-top: 3px solid; }\n"
    served.files.cache_clear()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: changed if self == style else read(self))
    phone.page.evaluate("() => navigator.serviceWorker.getRegistration().then(one => one.update())")
    phone.until(f"() => caches.keys().then(now => now.length === 1 && now[0] !== '{before[0]}')")
    phone.page.reload()
    expect(phone.page.get_by_alt_text("付けた写真 1")).to_be_visible()
    assert phone.page.evaluate("() => getComputedStyle(document.body).borderTopWidth") == "3px"
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert len(people.reports_of("squad11a")[0]["attachments"]) == 1
    served.files.cache_clear()


def test_half_a_new_version_is_not_taken(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    phone.sign_in("squad12a")
    phone.keeps_itself()
    before = phone.page.evaluate("() => caches.keys()")
    worker = served.files()[served.WORKER]
    other = served.File(worker.body.replace(b'"version":"', b'"version":"x').replace(b"app.js\":\"", b"app.js\":\"x"), worker.media_type)  # fmt: skip
    monkeypatch.setitem(served.files(), served.WORKER, other)
    phone.page.evaluate(
        "() => navigator.serviceWorker.getRegistration().then(one => one.update()).catch(() => undefined)"
    )
    phone.until("() => navigator.serviceWorker.getRegistration().then(one => !one.installing && !one.waiting)")
    phone.context.set_offline(True)
    phone.page.reload()
    expect(phone.page.get_by_role("navigation")).to_be_visible()
    assert before[0] in phone.page.evaluate("() => caches.keys()")


def test_a_full_phone_says_so_and_loses_nothing(phone: Phone, people: People, picture: Path) -> None:
    phone.sign_in("squad11b")
    write(phone)
    phone.page.evaluate(FULL)
    phone.page.locator("#photos").set_input_files(picture)
    expect(phone.page.get_by_role("alert").filter(has_text="この電話の空きが足りません。")).to_be_visible()
    phone.tap("提出する")
    expect(phone.page.get_by_role("alert").filter(has_text="この電話の空きが足りません。")).to_have_count(2)
    phone.page.reload()
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert len(people.reports_of("squad11b")) == 1


def test_what_was_refused_is_not_taken_back_without_room_for_it(phone: Phone, people: People) -> None:
    phone.sign_in("squad11-deputy")
    body = make.body(people.town.city, "K1-1-1", "squad11-deputy") | {"place": "長" * 101}
    phone.page.evaluate(WRITE, [[body], []])
    phone.open("#/queue")
    expect(phone.page.get_by_role("button", name="直す", exact=True)).to_be_visible()
    phone.page.evaluate(FULL.replace('=== "kept"', '!== "kept" || said[1] !== "draft"'))
    phone.tap(phone.page.get_by_role("button", name="直す", exact=True))
    expect(phone.page.get_by_role("alert").filter(has_text="この電話の空きが足りません。")).to_be_visible()
    assert [item["id"] for item in phone.kept("queue")] == [body["id"]]
    phone.page.reload()
    phone.tap(phone.page.get_by_role("button", name="直す", exact=True))
    expect(phone.page).to_have_url(f"{phone.address}/phone/#/new/check")
    assert phone.kept("queue") == []


def test_corrections_of_two_reports_are_begun_side_by_side(phone: Phone, people: People) -> None:
    places = {30: "倉庫の前", 40: "河川敷"}
    there = [people.report("squad11b", hours_ago(hours), place=place) for hours, place in places.items()]
    for report in there:
        people.returns(report, "/place")
    phone.sign_in("squad11b")
    field = phone.page.locator("#place")
    for report in there:
        phone.open(f"#/fix/{report['id']}")
        expect(field).to_have_value(report["place"])  # the screen before it stays until this one is made
        field.fill(f"倉庫 {report['number']}")
    for report in there:
        phone.open(f"#/fix/{report['id']}")
        expect(field).to_have_value(f"倉庫 {report['number']}")
    phone.tap("直して提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    phone.open(f"#/fix/{there[0]['id']}")
    expect(phone.page.locator("#place")).to_have_value(f"倉庫 {there[0]['number']}")
    assert "changes" in str(phone.kept("kept"))
    phone.page.evaluate("() => import('/phone/api.js').then(({ signOut }) => signOut(true))")
    assert "changes" not in str(phone.kept("kept"))


def test_an_address_without_https_works_with_a_signal(
    playwright: Playwright, town: Town, people: People, picture: Path
) -> None:
    rule = "--host-resolver-rules=MAP brigade.test 127.0.0.1"
    with playwright.chromium.launch(executable_path=CHROMIUM, args=[rule]) as browser:
        phone = Phone(f"http://brigade.test:{town.port}", browser.new_context(**HANDSET))
        phone.sign_in("squad12b")
        assert (
            phone.page.evaluate("() => [isSecureContext, 'serviceWorker' in navigator, Boolean(crypto.subtle)]")
            == [False] * 3
        )
        write(phone, picture)
        phone.page.reload()
        phone.tap("提出する")
        expect(phone.page.get_by_text("届きました。")).to_be_visible()
        assert phone.complaints == []
    assert len(people.reports_of("squad12b")[0]["attachments"]) == 1
