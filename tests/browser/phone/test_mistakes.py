"""Who errs, or thinks again: nothing that was written goes without being asked, and what was sent can be taken away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import insert

from api.extensions import db
from brigade.db import new_id
from brigade.organisation.units import Vehicle
from tests import make
from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def begun(phone: Phone, kind: str = "D-01") -> None:
    """A report of a kind, as far as the question where it was."""
    phone.open("#/new")
    phone.tap(phone.page.locator(f"#kind-{kind}"))
    phone.tap("つぎへ")
    phone.tap("つぎへ")


def test_another_kind_keeps_all_that_was_written(phone: Phone, tmp_path: Path) -> None:
    phone.sign_in("squad11a")
    begun(phone)
    phone.page.get_by_label("場所").fill("潮見町3丁目")
    phone.page.get_by_text("くわしく書く").tap()
    phone.page.get_by_label("したこと").fill("待機した。")
    phone.tap("つぎへ")
    Image.new("RGB", (400, 300), "firebrick").save(tmp_path / "fire.jpg")
    phone.page.locator("#photos").set_input_files(tmp_path / "fire.jpg")
    expect(phone.page.get_by_role("img", name="付けた写真 1")).to_be_visible()
    phone.tap("活動を直す", "link")
    phone.tap(phone.page.locator("#kind-D-06"))
    for _ in range(3):
        phone.tap("つぎへ")
    for said in ("誤報・引返し", "潮見町3丁目", "待機した。"):
        expect(phone.page.get_by_role("definition").filter(has_text=said)).to_be_visible()
    expect(phone.page.get_by_role("img", name="付けた写真 1")).to_be_visible()


def test_what_was_begun_goes_only_when_one_says_so(phone: Phone) -> None:
    phone.sign_in("squad11a")
    begun(phone)
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-T-01"))
    expect(phone.page.get_by_role("dialog")).to_contain_text("書きかけの報告が、代わりに消えます。")
    phone.tap("やめる")
    phone.open("#/")
    expect(phone.page.get_by_text("書きかけの報告があります")).to_be_visible()
    phone.tap("消す")
    expect(phone.page.get_by_role("dialog")).to_contain_text("元に戻せません。")
    phone.tap("やめる")
    assert [one["kind"] for one in phone.kept("kept") if isinstance(one, dict) and "span" in one] == ["D-01"]
    phone.tap("消す")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="消す"))
    expect(phone.page.get_by_text("書きかけの報告があります")).to_have_count(0)


def test_a_double_tap_on_later_presses_nothing_at_home(phone: Phone, people: People) -> None:
    """There stand the cards of what was on: with one of them the same evening would be reported twice."""
    for n in range(4):
        people.event(hours_ago(5 + 3 * n), f"訓練{n}")
    phone.sign_in("squad11a")
    begun(phone, "T-01")
    phone.tap("つぎへ")
    later = phone.page.get_by_role("button", name="あとで出す")
    later.scroll_into_view_if_needed()
    box = later.bounding_box()
    assert box is not None
    for _ in range(2):
        phone.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        phone.page.wait_for_timeout(80)
    expect(phone.page.get_by_text("書きかけの報告があります")).to_be_visible()
    assert phone.page.evaluate("location.hash") == "#/"


def test_the_way_back_from_the_first_question_begins_nothing_anew(phone: Phone) -> None:
    phone.sign_in("squad11a")
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-T-01"))
    expect(phone.page.get_by_role("heading", name="いつですか")).to_be_visible()
    phone.page.go_back()
    phone.tap(phone.page.locator("#kind-D-01"))
    expect(phone.page.get_by_role("heading", name="いつですか")).to_be_visible()
    expect(phone.page.get_by_role("dialog")).to_have_count(0)
    expect(phone.page.locator(".crumbs")).to_have_text("火災")


def test_a_fire_is_not_at_the_usual_place_unless_one_says_so(phone: Phone) -> None:
    phone.sign_in("squad11a")
    begun(phone, "T-01")
    assert phone.page.get_by_role("textbox", name="場所").input_value() != ""
    phone.open("#/")
    phone.tap("消す")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="消す"))
    begun(phone)
    assert phone.page.get_by_role("textbox", name="場所").input_value() == ""


def test_a_number_that_cannot_be_is_told_at_once_and_by_its_name(phone: Phone) -> None:
    phone.sign_in("squad11a")
    begun(phone)
    phone.page.get_by_text("くわしく書く").tap()
    phone.page.get_by_label("延ばしたホース").fill("999")
    phone.page.get_by_role("button", name="つぎへ").tap()
    expect(phone.page.get_by_role("alert")).to_have_text("「延ばしたホース」は0から60までの数です。")
    expect(phone.page.get_by_role("alert")).to_be_focused()
    assert phone.page.get_by_label("延ばしたホース").input_value() == "999"
    phone.page.get_by_label("延ばしたホース").fill("9")
    phone.tap("つぎへ")
    phone.tap("延ばしたホースを直す", "link")
    phone.tap("つぎへ")
    expect(phone.page.get_by_role("button", name="提出する")).to_be_visible()


def test_an_end_that_is_still_to_come_is_told_before_it_is_sent(phone: Phone) -> None:
    phone.sign_in("squad22a")
    phone.context.set_offline(True)
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-D-01"))
    for end, hour, minute in (("start", "21", "0"), ("end", "20", "30")):
        phone.page.locator(f"#{end}-hour").select_option(hour)
        phone.page.locator(f"#{end}-minute").select_option(minute)
    for _ in range(3):
        phone.tap("つぎへ")
    expect(phone.page.get_by_text("23時間30分です。時刻を確かめてください。")).to_be_visible()
    phone.tap("提出する")
    expect(phone.page.get_by_role("alert")).to_contain_text("まだ来ていない日時です。")
    expect(phone.page.get_by_role("alert")).to_be_focused()
    assert phone.kept("queue") == []


def test_who_took_part_says_so_when_it_is_over(phone: Phone, people: People) -> None:
    event = people.event(hours_ago(1), "長い訓練")
    phone.sign_in("squad11b")
    phone.open(f"#/event/{event['id']}")
    phone.tap("提出する")
    expect(phone.page.get_by_role("alert")).to_contain_text("まだ来ていない日時です。")
    expect(phone.page.get_by_role("alert")).to_be_focused()
    assert phone.kept("queue") == []


def test_a_returned_report_is_not_put_right_with_an_end_to_come(phone: Phone, people: People) -> None:
    report = people.report("squad11a", hours_ago(3))
    people.returns(report, "/ended_at")
    phone.sign_in("squad11a")
    phone.tap(phone.page.locator(f"#returned-{report['id']}"))
    earlier = str((int(report["started_at"][11:13]) - 1) % 24)
    phone.page.locator("#end-hour").select_option(earlier)
    phone.tap("直して提出する")
    expect(phone.page.get_by_role("alert")).to_contain_text("まだ来ていない日時です。")


def test_what_was_refused_is_said_above_every_screen_as_nothing_that_waits(phone: Phone, people: People) -> None:
    start = hours_ago(30)
    people.report("squad22b", start, unit_id=str(people.town.city.unit_id("K1-2-2")))
    phone.sign_in("squad22b")
    phone.keeps_itself()
    phone.page.evaluate(
        """async ([start, unit]) => {
  const { enqueue } = await import("/phone/queue.js");
  const { kept } = await import("/phone/store.js");
  const [id, me] = [crypto.randomUUID(), await kept("me")];
  const ended_at = new Date(Date.parse(start) + 3600000).toISOString();
  const body = { id, kind: "D-01", unit_id: unit, event_id: null, started_at: start, ended_at, place: "", summary: "", details: {},
    participants: [{ member_id: me.member.id, role: "member" }], attachment_ids: [], submit: true };
  await enqueue({ id, member_id: me.member.id, kind: "report", made_at: Date.now(), label: "火災", day: start.slice(0, 10), body,
    photo_ids: [], sent: false, problem: null });
}""",
        [start.isoformat(), str(people.town.city.unit_id("K1-2-2"))],
    )
    refused = phone.page.get_by_role("link", name="受け付けられませんでした")
    expect(refused).to_be_visible()
    expect(phone.page.get_by_role("link", name="送信待ち 1件（")).to_have_count(0)
    phone.tap(refused)
    expect(phone.page.get_by_role("button", name="直す")).to_be_visible()


def test_what_was_over_at_once_is_asked_about_before_and_after_it_is_sent(phone: Phone, people: People) -> None:
    phone.sign_in("squad21b")
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-T-01"))
    phone.tap("きのう")
    for end, minute in (("start", "0"), ("end", "5")):
        phone.page.locator(f"#{end}-hour").select_option("6")
        phone.page.locator(f"#{end}-minute").select_option(minute)
    for _ in range(3):
        phone.tap("つぎへ")
    expect(phone.page.get_by_text("5分です。時刻を確かめてください。")).to_be_visible()
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    expect(phone.page.get_by_text("よければ、このままでかまいません。")).to_be_visible()
    expect(phone.page.get_by_text("活動が15分より短くなっています。")).to_be_visible()
    phone.tap("報告を見る・取り下げる", "link")
    expect(phone.page.get_by_text("活動が15分より短くなっています。")).to_be_visible()
    expect(phone.page.get_by_role("link", name="取り下げる…")).to_be_visible()
    [made] = [one for one in people.reports_of("squad21b") if one["started_at"][11:16] == "06:00"]
    assert (made["state"], [one["code"] for one in made["warnings"]]) == ("in_review", ["short-activity"])


def test_who_decides_on_a_phone_reads_the_vehicle_and_what_is_doubtful_of_it(phone: Phone, people: People) -> None:
    start, car = hours_ago(50), {"id": new_id(), "code": "P7", "name": "第1ポンプ車", "valid_from": make.SINCE}
    with people.town.app.app_context():
        where = {"bureau_id": people.town.city.bureau_id, "unit_id": people.town.city.unit_id("K1-1")}
        db.session.execute(insert(Vehicle).values(**car, **where))
        db.session.commit()
    ridden = {"vehicle_ids": [str(car["id"])]}
    one = people.report("squad11b", start, **ridden)
    other = people.report("squad12b", start, unit_id=str(people.town.city.unit_id("K1-1-2")), **ridden)
    people.approves("squad11", one)
    phone.sign_in("company1")
    phone.open(f"#/look/{one['id']}")
    expect(phone.page.get_by_text(f"同じ車両が、同じ時間に報告{other['number']}にも出ています。")).to_be_visible()
    expect(phone.page.get_by_role("definition").filter(has_text="第1ポンプ車")).to_be_visible()


def test_what_was_sent_by_mistake_is_seen_and_withdrawn_by_its_author(phone: Phone, people: People) -> None:
    start = hours_ago(31).replace(hour=22, minute=0)
    until = (start + dt.timedelta(hours=3)).isoformat()
    report = people.report("squad21a", start, unit_id=str(people.town.city.unit_id("K1-2-1")), ended_at=until)
    phone.sign_in("squad21a")
    phone.open(f"#/record/{report['month']}")
    expect(phone.page.get_by_text("22:00–翌日 1:00")).to_be_visible()
    phone.tap(phone.page.locator(f"[href^='#/look/{report['id']}']"))
    expect(phone.page.get_by_role("definition").filter(has_text="22:00–翌日 1:00")).to_be_visible()
    expect(phone.page.get_by_role("definition").filter(has_text="班長")).to_be_visible()
    expect(phone.page.get_by_text("いまはあなたの番ではありません")).to_have_count(0)
    phone.tap("取り下げる…", "link")
    expect(phone.page.get_by_text("報告に名前のあるほかの人に知らせます。")).to_have_count(0)  # nobody else is in it
    phone.tap("取り下げる")
    expect(phone.page.get_by_role("alert")).to_contain_text("わけを入れてください。")
    phone.page.get_by_label("わけ").fill("日をまちがえました。")
    phone.tap("取り下げる")
    expect(phone.page.locator(".sums")).to_be_visible()
    expect(phone.page.locator(f"[href^='#/look/{report['id']}']")).to_have_count(0)
    assert people.ask("squad21a", "GET", f"/activity-reports/{report['id']}")["state"] == "withdrawn"


def test_one_that_came_back_is_withdrawn_where_it_should_not_be(phone: Phone, people: People) -> None:
    report = people.report("squad12a", hours_ago(33), unit_id=str(people.town.city.unit_id("K1-1-2")))
    people.returns(report, comment="同じ訓練の報告がもう一つあります。")
    phone.sign_in("squad12a")
    phone.tap(phone.page.locator(f"#returned-{report['id']}"))
    phone.tap("出さずに取り下げる…", "link")
    phone.page.get_by_label("わけ").fill("二重でした。")
    phone.tap("取り下げる")
    expect(phone.page.locator(".sums")).to_be_visible()
    phone.open("#/")
    expect(phone.page.get_by_role("heading", name="ホーム")).to_be_attached()
    expect(phone.page.locator(f"#returned-{report['id']}")).to_have_count(0)


def test_another_kind_asks_for_what_it_needs_where_a_report_came_back(phone: Phone, people: People) -> None:
    report = people.report("squad12b", hours_ago(96), unit_id=str(people.town.city.unit_id("K1-1-2")))
    people.returns(report, "/kind", comment="故障の報告です。")
    phone.sign_in("squad12b")
    phone.open(f"#/fix/{report['id']}")
    phone.tap("故障・修理", "radio")
    expect(phone.page.get_by_label("こわれた物")).to_be_visible()
    phone.tap("直して提出する")
    expect(phone.page.get_by_role("alert")).to_contain_text("こわれた物・程度を入れてください。")
    phone.page.get_by_label("こわれた物").fill("ホース")
    phone.tap(phone.page.get_by_role("radio", name="使えない", exact=True))
    phone.tap("直して提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    now = people.ask("squad12b", "GET", f"/activity-reports/{report['id']}")
    assert (now["kind"], now["details"]) == ("E-02", {"item": "ホース", "severity": "unusable"})
