"""Passkeys on the console: made, used to sign in and to prove it again, removed; and everything that must not be believed.

The key is software (``authenticator.py``) and stands for the browser's program; a real browser's is in tests/browser.
"""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from tests import make
from tests.api.authenticator import PRESENT, Authenticator
from tests.api.visiting import CONSOLE, Page, Visitor, visitor

ACCOUNT, SIGN_IN, PROVE = f"{CONSOLE}/account", f"{CONSOLE}/sign-in", f"{CONSOLE}/prove"


def options(browser: Visitor, form) -> dict:
    """What the server wants to have signed."""
    answer = browser.client.post(f"{form.action}/options", data={"token": form["token"]})
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "application/json",
        "no-store",
    )
    return answer.json


def made(browser: Visitor, key: Authenticator, name: str = "署のパソコン") -> Page:
    form = browser.get(ACCOUNT).form("/account/passkeys")
    return browser.send(form, name=name, credential=json.dumps(key.create(options(browser, form))))


def enter(app, key: Authenticator, path: str = SIGN_IN) -> Page:
    browser = Visitor(app)
    form = browser.get(path).form("/sign-in/passkey")
    return browser.send(form, credential=json.dumps(key.get(options(browser, form))))


def test_a_passkey_is_made_and_signs_in_to_where_one_wanted_to_go(named, city) -> None:
    browser, key = visitor(named, "squad11"), Authenticator()
    codes = made(browser, key)
    assert "予備の番号" in codes.text
    assert "署のパソコン" in browser.get(ACCOUNT).text
    assert "残り10個" in browser.get(ACCOUNT).text
    page = enter(named, key, f"{SIGN_IN}?next={CONSOLE}/members")
    assert page.answer.request.path == f"{CONSOLE}/members"
    assert "団員 squad11 さん" in page.text
    with named.app_context(), db.engine.connect() as connection:
        factors = connection.execute(DeviceSession.__table__.select().with_only_columns(DeviceSession.factor)).scalars()
        assert sorted(factors) == ["passkey", "passkey"]  # on the browser that made it, it was given
    second = made(browser, Authenticator(), "電話")
    assert "パスキーを作りました" in second.text
    assert "最後に使った日時" in second.text


def test_with_a_passkey_the_password_alone_is_not_enough(named, city) -> None:
    made(visitor(named, "squad11"), Authenticator())
    assert "/sign-in/code" in Visitor(named).sign_in("squad11").answer.request.path


def test_it_is_removed_and_signs_nobody_in(named, city) -> None:
    browser, key = visitor(named, "squad11"), Authenticator()
    made(browser, key)
    page = browser.send(browser.get(ACCOUNT).form("/remove"))
    assert "パスキーを外しました" in page.text
    refused = enter(named, key)
    assert (refused.status, refused.answer.request.path) == (422, f"{SIGN_IN}/passkey")
    assert "このパスキーでは確認できない" in refused.text
    assert visitor(named, "squad11").get(ACCOUNT).status == 200  # the password alone, as before


def test_it_proves_again_who_one_is(named, city, later) -> None:
    browser, key = visitor(named, "squad11"), Authenticator()
    made(browser, key)
    later(minutes=16)
    form = browser.get(ACCOUNT).form("/account/passkeys")
    asked = browser.client.post(f"{form.action}/options", data={"token": form["token"]})
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (303, PROVE)
    prove = browser.get(f"{PROVE}?next={ACCOUNT}").form("/prove/passkey")
    wrong = browser.send(prove, credential="{}")
    assert (wrong.status, "このパスキーでは確認できない" in wrong.text) == (422, True)
    page = browser.send(prove, credential=json.dumps(key.get(options(browser, prove))))
    assert page.answer.request.path == ACCOUNT
    assert options(browser, form)["challenge"]


@pytest.mark.parametrize(
    "credential", ["", "nonsense", "[]", "{}", "[" * 20_000, json.dumps({"response": 1}), "x" * 20_000]
)
def test_nonsense_is_refused_beside_the_button(named, city, credential) -> None:
    browser = Visitor(named)
    page = browser.send(browser.get(SIGN_IN).form("/sign-in/passkey"), credential=credential)
    assert (page.status, "このパスキーでは確認できない" in page.text) == (422, True)
    assert 'href="#f-credential"' in page.answer.text
    owner = visitor(named, "squad11")
    page = owner.send(owner.get(ACCOUNT).form("/account/passkeys"), name="x", credential=credential)
    assert page.status == 422


def test_a_challenge_is_good_once_and_a_finger_is_needed(named, city) -> None:
    key = Authenticator()
    made(visitor(named, "squad11"), key)
    browser = Visitor(named)
    form = browser.get(SIGN_IN).form("/sign-in/passkey")
    given = json.dumps(key.get(options(browser, form)))
    assert browser.send(form, credential=given).status == 200
    other = Visitor(named)
    assert other.send(other.get(SIGN_IN).form("/sign-in/passkey"), credential=given).status == 422
    key.flags = PRESENT
    assert enter(named, key).status == 422


def test_who_was_shut_out_stays_out(named, city) -> None:
    key = Authenticator()
    made(visitor(named, "squad11"), key)
    with named.app_context(), db.engine.begin() as connection:
        owner = Account.member_id == city.member_id("squad11")
        connection.execute(update(Account).where(owner).values(disabled_at=make.NOW))
    assert enter(named, key).answer.request.path == f"{SIGN_IN}/passkey"


def test_nobody_removes_anothers(named, city) -> None:
    owner, other = visitor(named, "squad11"), visitor(named, "squad12")
    made(owner, Authenticator())
    made(other, Authenticator())
    theirs = owner.get(ACCOUNT).form("/remove")
    mine = other.get(ACCOUNT).form("/remove")
    theirs["token"] = mine["token"]
    assert other.send(theirs).status == 404


def test_where_none_can_be_made_none_is_offered(app, city) -> None:
    assert not [form for form in Visitor(app).get(SIGN_IN).forms if "passkey" in form.action]
    page = visitor(app, "squad11").get(ACCOUNT)
    assert "このアドレスでは、パスキーを作れません" in page.text
    assert not [form for form in page.forms if "passkeys" in form.action]


def test_the_forms_are_ours(named, city) -> None:
    browser = Visitor(named)
    browser.get(SIGN_IN)
    for path in (f"{SIGN_IN}/passkey/options", f"{SIGN_IN}/passkey"):
        answer = browser.client.post(path, data={"credential": "{}"})
        assert (answer.status_code, answer.mimetype) == (403, "text/html"), path
    for path in ("account/passkeys/options", "account/passkeys", "prove/passkey"):
        answer = browser.client.post(f"{CONSOLE}/{path}", data={"token": browser.get(SIGN_IN).forms[0]["token"]})
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, SIGN_IN), path
