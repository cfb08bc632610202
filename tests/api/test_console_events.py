"""The roster entry: a leader ticks who came to an event, for everybody at once, or says that nobody did."""

from __future__ import annotations

import pytest

from api.console import events
from tests.api.answers import API
from tests.api.asking import REPORTS
from tests.api.planning import made, plan
from tests.api.visiting import CONSOLE, visitor

EVENTS = f"{CONSOLE}/events"


@pytest.fixture
def drill(ask, city):
    """A drill of company 1 that is over."""
    body = plan(
        city,
        started_at="2026-11-18T19:00:00+09:00",
        ended_at="2026-11-18T21:00:00+09:00",
        details={"drill_type": "pump"},
    )
    return made(ask("company1"), body)


def where(page) -> str:
    return page.answer.request.path


def test_everybody_is_ticked_and_the_absent_are_unticked(app, ask, city, drill) -> None:
    leader = visitor(app, "squad11")
    page = leader.get(EVENTS)
    assert "返事のない行事（1）" in page.text
    entry = leader.get(page.link("/squads/"))
    form = next(form for form in entry.forms if "id" in form)
    everybody = [str(city.member_id(login)) for login in ("squad11", "squad11-deputy", "squad11a", "squad11b")]
    assert sorted(form["person"]) == sorted(everybody)
    assert (form["start"], form["end"], form["place"]) == (["19:00"], ["21:00"], ["市民運動場"])
    after = leader.send(form, person=everybody[:3], start="1915", end="20:45", summary="夜の放水")
    assert (where(after), "3人の出席を出しました" in after.text, "報告あり" in after.text) == (EVENTS, True, True)
    [report] = ask("squad11").get(REPORTS, query_string={"month": "2026-11"}).json["items"]
    assert (report["entry_mode"], report["event_id"], report["state"]) == ("roster", drill["id"], "in_review")
    assert report["started_at"] == "2026-11-18T19:15:00+09:00"
    assert {one["member_id"] for one in report["participants"]} == set(everybody[:3])
    leader.send(form)  # sent again
    assert len(ask("squad11").get(REPORTS, query_string={"month": "2026-11"}).json["items"]) == 1


def test_what_is_wrong_is_told_and_what_was_typed_stays(app, city, drill) -> None:
    leader = visitor(app, "squad11")
    entry = leader.get(leader.get(EVENTS).link("/squads/"))
    form = next(form for form in entry.forms if "id" in form)
    for changed, told in (
        ({"start": "25:00"}, "19:00 のように"), ({"end": ""}, "19:00 のように"), ({"person": []}, "人"), ({"place": "あ" * 101}, "多すぎ"),
    ):  # fmt: skip
        page = leader.send(form, **changed)
        assert (page.status, told in page.text) == (422, True), changed
        again = next(form for form in page.forms if "id" in form)
        assert again["id"] == form["id"]
        for name, value in changed.items():
            assert name == "person" or again[name] == [value]
    strangers = leader.send(form, person=[str(city.member_id("squad21a"))])
    assert strangers.status == 422
    assert leader.send(form, id="x").status == 404


def test_a_fire_without_a_place_is_told_and_can_be_filed(app, ask, city) -> None:
    at = {"started_at": "2026-11-18T19:00:00+09:00", "ended_at": "2026-11-18T21:00:00+09:00"}
    made(ask("company1"), plan(city, **at, kind="D-01", details={}, place=""))
    leader = visitor(app, "squad11")
    entry = leader.get(leader.get(EVENTS).link("/squads/"))
    assert "行事に場所がありません。" in entry.text
    leader.send(next(form for form in entry.forms if "id" in form))
    [report] = ask("squad11").get(REPORTS, query_string={"month": "2026-11"}).json["items"]
    assert (report["warnings"][0]["code"], report["state"]) == ("place-missing", "in_review")


def test_a_night_goes_into_the_next_day(app, ask, drill) -> None:
    leader = visitor(app, "squad11")
    entry = leader.get(leader.get(EVENTS).link("/squads/"))
    leader.send(next(form for form in entry.forms if "id" in form), start="22:00", end="1:30")
    [report] = ask("squad11").get(REPORTS, query_string={"month": "2026-11"}).json["items"]
    assert report["ended_at"] == "2026-11-19T01:30:00+09:00"


def test_nobody_came(app, ask, drill) -> None:
    leader = visitor(app, "squad11")
    entry = leader.get(leader.get(EVENTS).link("/squads/"))
    after = leader.send(entry.form("/nobody"))
    assert ("「出動なし」を出しました" in after.text, "返事のない行事（0）" in after.text) == (True, True)


def test_that_nobody_came_is_taken_back(app, ask, drill) -> None:
    leader = visitor(app, "squad11")
    entry = leader.get(leader.get(EVENTS).link("/squads/"))
    after = leader.send(entry.form("/nobody"))
    back = leader.send(after.form("/somebody"))
    assert "「出動なし」を取り消しました。" in back.text
    assert back.link("/squads/") == leader.get(EVENTS).link("/squads/")
    assert leader.send(after.form("/somebody")).status == 404
    assert not [form for form in visitor(app, "squad11a").get(EVENTS).forms if "/somebody" in form.action]


def test_a_foreign_squad_is_not_there(app, city, drill) -> None:
    for login, squad in (("squad21a", "K1-1-1"), ("squad11", "K1-1-2"), ("squad11", "K1-2-1")):
        stranger = visitor(app, login)
        token = stranger.get(f"{CONSOLE}/help").form("/sign-out")["token"]
        path = f"{EVENTS}/{drill['id']}/squads/{city.unit_id(squad)}"
        assert stranger.get(path).status == 404
        for tail in ("", "/nobody"):
            assert stranger.client.post(path + tail, data={"token": token, "id": drill["id"]}).status_code in (404, 422)


def test_a_member_sees_their_events_but_has_no_way_to_them_in_front(app, ask, drill) -> None:
    member = visitor(app, "squad11a")
    assert not [link for link in member.get(f"{CONSOLE}/").links if link == EVENTS]
    assert member.get(EVENTS).status == 200
    assert ask("squad11a").get(
        f"{API}/events", query_string={"from": "2026-11-01", "to": "2026-11-30"}
    ).status_code in (200, 422)


def test_who_answers_while_a_leader_leafs_hides_no_other(app, ask, drill, monkeypatch) -> None:
    monkeypatch.setattr(events, "ROWS", 1)
    company = visitor(app, "company1")
    page = company.get(EVENTS)
    assert "返事のない行事（2）" in page.text
    first = page.link("/squads/")
    squad = visitor(app, "squad11")
    assert squad.get(EVENTS).link("/squads/") == first
    entry = squad.get(first)
    squad.send(next(form for form in entry.forms if "id" in form))
    page = company.get(page.link("cursor="))
    assert "返事のない行事（1）" in page.text
    assert page.link("/squads/") != first
    assert not [link for link in page.links if "cursor=" in link]
