"""Every screen of the phone app: axe finds nothing, light and dark; fingers hit; nothing scrolls sideways; focus is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, expect

from tests import make
from tests.browser.phone.conftest import People, Town, hours_ago
from tests.browser.phone.handset import CHROMIUM, HANDSET, Phone
from tests.browser.phone.looking import focus_is_lost, sideways, small_targets, violations
from tests.browser.phone.test_offline import WRITE, bodies
from tests.faults.phones import photograph

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
NARROW = {"width": 320, "height": 640}
FIXED = """() => [...document.querySelectorAll("*")].filter(one => one.tagName !== "DIALOG" && ["fixed", "sticky"].includes(getComputedStyle(one).position))
  .reduce((sum, one) => sum + one.getBoundingClientRect().height, 0) / innerHeight"""
BIG = "async () => { const { change } = await import('/phone/settings.js'); await change({ size: 200 }); }"
IN_LANGUAGE = (
    "async language => { const { change } = await import('/phone/settings.js'); await change({ lang: language }); }"
)
GRID = """() => ({
  sizes: [".days .number", ".days .weekday"].map(one => parseFloat(getComputedStyle(document.querySelector(one)).fontSize)),
  spilt: [...document.querySelectorAll(".days .number, .days .weekday")].filter(one => {
    const [{ width, height }, cell] = [one.getBoundingClientRect(), one.closest(".day, .weekday").getBoundingClientRect()];
    return width > cell.width || height > 2 * parseFloat(getComputedStyle(one).fontSize);
  }).map(one => one.outerHTML),
})"""
MAY_BE_ASKED = "() => Object.defineProperty(Notification, 'permission', { get: () => 'default' })"
CHANGE_HANDS = """async () => {
  const { signOut } = await import('/phone/api.js');
  await signOut(true);
}"""
ASK_PASSWORD = """async () => {
  const { proofAsked } = await import('/phone/keys/proof.js');
  await proofAsked(document.querySelector("main > div"), async () => undefined);
}"""

REFUSED = """async (bytes) => {
  const store = await import("/phone/store.js");
  const [id, owner, data] = [crypto.randomUUID(), await store.kept("owner"), new Uint8Array(bytes).buffer];
  const detail = "JPEG、PNG、WebPの写真を選んでください。";
  const photos = [1, 2].map(() => ({ id: crypto.randomUUID(), report_id: id, member_id: owner, data, sha256: "", sent: false, upload: null, refused: detail }));
  await store.write((change) => {
    for (const photo of photos) change.put("photos", photo.id, photo);
    change.put("queue", id, { id, member_id: owner, kind: "report", made_at: Date.now(), label: "放水訓練", day: "2026-11-08", body: {}, photo_ids: photos.map(one => one.id), sent: true, problem: { code: "wrong-media-type", status: 415, detail } });
  });
  return [id, ...photos.map(one => one.id)];
}"""
TAKEN_AWAY = """async ([id, ...photos]) => {
  const store = await import("/phone/store.js");
  await store.write((change) => { change.drop("queue", id); for (const one of photos) change.drop("photos", one); });
}"""


class Tour:
    """From screen to screen, each with something on it."""

    def __init__(self, phone: Phone, people: People, folder: Path) -> None:
        self.phone, self.people, self.page = phone, people, phone.page
        self.picture = folder / "hose.jpg"
        self.picture.write_bytes(photograph(Random(5), size=(320, 240)))

    def screens(self) -> Iterator[str]:
        """The names of the screens, each while it is shown."""
        page, phone = self.page, self.phone
        phone.open()
        expect(page.get_by_label("ログインID")).to_be_visible()
        yield "signing in"
        phone.tap("ログインする")
        expect(page.get_by_role("alert")).to_be_visible()
        yield "signing in without a login"
        phone.open("#/join")
        yield "joining"
        phone.sign_in("squad11a")
        yield "home"
        yield from self.event()
        yield from self.report()
        yield from self.fix()
        yield from self.waiting()
        phone.open("#/record")
        expect(page.get_by_text("出動報酬")).to_be_visible()
        yield "record"
        phone.open("#/settings")
        expect(page.get_by_role("button", name="ログアウトする")).to_be_visible()
        yield "settings"
        phone.tap("ログアウトする")
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "the question about what waits"
        phone.tap("やめる")
        yield from self.seldom()
        phone.open("#/settings")
        phone.tap("使い方", "link")
        yield "help"
        yield from self.leader()

    def leader(self) -> Iterator[str]:
        """What a squad leader has besides."""
        page, phone = self.page, self.phone
        page.evaluate(CHANGE_HANDS)
        phone.sign_in("squad11")
        yield "a leader's home"
        phone.open("#/inbox")
        expect(page.get_by_role("heading", name="気になる所のないもの")).to_be_visible()
        yield "waiting for approval"
        phone.tap(page.get_by_role("button", name="まとめて承認する…").last)
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "the question before approving many"
        phone.tap("やめる")
        phone.open("#/undo")
        expect(page.get_by_role("button", name="元に戻す").first).to_be_visible()
        yield "taking back"
        phone.open("#/inbox")
        expect(page.locator("#to-undo")).to_be_visible()
        yield "waiting for approval, with something to take back"
        page.evaluate(ASK_PASSWORD)
        expect(page.get_by_role("button", name="確かめて進む")).to_be_visible()
        yield "the password before an important step"
        phone.tap(page.locator("[id^=look-]").first)
        expect(page.get_by_role("button", name="承認する")).to_be_visible()
        yield "a report to decide on"
        phone.tap("差し戻す…", "link")
        expect(page.get_by_role("group", name="直すところ")).to_be_visible()
        phone.tap("差し戻す")
        yield "returning, with nothing said"
        phone.open()
        page.locator("[id^=roster-]").first.tap()
        expect(page.get_by_text("出ていない人の印を取ってください。")).to_be_visible()
        yield "the roster"

    def seldom(self) -> Iterator[str]:
        """What is seldom opened."""
        page, phone = self.page, self.phone
        phone.open("#/notices")
        expect(page.get_by_role("link", name="見る").first).to_be_visible()
        yield "notices"
        page.evaluate(MAY_BE_ASKED)
        phone.tap(page.get_by_role("navigation").get_by_role("link", name="設定"))
        phone.tap("お知らせの受け取り方", "link")
        expect(page.get_by_role("button", name="この電話で受け取る")).to_be_visible()
        yield "how notices come"
        phone.open("#/devices")
        phone.tap(page.get_by_role("button", name="ログアウトさせる").first)
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "signing out a lost phone"
        phone.tap("やめる")
        yield "devices"
        if not self.people.ask("squad11a", "GET", "/me/data-requests")["items"]:
            self.people.ask("squad11a", "POST", "/me/data-requests", {"kind": "correct", "words": "読みがちがいます。"})
        phone.open("#/requests")
        expect(page.get_by_role("button", name="取り下げる")).to_be_visible()
        phone.tap("事務局に請求する")
        expect(page.get_by_role("alert")).to_be_visible()
        yield "what one asks about one's data"
        self.people.ask("squad11a", "DELETE", "/me/calendar-feed")
        phone.open("#/calendar")
        phone.tap("アドレスを作る")
        expect(page.get_by_label("カレンダーのアドレス")).to_be_visible()
        phone.tap("アドレスをコピーする")
        expect(page.get_by_text("コピーしました。")).to_be_visible()
        yield "the calendar's address, made and copied"
        page.reload()
        phone.tap("新しいアドレスを作る")
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "the question before another address"
        phone.tap("やめる")
        yield "the calendar has an address"
        phone.tap("アドレスを止める")
        phone.tap(page.get_by_role("dialog").get_by_role("button", name="止める", exact=True))
        expect(page.get_by_text("アドレスを止めました。")).to_be_visible()
        yield "the address is stopped"
        phone.tap(page.get_by_role("main").get_by_role("link", name="もどる"))
        phone.tap("予定をカレンダーに入れる", "link")
        expect(page.get_by_role("button", name="アドレスを作る")).to_be_visible()
        yield "the calendar without an address"
        phone.open("#/passkeys")
        expect(page.get_by_text("パスキーを作れません")).to_be_visible()
        yield "no passkeys here"
        phone.open("#/password")
        phone.tap("このパスワードにする")
        expect(page.get_by_role("alert")).to_be_visible()
        yield "another password"
        phone.open(f"#/record/{hours_ago(60):%Y-%m}")  # of that report, also on the first days of a month
        phone.tap(page.locator("[id^=dispute-]").first)
        phone.tap("消防署に申し出る")
        expect(page.get_by_role("alert")).to_be_visible()
        yield "something is wrong"

    def event(self) -> Iterator[str]:
        """Taking part."""
        self.page.locator("[id^=went-]").first.tap()
        yield "event"
        self.phone.tap("時刻がちがう")
        yield "event with other times"
        self.phone.tap("もどる", "link")

    def report(self) -> Iterator[str]:
        """A new report."""
        page, phone = self.page, self.phone
        phone.tap("ほかの活動を報告する", "link")
        yield "which kind"
        phone.tap("故障・修理")
        yield "when"
        phone.tap("ほかの日")
        yield "when, another day"
        phone.tap("つぎへ")
        yield "who"
        phone.tap("つぎへ")
        phone.tap(page.locator("summary"))
        yield "what"
        phone.tap("つぎへ")
        yield "what, with something missing"
        page.get_by_label("こわれた物").fill("ホース")
        phone.tap("一部使えない", "radio")
        phone.tap("つぎへ")
        page.locator("#photos").set_input_files(self.picture)
        expect(page.get_by_alt_text("付けた写真 1")).to_be_visible()
        yield "check"
        phone.tap("あとで出す")
        expect(page.get_by_text("書きかけの報告があります")).to_be_visible()
        yield "home with a draft"
        phone.open("#/copy")
        expect(page.locator("[id^=copy-]").first).to_be_visible()
        yield "which earlier report"
        phone.tap(page.locator("[id^=copy-]").first)
        expect(page.get_by_role("dialog")).to_be_visible()
        yield "the question before a draft is replaced"
        phone.tap("消す")
        expect(page.get_by_text("の報告から写しました。")).to_be_visible()
        yield "check, of an earlier report"
        phone.open()
        expect(page.get_by_text("書きかけの報告があります")).to_be_visible()

    def fix(self) -> Iterator[str]:
        """A returned report with every field remarked."""
        self.page.locator("[id^=returned-]").tap()
        expect(self.page.get_by_role("button", name="直して提出する")).to_be_visible()
        yield "correction"
        self.phone.tap("もどる", "link")

    def waiting(self) -> Iterator[str]:
        """What waits, with and without a reason."""
        taken, free = bodies(self.people, "squad11a", 2)
        self.page.evaluate(WRITE, [[taken | {"started_at": taken["ended_at"], "ended_at": taken["started_at"]}], []])
        expect(self.page.locator("#line a")).to_have_count(1)
        self.phone.context.set_offline(True)
        self.page.evaluate(WRITE, [[free], []])
        self.phone.open(f"#/sent/{free['id']}")
        expect(self.page.get_by_text("電波が届かないため")).to_be_visible()
        yield "kept on the phone"
        self.phone.tap(self.page.get_by_role("navigation").get_by_role("link", name="送信待ち"))
        expect(self.page.get_by_role("main").get_by_text("受け付けられませんでした")).to_be_visible()
        yield "waiting, one refused"
        self.phone.context.set_offline(False)
        self.page.evaluate("() => dispatchEvent(new Event('online'))")
        expect(self.page.get_by_role("main").get_by_text("受け付けられませんでした").first).to_be_visible()
        yield from self.refused()

    def refused(self) -> Iterator[str]:
        """A report that is there, of which two pictures were not taken."""
        made = self.page.evaluate(REFUSED, list(self.picture.read_bytes()))
        self.phone.open("#/settings")
        self.phone.open("#/queue")
        expect(self.page.get_by_role("link", name="写真をどうするか決める")).to_be_visible()
        yield "waiting, pictures refused"
        self.phone.tap("写真をどうするか決める", "link")
        expect(self.page.get_by_alt_text("受け付けられなかった写真 2")).to_be_visible()
        yield "pictures that were not taken"
        (none := self.picture.with_suffix(".heic")).write_bytes(b"no picture")
        self.page.get_by_label("ほかの写真を選ぶ").first.set_input_files(none)
        expect(self.page.get_by_role("alert")).to_be_visible()
        yield "pictures that were not taken, and another that cannot be read"
        self.page.get_by_label("ほかの写真を選ぶ").first.set_input_files(self.picture)
        expect(self.page.get_by_label("ほかの写真を選ぶ")).to_have_count(1)
        yield "pictures that were not taken, one replaced"
        self.page.evaluate(TAKEN_AWAY, made)


@pytest.fixture
def evening(people: People) -> None:
    """Something for every screen: events, a confirmed report by somebody else, one that was returned."""
    if people.reports_of("squad11a"):
        return
    people.event(hours_ago(3))
    people.event(hours_ago(-48), "歳末警戒")
    every = [
        "/started_at",
        "/ended_at",
        "/kind",
        "/participants",
        "/place",
        "/summary",
        "/details/drill_type",
        "/attachment_ids",
    ]
    people.returns(people.report("squad11a", hours_ago(30)), *every)
    people.report("squad11b", hours_ago(90))
    people.report("squad11b", hours_ago(114))
    for hours in (140, 170):
        people.approves("squad11", people.report("squad11b", hours_ago(hours)))
    people.report("squad11", hours_ago(60), participants=[{"member_id": str(people.town.city.member_id("squad11a"))}])


@pytest.mark.usefixtures("evening")
def test_every_screen_is_for_everybody(phone: Phone, people: People, tmp_path: Path) -> None:
    found: dict[str, list[object]] = {}
    for name in Tour(phone, people, tmp_path).screens():
        faults = [*violations(phone.page), *small_targets(phone.page)]
        faults += ["sideways"] * (sideways(phone.page) > 0) + ["focus is lost"] * focus_is_lost(phone.page)
        if faults:
            found[name] = faults
    assert found == {}


@pytest.mark.usefixtures("evening")
def test_the_largest_text_on_the_smallest_screen(town: Town, browser: Browser, people: People, tmp_path: Path) -> None:
    context = browser.new_context(**(HANDSET | {"viewport": NARROW}))
    phone = Phone(f"http://127.0.0.1:{town.port}", context)
    phone.open()
    phone.page.evaluate(BIG)
    found: dict[str, list[object]] = {}
    for name in Tour(phone, people, tmp_path).screens():
        faults = [*small_targets(phone.page), *(["sideways"] * (sideways(phone.page) > 0))]
        faults += ["bars"] * (phone.page.evaluate(FIXED) > 0.25)
        if faults:
            found[name] = faults
    context.close()
    assert found == {}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_days_of_a_month_grow_with_the_text(phone: Phone, language: str) -> None:
    phone.sign_in("squad12a")
    phone.page.set_viewport_size(NARROW)
    phone.page.evaluate(IN_LANGUAGE, language)
    phone.open("#/record")
    phone.page.reload()
    expect(phone.page.locator(".days .number").first).to_be_visible()
    before = phone.page.evaluate(GRID)
    phone.page.evaluate(BIG)
    phone.page.reload()
    expect(phone.page.locator(".days .number").first).to_be_visible()
    after = phone.page.evaluate(GRID)
    assert [size / was for size, was in zip(after["sizes"], before["sizes"], strict=True)] == [2.0, 2.0]
    assert (after["spilt"], sideways(phone.page)) == ([], 0)


def test_english_and_without_readings(phone: Phone) -> None:
    phone.sign_in("squad12a", make.PASSWORD)
    phone.open("#/settings")
    expect(phone.page.locator("rt").first).to_be_attached()
    phone.tap("付けない", "radio")
    expect(phone.page.locator("rt")).to_have_count(0)
    expect(phone.page.get_by_role("radio", name="付けない")).to_be_focused()
    phone.tap("English", "radio")
    expect(phone.page.get_by_role("heading", name="Settings")).to_be_visible()
    assert phone.page.evaluate("() => document.documentElement.lang") == "en"
    phone.page.reload()
    expect(phone.page.get_by_role("button", name="Sign out")).to_be_visible()
    assert violations(phone.page) == []


@pytest.mark.usefixtures("evening")
def test_a_card_that_is_put_away_does_not_take_the_focus_along(phone: Phone) -> None:
    phone.sign_in("squad11b")
    phone.page.locator("[id^=away-]").first.tap()
    expect(phone.page.get_by_text("出ていない行事 1件")).to_be_visible()
    assert not focus_is_lost(phone.page)
    phone.tap(phone.page.locator("summary"))
    phone.tap("やはり出ました")
    expect(phone.page.get_by_role("button", name="提出する")).to_be_visible()
