"""The digest of a day: one at the person's hour, with what is new or waits, and none when there is nothing to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session

from brigade.activity.inbox import summary
from brigade.activity.workflow import Action
from brigade.actor import load_actor
from brigade.messages.digests import waiting_for
from brigade.messages.sending import plan
from brigade.messages.ways import NoticeSettings
from brigade.organisation.people import DeputyPlace, Member, Post
from brigade.scopes import act_as
from tests import make
from tests.db.house import DAY, EVENING, HOUR, NOON, House, text_of
from tests.db.town import Town
from tests.make import SYSTEM

A = Action


def test_everything_else_waits_for_one_digest_at_the_persons_hour(house: House) -> None:
    house.settings("squad11b")
    house.settings("squad11", digest_hour=18, next_digest_at=NOON + 6 * HOUR, language="en")
    for day in (8, 9):
        house.report("squad11a", "squad11a", "squad11b", day=day)
    house.rounds(NOON + 5 * HOUR)
    assert house.mail.mails == []
    house.rounds(NOON + 6 * HOUR)
    [mail] = house.mail.mails
    assert mail["To"] == "squad11@example.jp"
    assert "Reports awaiting your approval: 2. The oldest has been waiting since 20 November." in text_of(mail)
    house.rounds(EVENING)
    assert [mail["To"] for mail in house.mail.mails[1:]] == ["squad11b@example.jp"]
    assert "「あなたの名前で報告が出ました」が2件" in text_of(house.mail.mails[1])
    house.rounds(EVENING + 3 * HOUR)
    assert len(house.mail.mails) == 2


def test_a_digest_says_nothing_twice_and_nothing_when_there_is_nothing(house: House) -> None:
    house.settings("squad11b")
    house.report("squad11a", "squad11a", "squad11b")
    for day in range(3):
        house.rounds(EVENING + day * DAY)
    assert len(house.mail.mails) == 1
    house.report("squad11a", "squad11a", "squad11b", day=9)
    house.rounds(EVENING + 3 * DAY)
    assert "1件" in text_of(house.mail.mails[1])


def test_returned_reports_and_drafts_are_brought_to_mind_for_two_weeks(house: House) -> None:
    house.settings("squad11a", mail_at_once=False)
    house.report("squad11a", "squad11a", submit=False)
    made = house.report("squad11a", "squad11a", day=9)
    house.step("squad11", made, A.RETURN, comment="時刻")
    for day in (0, 1, 13, 14):
        house.rounds(EVENING + day * DAY)
    assert len(house.mail.mails) == 3
    assert all("差し戻された報告が1件" in text_of(mail) for mail in house.mail.mails)
    assert all("下書きが1件" in text_of(mail) for mail in house.mail.mails)
    assert "「報告が差し戻されました」" in text_of(house.mail.mails[0])
    assert "「報告が差し戻されました」" not in text_of(house.mail.mails[1])


def test_what_went_out_at_once_is_not_in_the_digest_too(house: House) -> None:
    house.settings("squad11a")
    house.tell("password-reset-started", "squad11a")
    house.rounds()
    house.rounds(EVENING)
    assert len(house.mail.mails) == 1


def test_the_digest_goes_to_the_phone_and_by_mail_when_no_phone_takes_it(house: House) -> None:
    house.settings("squad11b")
    house.phone("squad11b", "b1")
    house.report("squad11a", "squad11a", "squad11b")
    house.rounds(EVENING)
    assert [message["kind"] for message in house.push.phone("b1").read] == ["digest"]
    assert house.mail.mails == []
    house.report("squad11a", "squad11a", "squad11b", day=9)
    house.push.answers = {"/b1": 410}
    house.rounds(EVENING + DAY)
    assert len(house.mail.mails) == 1
    assert house.states() == [("push", "digest", "sent"), ("mail", "digest", "sent")]


def test_a_digest_of_the_night_comes_in_the_morning_and_there_is_one_a_day(house: House) -> None:
    house.settings("squad11", digest_hour=23, next_digest_at=NOON + 11 * HOUR)
    house.report("squad11a", "squad11a")
    house.rounds(NOON + 11 * HOUR)
    assert house.mail.mails == []
    house.rounds(NOON + 19 * HOUR)  # 7:00
    assert len(house.mail.mails) == 1
    house.rounds(NOON + DAY + 11 * HOUR)
    house.rounds(NOON + DAY + 19 * HOUR)
    assert [mail["Date"].datetime.astimezone(dt.UTC) for mail in house.mail.mails] == [
        NOON + 19 * HOUR, NOON + 19 * HOUR + DAY,
    ]  # fmt: skip


def test_a_worker_that_was_away_in_the_evening_does_not_make_up_for_it_twice(house: House) -> None:
    house.settings("squad11")
    house.report("squad11a", "squad11a")
    house.rounds(NOON + DAY)
    house.rounds(EVENING + DAY)
    assert len(house.mail.mails) == 1
    house.rounds(EVENING + 2 * DAY)
    assert len(house.mail.mails) == 2


def test_a_citys_digest_is_planned_in_as_many_statements_as_one_persons(house: House) -> None:
    house.report("squad11a", "squad11a", "squad11b")
    counts = []
    for logins in (["squad11"], list(house.city.people)):
        for login in logins:
            house.settings(login)
        said: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any, said: list[str] = said) -> None:
            said.append(statement)

        house.change(update(NoticeSettings).values(next_digest_at=EVENING))
        event.listen(house.engine, "before_cursor_execute", note)
        with Session(house.engine) as session:
            plan(session, EVENING)
            session.rollback()
        event.remove(house.engine, "before_cursor_execute", note)
        counts.append(len(said))
    assert counts[0] == counts[1] < 25


def test_what_waits_in_a_town_with_a_past_is_counted_as_each_inbox_counts_it(engine: Engine) -> None:
    """Units that moved and merged, people away, deputies in their order: the same for one and for many."""
    town = Town(11)
    with Session(engine) as session:
        town.stored(session)
        found = waiting_for(session, [row["id"] for row in town.of(Member)], NOON)
    deciders = {row["member_id"] for model in (Post, DeputyPlace) for row in town.of(model)}
    assert set(found) <= deciders
    assert found
    for member_id in deciders:
        with Session(engine) as session:
            who = load_actor(session, session.get_one(Member, member_id, execution_options=SYSTEM), NOON)
            if who is None:
                assert member_id not in found
                continue
            act_as(session, who)
            counted = summary(session, who)
            assert len(found.get(member_id, [])) == counted.waiting
            assert min(found.get(member_id, [None])) == counted.oldest_waiting_since  # type: ignore[type-var]


def test_what_waits_is_counted_as_the_inbox_counts_it(house: House) -> None:
    made = house.report("squad11a", "squad11a")
    house.step("squad11", made, A.APPROVE)
    for login, day in (("squad11a", 9), ("squad11-deputy", 10), ("squad11b", 11)):
        house.report(login, login, day=day)
    for later in (0, 7, 30):
        now = NOON + later * DAY
        with Session(house.engine) as session:
            found = waiting_for(session, [member.id for member in house.city.people.values()], now)
        for login, member in house.city.people.items():
            with Session(house.engine) as session:
                who = make.bound(session, house.city, login, now)
                counted = summary(session, who)
            assert len(found.get(member.id, [])) == counted.waiting, (login, later)
            assert min(found.get(member.id, [None])) == counted.oldest_waiting_since  # type: ignore[type-var]
