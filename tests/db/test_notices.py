"""Who is told of what: rows that stand and fall with what happened, whoever does it and on whatever way."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.history import ReportEvent
from brigade.activity.workflow import TABLE, Action
from brigade.messages import notices
from brigade.messages.notice_rules import RULES, NoticeKind
from brigade.messages.notice_words import reads
from brigade.messages.notices import Notice, mark_read, tell, unread_count
from brigade.wording import LANGUAGES, placeholders
from tests import make
from tests.make import NOW, SYSTEM, City

A = Action
CLIMB = ("squad11", "company1", "brigade", "station")


def told(session: Session, city: City, kind: str | None = None) -> set[tuple[str, str]]:
    """(kind, login) of every notice."""
    logins = {member.id: login for login, member in city.people.items()}
    rows = session.scalars(select(Notice), execution_options=SYSTEM)
    return {(row.kind, logins[row.member_id]) for row in rows if kind in (None, row.kind)}


def confirmed(session: Session, city: City, *people: str, by: str = "squad11a") -> ActivityReport:
    """A report by ``by`` about these people that the station has taken."""
    made = make.report(session, city, by, "K1-1-1", *people)
    for login in CLIMB:
        made = make.step(session, city, login, made, A.APPROVE)
    return made


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """What is said to the store in a ``with`` block."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_everyone_entered_by_another_is_told_and_by_whom(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", "squad11")
    assert told(session, city) == {("entered-by-other", "squad11b"), ("entered-by-other", "squad11")}
    for row in session.scalars(select(Notice), execution_options=SYSTEM):
        assert row.data["by"] == str(city.member_id("squad11a"))
        assert "団員" not in str(row.data)


def test_a_draft_tells_nobody_and_what_an_edit_adds_is_told_with_it(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", submit=False)
    assert told(session, city) == set()
    made = make.step(session, city, "squad11a", made, A.SUBMIT)
    assert told(session, city) == {("entered-by-other", "squad11b")}
    made = make.step(session, city, "squad11", made, A.RETURN, comment="時刻")
    who = make.bound(session, city, "squad11a")
    people = make.content(city, "K1-1-1", "squad11a", "squad11b", "squad11-deputy").participants
    made, _ = actions.edit(session, who, made.id, made.version, {"participants": people})
    expected = {("entered-by-other", "squad11b"), ("entered-by-other", "squad11-deputy")}
    assert told(session, city, "entered-by-other") == expected
    session.commit()
    make.step(session, city, "squad11a", made, A.SUBMIT)
    rows = session.scalars(select(Notice).where(Notice.kind == "entered-by-other"), execution_options=SYSTEM).all()
    assert len(rows) == 2  # each of them once, however often it is sent


def test_who_is_taken_out_of_what_was_sent_is_told(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", "squad11-deputy", submit=False)
    who = make.bound(session, city, "squad11a")
    fewer = make.content(city, "K1-1-1", "squad11a", "squad11b").participants
    made, _ = actions.edit(session, who, made.id, made.version, {"participants": fewer})
    assert told(session, city) == set()  # nobody had been told of the draft
    made = make.step(session, city, "squad11a", made, A.SUBMIT)
    made = make.step(session, city, "squad11", made, A.RETURN, comment="時刻")
    who = make.bound(session, city, "squad11a")
    alone = make.content(city, "K1-1-1", "squad11a").participants
    made, _ = actions.edit(session, who, made.id, made.version, {"participants": alone})
    assert told(session, city, "report-corrected") == {("report-corrected", "squad11b")}
    session.commit()
    make.step(session, city, "squad11a", made, A.WITHDRAW, comment="二重")
    assert told(session, city, "report-withdrawn") == set()


def test_who_stands_in_what_its_author_withdraws_is_told_by_whom(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
    make.step(session, city, "squad11a", made, A.WITHDRAW, comment="二重")
    assert told(session, city, "report-withdrawn") == {("report-withdrawn", "squad11b")}
    notice = session.scalars(select(Notice).where(Notice.kind == "report-withdrawn"), execution_options=SYSTEM).one()
    assert notice.data["by"] == str(city.member_id("squad11a"))


def test_the_author_hears_of_a_return_at_once_and_nobody_else(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a")
    make.step(session, city, "squad11", made, A.RETURN, comment="時刻")
    [row] = session.scalars(select(Notice), execution_options=SYSTEM).all()
    assert (row.kind, row.member_id, row.routed_at) == ("report-returned", city.member_id("squad11a"), None)


def test_what_the_station_takes_is_told_to_all_in_whose_name_it_is(session: Session, city: City) -> None:
    made = confirmed(session, city, "squad11b", "squad11-deputy")
    assert told(session, city, "report-confirmed") == {
        ("report-confirmed", login) for login in ("squad11a", "squad11b", "squad11-deputy")
    }
    make.step(session, city, "station", made, A.RETURN, comment="二重です")
    assert told(session, city, "taken-back") == {("taken-back", "squad11b"), ("taken-back", "squad11-deputy")}
    assert told(session, city, "report-returned") == {("report-returned", "squad11a")}


def test_an_approval_taken_back_is_told_to_whom_it_had_been_told(session: Session, city: City) -> None:
    made = confirmed(session, city, "squad11a", "squad11b")
    make.step(session, city, "station", made, A.UNDO)
    assert told(session, city, "taken-back") == {("taken-back", "squad11a"), ("taken-back", "squad11b")}


def test_many_decisions_are_told_in_one_statement_without_asking(session: Session, city: City) -> None:
    items = []
    for day in (2, 3, 4):
        made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=day)
        for login in CLIMB[:-1]:
            made = make.step(session, city, login, made, A.APPROVE)
        items.append((made.id, made.version))
    who = make.bound(session, city, "station")
    with statements(session) as said:
        results = many.act_on_many(session, who, items, A.APPROVE)
    assert [problem for _, _, problem in results] == [None] * 3
    assert ["INSERT INTO notices" in one for one in said if "notices" in one] == [True]
    assert len(told(session, city, "report-confirmed")) == 2


def test_what_is_rolled_back_was_never_told(session: Session, city: City) -> None:
    who = make.bound(session, city, "squad11a")
    content = make.content(city, "K1-1-1", "squad11a", "squad11b")
    actions.create(session, who, content, report_id=None, submit=True)
    assert told(session, city) == {("entered-by-other", "squad11b")}
    session.rollback()
    assert told(session, city) == set()
    with session.begin_nested() as savepoint:
        actions.create(session, who, content, report_id=None, submit=True)
        savepoint.rollback()
    session.commit()
    assert told(session, city) == set()


def test_an_event_written_by_whatever_code_is_told(session: Session, city: City) -> None:
    """The rule stands in the flush: a report that nobody loaded with its people is looked up."""
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
    session.info.pop("actor", None)
    session.add(
        ReportEvent(
            report_id=made.id, seq=made.version + 1, at=NOW, action="approve", actor_id=None, source="in_review",
            target="confirmed", step_from=1, step_to=1, comment="", remarks=[], changed=[],
        )
    )  # fmt: skip
    session.flush()
    assert told(session, city, "report-confirmed") == {
        ("report-confirmed", "squad11a"),
        ("report-confirmed", "squad11b"),
    }


def test_telling_others_stands_in_the_same_transaction(session: Session, city: City) -> None:
    members = [city.member_id("squad11"), city.member_id("squad11a"), city.member_id("squad11")]
    tell(session, "password-reset-started", members, NOW)
    tell(session, "device-signed-in", members[:1], NOW, data={"device_name": "電話"})
    rows = session.scalars(select(Notice).order_by(Notice.id), execution_options=SYSTEM).all()
    assert [(row.kind, row.member_id) for row in rows] == [
        ("password-reset-started", members[0]), ("password-reset-started", members[1]), ("device-signed-in", members[0]),
    ]  # fmt: skip
    assert {row.routed_at for row in rows} == {None}
    with pytest.raises(ValueError, match="no-such"):
        tell(session, "no-such", members, NOW)


@pytest.mark.parametrize(("hours", "at_once"), [(1, True), (48, True), (49, False), (24 * 30, False)])
def test_an_event_called_off_shortly_before_is_told_at_once(
    session: Session, city: City, hours: int, at_once: bool
) -> None:
    starts = (NOW + dt.timedelta(hours=hours)).isoformat()
    for kind in ("event-cancelled", "event-changed"):
        tell(session, kind, [city.member_id("squad11")], NOW, data={"started_at": starts, "title": "訓練", "place": ""})
    rows = session.scalars(select(Notice).order_by(Notice.kind), execution_options=SYSTEM).all()
    assert [row.routed_at is None for row in rows] == [at_once, False]


def test_one_reads_only_ones_own(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", "squad11b", "squad11-deputy")
    ids = {row.member_id: row.id for row in session.scalars(select(Notice), execution_options=SYSTEM)}
    who = make.bound(session, city, "squad11b")
    assert unread_count(session) == 1
    mark_read(session, who, ids.values())
    assert unread_count(session) == 0
    make.bound(session, city, "squad11-deputy")
    assert unread_count(session) == 1


def test_old_notices_are_forgotten(session: Session, city: City) -> None:
    for days in (0, 399, 401):
        tell(session, "password-reset-started", [city.member_id("squad11")], NOW - dt.timedelta(days=days))
    notices.forget_old_notices(session, NOW)
    assert session.scalar(select(func.count(Notice.id)), execution_options=SYSTEM) == 2


def test_every_rule_meets_some_step_of_the_workflow() -> None:
    steps = [
        ReportEvent(
            action=row.action.value, source=row.source.value, target=row.target.value, changed=["participants"],
            unit_id=unit_id,
        )
        for row in TABLE
        for unit_id in (None, make.new_id())  # by its author, or from a desk
    ]  # fmt: skip
    assert all(any(rule.when(step) for step in steps) for rule in RULES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_reads_well_with_and_without_its_values(kind: NoticeKind, lang: str) -> None:
    data = {"activity": "T-01", "started_at": NOW.isoformat(), "title": "放水訓練", "place": "河川敷", "count": 3}
    title, words = reads(kind, data, lang, by="佐藤 健", device="佐藤のスマホ")
    assert title
    assert "{" not in title + words
    if "by" in placeholders(f"notice.{kind}.text"):
        assert "佐藤 健" in words
        assert "佐藤" not in "".join(reads(kind, data, lang))
    if "day" in placeholders(f"notice.{kind}.text"):
        assert ("11月20日(金)" if lang == "ja" else "20 November") in words
    assert reads(kind, {}, lang)[0] == title  # a notice of an older version lacks what is new


def test_ids_that_mean_nobody_are_left_alone(session: Session, city: City) -> None:
    who = make.bound(session, city, "squad11")
    mark_read(session, who, [uuid.uuid4()])
    assert unread_count(session) == 0
