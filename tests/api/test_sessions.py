"""Signing in and out, renewing, devices, passwords and who one is."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.accounts import Account
from brigade.people import Absence, Post
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, places, signed_in

LOGIN, REFRESH, DEVICES, ME = (f"{API}/{path}" for path in ("auth/login", "auth/refresh", "auth/devices", "me"))


def say(answer):
    """A body without what is of this request alone."""
    return {name: value for name, value in answer.json.items() if name != "request_id"}


def try_in(client, login="squad11", password="wrong", **said):
    return client.post(LOGIN, json={"login": login, "password": password}, **said)


def test_a_member_signs_in_and_is_known(ask, city) -> None:
    person = ask("squad11a")
    assert person.tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "member"}
    assert (person.tokens["token_type"], person.tokens["expires_in"]) == ("Bearer", 900)
    me = person.get(ME).json
    assert me["member"] == person.tokens["member"]
    assert me["member"]["id"] == str(city.member_id("squad11a"))
    assert me["member"].keys() >= {"id", "number", "name", "kana"}
    assert me["posts"] == []
    assert me["unit"] == {"id": str(city.unit_id("K1-1-1")), "name": "第1分団第1班", "level": "squad"}


@pytest.mark.parametrize(
    ("login", "post", "unit"),
    [
        ("squad11", "squad_leader", "K1-1-1"),
        ("squad11-deputy", "deputy_squad_leader", "K1-1-1"),
        ("company1", "company_leader", "K1-1"),
        ("brigade", "brigade_leader", "K1"),
        ("station", "station_officer", "S1"),
        ("bureau", "bureau_officer", "B"),
    ],
)
def test_every_leader_is_told_the_post_held(quiet, login, post, unit) -> None:
    (held,) = quiet.person(login).get(ME).json["posts"]
    made = quiet.city.units[unit]
    assert held == {
        "post": post,
        "unit": {"id": str(made.id), "name": made.name, "level": made.level},
        "acting": False,
        "since": make.SINCE.isoformat(),
        "until": None,
    }


def test_a_deputy_acts_as_long_as_the_leader_is_on_leave(app, city, ask) -> None:
    with app.app_context():
        db.session.add(Absence(member_id=city.member_id("squad11"), absence="leave", valid_from=dt.date(2026, 11, 1)))
        db.session.commit()
    posts = ask("squad11-deputy").get(ME).json["posts"]
    assert [(post["post"], post["acting"]) for post in posts] == [
        ("deputy_squad_leader", False),
        ("squad_leader", True),
    ]
    assert posts[1]["unit"]["id"] == str(city.unit_id("K1-1-1"))


def test_a_post_that_ended_yesterday_is_gone_from_the_same_token(app, city, ask) -> None:
    leader = ask("squad11")
    assert leader.get(ME).json["posts"]
    with app.app_context():
        ends = update(Post).where(Post.member_id == city.member_id("squad11")).values(valid_to=dt.date(2026, 11, 19))
        db.session.execute(ends, execution_options=make.SYSTEM)
        db.session.commit()
    assert leader.get(ME).json["posts"] == []


def test_wrong_login_and_wrong_password_are_answered_alike(client, city) -> None:
    wrong_password, wrong_login = try_in(client), try_in(client, "nobody-at-all")
    assert wrong_password.status_code == wrong_login.status_code == 401
    assert say(wrong_password) == say(wrong_login)
    assert wrong_password.json["code"] == "wrong-credentials"
    kept = {"Content-Length", "X-Request-Id"}
    assert [h for h in wrong_password.headers if h[0] not in kept] == [
        h for h in wrong_login.headers if h[0] not in kept
    ]


def test_disabled_and_suspended_people_cannot_sign_in_and_are_out_at_once(app, client, city, ask) -> None:
    disabled, suspended = ask("squad11a"), ask("squad11b")
    with app.app_context():
        off = update(Account).where(Account.login == "squad11a").values(disabled_at=make.NOW)
        db.session.execute(off, execution_options=make.SYSTEM)
        db.session.add(
            Absence(member_id=city.member_id("squad11b"), absence="suspension", valid_from=dt.date(2026, 11, 20))
        )
        db.session.commit()
    for person, login in ((disabled, "squad11a"), (suspended, "squad11b")):
        assert person.get(ME).status_code == 401
        assert bearing(person, person.tokens["refresh_token"]).post(REFRESH).status_code == 401
        assert say(try_in(client, login, make.PASSWORD)) == say(try_in(client))


def test_after_ten_wrong_tries_one_waits_and_then_gets_in(client, city, later) -> None:
    for _ in range(10):
        assert try_in(client).status_code == 401
    for password in ("wrong", make.PASSWORD):
        slowed = try_in(client, password=password)
        assert slowed.status_code == 429
        assert slowed.json["code"] == "too-many-tries"
        assert 0 < int(slowed.headers["Retry-After"]) <= 300
    later(seconds=int(slowed.headers["Retry-After"]) + 1)
    assert try_in(client, password=make.PASSWORD).status_code == 200


def test_wrong_tries_for_many_logins_from_one_address_are_slowed_too(client, city) -> None:
    answers = [try_in(client, f"guess-{number}").status_code for number in range(11)]
    assert answers == [401] * 10 + [429]
    other_address = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert try_in(client, password=make.PASSWORD, **other_address).status_code == 200


def test_who_is_signed_in_is_not_put_out_by_someone_elses_guesses(client, city, ask) -> None:
    owner = ask("squad11")
    for _ in range(11):
        try_in(client, environ_overrides={"REMOTE_ADDR": "192.0.2.66"})
    assert owner.get(ME).status_code == 200
    assert bearing(owner, owner.tokens["refresh_token"]).post(REFRESH).status_code == 200


def test_refreshing_gives_a_new_pair_and_keeps_the_device(client, city, later) -> None:
    first = signed_in(client, "squad11")
    later(days=29)
    assert first.get(ME).json["code"] == "token-expired"
    second = bearing(first, first.tokens["refresh_token"]).post(REFRESH)
    assert second.status_code == 200
    assert second.json["refresh_token"] != first.tokens["refresh_token"]
    person = bearing(first, second.json["access_token"])
    assert person.get(ME).status_code == 200
    assert len(person.get(DEVICES).json["items"]) == 1
    later(days=31)
    assert bearing(first, second.json["refresh_token"]).post(REFRESH).status_code == 401


def test_an_old_refresh_token_used_again_signs_the_device_out(client, city) -> None:
    phone, tablet = signed_in(client, "squad11"), signed_in(client, "squad11")
    old = phone.tokens["refresh_token"]
    new = bearing(phone, old).post(REFRESH).json
    again = bearing(phone, old).post(REFRESH)
    assert (again.status_code, again.json["code"]) == (401, "refresh-reused")
    for token, path in ((new["access_token"], "get"), (new["refresh_token"], "post")):
        asked = bearing(phone, token)
        assert (asked.get(ME) if path == "get" else asked.post(REFRESH)).status_code == 401
    assert tablet.get(ME).status_code == 200  # only that device


def test_signing_out_ends_both_tokens(ask) -> None:
    person = ask("squad11")
    assert person.post(f"{API}/auth/logout").status_code == 204
    assert person.get(ME).status_code == 401
    assert bearing(person, person.tokens["refresh_token"]).post(REFRESH).status_code == 401


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
    assert {**say(foreign), "instance": ""} == {**say(unknown), "instance": ""}
    assert ask("squad11").get(ME).status_code == 200
    assert before != digest(app)  # the bureau officer signed in meanwhile
    assert len(ask("squad11").get(DEVICES).json["items"]) == 1


def test_a_new_password_counts_at_once_and_signs_other_devices_out(client, city) -> None:
    here, there = signed_in(client, "squad11"), signed_in(client, "squad11")
    change = {"old_password": make.PASSWORD, "new_password": "まといを高くかかげる"}
    assert here.post(f"{API}/auth/password", json=change).status_code == 204
    assert here.get(ME).status_code == 200
    assert there.get(ME).status_code == 401
    assert try_in(client, password=make.PASSWORD).status_code == 401
    assert signed_in(client, "squad11", "まといを高くかかげる").get(ME).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "pointer", "code"),
    [
        ("not-mine", "まといを高くかかげる", "/old_password", "wrong-credentials"),
        (make.PASSWORD, "short", "/new_password", "weak-password"),
        (make.PASSWORD, "password", "/new_password", "weak-password"),
        (make.PASSWORD, "消防団消防団", "/new_password", "weak-password"),
        (make.PASSWORD, "aaaaaaaaaaaa", "/new_password", "weak-password"),
        (make.PASSWORD, "x" * 257, "/new_password", "too-long"),
    ],
)
def test_a_bad_password_is_refused_in_words(quiet, old, new, pointer, code) -> None:
    with quiet.unchanged("squad12") as person:
        answer = person.post(f"{API}/auth/password", json={"old_password": old, "new_password": new})
        assert places(answer) == {pointer: code}


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "me"), ("get", "auth/devices"), ("post", "auth/logout"), ("post", "auth/refresh"), ("get", "inbox")],
)
def test_without_a_token_nothing_is_told(quiet, method, path) -> None:
    answer = getattr(quiet.app.test_client(), method)(f"{API}/{path}")
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
