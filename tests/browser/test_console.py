"""The console in a real browser: without scripts, by keyboard, at every size and in the dark; how many presses a job takes."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from api.extensions import db
from api.worker import work_once
from brigade.activity import actions
from brigade.activity.activities import Event, EventUnit
from brigade.activity.workflow import Action
from brigade.db import new_id
from tests import make
from tests.browser.conftest import CHROMIUM, Opens, Site

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAYLOAD = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>'
TOKYO = dt.timezone(dt.timedelta(hours=9))


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


def filed(city: make.City, login: str, unit: str, *logins: str, **said: Any) -> Any:
    return make.report(db.session(), city, login, unit, *(logins or (login,)), **said)


def planned(city: make.City, day: int, hour: int, title: str) -> Event:
    """An event of company 1."""
    who = make.bound(db.session(), city, "company1")
    event = Event(
        id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id("K1-1"), kind="T-01", title=title,
        planned=True, started_at=at(day, hour), ended_at=at(day, hour + 2), place="器具置場", details={},
        created_by_id=who.member_id, created_at=who.now, planned_at=at(1, 8), units=[EventUnit(unit_id=city.unit_id("K1-1"))],
    )  # fmt: skip
    db.session.add(event)
    return make.kept(db.session(), event)


PEOPLE = {
    "squad11a": "K1-1-1", "squad11b": "K1-1-1", "squad11-deputy": "K1-1-1", "squad11": "K1-1-1",
    "squad12a": "K1-1-2", "squad12b": "K1-1-2", "squad12-deputy": "K1-1-2",
}  # fmt: skip


@pytest.fixture(scope="module")
def month(site: Site) -> Site:
    """60 reports of November at company 1: five events with twelve each but for what asks to be looked at."""
    city = site.city
    with site.app.app_context():
        made = []
        planned(city, 19, 9, "返事のない訓練")
        for number in range(5):
            day = 14 + number
            event = planned(city, day, 9, f"秋の訓練 {number + 1}")
            made += [filed(city, login, unit, day=day, event_id=event.id) for login, unit in PEOPLE.items()]
            made += [filed(city, "squad11a", "K1-1-1", day=day, hour=hour) for hour in (13, 16, 19)]
        made += [filed(city, "squad12a", "K1-1-2", "squad12b", day=day, hour=17) for day in (14, 15, 16)]  # by another
        made += [  # late
            filed(city, "squad12a", "K1-1-2", day=day, summary=PAYLOAD, place=PAYLOAD[:100]) for day in (2, 3, 4, 5)
        ]
        made += [filed(city, "squad11b", "K1-1-1", day=14 + day, hour=20) for day in range(3)]
        for report in made:
            leader = "squad11" if report.unit_id == city.unit_id("K1-1-1") else "squad12"
            if report.awaiting_unit_id != city.unit_id("K1-1"):
                make.step(db.session(), city, leader, report, Action.APPROVE)
        db.session.remove()
    assert len(made) == 60
    return site


class Presses:
    """Every press and every key that a person would make."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, name: str | re.Pattern[str], nth: int = 0) -> None:
        """A link, button or box by its words."""
        self.count += 1
        found = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name))
        found.or_(self.page.get_by_role("checkbox", name=name)).or_(self.page.get_by_role("radio", name=name)).nth(
            nth
        ).click()
        self.page.wait_for_load_state()


@pytest.mark.parametrize("with_scripts", [False, True])
def test_a_leader_clears_the_month_in_thirty_presses(month: Site, browse: Opens, with_scripts: bool) -> None:
    """60 reports, 7 of them flagged, 3 of these returned. Undone after the first time, so that the second finds the same."""
    page = browse("company1", java_script_enabled=with_scripts, width=360, height=740)
    expect(page.locator(".bar-words").first).to_contain_text("60件中 0件 承認済")
    leader = Presses(page)
    leader.press("53件をまとめて承認…")
    expect(page.locator("main")).to_contain_text("この53件を承認します")
    leader.press("53件を承認する")
    expect(page.locator("#said")).to_contain_text("53件を承認しました")
    leader.press("次の承認待ちへ")
    to_look_at = page.locator(".tabs b").first
    expect(to_look_at).to_have_text("7")
    for left in (6, 5, 4, 3):
        leader.press(re.compile("^承認する"))
        expect(to_look_at).to_have_text(str(left))
        expect(page.locator("#said")).to_contain_text("承認しました")
        assert not with_scripts or page.evaluate("document.activeElement.id") == "said"
    for left in (2, 1, 0):
        leader.press(re.compile("^差し戻す"))
        leader.press("終わりの時刻")
        leader.press("時刻がおかしい")
        leader.press("差し戻す")
        expect(page.locator("#said")).to_contain_text("差し戻しました")
        if left:
            expect(page).to_have_url(re.compile("/reports/"))  # the next one to look at
    expect(to_look_at).to_have_text("0")
    told = re.compile("60件中 57件 承認済（あなたの番0件・前の段階0件・差戻.*し中3件）")  # its kana between
    expect(page.locator(".bar-words").first).to_contain_text(told)
    assert leader.count <= 30, leader.count
    if not with_scripts:
        _as_before(month)


def _as_before(site: Site) -> None:
    """What was approved is taken back, what was returned sent again: over the domain, as people would."""
    from sqlalchemy import select

    from brigade.activity.activities import ActivityReport

    with site.app.app_context():
        rows = db.session.scalars(select(ActivityReport), execution_options=make.SYSTEM).all()
        found = [(row.id, row.state, row.undo_by_id, row.author_id) for row in rows]
        db.session.remove()
        logins = {member.id: login for login, member in site.city.people.items()}
        for id_, state, undo_by, author in found:
            if undo_by == site.city.member_id("company1"):
                _do(site, "company1", id_, Action.UNDO)
            elif state == "returned":
                _do(site, logins[author], id_, Action.SUBMIT)
                _do(site, "squad12", id_, Action.APPROVE)


def _do(site: Site, login: str, id_: Any, action: Action) -> None:
    who = make.bound(db.session(), site.city, login)
    version = actions.read(db.session(), id_).version
    actions.act(db.session(), who, id_, action, version)
    db.session.commit()
    db.session.remove()


SCREENS = [
    ("company1", "/console/inbox"), ("company1", "/console/inbox?tab=look"), ("company1", "/console/inbox?tab=returned"),
    ("company1", "/console/inbox/approve"), ("company1", "/console/inbox/done"), ("company1", "REPORT"),
    ("company1", "RETURN"), ("company1", "/console/months/2026-11"), ("company1", "/console/months/2026-11/sums"),
    ("company1", "/console/months/2026-11/figures?kind=T-01"), ("company1", "/console/nope"), ("company1", "/console/help"),
    ("station", "/console/inbox"), ("station", "/console/months/2026-11/seal"), ("station", "/console/editions"),
    ("squad11a", "/console/"), ("", "/console/sign-in"), ("company1", "/console/prove"), ("company1", "/console/account"),
    ("company1", "/console/account/password"), ("company1", "/console/account/notices"),
    ("company1", "/console/events"), ("company1", "ROSTER"), ("company1", "CORRECT"), ("company1", "/console/plans"),
    ("company1", "PLAN"), ("company1", "PLAN/change"), ("company1", "/console/plans/new"), ("company1", "/console/members"),
    ("company1", "/console/members?tab=all"), ("company1", "/console/members?q=ありません"), ("company1", "CARDS"), ("company1", "/console/members/cards"),
    ("company1", "/console/deputies"), ("company1", "DEPUTIES"), ("company1", "/console/reports"),
    ("company1", "/console/reports?q=訓練&state=in_review"), ("company1", "/console/reports?q=ありません"),
]  # fmt: skip
SIZES = [(360, 740), (1366, 768)]
SMALL = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')].filter(one => {
  const box = (one.closest('label') ?? one).getBoundingClientRect();
  return box.width > 1 && (box.height < 43.5 || box.width < 43.5) && !one.classList.contains('skip');
}).map(one => one.outerHTML.slice(0, 120))"""


def opened(page: Page, site: Site, path: str) -> None:
    if path == "ROSTER":
        page.goto(f"{site.address}/console/events")
        path = page.locator("a.step[href*='/squads/']").first.get_attribute("href") or ""
    if path.startswith("PLAN"):
        page.goto(f"{site.address}/console/plans")
        path = (page.locator(".row-in > a").first.get_attribute("href") or "") + path.removeprefix("PLAN")
    if path == "CARDS":
        page.goto(f"{site.address}/console/members?tab=all")
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="カードを作る").click()
        return
    if path == "DEPUTIES":
        page.goto(f"{site.address}/console/deputies")
        path = page.locator("a.step[href*='/deputies/']").first.get_attribute("href") or ""
    if path in ("REPORT", "RETURN", "CORRECT"):
        page.goto(f"{site.address}/console/inbox?tab=look")
        if not page.locator(".row-in > a:first-child").count():
            page.goto(f"{site.address}/console/inbox?tab=returned")
        link = page.locator(".row-in > a:first-child").first.get_attribute("href") or ""
        path = link + {"RETURN": "/return", "CORRECT": "/correct"}.get(path, "")
    page.goto(site.address + path)


def looks_right(page: Page, path: str, width: int, height: int) -> None:
    """Light and dark, axe finds nothing and every target is large enough; nothing is wider than 320 px or the screen at
    twice the size.
    """
    page.evaluate(AXE)
    for scheme in ("dark", "light"):  # the page is the same: the schemes differ in colours alone (tokens.css)
        page.emulate_media(color_scheme=scheme)
        rules = RULES if (width < 400) == (scheme == "light") else ["color-contrast"]  # the rest does not change
        found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
        assert [(path, scheme, one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []
        assert page.evaluate(SMALL) == [], (path, scheme)
    for wide, size in ((320, "100"), (width, "200")):
        page.set_viewport_size({"width": wide, "height": height})
        page.evaluate("size => { document.documentElement.className = `size-${size}` }", size)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, (path, wide, size)
    page.set_viewport_size({"width": width, "height": height})


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_screen_can_be_used_by_everyone(month: Site, browse: Opens, width: int, height: int) -> None:
    """axe finds nothing; every target is large enough; nothing is cut off at 320 px or at twice the size of text."""
    people = {login: browse(login, width, height) for login in dict.fromkeys(who for who, _ in SCREENS)}
    for login, path in SCREENS:
        page = people[login]
        opened(page, month, path)
        looks_right(page, path, width, height)


def test_words_of_people_are_shown_and_never_run(month: Site, browse: Opens) -> None:
    page = browse("company1")
    for path in ("/console/inbox?tab=look", "/console/inbox?tab=returned", "REPORT"):
        opened(page, month, path)
        assert page.title() != "taken"
        assert page.locator("main img[src=x], main script").count() == 0


def test_a_leader_needs_no_mouse(month: Site, browse: Opens) -> None:
    page = browse("company1")
    page.goto(f"{month.address}/console/months/2026-11")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("本文へ移る")
    page.keyboard.press("Enter")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim()"))
        if "数字とその根拠" in seen[-1]:
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/sums?**")
    figure = page.locator(".num a").first
    figure.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures?**")
    page.locator("summary").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("details").first).to_have_attribute("open", "")


def test_a_mistake_is_told_beside_its_field_and_in_front(month: Site, browse: Opens) -> None:
    page = browse("")
    page.click("button.main")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#f-login")).to_have_attribute("aria-invalid", "true")
    page.locator("#problems a").first.click()
    expect(page.locator("#f-login")).to_be_focused()


def test_a_station_seals_a_month(month: Site, browse: Opens) -> None:
    page = browse("station")
    page.goto(f"{month.address}/console/months/2026-11")
    officer = Presses(page)
    officer.press(re.compile("11月分を確定する"))
    officer.press(re.compile("11月分を確定する"))
    expect(page.locator("main")).to_contain_text("順番を待っています")
    while work_once(month.app):
        pass
    expect(page.locator("#said")).to_contain_text("確定しました", timeout=15_000)
    with page.expect_download() as loaded:
        officer.press("一式ZIP")
    assert loaded.value.suggested_filename.endswith("_一式_第1版.zip")
    assert officer.count == 3


def test_a_roster_is_ticked(month: Site, browse: Opens) -> None:
    """Everybody is ticked: a squad without phones takes a press for each who was not there, and two more."""
    page = browse("squad12")
    leader = Presses(page)
    leader.press("行事")
    leader.press(re.compile("^出席を入れる"))
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(4)
    leader.press("団員 squad12b")
    leader.press("この内容で提出する")
    expect(page.locator("#said")).to_contain_text("3人の出席を出しました")
    assert leader.count == 4


def test_print_and_forced_colours(month: Site, browse: Opens) -> None:
    page = browse("company1", forced_colors="active")
    page.goto(f"{month.address}/console/inbox")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    page.emulate_media(media="print")
    assert not page.locator("footer.foot").is_visible()
    assert not page.locator(".top nav").is_visible()


def test_no_policy_was_broken_and_no_program_failed(month: Site) -> None:
    expected = re.compile("status of (404|422)")  # the page that is not there, the form that was empty
    assert [said for said in month.complaints if not expected.search(said)] == []
