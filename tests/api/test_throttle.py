"""Guessing is slowed down and in the end stopped; it tells nobody which logins there are, and locks no owner
out (S-11).
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from api.extensions import db
from brigade.access import passwords
from brigade.access.throttle import SignInTries, limits_of_sign_in
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, signed_in
from tests.contract.test_tokens import RUBBISH

LOGIN, ME, REFRESH = (f"{API}/{path}" for path in ("auth/login", "me", "auth/refresh"))


def try_in(client, login="squad11", password="wrong", address="192.0.2.66", token=None, **said):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.application.test_client().post(
        LOGIN, json={"login": login, "password": password, **said}, headers=headers,
        environ_overrides={"REMOTE_ADDR": address},
    )  # fmt: skip


@pytest.fixture
def verified(monkeypatch) -> list[str]:
    """Every password that Argon2 is asked about."""
    asked, hasher = [], passwords.HASHER

    class Counting:
        hash, check_needs_rehash = staticmethod(hasher.hash), staticmethod(hasher.check_needs_rehash)

        @staticmethod
        def verify(hashed, password):
            asked.append(password)
            return hasher.verify(hashed, password)

    monkeypatch.setattr(passwords, "HASHER", Counting)
    return asked


def test_after_ten_wrong_tries_one_waits_and_then_gets_in(client, city, later) -> None:
    for _ in range(10):
        assert try_in(client).status_code == 401
    for password in ("wrong", make.PASSWORD):
        slowed = try_in(client, password=password, address="192.0.2.67")
        assert slowed.status_code == 429
        assert slowed.json["code"] == "too-many-tries"
        assert 0 < int(slowed.headers["Retry-After"]) <= 300
    later(seconds=int(slowed.headers["Retry-After"]) + 1)
    assert try_in(client, password=make.PASSWORD).status_code == 200


def test_one_address_has_fifty_tries_for_all_logins(client, city) -> None:
    answers = [try_in(client, f"guess-{number}").status_code for number in range(51)]
    assert answers == [401] * 50 + [429]
    assert try_in(client, password=make.PASSWORD).status_code == 429
    assert try_in(client, password=make.PASSWORD, address="192.0.2.7").status_code == 200


def test_right_passwords_are_not_counted(app, client, city) -> None:
    for _ in range(12):
        assert try_in(client, password=make.PASSWORD).status_code == 200
    with app.app_context():
        assert {row.tries for row in db.session.scalars(select(SignInTries))} == {0}


def test_a_refused_try_counts_for_nothing(app, client, city, later) -> None:
    """Who goes on trying does not push the end of the wait away."""
    for _ in range(10):
        try_in(client)
    before = digest(app)
    later(minutes=4)
    assert try_in(client).status_code == 429
    assert digest(app) == before


def test_a_burst_at_once_does_not_slip_through(client, city, verified) -> None:
    line = threading.Barrier(16, timeout=30)

    def go(number: int) -> int:
        line.wait()
        return try_in(client, address=f"192.0.2.{number}").status_code

    with ThreadPoolExecutor(16) as threads:
        answers = Counter(threads.map(go, range(16)))
    assert answers == {401: 10, 429: 6}
    assert len(verified) == 10


def test_who_is_signed_in_is_not_put_out_by_someone_elses_guesses(client, city, ask) -> None:
    owner = ask("squad11")
    for _ in range(11):
        try_in(client)
    assert owner.get(ME).status_code == 200
    assert bearing(owner, owner.tokens["refresh_token"]).post(REFRESH).status_code == 200


# --- What an answer tells ---------------------------------------------------------------------------------------------


def told(answer) -> tuple[int, dict[str, object], list[tuple[str, str]]]:
    """All of an answer that is not this request's own number."""
    body = {name: value for name, value in answer.json.items() if name != "request_id"}
    return answer.status_code, body, [header for header in answer.headers if header[0] != "X-Request-Id"]


def failed(client, login, times) -> None:
    """So many failures in a row, some time ago."""
    in_a_row = limits_of_sign_in(login, "anywhere")[0]
    with client.application.app_context():
        db.session.merge(SignInTries(key=in_a_row.key, tries=times, last_at=make.NOW))
        db.session.commit()


def test_no_answer_tells_whether_a_login_exists(client, city, verified, clock, later) -> None:
    """Up to the wait, and up to the stop after a hundred: the same status, body and headers, after the same work."""
    clock.move_to(make.NOW, tick=False)  # both are asked at the same moment: how long to wait is told in seconds
    for login in ("squad11", "nobody-at-all"):
        failed(client, login, 85)
    for number in range(18):
        if number == 12:
            later(minutes=5, seconds=1)
        address = f"198.51.100.{number}"
        there, absent = (try_in(client, login, address=address) for login in ("squad11", "nobody-at-all"))
        assert told(there) == told(absent), number
        assert verified.count("wrong") % 2 == 0
    assert there.json["code"] == "sign-in-stopped"
    assert len(verified) == 30
    right = try_in(client, password=make.PASSWORD, address="198.51.100.200")
    assert told(right) == told(there)


def test_an_overlong_login_or_password_is_no_way_round(client, city, verified) -> None:
    assert try_in(client, "x" * 65).status_code == 422
    assert try_in(client, password="x" * 257).status_code == 422
    assert verified == []


# --- The owner's own device -------------------------------------------------------------------------------------------


def stop(client, login="squad11") -> None:
    """A hundred failures in a row, from wherever."""
    failed(client, login, 100)
    assert try_in(client, login, make.PASSWORD).json["code"] == "sign-in-stopped"


def test_a_known_device_signs_in_whatever_others_guess(client, city, later) -> None:
    phone = signed_in(client, "squad11")
    stop(client)
    known = try_in(client, password=make.PASSWORD, token=phone.tokens["refresh_token"])
    assert known.status_code == 200
    later(minutes=6)
    assert try_in(client, password=make.PASSWORD).status_code == 200  # the row of failures is over


@pytest.mark.parametrize("how", ["expired", "signed out", "long exchanged"])
def test_a_device_stays_known(client, city, later, how) -> None:
    phone = signed_in(client, "squad11")
    token = phone.tokens["refresh_token"]
    if how == "signed out":
        assert phone.post(f"{API}/auth/logout").status_code == 204
    if how == "long exchanged":
        newer = bearing(phone, token).post(REFRESH).json["refresh_token"]
        assert bearing(phone, newer).post(REFRESH).status_code == 200
    if how == "expired":
        later(days=40)
    stop(client)
    assert try_in(client, password=make.PASSWORD, token=token).status_code == 200


@pytest.mark.parametrize("how", ["lost", "stolen", "another's", "access token", "by the office"])
def test_what_was_lost_or_stolen_is_known_no_more(client, city, ask, how) -> None:
    phone, other = signed_in(client, "squad11"), signed_in(client, "squad11")
    token = phone.tokens["refresh_token"]
    if how == "lost":
        (first, second) = other.get(f"{API}/auth/devices").json["items"]
        assert other.delete(f"{API}/auth/devices/{(second if first['current'] else first)['id']}").status_code == 204
    elif how == "stolen":
        newer = bearing(phone, bearing(phone, token).post(REFRESH).json["refresh_token"]).post(REFRESH)
        bearing(phone, newer.json["refresh_token"]).post(REFRESH)
        assert bearing(phone, token).post(REFRESH).json["code"] == "refresh-reused"
    elif how == "by the office":
        ask("station").post(f"{API}/members/{city.member_id('squad11')}/sign-out")
    elif how == "another's":
        token = signed_in(client, "squad12").tokens["refresh_token"]
    else:
        token = phone.tokens["access_token"]
    stop(client)
    assert try_in(client, password=make.PASSWORD, token=token).json["code"] == "sign-in-stopped"


def test_a_thief_of_the_phone_has_ten_tries_too_and_a_hundred_in_all(client, city, later, verified) -> None:
    token = signed_in(client, "squad11").tokens["refresh_token"]
    verified.clear()
    answers = Counter()
    for _ in range(12):
        answers.update(try_in(client, token=token).json["code"] for _ in range(12))
        later(minutes=5, seconds=1)
    assert len(verified) == 100
    assert answers == {"wrong-credentials": 100, "too-many-tries": 18, "sign-in-stopped": 26}
    assert try_in(client, password=make.PASSWORD).status_code == 200  # the owner, elsewhere, is not held up


def test_rubbish_as_a_device_is_no_device(client, city) -> None:
    for token in RUBBISH:
        assert try_in(client, password=make.PASSWORD, token=token).status_code == 200, token
