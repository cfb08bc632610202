"""By which ways notices come: settings, the address that a code confirms, devices, and what each is told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from api.extensions import db
from api.worker import work_once
from brigade.access.device_sessions import DeviceSession
from brigade.jobs import writing
from brigade.messages.deliveries import Delivery
from brigade.messages.notices import tell
from brigade.messages.push import new_push_key
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.settings import push_key_of
from tests import letterbox, make
from tests.api.answers import API
from tests.api.asking import places, signed_in
from tests.letterbox import MailBox, PushService
from tests.make import SYSTEM

SETTINGS = f"{API}/me/notice-settings"
USUAL = {
    "language": "ja",
    "email": None,
    "mail": {"at_once": True, "digest": True},
    "push": {"at_once": True, "digest": True},
    "quiet_from": "21:30",
    "quiet_to": "07:00",
    "digest_hour": 20,
}
CODE = 6
KEY = new_push_key()


def told(app: Flask, city: make.City, kind: str, *logins: str, **data: Any) -> None:
    """These people are told."""
    with app.app_context(), writing(db.engine) as session:
        tell(session, kind, [city.member_id(login) for login in logins], dt.datetime.now(dt.UTC), data=data)


def put(person: Any, version: int, **changed: Any) -> Any:
    """The answer to settings like the usual ones."""
    return person.put(SETTINGS, json={**USUAL, **changed}, headers={"If-Match": f'"{version}"'})


# --- How one is told --------------------------------------------------------------------------------------------------


@pytest.fixture
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailBox]:
    """The application has a mail server."""
    with letterbox.mail_server() as made:
        monkeypatch.setitem(app.config, "BRIGADE", _with(app, mail_url=made.url))
        yield made


@pytest.fixture
def service(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """The application may write to a push service on this machine."""
    with letterbox.push_service() as made:
        monkeypatch.setitem(app.config, "BRIGADE", _with(app, push_hosts=made.origin, push_key=KEY))
        yield made


def _with(app: Flask, **changed: str) -> Any:
    return replace(app.config["BRIGADE"], **changed)


def test_settings_are_the_usual_ones_until_one_says_otherwise(ask, city) -> None:
    person = ask("squad11")
    answer = person.get(SETTINGS)
    assert answer.headers["ETag"] == '"0"'
    assert {name: answer.json[name] for name in USUAL} == USUAL
    changed = put(person, 0, language="en", quiet_from="00:00", quiet_to="00:00", digest_hour=6)
    assert changed.status_code == 200
    assert (changed.json["version"], changed.json["language"], changed.json["digest_hour"]) == (1, "en", 6)
    assert person.get(SETTINGS).json == changed.json
    assert put(person, 0).status_code == 412
    assert person.put(SETTINGS, json=USUAL).status_code == 428
    assert ask("squad12").get(SETTINGS).json["version"] == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"quiet_from": "24:00"}, "bad-time"), ({"quiet_to": "7:00"}, "bad-time"), ({"quiet_to": 7}, "wrong-type"),
        ({"quiet_from": "２１:３０"}, "bad-time"), ({"digest_hour": 24}, "out-of-range"),
        ({"digest_hour": True}, "wrong-type"), ({"language": "fr"}, "not-an-option"), ({"email": "sato"}, "bad-email"),
        ({"email": "a@example.jp\r\nBcc: b@example.jp"}, "bad-characters"), ({"email": "a@example.jp"}, "mail-off"),
        ({"email": f"{'a' * 250}@example.jp"}, "too-long"), ({"mail": {"at_once": True}}, "required"),
    ],
)  # fmt: skip
def test_wrong_settings_store_nothing(app, ask, city, changed, code) -> None:
    assert code in places(put(ask("squad11"), 0, **changed)).values()
    with app.app_context():
        assert db.session.scalar(select(func.count(NoticeSettings.member_id)), execution_options=SYSTEM) == 0


def code_in(box: MailBox) -> str:
    """The code in the last mail."""
    return re.findall(r"[0-9]{6}", str(box.mails[-1].get_content()))[0]


def test_an_address_is_used_when_its_code_has_come_back(app, ask, city, box, later) -> None:
    person = ask("squad11")
    answer = put(person, 0, email="ｓａｔｏ＠example.jp")
    assert (answer.json["email"], answer.json["email_waiting"]) == (None, "sato@example.jp")
    told(app, city, "device-signed-in", "squad11", device_name="電話")
    while work_once(app):
        pass
    assert [mail["Subject"] for mail in box.mails] == ["【消防団】メールアドレスの確認"]
    code = code_in(box)
    wrong = f"{(int(code) + 1) % 10**CODE:0{CODE}}"
    assert places(person.post(f"{API}/me/email/confirm", json={"code": wrong})) == {"/code": "wrong-code"}
    wide = " ".join(chr(ord(digit) + 0xFEE0) for digit in code)  # １ ２ ３, as many phones type
    confirmed = person.post(f"{API}/me/email/confirm", json={"code": wide})
    assert confirmed.status_code == 200
    assert (confirmed.json["email"], confirmed.json["email_waiting"]) == ("sato@example.jp", None)
    told(app, city, "device-signed-in", "squad11", device_name="電話")
    while work_once(app):
        pass
    assert box.recipients == ["sato@example.jp"] * 2
    assert places(person.post(f"{API}/me/email/confirm", json={"code": code})) == {"/code": "code-over"}
    other = put(person, confirmed.json["version"], email="new@example.jp")
    assert (other.json["email"], other.json["email_waiting"]) == ("sato@example.jp", "new@example.jp")
    none = put(person, other.json["version"], email=None)
    assert (none.json["email"], none.json["email_waiting"]) == (None, None)


def test_a_code_is_good_for_half_an_hour_and_five_tries(app, ask, city, box, later) -> None:
    person = ask("squad11")
    put(person, 0, email="sato@example.jp")
    while work_once(app):
        pass
    code = code_in(box)
    wrong = f"{(int(code) + 1) % 10**CODE:0{CODE}}"
    for _ in range(5):
        assert places(person.post(f"{API}/me/email/confirm", json={"code": wrong})) == {"/code": "wrong-code"}
    assert places(person.post(f"{API}/me/email/confirm", json={"code": code})) == {"/code": "code-over"}
    assert person.post(f"{API}/me/email/code").status_code == 204
    while work_once(app):
        pass
    assert code_in(box) != code
    later(minutes=31)
    person = signed_in(ask("squad12"), "squad11")
    assert places(person.post(f"{API}/me/email/confirm", json={"code": code_in(box)})) == {"/code": "code-over"}


def test_nobodys_letter_box_is_filled_with_codes(ask, city, box) -> None:
    person = ask("squad11")
    assert person.post(f"{API}/me/email/code").status_code == 404
    for number in range(5):
        assert put(person, number, email=f"victim{number % 2}@example.jp").status_code == 200
    refused = put(person, 5, email="victim5@example.jp")
    assert (refused.status_code, refused.json["code"]) == (429, "too-many-codes")
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600 + 1
    assert person.get(SETTINGS).json["version"] == 5
    assert put(person, 5, email="victim0@example.jp").status_code == 200  # it waits already: nothing is sent


# --- Devices ----------------------------------------------------------------------------------------------------------


def test_a_device_subscribes_and_is_written_to_until_it_is_signed_out(app, ask, city, service) -> None:
    person = ask("squad11a")
    key = person.get(f"{API}/push/public-key").json["public_key"]
    given = service.subscription("phone")
    made = person.post(f"{API}/push/subscriptions", json={**given, "expirationTime": None})
    assert made.status_code == 201
    assert person.post(f"{API}/push/subscriptions", json=given).json == made.json
    assert person.get(SETTINGS).json["devices"] == [made.json["id"]]
    told(app, city, "device-signed-in", "squad11a", device_name="電話")
    while work_once(app):
        pass
    assert [message["kind"] for message in service.phone("phone").read] == ["device-signed-in"]
    assert service.public_key == key
    person.post(f"{API}/auth/logout")
    told(app, city, "device-signed-in", "squad11a", device_name="電話")
    while work_once(app):
        pass
    assert len(service.bodies) == 1


def test_a_device_can_stop(app, ask, city, service) -> None:
    made = ask("squad11a").post(f"{API}/push/subscriptions", json=service.subscription("phone")).json
    assert ask("squad11b").delete(f"{API}/push/subscriptions/{made['id']}").status_code == 404
    assert ask("squad11a").delete(f"{API}/push/subscriptions/{made['id']}").status_code == 204
    assert ask("squad11a").delete(f"{API}/push/subscriptions/{made['id']}").status_code == 404
    assert ask("squad11a").get(SETTINGS).json["devices"] == []


def test_an_address_belongs_to_who_signed_in_last_on_the_device(app, ask, city, service) -> None:
    given = service.subscription("shared")
    ask("squad11a").post(f"{API}/push/subscriptions", json=given)
    assert ask("squad11b").post(f"{API}/push/subscriptions", json=given).status_code == 201
    assert ask("squad11a").get(SETTINGS).json["devices"] == []
    other = service.subscription("other")
    ask("squad11b").post(f"{API}/push/subscriptions", json=other)
    with app.app_context():
        rows = db.session.scalars(select(PushSubscription.endpoint), execution_options=SYSTEM).all()
    assert rows == [other["endpoint"]]


def test_an_unknown_host_and_keys_that_are_none_are_refused(ask, city, service) -> None:
    bad = {"endpoint": "https://evil.example.jp/x", "keys": {"p256dh": "BA", "auth": "AAAA"}}
    assert places(ask("squad11").post(f"{API}/push/subscriptions", json=bad)) == {
        "/endpoint": "push-host-unknown", "/keys/p256dh": "bad-push-key", "/keys/auth": "bad-push-key",
    }  # fmt: skip
    assert ask("squad11").get(SETTINGS).json["devices"] == []


def test_the_embedded_installation_makes_its_push_key(app, ask, city) -> None:
    settings = app.config["BRIGADE"]
    key = ask("squad11").get(f"{API}/push/public-key").json["public_key"]
    if settings.embedded:
        path = settings.var / "push-key"
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(key) == 87
        assert ask("squad11").get(f"{API}/push/public-key").json["public_key"] == key
    else:
        assert push_key_of(settings) == ""
        assert key is None
        body = {"endpoint": "https://fcm.googleapis.com/x", "keys": letterbox.Phone("/x").keys()}
        assert places(ask("squad11").post(f"{API}/push/subscriptions", json=body)) == {"/endpoint": "push-off"}


def test_devices_of_sessions_long_over_are_forgotten_with_them(app, ask, city, service) -> None:
    ask("squad11a").post(f"{API}/push/subscriptions", json=service.subscription("phone"))
    with app.app_context():
        gone = update(DeviceSession).values(expires_at=make.NOW - dt.timedelta(days=200))
        db.session.execute(gone, execution_options=SYSTEM)
        db.session.commit()
    while work_once(app):
        pass
    with app.app_context():
        assert db.session.scalars(select(PushSubscription), execution_options=SYSTEM).all() == []
        assert db.session.scalars(select(Delivery), execution_options=SYSTEM).all() == []
