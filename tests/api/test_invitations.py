"""Joining by a code, coming back in, and what a stranger with codes of their own invention gets."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pypdfium2
import pytest
from sqlalchemy import delete, select, update

from api.extensions import db
from brigade.accounts import Account
from brigade.db import Base
from brigade.device_sessions import DeviceSession
from brigade.invitations import Invitation
from brigade.notices import Notice
from brigade.people import Absence, Member, Membership
from brigade.throttle import INVITATION_OVER_ALL, INVITATION_PER_ADDRESS
from brigade.units import Unit
from tests import make
from tests.api import asking
from tests.api.answers import API
from tests.api.asking import ENGLISH, bearing, places, signed_in
from tests.contract.test_statements import counted

INVITATIONS, CARDS, HOLDER, ME = (
    f"{API}/{path}" for path in ("invitations", "invitations/cards", "auth/invitations", "me")
)
LOGIN = f"{API}/auth/login"
PASSWORD = "秋の朝にまといを高くかかげる人"
OTHER = "夏の夜にはしごを長くのばす若者"


@pytest.fixture
def joining(app, city):
    """Squad 1-1, where only its leader has joined."""
    forget(app, city, "squad11-deputy", "squad11a", "squad11b")
    return replace(city, people=dict(city.people))


def forget(app, city, *logins) -> None:
    """These have no account any more."""
    ids = [city.member_id(login) for login in logins]
    with app.app_context():
        db.session.execute(delete(Account).where(Account.member_id.in_(ids)), execution_options=make.SYSTEM)
        db.session.commit()


def recruits(app, city, count: int) -> None:
    """So many more members of squad 1-1, who have not joined."""
    with app.app_context():
        for nth in range(count):
            make.member(db.session, city, f"new{nth}", "K1-1-1")
        db.session.flush()
        db.session.expunge_all()
        db.session.commit()
    forget(app, city, *(f"new{nth}" for nth in range(count)))


def issue(leader, **said):
    answer = leader.post(INVITATIONS, json=said)
    assert answer.status_code == 201, answer.text
    return answer.json


def code_for(leader, city, login="squad11a") -> str:
    return issue(leader, member_ids=[str(city.member_id(login))])["items"][0]["code"]


def accept(client, code, password=PASSWORD, **said):
    return client.post(f"{HOLDER}/{code}", json={"password": password, "device_name": "電話"}, **said)


def refused(answer) -> bool:
    assert (answer.status_code, answer.json["code"]) == (404, "invitation-unknown"), answer.text
    return True


def rows(app, model, *where):
    with app.app_context():
        found = db.session.scalars(select(model).where(*where), execution_options=make.SYSTEM).all()
        db.session.expunge_all()
        return found


def number_of(city, login: str) -> str:
    return city.people[login].number


# --- Joining ----------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("form", ["{}{}{}", "{} {} {}", "{}ー{}ー{}", "　{}－{}－{}　"])
def test_a_code_may_be_typed_as_people_type(client, joining, ask, form) -> None:
    code = form.format(*code_for(ask("squad11"), joining).split("-"))
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
        other = make.city(db.session, "Z")
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


# --- The way back in --------------------------------------------------------------------------------------------------


def start(leader, city, login, card=""):
    return leader.post(f"{API}/members/{city.member_id(login)}/password-reset{card}")


def test_a_reset_leaves_the_old_password_good_until_the_code_is_used(app, client, city, ask) -> None:
    phone = ask("squad11a")
    answer = start(ask("squad11"), city, "squad11a")
    assert answer.status_code == 201, answer.text
    assert answer.json["purpose"] == "reset"
    assert phone.get(ME).status_code == 200
    other = signed_in(client, "squad11a")
    told = rows(app, Notice, Notice.member_id == city.member_id("squad11a"))
    assert [notice.kind for notice in told] == ["password-reset-started"]

    code = answer.json["code"]
    assert client.get(f"{HOLDER}/{code}").json["login"] == "squad11a"
    new = accept(client, code)
    assert new.status_code == 201, new.text
    for device in (phone, other):
        assert device.get(ME).status_code == 401
    assert bearing(client, new.json["access_token"]).get(ME).status_code == 200
    assert client.post(LOGIN, json={"login": "squad11a", "password": make.PASSWORD}).status_code == 401
    assert signed_in(client, "squad11a", PASSWORD).get(ME).status_code == 200
    assert accept(client, code).status_code == 201  # the answer was lost
    assert bearing(client, new.json["access_token"]).get(ME).status_code == 200


def test_nobody_resets_oneself_ones_equals_or_whom_one_cannot_see(app, city, ask) -> None:
    forget(app, city, "squad11b")
    for login, status, code in (
        ("squad11", 403, "invites-oneself"), ("squad11-deputy", 403, "officers-invite"), ("squad12a", 404, "not-found"),
        ("company1", 404, "not-found"), ("squad11b", 403, "no-account-yet"),
    ):  # fmt: skip
        answer = start(ask("squad11"), city, login)
        assert answer.status_code == status, (login, answer.text)
        assert code in (answer.json["code"], *answer.json.get("reasons", ()))
    assert start(ask("squad11a"), city, "squad11b").json["reasons"] == ["not-permitted"]
    assert start(ask("station"), city, "squad11-deputy").status_code == 201
    assert start(ask("brigade"), city, "brigade-deputy").status_code == 403
    assert start(ask("station"), city, "bureau").status_code == 404
    assert start(ask("bureau"), city, "station").status_code == 201
    assert start(ask("bureau"), city, "bureau").json["reasons"] == ["invites-oneself"]


def test_an_officer_never_learns_the_password(app, city, ask) -> None:
    """Nothing that the route takes could set it, and nothing that it answers tells it."""
    before = rows(app, Account, Account.member_id == city.member_id("squad11a"))[0].password_hash
    path = f"{API}/members/{city.member_id('squad11a')}/password-reset"
    answer = ask("bureau").post(path, json={"password": PASSWORD, "new_password": PASSWORD})
    assert "password" not in answer.json
    assert rows(app, Account, Account.member_id == city.member_id("squad11a"))[0].password_hash == before


def test_making_codes_asks_for_a_fresh_proof_of_who_one_is(app, city, ask, later) -> None:
    leader, unit = ask("squad11"), {"unit_id": str(city.unit_id("K1-1-1"))}
    with app.app_context():
        asks = update(Unit).where(Unit.id == city.bureau_id).values(settings={"step_up": ["role-change"]})
        db.session.execute(asks, execution_options=make.SYSTEM)
        db.session.commit()
    later(minutes=14)
    assert start(leader, city, "squad11a").status_code == 201
    fresh = asking.bearing(leader, leader.post(f"{API}/auth/refresh", headers=refreshing(leader)).json["access_token"])
    later(minutes=2)
    for answer in (
        start(fresh, city, "squad11a"), start(fresh, city, "squad11a", "/card"), fresh.post(INVITATIONS, json=unit),
        fresh.post(CARDS, json=unit),
    ):  # fmt: skip
        assert (answer.status_code, answer.json.get("reasons")) == (403, ["step-up-required"]), answer.text
    assert fresh.get(INVITATIONS).status_code == 200
    assert fresh.delete(f"{INVITATIONS}/{city.member_id('squad11a')}").status_code == 204  # stopping needs no proof


def refreshing(person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.tokens['refresh_token']}"}


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


def test_a_thousand_wrong_codes_from_one_address_are_throttled(app, client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    statuses = [client.get(f"{HOLDER}/{nth:012d}").status_code for nth in range(1000)]
    assert statuses == [404] * INVITATION_PER_ADDRESS + [429] * (1000 - INVITATION_PER_ADDRESS)
    slowed = accept(client, code)
    assert (slowed.status_code, slowed.json["code"]) == (429, "too-many-tries")
    assert 0 < int(slowed.headers["Retry-After"]) <= 300
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert client.get(f"{HOLDER}/{code}", **elsewhere).status_code == 200
    later(seconds=int(slowed.headers["Retry-After"]) + 1)
    assert accept(client, code).status_code == 201


def test_many_addresses_together_are_throttled_too(client, joining, ask, later) -> None:
    code = code_for(ask("squad11"), joining)
    for nth in range(INVITATION_OVER_ALL):
        answer = client.get(f"{HOLDER}/{nth:012d}", environ_base={"REMOTE_ADDR": f"192.0.2.{nth // 25}"})
        assert answer.status_code == 404
    assert client.get(f"{HOLDER}/{code}", environ_base={"REMOTE_ADDR": "198.51.100.1"}).status_code == 429
    later(minutes=5, seconds=1)
    assert client.get(f"{HOLDER}/{code}").status_code == 200


# --- Lists and cards --------------------------------------------------------------------------------------------------


def listed(person, **query) -> dict[str, dict]:
    """Everyone on all pages, by name."""
    found, cursor = {}, None
    while True:
        answer = person.get(INVITATIONS, query_string={**query, "limit": 3, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        found |= {item["member"]["name"].removeprefix("団員 "): item for item in answer.json["items"]}
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return found


def test_a_leader_sees_who_has_joined_and_who_has_a_code(client, joining, ask) -> None:
    leader, company = ask("squad11"), ask("company1")
    assert listed(leader).keys() == {"squad11", "squad11-deputy", "squad11a", "squad11b"}
    assert listed(leader, state="joined").keys() == {"squad11"}
    code, _ = code_for(leader, joining), code_for(company, joining, "squad11b")
    found = listed(company, unit_id=str(joining.unit_id("K1-1-1")), state="invited")
    assert found.keys() == {"squad11a", "squad11b"}
    assert found["squad11a"]["live_code"]["purpose"] == "join"
    assert found["squad11a"]["live_code"]["expires_at"].startswith("2026-11-23T12:0")
    assert found["squad11b"]["issued_by"]["name"] == "団員 company1"
    assert found["squad11b"]["unit"]["name"] == "第1分団第1班"
    assert accept(client, code).status_code == 201
    assert listed(leader, state="joined").keys() == {"squad11", "squad11a"}
    assert listed(leader, state="not_joined").keys() == {"squad11-deputy", "squad11b"}
    joined = listed(leader)["squad11a"]
    assert (joined["joined"], joined["live_code"], joined["issued_by"]["name"]) == (True, None, "団員 squad11")
    assert leader.get(INVITATIONS, query_string={"state": "not_joined", "count": "true"}).json["count"] == 2
    assert code.replace("-", "") not in json.dumps(listed(leader))


def test_who_joined_by_a_code_has_joined_even_when_the_devices_are_forgotten(app, client, joining, ask) -> None:
    assert accept(client, code_for(ask("squad11"), joining)).status_code == 201
    with app.app_context():
        devices = delete(DeviceSession).where(
            DeviceSession.account_id.in_(select(Account.id).where(Account.member_id == joining.member_id("squad11a")))
        )
        db.session.execute(devices, execution_options=make.SYSTEM)
        db.session.commit()
    assert start(ask("squad11"), joining, "squad11a").status_code == 201
    assert listed(ask("squad11"))["squad11a"]["joined"] is True


def test_a_squads_cards_are_a_page_each_with_a_code_that_works_and_ends_the_last(app, client, joining, ask) -> None:
    leader = ask("squad11")
    recruits(app, joining, 17)
    body = {"unit_id": str(joining.unit_id("K1-1-1"))}
    first, second = (leader.post(CARDS, json=body) for _ in range(2))
    assert (first.status_code, first.mimetype) == (201, "application/pdf")
    assert first.headers["Content-Disposition"] == 'inline; filename="invitation-cards-20261120.pdf"'
    assert first.headers["Cache-Control"] == "no-store"
    before, after = codes_on(first.data), codes_on(second.data)
    assert len(before) == len(after) == 20
    assert len({*before, *after}) == 40
    assert [client.get(f"{HOLDER}/{code}").status_code for code in after] == [200] * 20
    assert [client.get(f"{HOLDER}/{code}").status_code for code in before] == [404] * 20


def codes_on(pdf: bytes) -> list[str]:
    """The code on each page, as it is printed."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return [re.findall(r"\d{4}-\d{4}-\d{4}", text)[0] for text in texts]


def test_a_reset_card_is_one_page(client, city, ask) -> None:
    answer = start(ask("squad11"), city, "squad11a", "/card")
    assert (answer.status_code, answer.mimetype) == (201, "application/pdf")
    (code,) = codes_on(answer.data)
    assert client.get(f"{HOLDER}/{code}").json["purpose"] == "reset"


def test_cards_for_a_whole_squad_leave_out_who_has_joined_unless_asked_for(city, ask) -> None:
    leader, unit = ask("squad11"), str(city.unit_id("K1-1-1"))
    ask("squad11a")
    missing = issue(leader, unit_id=unit)
    assert {item["member"]["name"] for item in missing["items"]} == {"団員 squad11b"}
    assert [(left["member"]["name"], left["code"]) for left in missing["left_out"]] == [
        ("団員 squad11-deputy", "officers-invite")
    ]
    everyone = issue(leader, unit_id=unit, only_missing=False)
    assert {item["member"]["name"] for item in everyone["items"]} == {"団員 squad11a", "団員 squad11b"}
    assert {left["code"] for left in everyone["left_out"]} == {"officers-invite", "invites-oneself"}
    assert all(left["message"] for left in everyone["left_out"])


@pytest.mark.parametrize("login", ["squad11a", "squad11-deputy", "company1-deputy"])
def test_who_has_no_desk_invites_nobody(quiet, login) -> None:
    city = quiet.city
    body = {"member_ids": [str(city.member_id("squad11b"))]}
    with quiet.unchanged(login) as person:
        for answer in (
            person.get(INVITATIONS), person.post(INVITATIONS, json=body), person.post(CARDS, json=body),
            person.delete(f"{INVITATIONS}/{city.member_id('squad11b')}"), start(person, city, "squad11b"),
            start(person, city, "squad11b", "/card"),
        ):  # fmt: skip
            assert (answer.status_code, answer.json.get("reasons")) == (403, ["not-permitted"]), answer.text


def test_whom_one_does_not_lead_is_unknown(quiet) -> None:
    city, stranger = quiet.city, uuid.uuid4()
    with quiet.unchanged("squad11") as leader:
        for ids in ([str(city.member_id("squad12a"))], [str(stranger)]):
            for path in (INVITATIONS, CARDS):
                assert places(leader.post(path, json={"member_ids": ids})) == {"/member_ids/0": "unknown-member"}
        for id_ in (city.member_id("squad12a"), stranger):
            assert leader.delete(f"{INVITATIONS}/{id_}").status_code == 404
        assert leader.get(INVITATIONS, query_string={"unit_id": str(city.unit_id("K1-2"))}).status_code == 422
        assert leader.get(INVITATIONS, query_string={"unit_id": str(city.unit_id("K1-1"))}).status_code == 403
        assert places(leader.post(INVITATIONS, json={})) == {"/member_ids": "required"}
        assert places(leader.post(INVITATIONS, json={"member_ids": []})) == {"/member_ids": "nobody-to-invite"}
        many = {"member_ids": [str(uuid.uuid4()) for _ in range(501)]}
        assert places(leader.post(INVITATIONS, json=many)) == {"/member_ids": "too-many-items"}


# --- At the same instant ----------------------------------------------------------------------------------------------


def at_once(app, count: int, run) -> list:
    """What so many threads were answered that left the line together."""
    line = threading.Barrier(count, timeout=30)

    def start(nth: int):
        client = app.test_client()
        line.wait()
        return run(client, nth)

    with ThreadPoolExecutor(count) as threads:
        return [future.result(60) for future in [threads.submit(start, nth) for nth in range(count)]]


def test_two_acceptances_at_the_same_instant_make_one_account(app, client, joining, ask) -> None:
    leader = ask("squad11")
    for login, passwords in (("squad11a", [PASSWORD] * 4), ("squad11b", [PASSWORD, OTHER] * 2)):
        code = code_for(leader, joining, login)
        answers = at_once(
            app, 4, lambda client, nth, code=code, passwords=passwords: accept(client, code, passwords[nth])
        )
        accounts = rows(app, Account, Account.member_id == joining.member_id(login))
        assert len(accounts) == 1
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == ([201] * 4 if login == "squad11a" else [201, 201, 404, 404])
        won = {passwords[nth] for nth, answer in enumerate(answers) if answer.status_code == 201}
        assert len(won) == 1
        signed_in(client, accounts[0].login, won.pop())


def test_two_resets_used_at_the_same_instant_set_one_password(app, client, city, ask) -> None:
    code = start(ask("squad11"), city, "squad11a").json["code"]
    passwords = [PASSWORD, OTHER]
    answers = at_once(app, 2, lambda client, nth: accept(client, code, passwords[nth]))
    assert sorted(answer.status_code for answer in answers) == [201, 404]
    (won,) = (nth for nth, answer in enumerate(answers) if answer.status_code == 201)
    signed_in(client, "squad11a", passwords[won])


def test_a_code_made_anew_while_it_is_used_leaves_one_truth(app, client, joining, ask) -> None:
    leader = ask("squad11")
    token = leader.environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    code = code_for(leader, joining)

    def run(client, nth):
        return accept(client, code) if nth else code_for(bearing(client, token), joining)

    fresh, accepted = at_once(app, 2, run)
    assert accepted.status_code in (201, 404)
    holder = client.get(f"{HOLDER}/{fresh}")
    joined = rows(app, Account, Account.member_id == joining.member_id("squad11a"))
    assert bool(joined) is (accepted.status_code == 201)
    assert holder.status_code == 200  # whichever came first, the code on the new card is good
    assert len(rows(app, Invitation, Invitation.member_id == joining.member_id("squad11a"))) == 1


def test_two_leaders_at_the_same_instant_leave_one_live_code(app, client, joining, ask) -> None:
    tokens = [
        ask(login).environ_base["HTTP_AUTHORIZATION"].removeprefix("Bearer ") for login in ("squad11", "company1")
    ]
    codes = at_once(app, 2, lambda client, nth: code_for(bearing(client, tokens[nth]), joining))
    assert sorted(client.get(f"{HOLDER}/{code}").status_code for code in codes) == [200, 404]


def test_members_of_two_cities_with_one_number_join_at_the_same_instant(app, client, joining, ask) -> None:
    with app.app_context():
        other = make.city(db.session, "Z")
        number = (
            update(Member)
            .where(Member.id == other.member_id("Zsquad11a"))
            .values(number=number_of(joining, "squad11a"))
        )
        db.session.execute(number, execution_options=make.SYSTEM)
        db.session.commit()
    forget(app, other, "Zsquad11a")
    codes = [code_for(ask("squad11"), joining), code_for(signed_in(client, "Zsquad11"), other, "Zsquad11a")]
    answers = at_once(app, 2, lambda client, nth: accept(client, codes[nth]))
    assert [answer.status_code for answer in answers] == [201, 201]
    logins = {
        row.login
        for row in rows(
            app, Account, Account.member_id.in_([joining.member_id("squad11a"), other.member_id("Zsquad11a")])
        )
    }
    number = number_of(joining, "squad11a")
    assert logins in ({number, f"ZB-{number}"}, {number, f"B-{number}"})


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
