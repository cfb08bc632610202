"""Signing in and out, renewing, devices, passwords and who one is."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from api.extensions import db
from brigade.access import passwords
from brigade.access.accounts import Account
from brigade.organisation.people import Absence, Post
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, places, signed_in

LOGIN, REFRESH, DEVICES, ME = (f"{API}/{path}" for path in ("auth/login", "auth/refresh", "auth/devices", "me"))


NEW = "まとい かかげる 朝の川 自転車"


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


def renewed(person, token):
    """What a refresh with this token answers."""
    return bearing(person.application.test_client(), token).post(REFRESH)


def test_a_lost_answer_is_given_again_to_the_letter(client, city, later) -> None:
    phone = signed_in(client, "squad11")
    first = renewed(phone, phone.tokens["refresh_token"])
    later(days=3)
    again = renewed(phone, phone.tokens["refresh_token"])
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json["refresh_token"] == first.json["refresh_token"] != phone.tokens["refresh_token"]
    assert again.json["access_token"] != first.json["access_token"]
    assert bearing(phone, again.json["access_token"]).get(ME).status_code == 200
    assert renewed(phone, again.json["refresh_token"]).status_code == 200


def test_parallel_requests_of_a_simple_app_all_get_an_answer(client, city, later) -> None:
    """The second of two refreshes at once comes when the first one's access token is already at work."""
    phone = signed_in(client, "squad11")
    one = renewed(phone, phone.tokens["refresh_token"])
    assert bearing(phone, one.json["access_token"]).get(ME).status_code == 200
    later(seconds=59)
    other = renewed(phone, phone.tokens["refresh_token"])
    assert other.json["refresh_token"] == one.json["refresh_token"]


@pytest.mark.parametrize("sign", ["its access token was used a minute ago", "it was refreshed with"])
def test_an_old_refresh_token_used_again_signs_the_device_out(client, city, later, sign) -> None:
    phone, tablet = signed_in(client, "squad11"), signed_in(client, "squad11")
    old = phone.tokens["refresh_token"]
    new = renewed(phone, old).json
    if sign == "it was refreshed with":
        new = renewed(phone, new["refresh_token"]).json
        renewed(phone, new["refresh_token"])
    else:
        assert bearing(phone, new["access_token"]).get(ME).status_code == 200
        later(seconds=61)
    again = renewed(phone, old)
    assert (again.status_code, again.json["code"]) == (401, "refresh-reused")
    assert bearing(phone, new["access_token"]).get(ME).status_code == 401
    assert renewed(phone, new["refresh_token"]).status_code == 401
    assert tablet.get(ME).status_code == 200  # only that device


def test_use_is_noted_once_whatever_is_asked(app, client, city) -> None:
    """Also by a request that may not write, or is refused."""
    phone = signed_in(client, "squad11")
    for path, status in ((ME, 200), (f"{API}/units/{make.new_id()}", 404), (f"{API}/inbox?limit=0", 422)):
        tokens = renewed(phone, phone.tokens["refresh_token"]).json
        phone.tokens = renewed(phone, tokens["refresh_token"]).json
        before = digest(app)
        assert bearing(phone, phone.tokens["access_token"]).get(path).status_code == status
        noted = digest(app)
        assert noted != before
        assert phone.get(path).status_code == status
        assert digest(app) == noted


def test_refreshes_at_the_same_instant_are_both_answered(app, client, city) -> None:
    """By the server's threads, each with a connection of its own."""
    with ThreadPoolExecutor(2) as threads:
        for _ in range(3):
            phone = signed_in(client, "squad11")
            line = threading.Barrier(2, timeout=30)

            def go(phone=phone, line=line):
                line.wait()
                return renewed(phone, phone.tokens["refresh_token"])

            one, other = (future.result(60) for future in [threads.submit(go), threads.submit(go)])
            assert (one.status_code, other.status_code) == (200, 200)
            assert one.json["refresh_token"] == other.json["refresh_token"]
            assert renewed(phone, one.json["refresh_token"]).status_code == 200


def test_signing_out_ends_both_tokens(ask) -> None:
    person = ask("squad11")
    assert person.post(f"{API}/auth/logout").status_code == 204
    assert person.get(ME).status_code == 401
    assert bearing(person, person.tokens["refresh_token"]).post(REFRESH).status_code == 401


def test_a_new_password_counts_at_once_and_signs_other_devices_out(client, city) -> None:
    here, there = signed_in(client, "squad11"), signed_in(client, "squad11")
    change = {"old_password": make.PASSWORD, "new_password": NEW}
    assert here.post(f"{API}/auth/password", json=change).status_code == 204
    assert here.get(ME).status_code == 200
    assert there.get(ME).status_code == 401
    assert try_in(client, password=make.PASSWORD).status_code == 401
    assert signed_in(client, "squad11", NEW).get(ME).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "pointer", "code"),
    [
        ("not-mine", NEW, "/old_password", "wrong-credentials"),
        (make.PASSWORD, NEW[:14], "/new_password", "short-password"),
        (make.PASSWORD, "passwordpassword", "/new_password", "weak-password"),
        (make.PASSWORD, "消防団消防団消防団消防団消防団", "/new_password", "weak-password"),
        (make.PASSWORD, "第1分団第2班第1分団第2班第1分団", "/new_password", "weak-password"),
        (make.PASSWORD, "squad12squad12squad12", "/new_password", "weak-password"),
        (make.PASSWORD, "x" * 257, "/new_password", "too-long"),
    ],
)
def test_a_bad_password_is_refused_in_words(client, city, old, new, pointer, code) -> None:
    person = signed_in(client, "squad12")
    answer = person.post(f"{API}/auth/password", json={"old_password": old, "new_password": new})
    assert places(answer) == {pointer: code}
    assert "パスワード" in answer.json["errors"][0]["message"] or code in ("too-long", "weak-password")
    assert person.get(ME).status_code == 200
    assert signed_in(client, "squad12").get(ME).status_code == 200


def test_the_refusal_says_how_to_make_a_good_password(ask) -> None:
    change = {"old_password": make.PASSWORD, "new_password": "passwordpassword"}
    for language, part in (("ja", "三つか四つつないで、15文字以上"), ("en", "three or four words")):
        answer = ask("squad12").post(f"{API}/auth/password", json=change, headers={"Accept-Language": language})
        assert part in answer.json["errors"][0]["message"]


def test_the_old_password_cannot_be_guessed_from_a_phone_in_strange_hands(ask) -> None:
    change = {"old_password": "wrong", "new_password": NEW}
    answers = [ask("squad12").post(f"{API}/auth/password", json=change).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_a_hash_of_older_parameters_is_made_anew_at_the_next_sign_in(app, client, city, monkeypatch) -> None:
    def stored() -> str:
        with app.app_context():
            asked = select(Account.password_hash).where(Account.login == "squad11")
            return db.session.scalars(asked, execution_options=make.SYSTEM).one()

    before = stored()
    signed_in(client, "squad11")
    assert stored() == before
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert try_in(client).status_code == 401
    assert stored() == before
    signed_in(client, "squad11")
    assert stored() != before
    assert "m=16,t=2,p=1" in stored()
    signed_in(client, "squad11")


def test_a_password_fits_however_the_keyboard_writes_it(client, city) -> None:
    change = {"old_password": make.PASSWORD, "new_password": "カケアガル階段 朝の川 jitensha"}
    assert signed_in(client, "squad11").post(f"{API}/auth/password", json=change).status_code == 204
    assert signed_in(client, "squad11", "ｶｹｱｶﾞﾙ階段　朝の川　ｊｉｔｅｎｓｈａ").get(ME).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "me"), ("get", "auth/devices"), ("post", "auth/logout"), ("post", "auth/refresh"), ("get", "inbox")],
)
def test_without_a_token_nothing_is_told(quiet, method, path) -> None:
    answer = getattr(quiet.app.test_client(), method)(f"{API}/{path}")
    assert (answer.status_code, answer.json["code"]) == (401, "not-signed-in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
