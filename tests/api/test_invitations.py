"""Who has joined, cards and codes for who has not, and the way back in for who forgot the password."""

from __future__ import annotations

import io
import json
import re
import uuid

import pypdfium2
import pytest
from sqlalchemy import delete, select, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.messages.notices import Notice
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, called, places, signed_in
from tests.api.invited import (
    CARDS,
    HOLDER,
    INVITATIONS,
    LOGIN,
    ME,
    PASSWORD,
    accept,
    code_for,
    forget,
    issue,
    nobody_joined,
    recruits,
    rows,
    start,
)
from tests.contract.test_statements import counted


@pytest.fixture
def joining(app, city):
    """Squad 1-1, where only its leader has joined."""
    return nobody_joined(app, city)


# --- The way back in --------------------------------------------------------------------------------------------------


def test_a_reset_leaves_the_old_password_good_until_the_code_is_used(app, client, city, ask) -> None:
    phone = ask("squad11a")
    answer = start(ask("squad11"), city, "squad11a")
    assert answer.status_code == 201, answer.text
    assert answer.json["purpose"] == "reset"
    assert phone.get(ME).status_code == 200
    told = rows(app, Notice, Notice.member_id == city.member_id("squad11a"))
    assert [notice.kind for notice in told] == ["password-reset-started"]
    other = signed_in(client, "squad11a")

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
    fresh = bearing(leader, leader.post(f"{API}/auth/refresh", headers=refreshing(leader)).json["access_token"])
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


def test_the_list_says_for_whom_no_card_would_be_made(joining, ask) -> None:
    leader, body = ask("squad11"), {"unit_id": str(joining.unit_id("K1-1-1")), "only_missing": False}
    hindered = {name: row["no_code"] for name, row in listed(leader).items() if row["no_code"]}
    assert {name: why["code"] for name, why in hindered.items()} == {"squad11": "invites-oneself"}
    made = leader.post(INVITATIONS, json=body).json
    assert {left["message"] for left in made["left_out"]} == {why["message"] for why in hindered.values()}


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
    assert first.headers["Content-Disposition"].startswith('inline; filename="invitation-cards-20261120.pdf"; ')
    assert called(first) == "招待の紙_2026年11月20日.pdf"
    assert first.headers["Cache-Control"] == "no-store"
    before, after = codes_on(first.data), codes_on(second.data)
    assert len(before) == len(after) == 20
    assert len({*before, *after}) == 40
    assert [client.get(f"{HOLDER}/{code}").status_code for code in (after[0], after[-1])] == [200, 200]
    assert [client.get(f"{HOLDER}/{code}").status_code for code in (before[0], before[-1])] == [404, 404]


def codes_on(pdf: bytes) -> list[str]:
    """The code on each page, as it is printed."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
    return [re.findall(r"\d{4}-\d{4}-\d{4}", text)[0] for text in texts]


def test_a_list_and_a_sheet_of_cards_ask_no_more_for_many_members_than_for_few(app, client, joining, ask) -> None:
    leader, unit = ask("squad11"), str(joining.unit_id("K1-1-1"))
    asked = []
    for more in (0, 20):
        recruits(app, joining, more)
        for ask_ in (
            lambda: leader.get(INVITATIONS, query_string={"unit_id": unit, "limit": 100, "count": "true"}),
            lambda: leader.post(INVITATIONS, json={"unit_id": unit}),
            lambda: leader.post(INVITATIONS, json={"unit_id": unit}),  # in place of the codes just made
        ):
            with counted(app) as statements:
                assert ask_().status_code < 300
            asked.append(len(statements))
    few, many = asked[:3], asked[3:]
    assert max(after - before for before, after in zip(few, many, strict=True)) <= 1  # new rows beside old ones
    assert max(many) <= 20


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
