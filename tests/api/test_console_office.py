"""The office on the console, as a browser without programs uses it: posts, lost phones."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from api.extensions import db
from brigade.audit import AuditEntry
from brigade.jobs import writing
from brigade.wording import has
from tests.api.answers import API
from tests.api.visiting import CONSOLE, visitor
from tests.make import NOW

OFFICE = f"{CONSOLE}/office"


def held(ask: Any, city: Any, login: str) -> list[str]:
    """The posts of a member of squad 1-1 today."""
    members = ask("bureau").get(f"{API}/units/{city.unit_id('K1-1-1')}/members").json["items"]
    return next(one["posts"] for one in members if one["number"] == city.people[login].number)


def test_the_office_leads_to_each_of_its_screens(app, city) -> None:
    officer = visitor(app, "station")
    page = officer.get(OFFICE)
    doors = [link for link in page.links if link.startswith(f"{OFFICE}/")]
    assert len(doors) >= 3
    for link in doors:
        shown = officer.get(link)
        assert (link, shown.status, shown.inline) == (link, 200, [])
        assert visitor(app, "company1").get(link).status == 403


# --- Posts ------------------------------------------------------------------------------------------------------------


def test_a_post_is_given_and_ended(app, ask, city) -> None:
    bureau = visitor(app, "bureau")
    page = bureau.get(f"{OFFICE}/posts?unit_id={city.unit_id('K1-1-1')}")
    assert "団員 squad11 " in page.text
    assert "班長" in page.text
    form = bureau.get(page.link("/posts/appoint")).form("/appoint")
    said = {"member_id": city.people["squad11a"].number, "post": "squad_leader", "unit_id": city.unit_id("K1-1-1")}
    page = bureau.send(form, **said)
    assert "団員 squad11aさんを任命しました" in page.text
    assert held(ask, city, "squad11a") == ["squad_leader"]
    ends = [link for link in page.links if link.endswith("/end")]
    page = next(page for page in map(bureau.get, ends) if "squad11aさんの班長を終えますか" in page.text)
    page = bureau.send(page.form("/end"), on="2026-11-20")
    assert "役職を終えました" in page.text
    assert held(ask, city, "squad11a") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"member_id": ""}, "必ず要る項目です"),
        ({"member_id": "1"}, "団員"),
        ({"post": ""}, "選"),
        ({"post": "company_leader"}, "役職"),
        ({"on": "あした"}, "日付として読めません"),
    ],
)
def test_what_cannot_be_given_is_told_beside_its_field(app, ask, city, changed, words) -> None:
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{OFFICE}/posts/appoint").form("/appoint")
    said = {"member_id": city.people["squad11a"].number, "post": "squad_leader", "unit_id": city.unit_id("K1-1-1")}
    page = bureau.send(form, **{**said, **changed})
    assert page.status == 422
    assert words in page.text
    assert 'class="wrong"' in page.answer.text
    assert held(ask, city, "squad11a") == []


def test_a_station_sees_its_posts_and_gives_none(app, city) -> None:
    station = visitor(app, "station")
    page = station.get(f"{OFFICE}/posts")
    assert "団員 squad11" in page.text
    assert "本部の担当者が行います" in page.text
    assert station.get(f"{OFFICE}/posts/appoint").status == 403
    assert station.get(f"{OFFICE}/posts?unit_id=x").status == 404


# --- Lost phones ------------------------------------------------------------------------------------------------------


def test_a_lost_phone_is_signed_out(app, city) -> None:
    lost, station = visitor(app, "squad11a"), visitor(app, "station")
    assert lost.get(f"{CONSOLE}/help").answer.request.path == f"{CONSOLE}/help"
    page = station.get(f"{OFFICE}/devices?q=squad11a")
    page = station.get(page.link("/devices/"))
    assert "団員 squad11aさんをログアウトさせますか" in page.text
    page = station.send(page.form("/sign-out"))
    assert "1台の端末をログアウトさせました" in page.text
    assert lost.get(f"{CONSOLE}/help").answer.request.path == f"{CONSOLE}/sign-in"
    page = station.get(station.get(f"{OFFICE}/devices?q=squad11a").link("/devices/"))
    assert "ログインしている端末はありませんでした" in station.send(page.form("/sign-out")).text


@pytest.mark.parametrize("words", ["squad11a", "ＳＱＵＡＤ11a", " 団員　squad11a", "NUMBER"])
def test_people_are_found_as_they_are_called(app, city, words) -> None:
    number = city.people["squad11a"].number
    station = visitor(app, "station")
    page = station.get(f"{OFFICE}/devices", query_string={"q": words.replace("NUMBER", number)})
    assert number in page.text
    assert "見つかりません" in station.get(f"{OFFICE}/devices?q=%25_").text


def test_nobody_signs_out_whom_they_do_not_look_after(app, city) -> None:
    station = visitor(app, "station")
    other = city.people["bureau"].id
    assert station.get(f"{OFFICE}/devices/{other}").status in (403, 404)
    form = station.get(station.get(f"{OFFICE}/devices?q=squad11a").link("/devices/")).form("/sign-out")
    form.action = f"{OFFICE}/devices/{other}/sign-out"
    assert station.send(form).status in (403, 404)


# --- Settings and deadlines -------------------------------------------------------------------------------------------


def test_settings_are_changed_and_the_dates_follow(app, ask, city) -> None:
    bureau, address = visitor(app, "bureau"), f"{OFFICE}/settings?unit_id={city.unit_id('K1')}"
    page = bureau.get(address)
    for words in ("12月5日", "12月10日", "いま：5日"):
        assert words in page.text, words
    said = {"input_days": "7", "prior_notice": "warn", "incidents_once": "no", "pay_rules": "", "step_up.own": "yes"}
    page = bureau.send(chosen(page.form("/change")), **said, step_up=["export"])
    assert "設定を変えました" in page.text
    assert "12月7日" in page.text
    own = ask("bureau").get(f"{API}/units/{city.unit_id('K1')}/settings").json["own"]
    assert own == {
        "input_days": 7, "prior_notice": "warn", "incidents_once": False, "pay_rules": "", "step_up": ["export"],
    }  # fmt: skip
    page = bureau.send(chosen(page.form("/change")))
    assert ask("bureau").get(f"{API}/units/{city.unit_id('K1')}/settings").json["own"] == {}


def chosen(form: Any) -> Any:
    """The form with every list of choices left to the unit above; the reader of pages knows no select."""
    names = ("repass_after_return", "prior_notice", "pay_rules", "incidents_once", "keep_capture_time")
    form.update(dict.fromkeys(names, "-"))
    form.update(dict.fromkeys(("input_days", "grace_days", "late_after_days", "deputy_after_days"), ""))
    form.update({name: "no" for name in ("second_factor_posts.own", "step_up.own") if name in form})
    return form


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"input_days": "61"}, "input_days"),
        ({"input_days": "five"}, "input_days"),
        ({"prior_notice": "perhaps"}, "prior_notice"),
        ({"incidents_once": "perhaps"}, "incidents_once"),
        ({"step_up.own": "yes", "step_up": ["nothing"]}, "step_up"),
    ],
)
def test_what_no_setting_can_be_is_told_beside_it(app, city, changed, field) -> None:
    bureau = visitor(app, "bureau")
    page = bureau.send(chosen(bureau.get(f"{OFFICE}/settings").form("/change")), **changed)
    assert page.status == 422
    assert f'id="w-{field}"' in page.answer.text


def test_a_station_sets_its_own_and_not_what_guards_its_sign_in(app, ask, city) -> None:
    station = visitor(app, "station")
    page = station.get(f"{OFFICE}/settings")
    form = chosen(page.form("/change"))
    assert "step_up.own" not in form
    assert "設定を変えました" in station.send(form, input_days="3").text
    assert station.send(form, **{"step_up.own": "yes"}, step_up=[]).status == 403
    assert station.send(form, input_days="4").status == 412  # seen before the change
    assert station.send(form, unit_id=str(city.bureau_id)).status in (403, 404)


# --- The record of changes --------------------------------------------------------------------------------------------


@pytest.fixture
def changed(app, city) -> None:
    """A post was given, a member signed out, and settings were changed."""
    bureau = visitor(app, "bureau")
    form = bureau.get(f"{OFFICE}/posts/appoint").form("/appoint")
    said = {"member_id": city.people["squad11a"].number, "post": "squad_leader", "unit_id": city.unit_id("K1-1-1")}
    bureau.send(form, **said)
    bureau.send(bureau.get(bureau.get(f"{OFFICE}/devices?q=squad12a").link("/devices/")).form("/sign-out"))
    station = visitor(app, "station")
    station.send(chosen(station.get(f"{OFFICE}/settings").form("/change")), input_days="3", incidents_once="no")


def test_every_change_is_told_in_words(app, city, changed) -> None:
    page = visitor(app, "bureau").get(f"{OFFICE}/audit")
    for words in (
        "役職に任命した", "団員 団員 squad11a", "役職 班長", "令和8年11月20日", "端末からログアウトさせた", "団員 squad12a",
        "設定を変えた", "入力できる日数 3日", "統計の件数の数え方 報告ごとに1件", "団員 stationさん",
    ):  # fmt: skip
        assert words in page.text, words
    assert page.inline == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=squad11a", 1),
        ("q=station", 1),
        ("q=%E5%9B%A3%E5%93%A1+bureau", 2),
        ("q=第1班", 1),
        ("q=%25", 0),
        ("action=member.sign-out", 1),
        ("action=nothing", 3),
        ("from=2026-11-20&to=2026-11-20", 3),
        ("from=2026-11-21", 0),
        ("to=2026-11-19", 0),
        ("q=squad12a&action=post.appoint", 0),
        ("cursor=x", 0),
    ],
)
def test_changes_are_looked_up(app, city, changed, query, count) -> None:
    page = visitor(app, "station").get(f"{OFFICE}/audit?{query}")
    assert page.answer.text.count('<span class="when">') == count


def test_what_is_noted_while_somebody_leafs_is_neither_told_twice_nor_hides_anything(app, city) -> None:
    def noted(*numbers: int) -> None:
        with app.app_context(), writing(db.engine) as session:
            session.add_all(
                AuditEntry(
                    bureau_id=city.bureau_id, actor_id=city.member_id("bureau"), action="unit.rename",
                    at=NOW + dt.timedelta(seconds=number // 4), subject_id=city.unit_id("K1"), data={"name": f"新{number:03}班"},
                )
                for number in numbers
            )  # fmt: skip

    def told() -> list[str]:
        return re.findall("新[0-9]{3}班", page.text)

    noted(*range(130))
    bureau = visitor(app, "bureau")
    page = bureau.get(f"{OFFICE}/audit?action=unit.rename")
    seen = told()
    assert "130" in page.text
    for added in (range(130, 133), range(133, 190)):
        noted(*added)
        page = bureau.get(page.link("cursor="))
        seen += told()
    assert not [link for link in page.links if "cursor=" in link]
    assert len(seen) == 130
    assert sorted(seen) == [f"新{number:03}班" for number in range(130)]


def test_a_day_that_is_none_is_told(app, city) -> None:
    page = visitor(app, "bureau").get(f"{OFFICE}/audit?from=soon")
    assert page.status == 422
    assert "日付として読めません" in page.text


def test_all_that_is_noted_has_words() -> None:
    """The actions that the domain's sources note, against the catalogue."""
    noted = {
        found
        for path in Path("brigade").rglob("*.py")
        for found in re.findall(r'\bnote\(\s*session, actor, "([a-z.-]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(noted) > 20
    assert sorted(name for name in noted if not has(f"audit.action.{name}")) == []
