"""What a backup held to be sent is not sent again by the store that is restored from it; one that moves sends it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.worker import work_once
from brigade.dates import utc_now
from brigade.jobs import writing
from brigade.messages.deliveries import Delivery, What, delivery, queue
from brigade.messages.notices import Notice, tell
from brigade.messages.sending import leave_unsent
from brigade.messages.ways import Channel, usual_settings
from tests import make
from tests.db.house import DAY, EVENING, House, text_of
from tests.db.places import opened, run
from tests.make import SYSTEM


@pytest.fixture
def waiting(app: Flask) -> Flask:
    """A notice that is queued and one that nobody has looked at yet, and a person whose digest is due."""
    with opened(app) as engine:
        with Session(engine) as session:
            city = make.city(session)
            session.commit()
        who, now = city.member_id("squad11a"), utc_now()
        with writing(engine) as session:
            settings = usual_settings(who, now)
            settings.email, settings.next_digest_at = "squad11a@example.jp", now - dt.timedelta(minutes=1)
            session.add(settings)
            tell(session, "password-reset-started", [who], now)
            queue(session, [delivery(who, Channel.MAIL, What.CODE, now, now)])
    return app


def stands(app: Flask) -> tuple[list[tuple[str, str]], list[bool]]:
    """State and error of each delivery, and which notices were looked at."""
    with opened(app) as engine, Session(engine) as session:
        sent = session.scalars(select(Delivery), execution_options=SYSTEM)
        told = session.scalars(select(Notice), execution_options=SYSTEM)
        return [(one.state, one.error) for one in sent], [bool(one.routed_at) for one in told]


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_restored_store_sends_nothing_that_waited(waiting: Flask, place: Any, into: str, tmp_path: Path) -> None:
    run(waiting, "backup", "write", tmp_path / "backup.tar")
    before, target = stands(waiting), place(into)
    assert before == ([("queued", "")], [False])
    assert "may have gone out since" in run(target, "backup", "restore", tmp_path / "backup.tar")
    assert stands(target) == ([("skipped", "restored")], [True])
    while work_once(target):
        pass
    assert stands(target) == ([("skipped", "restored")], [True])
    assert stands(waiting) == before


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_one_that_moves_sends_all_of_it(waiting: Flask, place: Any, into: str, tmp_path: Path) -> None:
    run(waiting, "backup", "write", tmp_path / "backup.tar")
    target = place(into)
    assert "gone out" not in run(target, "backup", "restore", tmp_path / "backup.tar", "--moved")
    assert stands(target) == stands(waiting) == ([("queued", "")], [False])


def test_nor_does_one_that_postgresqls_own_tools_restored(waiting: Flask) -> None:
    assert "may have gone out since" in run(waiting, "renew-sync")
    assert stands(waiting) == ([("skipped", "restored")], [True])


def test_what_nobody_has_read_stands_in_the_next_digest(house: House) -> None:
    house.settings("squad11a", next_digest_at=EVENING)
    house.tell("password-reset-started", "squad11a")
    with writing(house.engine) as session:
        leave_unsent(session, EVENING)
    assert house.rounds(EVENING) == 0
    house.rounds(EVENING + DAY)
    [mail] = house.mail.mails
    assert "パスワード" in text_of(mail)
    assert house.states() == [("mail", "digest", "sent")]
