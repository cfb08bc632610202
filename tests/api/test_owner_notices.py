"""Promise S-09: whoever signs in as somebody on another device, or changes how they sign in, is not unseen by them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from api.extensions import db
from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.jobs import HOUSEKEEPING, enqueue, writing
from tests import make
from tests.api.answers import API, body_of
from tests.api.asking import bearing, signed_in
from tests.api.scanning import work
from tests.api.test_passkeys import PASSKEYS, Authenticator, enter, registered
from tests.api.test_second_factors import NEW, TOTP, enrolled
from tests.api.visiting import Visitor

NOTICES = f"{API}/notices"


def told(person) -> list[tuple[str, str]]:
    """The person's notices, the oldest first: kind and text."""
    items = body_of(person.get(NOTICES))["items"]
    return [(item["kind"], item["text"]) for item in reversed(items)]


def kinds(person) -> list[str]:
    return [kind for kind, _ in told(person)]


def test_a_new_device_is_told_to_its_owner_and_the_first_is_not(client, city) -> None:
    first = signed_in(client, "squad11", device_name="佐藤のスマホ")
    assert told(first) == []
    signed_in(client, "squad11", device_name="知らない端末")
    [(kind, text)] = told(first)
    assert kind == "device-signed-in"
    assert "知らない端末でサインインがありました" in text
    [item] = first.get(NOTICES).json["items"]
    assert item["screen"] == {"kind": "devices", "id": None}
    assert told(signed_in(client, "squad12")) == []


def test_a_device_that_was_there_before_is_not_told_again(client, city) -> None:
    """It shows the last refresh token it had, as the phone app does."""
    phone = signed_in(client, "squad11")
    assert phone.post(f"{API}/auth/logout").status_code == 204
    login = {"login": "squad11", "password": make.PASSWORD}
    known = {"Authorization": f"Bearer {phone.tokens['refresh_token']}"}
    again = client.application.test_client().post(f"{API}/auth/login", json=login, headers=known)
    assert told(bearing(phone, again.json["access_token"])) == []
    of_another = signed_in(client, "squad12").tokens["refresh_token"]
    other = client.application.test_client().post(
        f"{API}/auth/login", json=login, headers={"Authorization": f"Bearer {of_another}"}
    )
    assert kinds(bearing(phone, other.json["access_token"])) == ["device-signed-in"]


def test_an_account_that_lay_unused_for_long_still_knows_that_it_was_signed_in(app, client, city) -> None:
    """Its last device is kept, those before it are not; one that somebody still uses has nothing to do with it."""
    signed_in(client, "squad11", device_name="前の前のスマホ")
    signed_in(client, "squad11", device_name="前のスマホ")
    used = signed_in(client, "squad12")
    with app.app_context(), writing(db.engine) as session:
        own = select(Account.id).where(Account.login == "squad11").scalar_subquery()
        long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=91)
        over = update(DeviceSession).where(DeviceSession.account_id == own).values(expires_at=long_ago)
        session.execute(over, execution_options=make.SYSTEM)
        enqueue(session, HOUSEKEEPING, {}, dt.datetime.now(dt.UTC))
    work(app)
    with app.app_context(), writing(db.engine) as session:
        names = select(DeviceSession.device_name).where(DeviceSession.account_id == own)
        assert session.scalars(names, execution_options=make.SYSTEM).all() == ["前のスマホ"]
    now = signed_in(client, "squad11", device_name="知らない端末")
    assert kinds(now) == ["device-signed-in"] * 2
    assert told(used) == []


def test_a_device_that_was_reported_lost_is_a_stranger(client, city) -> None:
    here, lost = signed_in(client, "squad11"), signed_in(client, "squad11")
    [gone] = [row for row in here.get(f"{API}/auth/devices").json["items"] if not row["current"]]
    assert here.delete(f"{API}/auth/devices/{gone['id']}").status_code == 204
    login = {"login": "squad11", "password": make.PASSWORD}
    known = {"Authorization": f"Bearer {lost.tokens['refresh_token']}"}
    client.application.test_client().post(f"{API}/auth/login", json=login, headers=known)
    assert kinds(here) == ["device-signed-in"] * 2


def test_a_browser_of_the_console_is_told_of_once(app, client, city) -> None:
    """Leaders are signed out there each evening: the browser stays known, also to the next sign-in."""
    phone = signed_in(client, "squad11")
    browser = Visitor(app)
    for _ in range(2):
        browser.sign_in("squad11")
        page = browser.get("/console/account")
        assert browser.send(page.form("/console/sign-out")).status == 200
    assert kinds(phone) == ["device-signed-in"]


def test_another_person_at_the_same_browser_is_told(app, client, city) -> None:
    phone = signed_in(client, "squad12")
    browser = Visitor(app)
    for login in ("squad11", "squad12"):
        browser.sign_in(login)
        browser.send(browser.get("/console/account").form("/console/sign-out"))
    assert kinds(phone) == ["device-signed-in"]


def test_a_new_password_is_told(client, city) -> None:
    person = signed_in(client, "squad11")
    wrong = {"old_password": "wrong", "new_password": NEW}
    assert person.post(f"{API}/auth/password", json=wrong).status_code == 422
    assert told(person) == []
    body = {"old_password": make.PASSWORD, "new_password": NEW}
    assert person.post(f"{API}/auth/password", json=body).status_code == 204
    [(kind, text)] = told(person)
    assert kind == "sign-in-changed"
    assert "パスワードが新しくなりました" in text
    assert "心当たりがないとき" in text


def test_an_app_and_recovery_codes_are_told(client, city, later) -> None:
    person = signed_in(client, "squad11")
    person.post(TOTP)  # begun and thrown away: nothing changed
    assert person.delete(TOTP).status_code == 204
    assert told(person) == []
    enrolled(person)
    assert person.post(f"{API}/auth/recovery-codes").status_code == 200
    assert person.delete(TOTP).status_code == 204
    assert {kind for kind, _ in told(person)} == {"sign-in-changed"}
    said = [text.split("。")[0] for _, text in told(person)]
    assert said == ["認証アプリが加わりました", "予備の番号が新しくなりました", "認証アプリが外されました"]


def test_passkeys_are_told(named, client, city) -> None:
    person, key = signed_in(client, "squad11"), Authenticator()
    made = registered(person, key).json
    assert enter(client, key, device_name="新しい電話").status_code == 200
    assert person.delete(f"{PASSKEYS}/{made['id']}").status_code == 204
    said = [text.split("。")[0] for _, text in told(person)]
    assert said == ["パスキーが加わりました", "新しい電話でサインインがありました", "パスキーが外されました"]
