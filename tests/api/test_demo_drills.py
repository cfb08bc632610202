"""The demo's drills: today's has begun and is over, next week's is ahead; made once a day, however often asked."""

from __future__ import annotations

import datetime as dt

import pytest

from api.demo_drills import NEXT_WEEK, TODAY, plan_drills
from api.demo_story import Person
from brigade.dates import TOKYO
from tests import make


def cast(app, city) -> tuple[Person, Person, dict[str, str]]:
    """A member and the leader of the company, as the demo signs them in; and the member's account."""
    accounts = [
        {"login": login, "password": make.PASSWORD, "name": login, "unit_id": str(city.unit_id(code)),
         "member_id": str(city.member_id(login))}
        for login, code in (("squad11a", "K1-1-1"), ("company1", "K1-1"))
    ]  # fmt: skip
    member, leader = (Person(app, account) for account in accounts)
    return member, leader, accounts[0]


def planned(member: Person) -> list[tuple[str, dt.datetime, dt.datetime]]:
    found = member.get("/events?expected=me&limit=100")["items"]
    return sorted(
        (event["title"], *(dt.datetime.fromisoformat(event[end]) for end in ("started_at", "ended_at")))
        for event in found
        if event["title"] in (TODAY, NEXT_WEEK)
    )


@pytest.mark.parametrize("hour", [3, 9, 15, 23])
def test_a_member_is_asked_about_todays_drill_and_told_of_next_weeks(app, later, city, hour: int) -> None:
    now = (dt.datetime.now(TOKYO) + dt.timedelta(days=1)).replace(hour=hour, minute=20)
    later(hours=(now - dt.datetime.now(TOKYO)) / dt.timedelta(hours=1))
    member, leader, account = cast(app, city)
    leads = str(city.unit_id("K1-1"))
    assert plan_drills(member, leader, account, leads, now) == 2
    [(_, begun, over), (_, ahead, _)] = planned(member)
    assert over <= now < begun + dt.timedelta(hours=24)
    assert dt.timedelta(days=1) < ahead - now < dt.timedelta(days=10)
    assert plan_drills(member, leader, account, leads, now) == 0
    assert len(planned(member)) == 2


def test_a_drill_leaves_alone_the_hours_of_the_members_report(app, city) -> None:
    member, leader, account = cast(app, city)
    now = dt.datetime.now(TOKYO)
    plan_drills(member, leader, account, str(city.unit_id("K1-1")), now)
    [(_, begun, _)] = [one for one in planned(member) if one[0] == TODAY]
    event = next(one for one in member.get("/events?expected=me")["items"] if one["title"] == TODAY)
    made = member.post(f"/events/{event['id']}/took-part", {})
    assert dt.datetime.fromisoformat(made["started_at"]) == begun
