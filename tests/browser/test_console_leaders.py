"""A leader's other jobs in a real browser: a slip put right, a drill planned, and a deputy who acts while one is away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from api.extensions import db
from tests import make
from tests.browser.conftest import CHROMIUM, Opens, Site

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def filed(site: Site, *logins: str, day: int) -> str:
    """The number of a report of squad 1-1 that waits at its leader."""
    with site.app.app_context():
        number = make.report(db.session(), site.city, logins[0], "K1-1-1", *logins, day=day).number
        db.session.remove()
    return str(number)


@pytest.mark.parametrize("with_scripts", [False, True])
def test_a_leader_returns_two_and_corrects_one(site: Site, browse: Opens, with_scripts: bool) -> None:
    numbers = [filed(site, "squad11a", "squad11b", day=(12 if with_scripts else 2) + nth) for nth in range(3)]
    page = browse("squad11", java_script_enabled=with_scripts, width=360, height=740)
    for number in numbers[:2]:
        page.goto(f"{site.address}/console/reports?q={number}")
        page.locator(".row-in > a").click()
        page.get_by_role("link", name="差し戻す").click()
        page.get_by_role("checkbox", name="終わりの時刻").check()
        page.get_by_role("button", name="差し戻す").click()
        expect(page.locator("#said")).to_contain_text("差し戻しました")
    page.goto(f"{site.address}/console/reports?q={numbers[2]}")
    page.locator(".row-in > a").click()
    page.get_by_role("link", name="自分で直す").click()
    page.get_by_label("終わりの時刻").fill("12:30")
    page.get_by_role("checkbox", name="団員 squad11b").uncheck()
    page.get_by_role("button", name="この内容に直す").click()
    expect(page.locator("#said")).to_contain_text("直しました")
    expect(page.locator(".facts .big")).to_contain_text("12:30")
    page.get_by_role("button", name="承認する").click()
    expect(page.locator("#said")).to_contain_text("承認しました")


def test_a_deputy_acts_for_an_absent_leader(site: Site, browse: Opens) -> None:
    number = filed(site, "squad11a", day=16)
    leader = browse("squad11", java_script_enabled=False)
    leader.goto(f"{site.address}/console/members")
    leader.get_by_role("link", name="代理と休み").click()
    leader.get_by_role("link", name=re.compile("^代理を決める")).click()
    leader.get_by_label("1番目の代理").select_option(index=1)
    leader.get_by_label("終わりの日").fill("2026-12-31")
    leader.get_by_role("button", name="この順番に決める").click()
    expect(leader.locator("#said")).to_contain_text("代理を決めました")
    leader.get_by_label("終わりの日").fill("2026-12-31")
    leader.get_by_role("button", name="休みを届ける").click()
    expect(leader.locator("#said")).to_contain_text("休みを届けました")

    deputy = browse("squad11-deputy")
    deputy.goto(f"{site.address}/console/reports?q={number}")
    deputy.locator(".row-in > a").click()
    deputy.get_by_role("button", name="承認する").click()
    expect(deputy.locator("#said")).to_contain_text("承認しました")
    deputy.goto(f"{site.address}/console/reports?q={number}")
    deputy.locator(".row-in > a").click()
    expect(deputy.locator(".trail")).to_contain_text("の代理")

    leader.get_by_role("button", name="今日から戻る").click()
    expect(leader.locator("#said")).to_contain_text("休みを終わりにしました")


@pytest.mark.parametrize("with_scripts", [False, True])
def test_a_drill_is_planned_and_called_off(site: Site, browse: Opens, with_scripts: bool) -> None:
    page = browse("company1", java_script_enabled=with_scripts, width=360, height=740)
    page.goto(f"{site.address}/console/events")
    page.get_by_role("link", name="行事の計画").click()
    page.get_by_role("link", name="行事を計画する").click()
    page.get_by_label("行事の名前").fill("歳末の警戒")
    page.get_by_label("活動の日").fill("2026-12-28")
    page.get_by_role("button", name="計画して").click()
    expect(page.locator("#said")).to_contain_text("行事を計画しました")
    page.get_by_role("textbox", name="中止のわけ").fill("大雪のため")
    page.get_by_role("button", name="この行事を中止する").click()
    expect(page.locator("main")).to_contain_text("大雪のため")
    page.get_by_role("button", name="やはり行う").click()
    expect(page.locator("#said")).to_contain_text("中止を取り消しました")


def test_cards_are_printed(site: Site, browse: Opens) -> None:
    page = browse("company1")
    page.goto(f"{site.address}/console/members?tab=all")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="カードを作る").click()
    expect(page.locator("main")).to_contain_text("次の1人")
    with page.expect_response(lambda answer: answer.request.method == "POST") as made:
        page.get_by_role("button", name="1人のカードを作る").click()
    assert made.value.headers["content-type"] == "application/pdf"
