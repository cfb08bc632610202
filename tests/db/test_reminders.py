"""Reminders of a month: who is told what, on which days, once; and nobody who owes nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from brigade.activity.workflow import Action
from brigade.calendar.events import Plan, create_event
from brigade.jobs import writing
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notice_words import href_of, reads, screen_of
from brigade.messages.notices import Notice
from brigade.messages.reminders import Closing, closing_about, remind_of
from brigade.month.closing import Saying, say
from brigade.organisation.people import Absence
from tests import make
from tests.db.house import DAY, House, text_of

SOON, OVER = dt.date(2026, 11, 3), dt.date(2026, 11, 6)
MORNING = dt.datetime(2026, 11, 2, 21, tzinfo=dt.UTC)  # 6:00 of the third in Tokyo
HOURS = dt.timezone(dt.timedelta(hours=9))
SQUADS = ("squad11", "squad12", "squad21", "squad22")


def october(house: House, login: str, *people: str, day: int = 8, **said: Any) -> Any:
    start = dt.datetime(2026, 10, day, 9, tzinfo=HOURS)
    return house.report(login, *people, started_at=start, ended_at=start + dt.timedelta(hours=2), **said)


def reminded(house: House, day: dt.date = SOON) -> dict[str, dict[str, Any]]:
    """Everyone's reminders so far after those of that day: login → what it says."""
    for one in closings(house, day):
        with writing(house.engine) as session:
            remind_of(session, one, day, dt.datetime.combine(day, dt.time(6), HOURS))
    logins = {member.id: login for login, member in house.city.people.items()}
    rows = [row for row in house.all(Notice) if row.kind in (NoticeKind.MONTH_DUE_SOON, NoticeKind.MONTH_OVERDUE)]
    assert len({(row.member_id, row.kind) for row in rows}) == len(rows)
    return {logins[row.member_id]: row.data for row in rows}


def closings(house: House, day: dt.date) -> list[Closing]:
    with Session(house.engine) as session:
        return closing_about(session, day)


def nil(house: House, *logins: str) -> None:
    """These squads had nothing to report."""
    for login in logins:
        with Session(house.engine) as session:
            who = make.bound(session, house.city, login)
            say(session, who, house.city.unit_id(f"K1-{login[5]}-{login[6]}"), "2026-10", Saying.NIL)
            session.commit()


def test_two_days_before_the_end_of_input_and_the_day_after_it(house: House) -> None:
    days = [dt.date(2026, 11, 1) + dt.timedelta(days=n) for n in range(30)]
    found = [(day, one.month, one.ends, one.stage) for day in days for one in closings(house, day)]
    ends = dt.date(2026, 11, 5)
    assert found == [
        (SOON, "2026-10", ends, NoticeKind.MONTH_DUE_SOON), (OVER, "2026-10", ends, NoticeKind.MONTH_OVERDUE),
    ]  # fmt: skip
    assert closings(house, dt.date(2020, 3, 3)) == []  # there was no brigade yet


def test_each_who_owes_something_is_told_what(house: House) -> None:
    nil(house, "squad21", "squad22")
    october(house, "squad11a")
    waits = october(house, "squad11b", "squad11b", day=9)
    house.step("squad11", waits, Action.APPROVE)
    back = october(house, "squad11b", "squad11b", day=10)
    house.step("squad11", back, Action.RETURN, comment="時刻")
    said = {"month": "2026-10", "ends": "2026-11-05"}
    assert reminded(house) == {
        "squad11": {**said, "waiting": 1}, "company1": {**said, "waiting": 1}, "squad11b": {**said, "returned": 1},
        "squad12": {**said, "silent": 1},
    }  # fmt: skip


def test_what_is_said(house: House) -> None:
    data = {"month": "2026-10", "ends": "2026-11-05", "silent": 1, "events": 2, "returned": 3, "waiting": 4}
    title, words = reads(NoticeKind.MONTH_DUE_SOON, data, "ja")
    assert title == "月の締め切りが近づいています"
    assert words.startswith("10月分の入力は11月5日(木)までです。まだ何も届いていません。")
    assert words.endswith("差し戻された報告が3件あります。 承認を待っている報告が4件あります。")
    assert reads(NoticeKind.MONTH_OVERDUE, {**data, "silent": 0}, "en")[1] == (
        "Input for October ended on 5 November. Planned events not answered for: 2. Returned reports: 3. "
        "Reports awaiting approval: 4."
    )
    assert screen_of(NoticeKind.MONTH_OVERDUE, None, None) == {"kind": "month", "id": None}
    assert href_of(NoticeKind.MONTH_OVERDUE, None, None) is None


def test_nobody_who_owes_nothing_is_reminded(house: House) -> None:
    nil(house, "squad12", "squad21", "squad22")
    made = october(house, "squad11a")
    for leader in ("squad11", "company1", "brigade"):
        made = house.step(leader, made, Action.APPROVE)
    assert made.state == "in_review"  # with the station, which reminds itself
    assert reminded(house) == reminded(house, OVER) == {}


def test_each_stage_is_told_once_whatever_happens(house: House) -> None:
    nil(house, "squad21", "squad22")
    october(house, "squad11a", "squad11a")
    first = reminded(house)
    assert reminded(house) == first
    count = len(house.all(Notice))
    nil(house, "squad12")
    reminded(house, OVER)
    assert len(house.all(Notice)) == count + 1  # the leader at whom the report waits, once more


def test_a_job_that_is_done_days_later_tells_nobody_that_the_end_is_near(house: House) -> None:
    """A worker that was away, or one that an operator had tried again."""
    (soon,) = closings(house, SOON)
    (over,) = closings(house, OVER)
    for one, day, told in ((soon, OVER, 0), (over, OVER + dt.timedelta(days=9), 4), (soon, soon.ends, 8)):
        with writing(house.engine) as session:
            remind_of(session, one, day, dt.datetime.combine(day, dt.time(6), HOURS))
        assert len(house.all(Notice)) == told


def test_two_workers_at_once_tell_once(house: House) -> None:
    [one] = closings(house, SOON)
    for _ in range(2):
        with writing(house.engine) as session:
            remind_of(session, one, SOON, MORNING)
    assert sorted(reminded(house)) == sorted(SQUADS)


def test_what_is_rolled_back_was_never_told(house: House) -> None:
    [one] = closings(house, SOON)
    with Session(house.engine) as session:
        remind_of(session, one, SOON, MORNING)
        session.rollback()
    assert house.all(Notice) == []
    assert sorted(reminded(house)) == sorted(SQUADS)


def test_while_a_leader_is_away_the_deputy_is_reminded(house: House) -> None:
    nil(house, "squad12", "squad21", "squad22")
    with writing(house.engine) as session:
        session.add(Absence(member_id=house.city.member_id("squad11"), absence="leave", valid_from=make.SINCE))
    assert list(reminded(house)) == ["squad11-deputy"]


def test_an_event_without_an_answer_is_owed_too(house: House) -> None:
    nil(house, "squad12", "squad21", "squad22")
    october(house, "squad11a", "squad11a", day=20)
    with Session(house.engine) as session:
        who = make.bound(session, house.city, "squad11", MORNING - 30 * DAY)
        start = dt.datetime(2026, 10, 25, 9, tzinfo=HOURS)
        plan = Plan(kind="T-01", title="訓練", started_at=start, ended_at=start + dt.timedelta(hours=2), place="本町")
        create_event(session, who, plan, unit_id=house.city.unit_id("K1-1-1"), event_id=None)
        session.commit()
    found = reminded(house)
    assert (found["squad11"]["events"], found["squad11"]["waiting"], "silent" in found["squad11"]) == (1, 1, False)


def test_it_waits_for_the_digest_of_the_evening(house: House) -> None:
    house.settings("squad11", next_digest_at=MORNING + dt.timedelta(hours=14))
    reminded(house)
    house.rounds(MORNING + dt.timedelta(hours=2))
    assert house.mail.mails == []
    house.rounds(MORNING + dt.timedelta(hours=14))
    [mail] = house.mail.mails
    assert "読んでいないお知らせ「月の締め切りが近づいています」が1件あります。" in text_of(mail)


def test_whoever_is_excused_is_left_in_peace_until_that_day(house: House) -> None:
    with Session(house.engine) as session:
        who = make.bound(session, house.city, "company1", MORNING)
        say(
            session,
            who,
            house.city.unit_id("K1-1"),
            "2026-10",
            Saying.EXCUSED,
            reason="台風",
            until=dt.date(2026, 11, 5),
        )
        session.commit()
    assert sorted(reminded(house)) == ["squad21", "squad22"]
    assert {"squad11", "squad12"} <= reminded(house, OVER).keys()
