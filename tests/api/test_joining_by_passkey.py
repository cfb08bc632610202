"""Joining by a code with a passkey in place of a password: never a way around the code, and never out of one's own account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brigade.access.accounts import Account
from brigade.access.invitations import Invitation
from tests.api.answers import API
from tests.api.asking import bearing, places, signed_in
from tests.api.authenticator import ORIGIN, Authenticator
from tests.api.invited import HOLDER, ME, PASSWORD, accept, code_for, nobody_joined, number_of, refused, rows, start

PASSKEYS, SIGN_IN, FACTORS = (f"{API}/auth/{path}" for path in ("passkeys", "passkeys/sign-in", "second-factors"))


@pytest.fixture
def joining(app, city, monkeypatch):
    """Squad 1-1 where only its leader has joined, at an address with a name."""
    monkeypatch.setitem(app.config, "BRIGADE", replace(app.config["BRIGADE"], base_url=ORIGIN))
    return nobody_joined(app, city)


def begun(client, code: str) -> dict:
    answer = client.post(f"{HOLDER}/{code}/passkey")
    assert answer.status_code == 200, answer.text
    return answer.json["options"]


def join(client, code: str, key: Authenticator):
    made = key.create(begun(client, code))
    return client.post(f"{HOLDER}/{code}", json={"credential": made, "device_name": "スマホ"})


def enter(client, key: Authenticator):
    fresh = client.application.test_client()
    options = fresh.post(f"{SIGN_IN}/options").json["options"]
    return fresh.post(SIGN_IN, json={"credential": key.get(options)})


def test_a_member_joins_with_a_passkey_and_has_no_password(app, client, joining, ask) -> None:
    code, key = code_for(ask("squad11"), joining), Authenticator()
    options = begun(client, code)
    assert options["user"]["displayName"] == "団員 squad11a"
    answer = join(client, code, key)
    assert answer.status_code == 201, answer.text
    person = bearing(client, answer.json["access_token"])
    assert person.get(ME).json["member"]["name"] == "団員 squad11a"
    assert [one["factor"] for one in person.get(f"{API}/auth/devices").json["items"]] == ["passkey"]
    factors = person.get(FACTORS).json
    assert (factors["has_password"], factors["recovery_codes_left"]) == (False, 0)
    assert [one["name"] for one in factors["passkeys"]] == ["スマホ"]
    assert enter(client, key).status_code == 200
    for guess in ("", "nobody has this password", PASSWORD):
        said = {"login": number_of(joining, "squad11a"), "password": guess}
        assert client.post(f"{API}/auth/login", json=said).status_code in (401, 422)
    (used,) = rows(app, Invitation, Invitation.member_id == joining.member_id("squad11a"))
    assert used.used_at is not None


def test_a_code_is_used_up_by_it_and_the_passkey_signs_in_after_a_lost_answer(client, joining, ask) -> None:
    code, key = code_for(ask("squad11"), joining), Authenticator()
    assert join(client, code, key).status_code == 201
    assert refused(client.post(f"{HOLDER}/{code}/passkey"))
    assert refused(accept(client, code))
    assert enter(client, key).status_code == 200


def test_without_a_good_code_or_a_good_passkey_nothing_is_made(app, client, joining, ask) -> None:
    leader, key = ask("squad11"), Authenticator()
    code = code_for(leader, joining)
    made = key.create(begun(client, code))
    assert refused(client.post(f"{HOLDER}/1234-5678-9012", json={"credential": made}))
    again = client.post(f"{HOLDER}/{code}", json={"credential": made})  # its challenge is gone
    assert (again.status_code, again.json["code"]) == (401, "passkey-refused")
    unsure = Authenticator(flags=0x01)
    answer = client.post(f"{HOLDER}/{code}", json={"credential": unsure.create(begun(client, code))})
    assert (answer.status_code, answer.json["code"]) == (401, "passkey-refused")
    foreign = leader.post(f"{PASSKEYS}/options").json["options"]
    answer = client.post(f"{HOLDER}/{code}", json={"credential": Authenticator().create(foreign)})
    assert (answer.status_code, answer.json["code"]) == (401, "passkey-refused")
    assert rows(app, Account, Account.member_id == joining.member_id("squad11a")) == []
    assert accept(client, code).status_code == 201  # and the code is still good


def test_a_passkey_made_for_joining_is_not_added_to_somebody_who_is_signed_in(client, joining, ask) -> None:
    leader = ask("squad11")
    made = Authenticator().create(begun(client, code_for(leader, joining)))
    assert places(leader.post(PASSKEYS, json={"credential": made})) == {"/credential": "passkey-refused"}


def test_password_or_passkey_but_not_both(client, joining, ask) -> None:
    code = code_for(ask("squad11"), joining)
    both = {"password": PASSWORD, "credential": {}}
    assert places(client.post(f"{HOLDER}/{code}", json=both)) == {"": "one-of-two"}
    assert places(client.post(f"{HOLDER}/{code}", json={})) == {"/password": "required"}


def test_the_last_passkey_stays_until_there_is_a_password(client, joining, ask, later) -> None:
    code, key = code_for(ask("squad11"), joining), Authenticator()
    person = bearing(client, join(client, code, key).json["access_token"])
    (only,) = person.get(FACTORS).json["passkeys"]
    assert person.delete(f"{PASSKEYS}/{only['id']}").json["reasons"][0] == "only-way-in"
    later(minutes=16)
    person = bearing(client, enter(client, key).json["access_token"])
    assert places(person.post(f"{API}/auth/password", json={"new_password": "x"})) == {
        "/new_password": "short-password"
    }
    assert person.post(f"{API}/auth/password", json={"new_password": PASSWORD}).status_code == 204
    assert places(person.post(f"{API}/auth/password", json={"new_password": PASSWORD})) == {"/old_password": "required"}
    assert person.delete(f"{PASSKEYS}/{only['id']}").status_code == 204
    assert signed_in(client, number_of(joining, "squad11a"), PASSWORD).get(ME).status_code == 200


def test_a_first_password_asks_for_a_fresh_proof(client, joining, ask, later) -> None:
    code, key = code_for(ask("squad11"), joining), Authenticator()
    tokens = join(client, code, key).json
    later(minutes=16)
    fresh = bearing(client, tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    person = bearing(client, fresh["access_token"])
    assert person.post(f"{API}/auth/password", json={"new_password": PASSWORD}).json["reasons"] == ["step-up-required"]


def test_who_has_lost_the_password_begins_anew_with_a_passkey(client, city, ask, joining) -> None:
    code = start(ask("station"), city, "squad12a").json["code"]
    key = Authenticator()
    answer = join(client, code, key)
    assert answer.status_code == 201, answer.text
    assert enter(client, key).json["member"]["id"] == str(city.member_id("squad12a"))
    assert client.post(f"{API}/auth/login", json={"login": "squad12a", "password": "demo"}).status_code == 401


def test_an_address_without_a_name_says_that_there_are_none(app, client, joining, ask, monkeypatch) -> None:
    code = code_for(ask("squad11"), joining)
    monkeypatch.setitem(app.config, "BRIGADE", replace(app.config["BRIGADE"], base_url="http://127.0.0.1:8000"))
    answer = client.post(f"{HOLDER}/{code}/passkey")
    assert (answer.status_code, answer.json["code"]) == (409, "passkeys-unavailable")
