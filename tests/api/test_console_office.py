"""The office on the console, as a browser without programs uses it: posts, lost phones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.answers import API
from tests.api.visiting import CONSOLE, visitor

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
    assert "団員 squad11aさんをサインアウトさせますか" in page.text
    page = station.send(page.form("/sign-out"))
    assert "1台の端末をサインアウトさせました" in page.text
    assert lost.get(f"{CONSOLE}/help").answer.request.path == f"{CONSOLE}/sign-in"
    page = station.get(station.get(f"{OFFICE}/devices?q=squad11a").link("/devices/"))
    assert "サインインしている端末はありませんでした" in station.send(page.form("/sign-out")).text


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
