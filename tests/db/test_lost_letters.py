"""What can go wrong on the way out: servers that are away or refuse, workers that die or race; and that it is seen."""

from __future__ import annotations

import datetime as dt
import os
import socket
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.jobs import writing
from brigade.messages import sending
from brigade.messages.deliveries import LEASE, TRIES, Delivery
from brigade.messages.mail import Outbox, is_address, mail_server, message
from brigade.messages.sending import Ways, one_round
from brigade.messages.ways import NoticeSettings, PushSubscription
from brigade.organisation.people import Membership
from tests import letterbox, make
from tests.db.house import DAY, EVENING, HOUR, MINUTE, NOON, House, text_of
from tests.make import SYSTEM

KILLS = int(os.environ.get("BRIGADE_TEST_KILLS", "2"))


NOTE = sending.note


class Killed(BaseException):
    """Nothing of the program catches this, as nothing catches a SIGKILL."""


def away() -> str:
    """The address of a mail server that is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"smtp://127.0.0.1:{free.getsockname()[1]}?from=brigade@city.example.jp"


# --- Servers that do not take it --------------------------------------------------------------------------------------


def test_a_server_that_is_away_is_tried_again_each_time_later_then_the_person_is_listed(house: House) -> None:
    house.settings("squad11a", quiet_from=0, quiet_to=0)
    house.ways = replace(house.ways, mail=mail_server(away()))
    house.tell("password-reset-started", "squad11a")
    tries = []
    while [row.state for row in house.all(Delivery)] != ["dead"]:
        house.rounds()
        tries.append((house.now - NOON) / MINUTE)
        house.now = house.all(Delivery)[0].due_at
        assert "squad11a" not in {login for login, _ in house.unreachable("squad11").items()} or len(tries) == TRIES
    assert tries == [0, 1, 5, 21, 85]
    [row] = house.all(Delivery)
    assert row.error == "ConnectionRefusedError"
    assert house.unreachable("squad11")["squad11a"] == ("all-failed", NOON + 85 * MINUTE)


def test_a_way_that_works_again_is_no_longer_dead(house: House) -> None:
    house.settings("squad11a", email_failed_at=NOON - DAY)
    assert house.unreachable("squad11")["squad11a"] == ("all-failed", NOON - DAY)
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert "squad11a" not in house.unreachable("squad11")


def test_a_recipient_who_is_refused_for_good_is_not_tried_again(house: House) -> None:
    for login in ("squad11a", "squad11b"):
        house.settings(login)
    house.mail.refuses = lambda address: "550 no such user" if "11a" in address else None
    house.tell("password-reset-started", "squad11a", "squad11b")
    house.rounds()
    assert house.mail.recipients == ["squad11b@example.jp"]  # the others are not held up
    assert Counter((row.state, row.error) for row in house.all(Delivery)) == {("dead", "smtp-550"): 1, ("sent", ""): 1}


def test_a_letter_box_that_is_full_is_tried_again(house: House) -> None:
    house.settings("squad11a")
    house.mail.refuses = lambda address: "452 full"
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert [(row.state, row.error, row.due_at) for row in house.all(Delivery)] == [
        ("queued", "smtp-452", NOON + MINUTE)
    ]
    house.mail.refuses = lambda address: None
    house.rounds(NOON + MINUTE)
    assert house.mail.recipients == ["squad11a@example.jp"]


@pytest.mark.parametrize(("status", "state"), [(500, "queued"), (429, "queued"), (400, "dead"), (403, "dead")])
def test_a_push_service_that_refuses(house: House, status: int, state: str) -> None:
    house.phone("squad11a", "a1")
    house.push.answers = {"/a1": status}
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert [(row.state, row.error) for row in house.all(Delivery)] == [(state, f"http-{status}")]
    assert len(house.all(PushSubscription)) == 1


def test_a_try_again_never_falls_into_the_night(house: House) -> None:
    house.settings("squad11a", digest_hour=23)
    house.ways = replace(house.ways, mail=mail_server(away()))
    house.now = NOON + 9 * HOUR + 29 * MINUTE + dt.timedelta(seconds=30)  # 21:29:30
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert house.all(Delivery)[0].due_at == NOON + 19 * HOUR


# --- Whom no way reaches ----------------------------------------------------------------------------------------------


def test_leaders_see_whom_no_way_reaches_and_why(house: House) -> None:
    for login in ("squad11", "squad11-deputy"):
        house.settings(login)
    house.phone("squad11a", "a1")
    assert house.unreachable("squad11") == {"squad11b": ("no-way", joined())}
    house.settings("squad11a", email=None, push_at_once=False, push_digest=False)
    house.change(update(PushSubscription).values(failed_at=None))
    with writing(house.engine) as session:
        session.delete(
            session.scalars(select(Account).where(Account.login == "squad11b"), execution_options=SYSTEM).one()
        )
    assert house.unreachable("squad11") == {
        "squad11a": ("switched-off", joined()),
        "squad11b": ("not-joined", joined()),
    }
    assert set(house.unreachable("company1", "K1-1-1")) == {"squad11a", "squad11b"}
    assert {"squad11a", "squad12a"} <= set(house.unreachable("company1"))
    assert house.unreachable("squad12", "K1-1-1") == {}


def joined() -> dt.datetime:
    return dt.datetime.combine(make.SINCE, dt.time(), dt.timezone(9 * HOUR))


def test_it_is_said_since_when_nothing_arrives(house: House) -> None:
    house.settings("squad11a")
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    house.settings("squad11a", email=None)
    assert house.unreachable("squad11")["squad11a"] == ("no-way", NOON)


def test_who_left_is_not_listed(house: House) -> None:
    left = update(Membership).where(Membership.member_id == house.city.member_id("squad11b"))
    house.change(left.values(valid_to=make.SINCE))
    assert "squad11b" not in house.unreachable("squad11")


# --- Workers that die or race -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["mail", "push"])
def test_a_worker_killed_between_sending_and_noting_sends_twice_at_most_and_loses_nothing(
    house: House, way: str
) -> None:
    logins = ["squad11a", "squad11b", "squad11"]
    for login in logins:
        house.settings(login) if way == "mail" else house.phone(login, login)
    for turn in range(KILLS):
        die_at, seen = turn % len(logins), Counter[str]()

        def fall(die_at: int = die_at, seen: Counter[str] = seen) -> None:
            seen["messages"] += 1
            if seen["messages"] == die_at + 1:
                seen["killed"] = 1

        house.mail.on_mail = house.push.on_message = fall
        house.tell("password-reset-started", *logins)
        with pytest.MonkeyPatch.context() as patch:

            def note(*args: Any, seen: Counter[str] = seen) -> None:
                if seen["killed"] == 1:
                    seen["killed"] = 2
                    raise Killed
                NOTE(*args)

            patch.setattr(sending, "note", note)
            with pytest.raises(Killed):
                house.rounds()
        house.rounds(house.now + LEASE - MINUTE)
        house.rounds(house.now + 2 * MINUTE)
        house.now += 5 * MINUTE
    if way == "mail":
        ids = Counter(mail["Message-ID"] for mail in house.mail.mails)
    else:
        ids = Counter(said["id"] for phone in house.push.phones.values() for said in phone.read)
    assert len(ids) == KILLS * len(logins)
    assert Counter(ids.values()) == {1: KILLS * (len(logins) - 1), 2: KILLS}
    assert {row.state for row in house.all(Delivery)} == {"sent"}


def test_a_delivery_that_kills_its_worker_each_time_is_given_up(house: House) -> None:
    house.settings("squad11a")
    house.tell("password-reset-started", "squad11a")
    for _ in range(TRIES):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Outbox, "send", die)
            with pytest.raises(Killed):
                house.rounds()
        house.now += LEASE
    house.rounds()
    assert [(row.state, row.error) for row in house.all(Delivery)] == [("dead", "worker-died")]


def die(*_: Any) -> None:
    raise Killed


def test_two_workers_at_the_same_instant_send_one_digest_each_person(house: House) -> None:
    logins = [login for login in house.city.people if login.startswith(("squad", "company"))]
    for login in logins:
        house.settings(login)
    for day in (8, 9, 10):
        house.report("squad11a", "squad11a", "squad11b", day=day)
    house.tell("event-planned", *logins, title="訓練", started_at=EVENING.isoformat())
    line = threading.Barrier(2, timeout=30)

    def work() -> None:
        line.wait()
        while one_round(house.engine, house.ways, lambda: EVENING):
            pass

    with ThreadPoolExecutor(2) as workers:
        for future in [workers.submit(work) for _ in range(2)]:
            future.result(60)
    assert Counter(house.mail.recipients) == {f"{login}@example.jp": 1 for login in logins}
    assert {(row.what, row.state) for row in house.all(Delivery)} == {("digest", "sent")}


def test_the_store_is_free_while_a_server_takes_its_time(house: House) -> None:
    if house.engine.dialect.name != "sqlite":
        pytest.skip("SQLite lets one write at a time")
    house.settings("squad11a")
    wrote = []

    def write() -> None:
        with sqlite3.connect(str(house.engine.url.database), timeout=0) as connection:
            connection.execute("UPDATE members SET name = name")
        connection.close()
        wrote.append(1)

    house.mail.on_mail = write
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert wrote == [1]


# --- What stands in a mail --------------------------------------------------------------------------------------------


def test_no_title_becomes_a_header_or_a_second_line(house: House) -> None:
    house.settings("squad11a")
    evil = "訓練\r\nBcc: all@example.jp\r\n\r\nbody\u2028xy"
    house.tell("event-cancelled", "squad11a", title=evil, place=evil, started_at=NOON.isoformat())
    house.rounds()
    [mail] = house.mail.mails
    assert house.mail.recipients == ["squad11a@example.jp"]
    assert mail["Bcc"] is None
    assert len(mail["Subject"].splitlines()) == 1
    assert [key for key in mail if not key.startswith("X-")] == HEADERS


HEADERS = [
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
    "MIME-Version",
]  # fmt: skip


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@example.jp", "a\nb", "a\rb", "a\u2028b", "a\x85b", "a\x0bb", "\x00"])
def test_a_subject_is_one_line_whatever_it_holds(subject: str) -> None:
    server = mail_server("smtp://h?from=a@example.jp")
    assert server is not None
    made = message(server, "x@example.jp", subject, "", id_=make.new_id(), now=NOON)
    assert message_from_bytes(bytes(made), policy=default).keys() == HEADERS


ADDRESSES = {
    True: ["sato@example.jp", "a.b+c@mail.city.example.jp", "foo..bar@docomo.ne.jp", "foo.@ezweb.ne.jp", "-x@example.jp"],
    False: [
        "", "a", "a@", "@example.jp", "a@b", "a@example", "a b@example.jp", "a@example.jp\n", "a@example.jp\r\nBcc: x@y.jp",
        "a@ex ample.jp", "<a@example.jp>", "a@example.jp, b@example.jp", "a@example.jp;b", '"a"@example.jp', "佐藤@example.jp",
        "a@消防.jp", "a@example..jp", "a@-x.jp", "a@[127.0.0.1]", "a\x00@example.jp", "a@b@example.jp", f"{'a' * 65}@example.jp",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.jp", "a@example.jp\u2028", "%s%s@example.jp\x1b", "a@example.jp#",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("address", "good"), [(one, good) for good, some in ADDRESSES.items() for one in some])
def test_what_an_address_is(address: str, good: bool) -> None:
    assert is_address(address) is good
    if not good:
        server = mail_server("smtp://h?from=a@example.jp")
        assert server is not None
        with pytest.raises(ValueError, match="address"):
            message(server, address, "s", "b", id_=make.new_id(), now=NOON)


def test_addresses_of_old_phones_are_reached(house: House) -> None:
    house.settings("squad11a", email="foo..bar.@docomo.ne.jp")
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert house.mail.recipients == ["foo..bar.@docomo.ne.jp"]


# --- TLS --------------------------------------------------------------------------------------------------------------


def outcome(url: str) -> tuple[str, str]:
    """What comes of sending one mail there."""
    server = mail_server(url)
    assert server is not None
    outbox = Outbox(server)
    made = message(server, "x@example.jp", "訓練", "本文", id_=make.new_id(), now=NOON)
    found = outbox.send(made)
    outbox.close()
    return found.state, found.error


def test_tls_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, signer = letterbox.certificate(tmp_path)
    tail = "?from=brigade@city.example.jp"
    with letterbox.mail_server() as plain:
        assert outcome(f"smtp://localhost:{plain.port}{tail}") == ("sent", "")
        assert outcome(f"smtp://localhost:{plain.port}{tail}&tls=required") == ("later", "SMTPNotSupportedError")
        assert outcome(f"smtp://u:secret@127.0.0.2:{plain.port}{tail}")[0] == "later"
    with letterbox.mail_server(
        "localhost", tls_context=context, require_starttls=True, authenticator=True, auth_required=True
    ) as box:
        at = f"localhost:{box.port}{tail}"
        assert outcome(f"smtp://u:secret@{at}") == ("later", "SSLCertVerificationError")
        monkeypatch.setenv("SSL_CERT_FILE", str(signer))
        assert outcome(f"smtp://u:secret@{at}&tls=required") == ("sent", "")
        assert outcome(f"smtp://u%40x:wrong@{at}")[0] == "later"
        assert box.signed_in[-1] == (b"u@x", b"wrong")
        assert text_of(box.mails[0]).strip() == "本文"


def test_a_password_is_never_sent_in_clear_to_another_machine() -> None:
    with letterbox.mail_server("127.0.0.2", authenticator=True, auth_require_tls=False) as box:
        url = f"smtp://u:secret@127.0.0.2:{box.port}?from=brigade@city.example.jp"
        assert outcome(url) == ("later", "SMTPNotSupportedError")
        assert box.signed_in == []


def test_mail_can_be_off(house: House) -> None:
    house.settings("squad11a")
    house.ways = Ways(None, None, "http://127.0.0.1")
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    assert [(row.state, row.error) for row in house.all(Delivery)] == [("dead", "mail-off")]
    with Session(house.engine) as session:
        row = session.scalar(select(NoticeSettings), execution_options=SYSTEM)
        assert row is not None
        assert row.email_failed_at == NOON
