"""Where one is signed in, and how a device is put out: by oneself, by the office, by what changes about the person."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.audit import AuditEntry
from brigade.organisation.people import Absence, Membership, Post
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, signed_in

DEVICES, ME, REFRESH = f"{API}/auth/devices", f"{API}/me", f"{API}/auth/refresh"
YESTERDAY = dt.date(2026, 11, 19)


def say(answer):
    """A body without what is of this request alone."""
    return {name: value for name, value in answer.json.items() if name not in ("request_id", "instance")}


def change(app, *statements) -> None:
    """Something happens elsewhere."""
    with app.app_context():
        for statement in statements:
            db.session.execute(statement, execution_options=make.SYSTEM)
        db.session.commit()


def is_out(person) -> bool:
    """Whether neither token of the sign-in opens anything any more."""
    tokens = person.tokens
    access = bearing(person, tokens["access_token"]).get(ME).status_code
    refresh = bearing(person, tokens["refresh_token"]).post(REFRESH).status_code
    assert access == refresh
    return access == 401


def test_a_lost_phone_is_out_with_its_next_call(client, city) -> None:
    phone = signed_in(client, "squad11", device_name="佐藤のスマホ")
    desk = signed_in(client, "squad11", device_name="詰所のパソコン")
    listed = {row["device_name"]: row for row in desk.get(DEVICES).json["items"]}
    assert {name: row["current"] for name, row in listed.items()} == {"佐藤のスマホ": False, "詰所のパソコン": True}
    assert desk.delete(f"{DEVICES}/{listed['佐藤のスマホ']['id']}").status_code == 204
    assert phone.get(ME).status_code == 401
    assert bearing(phone, phone.tokens["refresh_token"]).post(REFRESH).status_code == 401
    assert [row["device_name"] for row in desk.get(DEVICES).json["items"]] == ["詰所のパソコン"]
    assert desk.delete(f"{DEVICES}/{listed['佐藤のスマホ']['id']}").status_code in (204, 404)  # pressed twice


def test_nobody_signs_out_another_persons_device(app, client, ask) -> None:
    (own,) = ask("squad11").get(DEVICES).json["items"]
    before = digest(app)
    foreign = ask("bureau").delete(f"{DEVICES}/{own['id']}")
    unknown = ask("bureau").delete(f"{DEVICES}/{make.new_id()}")
    assert foreign.status_code == unknown.status_code == 404
    assert say(foreign) == say(unknown)
    assert ask("squad11").get(ME).status_code == 200
    assert before != digest(app)  # the bureau officer signed in meanwhile
    assert len(ask("squad11").get(DEVICES).json["items"]) == 1


def test_the_list_tells_names_days_and_how_it_was_proven(client, city, later) -> None:
    phone = signed_in(client, "squad11", device_name="佐藤のスマホ")
    later(days=2)
    desk = signed_in(client, "squad11", device_name="詰所のパソコン")
    (newest, oldest) = desk.get(DEVICES).json["items"]
    assert newest["current"]
    assert newest["factor"] == oldest["factor"] == "password"
    assert oldest["device_name"] == "佐藤のスマホ"
    assert oldest["last_used_at"] == oldest["created_at"] < newest["created_at"]
    later(hours=1)
    assert bearing(phone, phone.tokens["refresh_token"]).post(REFRESH).status_code == 200
    bearing(phone, phone.tokens["refresh_token"])
    desk = signed_in(client, "squad11")
    again = {row["device_name"]: row for row in desk.get(DEVICES).json["items"]}
    assert again["佐藤のスマホ"]["last_used_at"] > newest["last_used_at"]


def test_a_request_alone_does_not_write_that_the_device_was_used(app, client, city, later) -> None:
    phone = signed_in(client, "squad11")
    before = digest(app)
    later(minutes=5)
    assert phone.get(ME).status_code == 200
    assert digest(app) == before


# --- The office -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("officer", ["bureau", "station"])
def test_an_officer_signs_out_a_member_who_calls(app, client, ask, city, officer) -> None:
    phone, tablet, other = signed_in(client, "squad11a"), signed_in(client, "squad11a"), ask("squad11b")
    path = f"{API}/members/{city.member_id('squad11a')}/sign-out"
    done = ask(officer).post(path)
    assert (done.status_code, done.json) == (200, {"devices": 2})
    assert is_out(phone)
    assert is_out(tablet)
    assert other.get(ME).status_code == 200
    assert ask(officer).post(path).json == {"devices": 0}
    assert signed_in(client, "squad11a").get(ME).status_code == 200
    with app.app_context():
        asked = db.select(AuditEntry).order_by(AuditEntry.at).limit(1)
        entry = db.session.scalars(asked, execution_options=make.SYSTEM).one()
        assert (entry.action, entry.actor_id, entry.subject_id, entry.data) == (
            "member.sign-out", city.member_id(officer), city.member_id("squad11a"), {"devices": 2},
        )  # fmt: skip


def test_nobody_else_signs_a_member_out(app, ask, city) -> None:
    path = f"{API}/members/{city.member_id('squad11a')}/sign-out"
    for login in ("squad11", "company1", "brigade", "squad11b", "squad11a"):
        person = ask(login)
        before = digest(app)
        assert person.post(path).status_code == 403, login
        assert digest(app) == before


def test_the_office_of_another_city_does_not_know_the_member(app, client, city) -> None:
    with app.app_context():
        other = make.city(db.session(), "Z")
    for login in ("Zbureau", "Zstation"):
        foreign = signed_in(client, login).post(f"{API}/members/{city.member_id('squad11a')}/sign-out")
        unknown = signed_in(client, login).post(f"{API}/members/{make.new_id()}/sign-out")
        assert foreign.status_code == unknown.status_code == 404
        assert say(foreign) == say(unknown)
    own = signed_in(client, "Zstation").post(f"{API}/members/{other.member_id('Zsquad11')}/sign-out")
    assert own.json == {"devices": 0}


# --- What changes about the person counts at the next request ---------------------------------------------------------


def test_a_disabled_account_is_out(app, client, city) -> None:
    person = signed_in(client, "squad11a")
    change(app, update(Account).where(Account.login == "squad11a").values(disabled_at=make.NOW))
    assert is_out(person)


def test_a_suspended_member_is_out(app, client, city) -> None:
    person, member_id = signed_in(client, "squad11a"), city.member_id("squad11a")
    change(
        app, insert(Absence).values(id=make.new_id(), member_id=member_id, absence="suspension", valid_from=YESTERDAY)
    )
    assert is_out(person)


def test_who_left_the_service_is_out(app, client, city) -> None:
    person, member_id = signed_in(client, "squad11a"), city.member_id("squad11a")
    change(app, update(Membership).where(Membership.member_id == member_id).values(valid_to=YESTERDAY))
    assert is_out(person)


def test_who_was_transferred_sees_the_new_unit_and_no_more_the_old(app, client, city, ask) -> None:
    person, member_id = signed_in(client, "squad11a"), city.member_id("squad11a")
    old, new = (f"{API}/units/{city.unit_id(code)}/members" for code in ("K1-1-1", "K1-2-1"))
    assert person.get(ME).json["unit"]["id"] == str(city.unit_id("K1-1-1"))
    assert (person.get(old).status_code, person.get(new).status_code) == (200, 404)
    moved = {"unit_id": str(city.unit_id("K1-2-1")), "on": "2026-11-20"}
    assert ask("bureau").post(f"{API}/members/{member_id}/transfer", json=moved).status_code == 201
    assert person.get(ME).json["unit"]["id"] == str(city.unit_id("K1-2-1"))
    assert (person.get(old).status_code, person.get(new).status_code) == (404, 200)


def test_an_ended_post_opens_nothing_any_more(app, client, city) -> None:
    officer, member_id = signed_in(client, "station"), city.member_id("station")
    path = f"{API}/members/{city.member_id('squad11a')}/sign-out"
    assert officer.post(path).status_code == 200
    change(app, update(Post).where(Post.member_id == member_id).values(valid_to=YESTERDAY))
    assert officer.post(path).status_code == 403
    assert officer.get(ME).json["posts"] == []
