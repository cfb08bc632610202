"""Passkeys: registered, listed, removed; signing in without a password; and everything that must not be believed.

The key is software (``authenticator.py``); that a real browser does the same is shown in tests/browser.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.passkeys import site_of
from brigade.problems import Problem
from tests import make
from tests.api.answers import API
from tests.api.asking import bearing, digest, places, signed_in
from tests.api.authenticator import PRESENT, VERIFIED, Authenticator

PASSKEYS, SIGN_IN, STEP_UP = (f"{API}/auth/{path}" for path in ("passkeys", "passkeys/sign-in", "step-up"))
ME = f"{API}/me"


def options(person, path: str) -> dict:
    answer = person.post(f"{path}/options")
    assert answer.status_code == 200, answer.text
    return answer.json["options"]


def registered(person, key: Authenticator, name="佐藤のスマホ"):
    return person.post(PASSKEYS, json={"name": name, "credential": key.create(options(person, PASSKEYS))})


def enter(client, key: Authenticator, **said):
    fresh = client.application.test_client()
    return fresh.post(SIGN_IN, json={"credential": key.get(options(fresh, SIGN_IN)), **said})


def test_a_passkey_is_made_and_signs_in_without_login_or_password(named, client, city) -> None:
    person, key = signed_in(client, "squad11"), Authenticator()
    made = registered(person, key)
    assert made.status_code == 201, made.text
    assert made.json["name"] == "佐藤のスマホ"
    assert len(made.json["recovery_codes"]) == 10
    answer = enter(client, key, device_name="佐藤のスマホ")
    assert answer.status_code == 200, answer.text
    assert answer.json["member"]["id"] == str(city.member_id("squad11"))
    entered = bearing(client, answer.json["access_token"])
    assert [row["factor"] for row in entered.get(f"{API}/auth/devices").json["items"]] == ["passkey", "passkey"]
    (listed,) = entered.get(f"{API}/auth/second-factors").json["passkeys"]
    assert listed["id"] == made.json["id"]
    assert listed["last_used_at"] is not None
    assert enter(client, key).status_code == 200  # and again, with a new challenge


def test_several_are_kept_by_name_and_each_is_removed_alone(named, client, city) -> None:
    person, phone, stick = signed_in(client, "squad11"), Authenticator(), Authenticator()
    one, two = registered(person, phone, "スマホ").json, registered(person, stick, "").json
    assert (one["name"], two["name"], two["recovery_codes"]) == ("スマホ", "パスキー", [])
    excluded = {entry["id"] for entry in options(person, PASSKEYS)["excludeCredentials"]}
    assert len(excluded) == 2
    assert person.delete(f"{PASSKEYS}/{one['id']}").status_code == 204
    assert person.delete(f"{PASSKEYS}/{one['id']}").status_code == 404
    assert (enter(client, phone).status_code, enter(client, stick).status_code) == (401, 200)
    assert signed_in(client, "squad12").delete(f"{PASSKEYS}/{two['id']}").status_code == 404
    assert person.delete(f"{PASSKEYS}/{two['id']}").status_code == 204
    assert signed_in(client, "squad11").get(ME).status_code == 200  # the password alone, as before


def test_with_a_passkey_the_password_alone_is_not_enough(named, client, city) -> None:
    codes = registered(signed_in(client, "squad11"), Authenticator()).json["recovery_codes"]
    body = {"login": "squad11", "password": make.PASSWORD}
    asked = client.post(f"{API}/auth/login", json=body)
    assert (asked.json["code"], asked.json["methods"]) == ("second-factor-required", ["recovery-code", "passkey"])
    assert client.post(f"{API}/auth/login", json={**body, "otp": codes[0]}).status_code == 200


def test_a_passkey_proves_it_again(named, client, city, later) -> None:
    person, key, foreign = signed_in(client, "squad11"), Authenticator(), Authenticator()
    registered(person, key)
    registered(signed_in(client, "squad12"), foreign)
    later(minutes=16)
    tokens = bearing(client.application.test_client(), person.tokens["refresh_token"]).post(f"{API}/auth/refresh").json
    bearing(person, tokens["access_token"])
    assert person.post(f"{API}/auth/totp").json["reasons"] == ["step-up-required"]
    asked = options(person, STEP_UP)
    assert len(asked["allowCredentials"]) == 1
    assert places(person.post(STEP_UP, json={"credential": foreign.get(asked)})) == {"/credential": "passkey-refused"}
    used = key.get(options(person, STEP_UP))
    assert person.post(STEP_UP, json={"credential": used}).status_code == 204
    assert person.post(f"{API}/auth/totp").status_code == 200
    assert places(person.post(STEP_UP, json={"credential": used})) == {"/credential": "passkey-refused"}


# --- What is not believed ---------------------------------------------------------------------------------------------


@pytest.fixture
def owner(named, client, city) -> Authenticator:
    """The passkey of squad11."""
    key = Authenticator()
    assert registered(signed_in(client, "squad11"), key).status_code == 201
    return key


def refused(answer) -> bool:
    return (answer.status_code, answer.json["code"]) == (401, "passkey-refused")


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://localhost:8000"}, {"origin": "http://localhost"}, {"origin": "http://localhost:8000.example.jp"},
        {"origin": "null"}, {"site": "example.jp"}, {"site": ""}, {"flags": PRESENT}, {"flags": VERIFIED}, {"flags": 0},
        {"key": Authenticator().key}, {"id": b"x" * 32}, {"id": b""}, {"user": b"x" * 16}, {"count": -1},
    ],
)  # fmt: skip
def test_another_site_key_or_person_does_not_sign_in(client, owner, changed) -> None:
    owner.count = 7
    assert enter(client, owner).status_code == 200
    assert refused(enter(client, replace(owner, **changed)))
    assert enter(client, owner).status_code == 200


@pytest.mark.parametrize(
    "changed", [{"origin": "http://evil.example"}, {"site": "example.jp"}, {"flags": PRESENT}], ids=str
)
def test_another_site_makes_no_passkey(named, client, city, changed) -> None:
    person = signed_in(client, "squad11")
    assert places(registered(person, replace(Authenticator(), **changed))) == {"/credential": "passkey-refused"}
    assert person.get(f"{API}/auth/second-factors").json["passkeys"] == []


def test_a_challenge_is_good_once_for_five_minutes_and_its_purpose(client, owner, later) -> None:
    first = owner.get(options(client, SIGN_IN))
    assert client.post(SIGN_IN, json={"credential": first}).status_code == 200
    assert refused(client.post(SIGN_IN, json={"credential": first}))
    asked = options(client, SIGN_IN)
    bad = replace(owner, flags=PRESENT).get(asked)
    assert refused(client.post(SIGN_IN, json={"credential": bad}))
    assert refused(client.post(SIGN_IN, json={"credential": owner.get(asked)}))  # a failure uses it up too
    late = options(client, SIGN_IN)
    later(minutes=5)
    assert refused(client.post(SIGN_IN, json={"credential": owner.get(late)}))
    person = signed_in(client, "squad12")
    for path in (PASSKEYS, STEP_UP):
        assert refused(client.post(SIGN_IN, json={"credential": owner.get(options(person, path))}))
    own = {"challenge": "AAAA"}
    assert refused(client.post(SIGN_IN, json={"credential": owner.get(own)}))


def test_anothers_challenge_makes_no_passkey(named, client, city) -> None:
    person, thief, key = signed_in(client, "squad11"), signed_in(client, "squad12"), Authenticator()
    made = key.create(options(person, PASSKEYS))
    assert places(thief.post(PASSKEYS, json={"credential": made})) == {"/credential": "passkey-refused"}


def test_one_key_is_kept_for_one_person(client, city, owner) -> None:
    thief = signed_in(client, "squad12")
    assert places(registered(thief, owner)) == {"/credential": "passkey-refused"}


def test_who_is_disabled_or_suspended_does_not_get_in(app, client, city, owner) -> None:
    with app.app_context():
        off = update(Account).where(Account.login == "squad11").values(disabled_at=make.NOW)
        db.session.execute(off, execution_options=make.SYSTEM)
        db.session.commit()
    assert refused(enter(client, owner))


RUBBISH = (
    {}, {"id": 5}, {"response": None}, {"response": []}, {"response": {"clientDataJSON": 5}},
    {"response": {"clientDataJSON": "%%%"}}, {"response": {"clientDataJSON": "e30"}}, {"response": {"clientDataJSON": "W10"}},
    {"response": {"clientDataJSON": "bnVsbA"}}, {"response": {"clientDataJSON": "A" * 100_000}}, {"type": "public-key"},
    {"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOjV9"}}, {"id": "é", "rawId": "é", "response": {"clientDataJSON": "é"}},
)  # fmt: skip


@pytest.mark.parametrize(
    "field", ["clientDataJSON", "authenticatorData", "signature", "userHandle", "id", "rawId", "type"]
)
def test_a_spoilt_answer_is_refused_and_nothing_else(client, owner, field) -> None:
    for spoilt in (None, 5, [], {}, "", "A", "%%%", "é", "AAAA" * 1000, "ey" * 50):
        credential = owner.get(options(client, SIGN_IN))
        (credential["response"] if field in credential["response"] else credential)[field] = spoilt
        assert refused(client.post(SIGN_IN, json={"credential": credential})), (field, spoilt)


def test_rubbish_is_refused(named, client, city) -> None:
    person = signed_in(client, "squad11")
    for credential in RUBBISH:
        assert refused(client.post(SIGN_IN, json={"credential": credential})), credential
        for path in (PASSKEYS, STEP_UP):
            if path == STEP_UP and credential is RUBBISH[-1]:
                continue  # the eleventh try waits
            answer = person.post(path, json={"credential": credential})
            assert answer.status_code in (422, 429), (path, credential)


@pytest.mark.parametrize("attestation", ["", "A", "oA", "v", "gA" * 10_000, "o2NmbXRkbm9uZQ"])
def test_a_spoilt_registration_is_refused(named, client, city, attestation) -> None:
    person, key = signed_in(client, "squad11"), Authenticator()
    made = key.create(options(person, PASSKEYS))
    made["response"]["attestationObject"] = attestation
    assert places(person.post(PASSKEYS, json={"credential": made})) == {"/credential": "passkey-refused"}


def test_challenges_are_not_made_without_end(named, client, city) -> None:
    answers = [client.post(f"{SIGN_IN}/options").status_code for _ in range(51)]
    assert answers == [200] * 50 + [429]


# --- Where there are none ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://192.0.2.1", "http://[::1]:8000", "http://brigade.example.jp"]
)
def test_an_address_without_name_or_https_has_no_passkeys(url) -> None:
    with pytest.raises(Problem, match="passkeys-unavailable"):
        site_of(url)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://brigade.example.jp", ("brigade.example.jp", "https://brigade.example.jp")),
        ("https://Brigade.example.jp:8443/app", ("brigade.example.jp", "https://brigade.example.jp:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
    ],
)
def test_the_site_is_the_addresss_name(url, site) -> None:
    found = site_of(url)
    assert (found.name, found.origin) == site


def test_where_there_are_none_it_is_said(app, client, city) -> None:
    person = signed_in(client, "squad11")
    before = digest(app)
    for answer in (
        person.post(f"{PASSKEYS}/options"), person.post(PASSKEYS, json={"credential": {}}),
        client.post(f"{SIGN_IN}/options"), client.post(SIGN_IN, json={"credential": {}}), person.post(f"{STEP_UP}/options"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (409, "passkeys-unavailable")
    assert person.get(f"{API}/auth/second-factors").json["passkeys_available"] is False
    assert digest(app) == before
