"""Who errs, or thinks again: nothing that was written goes without being asked, and what was sent can be taken away."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

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
    assert phone.page.get_by_label("場所").input_value() != ""
    phone.open("#/")
    phone.tap("消す")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="消す"))
    begun(phone)
    assert phone.page.get_by_label("場所").input_value() == ""


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
