"""The bureau moves one member, takes one out of the service and back, on the console."""

from __future__ import annotations

import datetime as dt

import pytest

from api.extensions import db
from brigade.dates import tokyo_day
from brigade.organisation.people import FormerType
from tests import make
from tests.api.visiting import CONSOLE, Visitor, visitor

MOVES = f"{CONSOLE}/office/moves"
TODAY = tokyo_day(make.NOW)


@pytest.fixture
def officer(app, city) -> Visitor:
    return visitor(app, "bureau")


def found(officer: Visitor, city, login: str):
    """The member's page, by the search."""
    number = city.people[login].number
    return officer.get(officer.get(f"{MOVES}?q={number}").link(f"/moves/{city.member_id(login)}"))


def test_the_office_leads_there(officer, app, city) -> None:
    assert "異動・休み・退団" in officer.get(f"{CONSOLE}/office").text
    assert "異動・休み・退団" not in visitor(app, "station").get(f"{CONSOLE}/office").text
    assert "見つかりません" in officer.get(f"{MOVES}?q=だれでもない").text


def test_a_member_goes_to_another_squad(officer, app, city) -> None:
    page = found(officer, city, "squad11b")
    after = officer.send(page.form("/transfer"), unit_id=str(city.unit_id("K1-1-2")), on=TODAY.isoformat())
    assert "異動を記録しました。" in after.text
    leader = visitor(app, "squad12").get(f"{CONSOLE}/members?tab=all").text
    assert city.people["squad11b"].name in leader
    assert officer.send(after.form("/transfer")).status == 422  # no unit is chosen by itself
    again = officer.send(after.form("/transfer"), unit_id=str(city.unit_id("K1-1-1")), on="2026-02-30")
    assert again.status == 422
    assert "入力を確かめてください" in again.text


def test_who_leaves_the_service_is_out_and_may_come_back(officer, app, city) -> None:
    there = visitor(app, "squad11b")
    page = found(officer, city, "squad11b")
    for untold in ("", "きのう"):
        wrong = officer.send(page.form("/leave"), left_on=untold)
        assert wrong.status == 422
        assert "入力を確かめてください" in wrong.text
    after = officer.send(page.form("/leave"), left_on=TODAY.isoformat())
    assert "退団を記録しました。" in after.text
    assert "所属なし" in after.text
    assert not [form for form in after.forms if form.action.endswith("/leave")]
    assert "ログイン" in there.get(f"{CONSOLE}/").text
    refused = Visitor(app).sign_in("squad11b", make.PASSWORD)
    assert "ログイン名かパスワードが違います" in refused.text
    back = officer.send(after.form("/transfer"), unit_id=str(city.unit_id("K1-1-2")), on="")
    assert "異動を記録しました。" in back.text
    assert "所属なし" not in back.text


def test_who_is_suspended_is_out_until_the_day_that_ends_it(officer, app, city) -> None:
    there = visitor(app, "squad11b")
    page = found(officer, city, "squad11b")
    for wrong in ({"absence": "party"}, {"valid_from": "きのう"}, {"valid_to": "2026-11-01"}):
        again = officer.send(page.form("/away"), **wrong)
        assert again.status == 422, wrong
        assert "入力を確かめてください" in again.text
    after = officer.send(page.form("/away"), absence="suspension", reason="調べのあいだ")
    assert "停職 令和8年11月20日" in after.text
    assert "調べのあいだ" not in after.text
    assert "ログイン" in there.get(f"{CONSOLE}/").text
    assert officer.send(page.form("/away"), absence="suspension").status == 422
    back = officer.send(after.form("/end"))
    assert "今日から戻りました。" in back.text
    assert "停職 令和8年11月20日" not in back.text
    assert visitor(app, "squad11b").get(f"{CONSOLE}/").status == 200


def test_nobody_else_does(app, city) -> None:
    for login in ("station", "brigade", "squad11"):
        assert visitor(app, login).raw(f"{MOVES}/{city.member_id('squad11b')}").status_code == 403, login


def test_the_page_tells_every_type_with_its_days(officer, app, city) -> None:
    assert "基本団員" in found(officer, city, "squad11b").text
    with app.app_context():
        for type_, last in (("ordinary", "2026-03-31"), ("function_limited", "2026-09-30")):
            row = {"member_type": type_, "valid_to": dt.date.fromisoformat(last), "bureau_id": city.bureau_id}
            db.session.add(FormerType(member_id=city.member_id("squad11b"), **row))
        db.session.commit()
    text = found(officer, city, "squad11b").text
    types = (
        "基本団員（令和8年3月31日（火）まで）",
        "機能別団員（令和8年9月30日（水）まで）",
        "基本団員（令和8年10月1日（木）から）",
    )
    places = [text.index(type_) for type_ in types]
    assert places == sorted(places)
