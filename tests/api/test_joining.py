"""Joining by a code, the same again after a lost answer, and what a stranger with invented codes is told."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import settings
from sqlalchemy import select, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.throttle import INVITATION_OVER_ALL, INVITATION_PER_ADDRESS, SignInTries
from brigade.db import Base
from brigade.organisation.people import Absence, Membership
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, bearing, places, signed_in
from tests.api.invited import (
    HOLDER,
    INVITATIONS,
    ME,
    OTHER,
    PASSWORD,
    accept,
    code_for,
    issue,
    nobody_joined,
    number_of,
    recruits,
    refused,
    rows,
)
from tests.contract.test_statements import counted

WRONG = 1000 if settings.default is not None and settings.default.max_examples > 1000 else 60


@pytest.fixture
def joining(app, city):
    """Squad 1-1, where only its leader has joined."""
    return nobody_joined(app, city)


def test_a_member_joins_by_the_code_and_is_signed_in(app, client, joining, ask) -> None:
    (item,) = issue(ask("squad11"), member_ids=[str(joining.member_id("squad11a"))])["items"]
    assert item["purpose"] == "join"
    assert (item["brigade"], item["unit_path"]) == ("A消防団", ["第1分団", "第1分団第1班"])
    assert item["address"].endswith("/join#" + item["code"].replace("-", ""))
    assert item["expires_at"].startswith("2026-11-23T12:0")  # noon and what the test took so far

    who = client.get(f"{HOLDER}/{item['code']}")
    assert who.json == {
        "name": "団員 squad11a", "number": number_of(joining, "squad11a"), "login": number_of(joining, "squad11a"),
        "purpose": "join", "expires_at": item["expires_at"],
    }  # fmt: skip
    answer = accept(client, item["code"])
    assert answer.status_code == 201, answer.text
    assert answer.json.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "member"}
    assert bearing(client, answer.json["access_token"]).get(ME).json["member"]["name"] == "団員 squad11a"
    again = signed_in(client, number_of(joining, "squad11a"), PASSWORD)
    assert again.get(ME).status_code == 200


def test_a_code_may_be_typed_as_people_type(client, joining, ask) -> None:
    groups = code_for(ask("squad11"), joining).split("-")
    for form in ("{}{}{}", "{} {} {}", "{}ー{}ー{}", "　{}－{}－{}　"):
        code = form.format(*groups)
        wide = code.translate({ord(str(n)): ord("０") + n for n in range(10)})
        for typed in (code, wide):
            assert client.get(f"{HOLDER}/{typed}").status_code == 200
    assert accept(client, wide).status_code == 201


def test_a_used_code_is_unknown(client, joining, ask) -> None:
    code = code_for(ask("squad11"), joining)
    assert accept(client, code).status_code == 201
    assert refused(client.get(f"{HOLDER}/{code}"))
    assert refused(accept(client, code, OTHER))


def test_a_lost_answer_does_not_lock_the_member_out(app, client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    first = accept(client, code)
    before = rows(app, Account, Account.member_id == joining.member_id("squad11a"))
    later(hours=71)
    again = accept(client, code)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["member"] == again.json["member"]
    for answer in (first, again):  # both devices are signed in: the first may be the phone that heard nothing
        assert bearing(client, answer.json["refresh_token"]).post(f"{API}/auth/refresh").status_code == 200
    after = rows(app, Account, Account.member_id == joining.member_id("squad11a"))
    assert [(row.id, row.login, row.password_hash) for row in after] == [
        (row.id, row.login, row.password_hash) for row in before
    ]
    later(hours=1)
    assert refused(accept(client, code))


def test_a_used_code_is_no_way_to_guess_the_password(client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    assert accept(client, code).status_code == 201
    for nth in range(10):
        assert refused(accept(client, code, f"{OTHER}{nth}"))
        later(minutes=1)
    assert refused(accept(client, code))
    signed_in(client, number_of(joining, "squad11a"), PASSWORD)  # the account itself is open


def test_a_weak_password_is_told_and_the_code_stays_good(client, joining, ask) -> None:
    code = code_for(ask("squad11"), joining)
    for password, said in (("short", "short-password"), ("1234567890123456", "weak-password")):
        assert places(accept(client, code, password)) == {"/password": said}
    number = number_of(joining, "squad11a")
    assert places(accept(client, code, f"{number}{number}{number}")) == {"/password": "weak-password"}
    assert places(client.post(f"{HOLDER}/{code}", json={})) == {"/password": "required"}
    assert accept(client, code).status_code == 201


def test_a_number_that_another_city_uses_gets_the_bureaus_code_before_it(app, client, joining, ask) -> None:
    number = number_of(joining, "squad11a")
    with app.app_context():
        other = make.city(db.session(), "Z")
        taken = update(Account).where(Account.member_id == other.member_id("Zsquad11a")).values(login=number)
        db.session.execute(taken, execution_options=make.SYSTEM)
        db.session.commit()
    code = code_for(ask("squad11"), joining)
    assert client.get(f"{HOLDER}/{code}").json["login"] == f"B-{number}"
    assert accept(client, code).status_code == 201
    assert signed_in(client, f"B-{number}", PASSWORD).get(ME).json["member"]["name"] == "団員 squad11a"


def test_a_squad_of_twenty_joins_in_one_evening_over_one_address(app, client, joining, ask) -> None:
    recruits(app, joining, 18)
    made = issue(ask("squad11"), unit_id=str(joining.unit_id("K1-1-1")))
    assert len(made["items"]) == 21
    assert made["left_out"] == []
    for item in made["items"]:
        assert client.get(f"{HOLDER}/{item['code']}").status_code == 200
        assert accept(client, item["code"]).status_code == 201
    assert issue_places(ask("squad11"), unit_id=str(joining.unit_id("K1-1-1"))) == {"/unit_id": "nobody-to-invite"}


def issue_places(leader, **said) -> dict[str, str]:
    return places(leader.post(INVITATIONS, json=said))


# --- One and the same answer ------------------------------------------------------------------------------------------


def said(answer) -> str:
    """The body, without what is of this request alone."""
    return json.dumps({k: v for k, v in answer.json.items() if k not in ("request_id", "instance")})


def test_unknown_used_expired_revoked_and_unfit_are_answered_alike(app, client, joining, ask, later) -> None:
    leader, officer = ask("squad11"), ask("bureau")
    codes = {
        "used": code_for(leader, joining), "revoked": code_for(leader, joining, "squad11b"),
        "replaced": code_for(leader, joining, "squad11-deputy"), "left": code_for(officer, joining, "squad12a"),
        "suspended": code_for(officer, joining, "squad12b"), "disabled": code_for(officer, joining, "squad21a"),
        "unknown": "0000-0000-0000", "malformed": "１２３四", "long": "9" * 500, "strange": "%00' OR 1=1 --",
    }  # fmt: skip
    code_for(leader, joining, "squad11-deputy")
    assert accept(client, codes["used"]).status_code == 201
    assert leader.delete(f"{INVITATIONS}/{joining.member_id('squad11b')}").status_code == 204
    unfit(app, joining)
    found = {
        kind: (client.get(f"{HOLDER}/{code}"), accept(client, code, OTHER), accept(client, code, "x"))
        for kind, code in codes.items()
    }
    later(hours=72)
    expired = code_for(signed_in(client, "bureau"), joining, "squad22a")
    later(hours=72)
    found["expired"] = (client.get(f"{HOLDER}/{expired}"), accept(client, expired, OTHER), accept(client, expired, "x"))
    for answers in found.values():
        assert all(refused(answer) for answer in answers)
    assert len({said(answer) for answers in found.values() for answer in answers}) == 1
    assert len({tuple(answer.headers.keys()) for answers in found.values() for answer in answers}) == 1
    english = client.get(f"{HOLDER}/0000-0000-0000", headers=ENGLISH)
    assert "squad leader" in english.json["detail"]


def unfit(app, city) -> None:
    """One has left, one is suspended, one account is disabled."""
    with app.app_context():
        left = update(Membership).where(Membership.member_id == city.member_id("squad12a"))
        db.session.execute(left.values(valid_to=dt.date(2026, 11, 19)), execution_options=make.SYSTEM)
        away = Absence(member_id=city.member_id("squad12b"), absence="suspension", valid_from=dt.date(2026, 11, 20))
        db.session.add(away)
        off = update(Account).where(Account.member_id == city.member_id("squad21a")).values(disabled_at=make.NOW)
        db.session.execute(off, execution_options=make.SYSTEM)
        db.session.commit()


def test_refusals_ask_the_store_the_same_questions(app, client, joining, ask) -> None:
    """In like time: what is asked of the store, and one hash of a password, is the same for all of them."""
    leader = ask("squad11")
    used, revoked = code_for(leader, joining), code_for(leader, joining, "squad11b")
    assert accept(client, used).status_code == 201
    assert leader.delete(f"{INVITATIONS}/{joining.member_id('squad11b')}").status_code == 204
    asked = {}
    for kind, code in (("unknown", "0" * 12), ("used", used), ("revoked", revoked), ("malformed", "x")):
        for way, ask_ in (
            ("get", lambda code=code: client.get(f"{HOLDER}/{code}")),
            ("post", lambda code=code: accept(client, code, OTHER)),
        ):
            with counted(app) as statements:
                assert refused(ask_())
            asked.setdefault(way, {})[kind] = statements
    for way, kinds in asked.items():
        assert len({tuple(statements) for statements in kinds.values()}) == 1, (way, kinds)


def test_wrong_codes_from_one_address_are_throttled(app, client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    statuses = [client.get(f"{HOLDER}/{nth:012d}").status_code for nth in range(WRONG)]
    assert statuses == [404] * INVITATION_PER_ADDRESS + [429] * (WRONG - INVITATION_PER_ADDRESS)
    slowed = accept(client, code)
    assert (slowed.status_code, slowed.json["code"]) == (429, "too-many-tries")
    assert 0 < int(slowed.headers["Retry-After"]) <= 300
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert client.get(f"{HOLDER}/{code}", **elsewhere).status_code == 200
    later(seconds=int(slowed.headers["Retry-After"]) + 1)
    assert accept(client, code).status_code == 201


def test_many_addresses_together_are_throttled_too(app, client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    assert refused(client.get(f"{HOLDER}/{code}0", environ_base={"REMOTE_ADDR": "192.0.2.1"}))
    with app.app_context():  # as if all but one of those that are allowed had come from many addresses
        db.session.execute(update(SignInTries).values(tries=INVITATION_OVER_ALL - 1))
        db.session.commit()
    assert refused(client.get(f"{HOLDER}/{code}0", environ_base={"REMOTE_ADDR": "192.0.2.2"}))
    assert client.get(f"{HOLDER}/{code}", environ_base={"REMOTE_ADDR": "192.0.2.3"}).status_code == 429
    later(minutes=5, seconds=1)
    assert client.get(f"{HOLDER}/{code}", environ_base={"REMOTE_ADDR": "192.0.2.3"}).status_code == 200


# --- Nothing is left in clear -----------------------------------------------------------------------------------------


def test_the_store_holds_no_code_and_no_password(app, client, joining, ask) -> None:
    code = code_for(ask("squad11"), joining)
    accept(client, code)
    waiting = code_for(ask("squad11"), joining, "squad11b")
    with app.app_context(), db.engine.connect() as connection:
        everything = repr([connection.execute(select(table)).all() for table in Base.metadata.sorted_tables])
    for secret in (code, waiting, PASSWORD):
        assert secret not in everything
        assert secret.replace("-", "") not in everything


def test_looking_at_a_good_code_counts_for_nothing(client, joining, ask) -> None:
    code = code_for(ask("squad11"), joining)
    statuses = {client.get(f"{HOLDER}/{code}").status_code for _ in range(INVITATION_PER_ADDRESS + 5)}
    assert statuses == {200}
