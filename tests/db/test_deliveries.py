"""From notice to letter box: at once on every open way, never to what is closed, read or gone."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from brigade.access.accounts import Account
from brigade.access.device_sessions import DeviceSession
from brigade.activity.workflow import Action
from brigade.jobs import writing
from brigade.messages.deliveries import Delivery
from brigade.messages.notices import Notice
from brigade.messages.ways import NoticeSettings, PushSubscription, forget_ways
from brigade.organisation.people import Absence, Membership
from tests import make
from tests.db.house import DAY, EVENING, HOUR, MINUTE, NOON, House, text_of
from tests.letterbox import push_service

A = Action

# --- At once ----------------------------------------------------------------------------------------------------------


def test_what_is_urgent_goes_out_at_once_on_every_way(house: House) -> None:
    house.settings("squad11a")
    house.phone("squad11a", "a1")
    made = house.report("squad11a", "squad11a")
    house.step("squad11", made, A.RETURN, comment="時刻")
    house.rounds()
    [mail] = house.mail.mails
    assert mail["To"] == "squad11a@example.jp"
    assert mail["From"] == "brigade@city.example.jp"
    assert mail["Subject"] == "【消防団】報告が差し戻されました"
    assert "11月8日(日)" in text_of(mail)
    assert house.ways.base_url in text_of(mail)
    [message] = house.push.phone("a1").read
    assert message["kind"] == "report-returned"
    assert message["screen"] == {"kind": "report", "id": str(made.id)}
    assert set(house.states()) == {("mail", "notice", "sent"), ("push", "notice", "sent")}
    assert house.rounds() == 0
    assert len(house.mail.mails) == 1


def test_the_night_is_left_alone(house: House) -> None:
    house.settings("squad11a")
    house.now = NOON + 10 * HOUR  # 22:00
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert house.mail.mails == []
    house.rounds(NOON + 19 * HOUR - MINUTE)  # 6:59
    assert house.mail.mails == []
    house.rounds(NOON + 19 * HOUR)
    assert len(house.mail.mails) == 1


def test_what_was_read_in_the_app_meanwhile_is_not_sent(house: House) -> None:
    house.settings("squad11a")
    house.now = NOON + 10 * HOUR
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    house.change(update(Notice).values(read_at=house.now))
    house.rounds(NOON + DAY)
    assert house.mail.mails == []
    assert house.states() == [("mail", "notice", "skipped")]


@pytest.mark.parametrize("off", ["mail_at_once", "push_at_once"])
def test_each_way_can_be_switched_off(house: House, off: str) -> None:
    house.settings("squad11a", **{off: False})
    house.phone("squad11a", "a1")
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert len(house.mail.mails) == (off == "push_at_once")
    assert len(house.push.phone("a1").read) == (off == "mail_at_once")


def test_nobody_out_of_service_is_written_to(house: House) -> None:
    for login in ("squad11a", "squad11b", "squad11"):
        house.settings(login)
        house.phone(login, login)
    house.change(
        update(Membership).where(Membership.member_id == house.city.member_id("squad11a")).values(valid_to=make.SINCE)
    )
    with writing(house.engine) as session:
        session.add(Absence(member_id=house.city.member_id("squad11b"), absence="suspension", valid_from=make.SINCE))
    house.tell("password-reset-started", "squad11a", "squad11b", "squad11")
    house.rounds()
    assert [mail["To"] for mail in house.mail.mails] == ["squad11@example.jp"]
    assert {name for name in ("squad11a", "squad11b", "squad11") if house.push.phone(name).read} == {"squad11"}


# --- Devices ----------------------------------------------------------------------------------------------------------


def test_a_message_can_be_read_by_that_phone_alone_and_shows_who_sent_it(house: House) -> None:
    house.phone("squad11a", "a1")
    house.tell("device-signed-in", "squad11a", device_name="犯人の電話 090-0000-0000")
    house.rounds()
    [message] = house.push.phone("a1").read
    assert message == {
        "id": str(house.all(Delivery)[0].id),
        "kind": "device-signed-in",
        "title": "新しい端末でサインインがありました",
        "text": message["text"],
        "screen": {"kind": "devices", "id": None},
    }
    assert "090" not in str(message)
    [headers], [claims] = house.push.headers, house.push.claims
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["topic"] == house.all(Delivery)[0].id.hex
    assert int(headers["ttl"]) == 24 * 3600
    assert claims["sub"] == "mailto:brigade@city.example.jp"
    assert 0 < claims["exp"] - house.now.timestamp() < 24 * 3600
    assert house.ways.push is not None
    assert house.push.public_key == house.ways.push.public_key


def test_no_third_person_is_named_outside_the_house(house: House) -> None:
    for login in ("squad11a", "squad11b"):
        house.settings(login)
        house.phone(login, login)
    made = house.report("squad11a", "squad11a", "squad11b")
    for login in ("squad11", "company1", "brigade", "station"):
        made = house.step(login, made, A.APPROVE)
    house.step("station", made, A.RETURN, comment="団員 squad11a の時刻")
    house.rounds()
    house.rounds(EVENING)
    out = [text_of(mail) + mail["Subject"] for mail in house.mail.mails]
    out += [str(phone.read) for phone in house.push.phones.values()]
    assert len(out) > 2
    names = [member.name for member in house.city.people.values()]
    assert not [name for name in names for one in out if name in one]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(house: House, status: int) -> None:
    house.phone("squad11a", "a1")
    house.phone("squad11a", "a2")
    house.push.answers = {"/a1": status}
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert [row.endpoint.rpartition("/")[2] for row in house.all(PushSubscription)] == ["a2"]
    assert house.states() == [("push", "notice", "sent")]
    house.push.answers = {"/a2": status}
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert house.all(PushSubscription) == []
    assert house.states()[-1] == ("push", "notice", "dead")


@pytest.mark.parametrize("how", ["revoked", "expired", "disabled"])
def test_a_device_that_is_signed_out_is_never_written_to(house: House, how: str) -> None:
    house.phone("squad11a", "a1")
    house.tell("password-reset-started", "squad11a")
    if how == "revoked":
        house.change(update(DeviceSession).values(revoked_at=NOON, revoked_because="lost"))
    elif how == "expired":
        house.change(update(DeviceSession).values(expires_at=NOON))
    else:
        house.change(update(Account).values(disabled_at=NOON))
    house.rounds()
    assert house.push.bodies == []
    assert house.states() == []


def test_a_device_signed_out_after_its_message_was_planned_gets_nothing(house: House) -> None:
    house.phone("squad11a", "a1")
    house.now = NOON + 10 * HOUR
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    house.change(update(DeviceSession).values(revoked_at=NOON, revoked_because="lost"))
    house.rounds(NOON + DAY)
    assert house.push.bodies == []
    assert house.states() == [("push", "notice", "skipped")]


def test_ways_to_people_who_left_are_forgotten(house: House) -> None:
    for login in ("squad11a", "squad11b", "squad11"):
        house.settings(login)
        house.phone(login, login)
    house.change(update(DeviceSession).where(DeviceSession.id == house.devices["squad11"]).values(expires_at=NOON))
    for login, days in (("squad11a", 91), ("squad11b", 89)):
        left = update(Membership).where(Membership.member_id == house.city.member_id(login))
        house.change(left.values(valid_to=(NOON - days * DAY).date()))
    with writing(house.engine) as session:
        forget_ways(session, NOON)
    assert {row.member_id for row in house.all(NoticeSettings)} == {
        house.city.member_id(login) for login in ("squad11b", "squad11")
    }
    assert {row.endpoint.rpartition("/")[2] for row in house.all(PushSubscription)} == {"squad11a", "squad11b"}


def test_no_redirect_is_followed_and_no_other_host_written_to(house: House) -> None:
    house.phone("squad11a", "a1")
    house.push.answers = {"/a1": 307}
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert len(house.push.bodies) == 1
    assert house.states() == [("push", "notice", "dead")]
    with push_service() as other:
        house.change(update(PushSubscription).values(endpoint=f"{other.origin}/a1"))
        house.tell("password-reset-started", "squad11a")
        house.rounds()
        assert other.bodies == []
    assert house.all(Delivery)[-1].error == "host-not-allowed"
