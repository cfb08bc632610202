"""What squads owe over the API, and the calendar that a member's own program fetches."""

from __future__ import annotations

import datetime as dt
import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import select

from api.extensions import db
from brigade.calendar.feeds import CalendarFeed
from brigade.dates import TOKYO
from brigade.organisation.people import Absence, Membership
from brigade.texts import check_text
from reports.calendar_feed import Entry, calendar_file
from tests import make
from tests.api.answers import API
from tests.api.asking import file, places, signed_in
from tests.api.invited import OTHER, PASSWORD, accept, start
from tests.api.planning import EVENTS, done, made, ok, plan

EXPECTED = f"{API}/expected"
FEED = f"{API}/me/calendar-feed"
NOVEMBER = {"from": "2026-11-01T00:00:00+09:00", "to": "2026-12-01T00:00:00+09:00"}


# --- What is owed -----------------------------------------------------------------------------------------------------


@pytest.fixture
def drills(ask, city):
    """Drills of company 1 on the 10th, 18th and 25th; one of squad 1-1 reported, one of squad 1-2 had nobody."""
    events = [made(ask("company1"), plan(city, day=day)) for day in (10, 18, 25)]
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, event_id=events[1]["id"]))
    nobody = {"unit_id": str(city.unit_id("K1-1-2"))}
    assert ask("squad12").post(f"{EVENTS}/{events[0]['id']}/nobody-came", json=nobody).status_code == 201
    return events


def owed(person, **query):
    answer = person.get(EXPECTED, query_string={**NOVEMBER, **query})
    assert answer.status_code == 200, answer.text
    return answer.json


def lines(found):
    return [f"{item['started_at'][8:10]} {item['unit']['name'][-2:]} {item['state']}" for item in found["items"]]


def test_leaders_see_what_each_squad_owes_and_members_their_own(ask, drills) -> None:
    whole = [
        "10 1班 overdue", "10 2班 nobody_came", "18 1班 reported", "18 2班 overdue", "25 1班 expected", "25 2班 expected",
    ]  # fmt: skip
    for login in ("company1", "brigade", "station", "bureau"):
        found = owed(ask(login))
        assert lines(found) == whole, login
        assert found["counts"] == {"reported": 1, "nobody_came": 1, "expected": 2, "overdue": 2}
    for login in ("squad11", "squad11-deputy", "squad11a"):
        assert lines(owed(ask(login))) == [line for line in whole if "1班" in line], login
    assert owed(ask("squad21a"))["items"] == owed(ask("company2"))["items"] == []
    assert owed(ask("company1"))["items"][2]["reports"] == {"in_review": 1}


def test_it_is_asked_by_unit_state_and_time(ask, city, drills) -> None:
    leader = ask("bureau")
    assert lines(owed(leader, unit_id=city.unit_id("K1-1-2"))) == [
        "10 2班 nobody_came",
        "18 2班 overdue",
        "25 2班 expected",
    ]
    assert owed(leader, unit_id=city.unit_id("K1-2"))["items"] == []
    assert owed(ask("company2"), unit_id=city.unit_id("K1-1"))["items"] == []
    found = owed(leader, state="overdue", count="true")
    assert (lines(found), found["count"]) == (["10 1班 overdue", "18 2班 overdue"], 2)
    assert found["counts"] == {"reported": 1, "nobody_came": 1, "expected": 2, "overdue": 2}
    assert lines(owed(leader, to="2026-11-10T09:00:01+09:00")) == ["10 1班 overdue", "10 2班 nobody_came"]
    assert owed(leader, to="2026-11-10T09:00:00+09:00")["items"] == []


def test_pages_hold_everything_once(ask, drills) -> None:
    whole, found, query = owed(ask("company1")), [], {"limit": 4}
    for _ in count():
        page = owed(ask("company1"), **query)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == whole["items"]
    for cursor in ("x", "bnVsbA", "WzFd"):
        answer = ask("company1").get(EXPECTED, query_string={**NOVEMBER, "cursor": cursor})
        assert places(answer) == {"/cursor": "bad-cursor"}


def test_a_time_without_end_is_refused(ask, city) -> None:
    for to in ("2026-11-01T00:00:00+09:00", "2026-10-01T00:00:00+09:00", "2027-02-10T00:00:00+09:00"):
        answer = ask("company1").get(EXPECTED, query_string={**NOVEMBER, "to": to})
        assert places(answer) == {"/to": "span-too-long"}
    assert places(ask("company1").get(EXPECTED)) == {"/from": "required", "/to": "required"}


def test_incidents_and_cancelled_events_are_owed_by_nobody(ask, city) -> None:
    made(ask("company1"), plan(city, day=18, planned=False))
    done(ask("company1"), made(ask("company1"), plan(city, day=19)), "cancel", reason="雨")
    assert owed(ask("company1"))["items"] == []


# --- The calendar: what is in it --------------------------------------------------------------------------------------


def address(person):
    """A new address, as the path to ask for."""
    answer = person.post(FEED)
    assert answer.status_code == 201, answer.text
    return answer.json["url"].removeprefix("http://127.0.0.1:8000")


def fetched(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.data)


def entries(calendar):
    return {str(entry["summary"]): entry for entry in calendar.walk("VEVENT")}


def test_the_calendar_holds_what_ones_own_unit_is_called_to(ask, city, client) -> None:
    made(ask("brigade"), plan(city, "K1", day=22, title="団"))
    made(ask("company1"), plan(city, "K1-1", day=23, title="分団"))
    made(ask("squad11"), plan(city, "K1-1-1", day=24, title="班"))
    made(ask("company1"), plan(city, "K1-1-2", day=24, title="隣の班"))
    made(ask("company1"), plan(city, "K1-1", day=19, title="火災", planned=False))
    found = fetched(client, address(ask("squad11a")))
    assert sorted(entries(found)) == ["分団", "団", "班"]
    assert "団員" not in found.to_ical().decode()
    assert sorted(entries(fetched(client, address(ask("company1"))))) == ["分団", "団"]
    assert sorted(entries(fetched(client, address(ask("squad21a"))))) == ["団"]


def test_times_stand_in_tokyo_and_changes_count_up(ask, city, client) -> None:
    event = made(ask("company1"), plan(city))
    at = address(ask("squad11a"))
    entry = entries(fetched(client, at))["秋の合同訓練"]
    assert str(entry["uid"]) == f"{event['id']}@brigade"
    assert entry["dtstart"].to_ical() == b"20261125T090000"
    assert entry["dtstart"].params["TZID"] == entry["dtend"].params["TZID"] == "Asia/Tokyo"
    assert entry["dtend"].dt == dt.datetime(2026, 11, 25, 12, tzinfo=TOKYO)
    assert (str(entry["location"]), str(entry["status"]), int(entry["sequence"])) == ("市民運動場", "CONFIRMED", 1)
    changed = ok(done(ask("company1"), event, "", place="河川敷"))
    done(ask("company1"), changed, "cancel", reason="雨")
    entry = entries(fetched(client, at))["秋の合同訓練"]
    assert (str(entry["location"]), str(entry["status"]), int(entry["sequence"])) == ("河川敷", "CANCELLED", 3)
    assert str(entry["uid"]) == f"{event['id']}@brigade"


def test_only_sixty_days_back_and_a_year_ahead(ask, city, client) -> None:
    for day in ("2026-09-20", "2026-09-22", "2027-11-20", "2027-11-22"):
        said = {"started_at": f"{day}T09:00:00+09:00", "ended_at": f"{day}T10:00:00+09:00", "title": day}
        made(ask("company1"), plan(city, **said))
    assert sorted(entries(fetched(client, address(ask("squad11a"))))) == ["2026-09-22", "2027-11-20"]


def test_the_same_calendar_again_is_not_sent_again(ask, city, client) -> None:
    event = made(ask("company1"), plan(city))
    at = address(ask("squad11a"))
    first = client.get(at)
    assert first.headers["Cache-Control"] == "private, max-age=900"
    again = client.get(at, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    done(ask("company1"), event, "", title="中止かも")
    assert client.get(at, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert client.head(at).status_code == 200


# --- The calendar: whose it is ----------------------------------------------------------------------------------------


def test_a_new_address_kills_the_old_one_and_taking_it_back_both(ask, client) -> None:
    member = ask("squad11a")
    nothing = {"exists": False, "created_at": None, "last_used_on": None}
    assert member.get(FEED).json == nothing
    first = address(member)
    assert client.get(first).status_code == 200
    second = address(member)
    assert [client.get(at).status_code for at in (first, second)] == [404, 200]
    assert member.get(FEED).json == {
        "exists": True, "created_at": member.get(FEED).json["created_at"], "last_used_on": "2026-11-20",
    }  # fmt: skip
    assert member.delete(FEED).status_code == member.delete(FEED).status_code == 204
    assert client.get(second).status_code == 404
    assert member.get(FEED).json == nothing


def test_who_is_signed_out_everywhere_loses_the_address_too(ask, client, city) -> None:
    """Whoever had the phone, or the password, may have read the address or made one."""
    member, officer = ask("squad11a"), ask("station")
    others, mine = address(ask("squad11b")), address(member)
    assert officer.post(f"{API}/members/{city.member_id('squad11a')}/sign-out").status_code == 200
    assert [client.get(at).status_code for at in (mine, others)] == [404, 200]


def test_a_new_password_ends_the_address(client, ask, city) -> None:
    person = signed_in(client, "squad11a")
    old = address(person)
    change = {"old_password": make.PASSWORD, "new_password": PASSWORD}
    assert person.post(f"{API}/auth/password", json={**change, "old_password": "wrong"}).status_code == 422
    assert client.get(old).status_code == 200
    assert person.post(f"{API}/auth/password", json=change).status_code == 204
    assert client.get(old).status_code == 404
    assert person.get(FEED).json["exists"] is False
    again = address(person)
    code = start(ask("squad11"), city, "squad11a").json["code"]
    assert client.get(again).status_code == 200  # until the card is used
    assert accept(client, code, OTHER).status_code == 201
    assert client.get(again).status_code == 404


def test_the_secret_is_long_and_only_its_digest_is_kept(app, ask, client) -> None:
    secrets = {re.fullmatch(rf"{API}/calendar/([\w-]+)\.ics", address(ask("squad11a")))[1] for _ in range(20)}
    assert len(secrets) == 20
    assert min(map(len, secrets)) >= 32  # 6 bits each: 192 bits
    with app.app_context():
        [feed] = db.session().scalars(select(CalendarFeed), execution_options=make.SYSTEM).all()
        assert re.fullmatch(r"[0-9a-f]{64}", feed.secret_digest)
        assert not any(secret in feed.secret_digest for secret in secrets)


@pytest.mark.parametrize("secret", ["x", "0" * 32, "%00", "%f0%9f%92%a7", "../me", "a" * 5000])
def test_no_other_address_opens_anything(ask, client, secret) -> None:
    address(ask("squad11a"))
    answer = client.get(f"{API}/calendar/{secret}.ics")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


def test_who_is_suspended_or_has_left_has_no_calendar(app, ask, city, client) -> None:
    kept, suspended, left = (address(ask(login)) for login in ("squad11a", "squad11b", "squad12a"))
    with app.app_context():
        session = db.session()
        day = dt.date(2026, 11, 1)
        session.add(Absence(member_id=city.member_id("squad11b"), absence="suspension", valid_from=day))
        gone = select(Membership).where(Membership.member_id == city.member_id("squad12a"))
        session.scalars(gone, execution_options=make.SYSTEM).one().valid_to = day
        session.commit()
    assert [client.get(at).status_code for at in (kept, suspended, left)] == [200, 404, 404]


def test_the_day_of_the_last_fetch_is_kept_and_no_more(app, ask, client, later) -> None:
    member = ask("squad11a")
    at = address(member)
    for _ in range(3):
        client.get(at)
    with app.app_context():
        [feed] = db.session().scalars(select(CalendarFeed), execution_options=make.SYSTEM).all()
        assert feed.last_used_on == dt.date(2026, 11, 20)
    later(days=2)
    client.get(at)
    with app.app_context():
        [feed] = db.session().scalars(select(CalendarFeed), execution_options=make.SYSTEM).all()
        assert feed.last_used_on == dt.date(2026, 11, 22)


# --- The file ---------------------------------------------------------------------------------------------------------

TEXTS = st.text(min_size=1, max_size=100).filter(
    lambda text: check_text("", text, 100, required=True, multiline=False) == (text, ())
)


@given(TEXTS, TEXTS | st.just(""), st.booleans())
def test_whatever_title_and_place_can_be_typed_is_read_again(title: str, place: str, cancelled: bool) -> None:
    start = dt.datetime(2026, 11, 25, 0, tzinfo=dt.UTC)
    entry = Entry("1", title, place, start, start + dt.timedelta(hours=3), 7, make.NOW, cancelled)
    content = calendar_file("消防団, 行事", [entry, entry])
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert content == calendar_file("消防団, 行事", [entry, entry])
    found = Calendar.from_ical(content)
    assert str(found["x-wr-calname"]) == "消防団, 行事"
    assert [str(zone["tzid"]) for zone in found.walk("VTIMEZONE")] == ["Asia/Tokyo"]
    for read in found.walk("VEVENT"):
        assert (str(read["summary"]), str(read.get("location", ""))) == (title, place)
        assert read["dtstart"].dt == start
        assert read["status"] == ("CANCELLED" if cancelled else "CONFIRMED")
