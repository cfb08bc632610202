"""Catching up, case by case: the log, its marks while others write, and when a device has to begin anew."""

from __future__ import annotations

import datetime as dt
import queue
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete, event, select, update
from sqlalchemy.orm import Session

from brigade import actions, change_notes, posts, sync
from brigade.activities import ActivityReport, Event, EventUnit, Participation
from brigade.actor import Actor
from brigade.changes import KEPT, Change, Mark, forget_old_changes, mark_now, renew_epoch
from brigade.db import new_id, prepare_engine
from brigade.sync import Page, first_instant, next_page
from brigade.sync_cursor import Cursor, Round, View
from brigade.workflow import Action
from tests import make
from tests.conftest import settings_for
from tests.make import NOW, SYSTEM, City

A = Action
DAY = dt.timedelta(days=1)
Ids = set[uuid.UUID]


@pytest.fixture
def town(engine: Engine) -> City:
    """The small city in a store of its own, where commits are commits."""
    with Session(engine) as session:
        return make.city(session)


@contextmanager
def reading(engine: Engine, city: City, who: str, now: dt.datetime = NOW) -> Iterator[tuple[Session, Actor]]:
    """A session as the request has it."""
    with Session(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session, make.bound(session, city, who, now)


class Device:
    """One person's phone, asking page by page; the cursor goes through the form in which it is kept."""

    def __init__(self, engine: Engine, city: City, who: str) -> None:
        self.engine, self.city, self.who = engine, city, who
        self.cursor: bytes | None = None
        self.reports: Ids = set()
        self.events: Ids = set()

    def page(self, limit: int = 200, now: dt.datetime = NOW) -> Page:
        with reading(self.engine, self.city, self.who, now) as (session, actor):
            page = next_page(session, actor, Cursor.unpacked(self.cursor) if self.cursor else None, limit)
        assert page.cursor is not None
        self.cursor = page.cursor.packed()
        if page.reset:
            self.reports, self.events = set(), set()
        self.reports = self.reports - set(page.gone_reports) | {row.id for row in page.reports}
        self.events = self.events - set(page.gone_events) | {row.id for row in page.events}
        return page

    def catch_up(self, limit: int = 200, now: dt.datetime = NOW) -> list[Page]:
        pages = [self.page(limit, now)]
        while pages[-1].more:
            pages.append(self.page(limit, now))
        return pages


def written(engine: Engine, what: Callable[[Session], Any]) -> Any:
    """Done and committed by the program itself."""
    with Session(engine, expire_on_commit=False) as session:
        session.connection(execution_options={"writing": True})
        result = what(session)
        session.commit()
        return result


def filed(engine: Engine, city: City, *said: Any, **more: Any) -> ActivityReport:
    with Session(engine) as session:
        return make.report(session, city, *said, **more)


def stepped(engine: Engine, city: City, who: str, row: ActivityReport, action: Action, **said: Any) -> ActivityReport:
    with Session(engine) as session:
        return make.step(session, city, who, row, action, **said)


def drill(city: City, code: str, days: float = 1) -> Event:
    start = NOW + days * DAY
    return Event(
        id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id(code), kind="T-01", title="訓練",
        planned=True, started_at=start, ended_at=start + DAY / 12, place="", created_by_id=city.member_id("bureau"),
        created_at=NOW, units=[EventUnit(unit_id=city.unit_id(code))],
    )  # fmt: skip


def log(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(Change.__table__).order_by(Change.seq)))


# --- The log ----------------------------------------------------------------------------------------------------------


def test_a_request_costs_one_statement_however_much_it_changes(engine: Engine, town: City) -> None:
    reports = [filed(engine, town, "squad11a", "K1-1-1", day=day) for day in (1, 2, 3)]
    before, statements = len(log(engine)), []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
    with Session(engine) as session:
        leader = make.bound(session, town, "squad11")
        actions.act_on_many(session, leader, [(row.id, row.version) for row in reports], A.APPROVE)
        wrote = len(statements)
        session.commit()
    assert ["INSERT INTO changes" in statement for statement in statements[wrote:]] == [True]
    assert not [statement for statement in statements[:wrote] if "changes" in statement]
    assert {(row.entity, row.entity_id) for row in log(engine)[before:]} == {("report", row.id) for row in reports}


def test_filing_is_one_row_and_reading_none(engine: Engine, town: City) -> None:
    made = filed(engine, town, "squad11a", "K1-1-1")
    assert [(row.entity_id, row.audience) for row in log(engine)] == [(made.id, "")]
    with reading(engine, town, "squad11a") as (session, _):
        actions.read(session, made.id)
        session.commit()
    assert len(log(engine)) == 1


def test_what_is_taken_back_leaves_nothing(engine: Engine, town: City) -> None:
    with Session(engine) as session:
        session.connection(execution_options={"writing": True})
        session.add(drill(town, "K1"))
        session.flush()
        session.rollback()
        session.commit()
    assert log(engine) == []


def test_what_a_savepoint_kept_is_noted(engine: Engine, town: City) -> None:
    with Session(engine, expire_on_commit=False) as session:
        session.connection(execution_options={"writing": True})
        kept = drill(town, "K1-1")
        with session.begin_nested():
            session.add(kept)
        session.add(drill(town, "K1-2"))
        session.commit()
    assert kept.id in {row.entity_id for row in log(engine)}
    assert len(log(engine)) == 2


def add_a_part(session: Session, report: ActivityReport, member_id: uuid.UUID) -> None:
    session.add(
        Participation(report_id=report.id, member_id=member_id, position=9, role="member", acted=True, injured=False)
    )


WAYS: dict[str, Callable[[Session, ActivityReport, uuid.UUID], Any]] = {
    "a row": lambda s, row, _: setattr(s.get_one(ActivityReport, row.id, execution_options=SYSTEM), "place", "河川敷"),
    "a part of it": add_a_part,
    "many rows": lambda s, *_: s.execute(update(ActivityReport).values(place="x"), execution_options=SYSTEM),
    "past the classes": lambda s, *_: s.execute(
        update(ActivityReport.__table__).values(place="x"), execution_options=SYSTEM
    ),
    "many parts": lambda s, *_: s.execute(delete(Participation), execution_options=SYSTEM),
    "all of it": lambda s, row, _: s.delete(s.get_one(ActivityReport, row.id, execution_options=SYSTEM)),
    "by name": lambda s, row, _: change_notes.note_reports(s, [row.id]),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_writer_can_forget_it(engine: Engine, town: City, way: str) -> None:
    report = filed(engine, town, "squad11a", "K1-1-1", "squad11a", "squad11b")

    def change(session: Session) -> None:
        if way == "all of it":  # its parts go with it: they must be at hand
            session.scalars(select(ActivityReport).options(*actions.WITH_CONTENT), execution_options=SYSTEM).all()
        WAYS[way](session, report, town.member_id("squad11"))

    written(engine, change)
    (row,) = log(engine)[1:]
    assert row.entity_id == report.id
    assert set(row.audience.split()) == {
        *(f"m{town.member_id(login).hex}" for login in ("squad11a", "squad11b")),
        *(f"r{town.unit_id(code).hex}" for code in ("K1-1-1", "K1-1", "K1", "S1", "B")),
        f"d{town.unit_id('K1-1-1').hex}",
    }


def test_old_changes_are_forgotten(engine: Engine, town: City) -> None:
    for day in (1, 2):
        filed(engine, town, "squad11a", "K1-1-1", day=day)
    first = log(engine)[0]
    with engine.begin() as connection:
        connection.execute(update(Change.__table__).where(Change.seq == first.seq).values(at=NOW - KEPT - DAY))
        connection.execute(update(Change.__table__).where(Change.seq != first.seq).values(at=NOW - KEPT + DAY))
    written(engine, lambda session: forget_old_changes(session, NOW))
    assert [row.seq for row in log(engine)] == [first.seq + 1]
    if engine.dialect.name == "sqlite":
        written(engine, lambda session: forget_old_changes(session, NOW + 9 * DAY))
        with Session(engine) as session:
            assert mark_now(session).next == first.seq + 2  # numbers are never given twice


# --- While others write -----------------------------------------------------------------------------------------------


@pytest.fixture
def postgres_engine(postgresql: str, tmp_path: Any) -> Iterator[Engine]:
    engine = create_engine(settings_for(postgresql, tmp_path).database_url, pool_size=20)
    prepare_engine(engine)
    yield engine
    engine.dispose()


def drafted(engine: Engine, city: City, who: str) -> tuple[Session, uuid.UUID]:
    """A transaction that has written a draft and its place in the log, and is not committed yet."""
    session = Session(engine)
    session.connection(execution_options={"writing": True})
    author = make.bound(session, city, who)
    row, _ = actions.create(session, author, make.content(city, "K1-1-1"), report_id=None, submit=False)
    change_notes.write_notes(session)
    return session, row.id


def test_what_began_first_and_ends_last_is_not_skipped(postgres_engine: Engine) -> None:
    with Session(postgres_engine) as session:
        city = make.city(session)
    phone = Device(postgres_engine, city, "squad11a")
    phone.catch_up()
    slow, late = drafted(postgres_engine, city, "squad11a")
    quick, soon = drafted(postgres_engine, city, "squad11a")
    quick.commit()
    phone.catch_up()
    assert phone.reports == {soon}
    slow.commit()
    phone.catch_up()
    assert phone.reports == {soon, late}
    assert phone.page().reports == []
    slow.close()
    quick.close()


def test_nothing_is_skipped_while_many_write_and_end_in_any_order(postgres_engine: Engine) -> None:
    """Four write, two commit what these wrote in an order of their own, a phone catches up all the while."""
    with Session(postgres_engine) as session:
        city = make.city(session)
    begun: queue.Queue[tuple[Session, uuid.UUID] | None] = queue.Queue(8)
    committed: Ids = set()
    done = threading.Event()

    def write(_: int) -> None:
        for _ in range(15):
            begun.put(drafted(postgres_engine, city, "squad11a"))

    def commit(seed: int) -> None:
        chance, held = random.Random(seed), []
        while (one := begun.get()) is not None:
            held.append(one)
            if len(held) > 2:
                end(held.pop(chance.randrange(len(held))))
        for one in held:
            end(one)

    def end(one: tuple[Session, uuid.UUID]) -> None:
        one[0].commit()
        one[0].close()
        committed.add(one[1])

    def follow(phone: Device) -> int:
        rounds = 0
        while not done.is_set():
            before = set(committed)
            phone.catch_up(limit=7)
            assert before <= phone.reports, "skipped"
            rounds += 1
        return rounds

    phone = Device(postgres_engine, city, "squad11a")
    with ThreadPoolExecutor(7) as threads:
        following = threads.submit(follow, phone)
        committing = [threads.submit(commit, seed) for seed in (1, 2)]
        for writing in [threads.submit(write, number) for number in range(4)]:
            writing.result(60)
        for _ in committing:
            begun.put(None)
        for each in committing:
            each.result(60)
        done.set()
        assert following.result(60) > 1
    phone.catch_up()
    assert phone.reports == committed
    assert len(committed) == 60


def test_writers_on_sqlite_are_followed_too(sqlite: str) -> None:
    engine = create_engine(sqlite)
    prepare_engine(engine)
    with Session(engine) as session:
        city = make.city(session)
    phone, made = Device(engine, city, "squad11a"), []

    def write(_: int) -> None:
        for _ in range(5):
            session, id_ = drafted(engine, city, "squad11a")
            session.commit()
            session.close()
            made.append(id_)

    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(write, number) for number in range(3)]
        while not all(each.done() for each in writing):
            before = set(made)
            phone.catch_up(limit=3)
            assert before <= phone.reports, "skipped"
        for each in writing:
            each.result()
    phone.catch_up()
    assert phone.reports == set(made)
    engine.dispose()


def test_a_change_between_two_pages_comes_with_the_next_round(engine: Engine, town: City) -> None:
    reports = [filed(engine, town, "squad11a", "K1-1-1", day=day) for day in (1, 2, 3)]
    phone = Device(engine, town, "squad11")
    first = phone.page(limit=1)  # the newest: day 3
    changed = stepped(engine, town, "squad11", reports[0], A.APPROVE)
    rest = phone.catch_up(limit=1)
    sent = [(row.id, row.version) for page in (first, *rest) for row in page.reports]
    assert [id_ for id_, _ in sent] == [reports[2].id, reports[1].id, reports[0].id]
    assert sent[-1] == (changed.id, changed.version)
    assert [page.reset for page in (first, *rest)] == [True] + [False] * len(rest)


# --- Beginning anew ---------------------------------------------------------------------------------------------------


def test_a_device_begins_anew_when_the_log_cannot_tell(engine: Engine, town: City) -> None:
    report = filed(engine, town, "squad11a", "K1-1-1")
    phone = Device(engine, town, "squad11a")
    assert [page.reset for page in phone.catch_up()] == [True]
    assert [page.reset for page in phone.catch_up()] == [False]
    assert [page.reset for page in phone.catch_up(now=NOW + KEPT - 2 * DAY)] == [False]
    assert [page.reset for page in phone.catch_up(now=NOW + 3 * KEPT)] == [True]
    phone.catch_up()
    written(engine, renew_epoch)
    assert [page.reset for page in phone.catch_up()] == [True]
    assert [page.reset for page in phone.catch_up()] == [False]
    other = Device(engine, town, "squad11b")
    other.cursor = phone.cursor
    (page,) = other.catch_up()
    assert (page.reset, page.reports) == (True, [])
    assert phone.reports == {report.id}


def test_a_store_that_went_back_in_time_is_noticed(engine: Engine, town: City) -> None:
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    cursor = Cursor.unpacked(phone.cursor or b"")
    assert cursor is not None
    ahead = Mark(cursor.mark.next + 1000)
    phone.cursor = Cursor(cursor.epoch, cursor.member_id, cursor.at, ahead, cursor.view).packed()
    assert [page.reset for page in phone.catch_up()] == [True]


def test_a_view_that_changes_half_way_begins_anew(engine: Engine, town: City) -> None:
    for day in (1, 2, 3):
        filed(engine, town, "squad11a", "K1-1-1", day=day)
    phone = Device(engine, town, "squad11")
    phone.catch_up()
    for day in (5, 6, 7):
        filed(engine, town, "squad11a", "K1-1-1", day=day)
    assert phone.page(limit=1).more
    ended(engine, town, "squad11")
    pages = phone.catch_up(limit=1)
    assert pages[0].reset
    assert phone.reports == set()


def ended(engine: Engine, city: City, who: str) -> None:
    """The person's post ends today."""
    with Session(engine) as session:
        bureau = make.bound(session, city, "bureau")
        held = posts.held_from(session, [city.member_id(who)], bureau.today)[city.member_id(who)]
        posts.end_post(session, bureau, held.posts[0].id, bureau.today)
        session.commit()


def test_a_lost_view_is_told_by_name_or_all_at_once(
    engine: Engine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = filed(engine, town, "squad11", "K1-1-1", day=1)
    others = {filed(engine, town, "squad11a", "K1-1-1", day=day).id for day in (2, 3)}
    phone, second = Device(engine, town, "squad11"), Device(engine, town, "squad11")
    phone.catch_up()
    second.catch_up()
    ended(engine, town, "squad11")
    (page,) = phone.catch_up()
    assert (page.reset, set(page.gone_reports), phone.reports) == (False, others, {mine.id})
    monkeypatch.setattr(sync, "MOST_GONE", 1)
    (page,) = second.catch_up()
    assert (page.reset, page.gone_reports, second.reports) == (True, [], {mine.id})


def test_what_one_never_saw_is_never_named(engine: Engine, town: City) -> None:
    """A report that came after one had left is as unknown as any other, though one's old unit is on it."""
    phone = Device(engine, town, "squad11")
    phone.catch_up()
    ended(engine, town, "squad11")
    made = filed(engine, town, "squad11a", "K1-1-1")
    (page,) = phone.catch_up()
    assert (page.gone_reports, page.reports) == ([], [])
    stepped(engine, town, "squad11a", made, A.WITHDRAW, comment="重複")
    (page,) = phone.catch_up()
    assert (page.gone_reports, page.reports) == ([], [])


# --- What comes -------------------------------------------------------------------------------------------------------


def test_the_first_download_reaches_two_months_back_and_to_whatever_is_open(engine: Engine, town: City) -> None:
    def on(month: int, day: int, hour: int = 3) -> dict[str, Any]:
        start = dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)
        return {"started_at": start, "ended_at": start + DAY / 12}

    old_open = filed(engine, town, "squad11a", "K1-1-1", **on(2, 1))
    last_of_august = filed(engine, town, "squad11a", "K1-1-1", **on(8, 31, 12))
    first_of_september = filed(engine, town, "squad11a", "K1-1-1", **on(8, 31, 15))  # midnight in Tokyo
    for who in ("squad11", "company1", "brigade", "station"):
        last_of_august = stepped(engine, town, who, last_of_august, A.APPROVE)
        first_of_september = stepped(engine, town, who, first_of_september, A.APPROVE)
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    assert phone.reports == {old_open.id, first_of_september.id}
    assert first_instant(NOW) == first_of_september.started_at
    stepped(engine, town, "station", last_of_august, A.RETURN, comment="時刻")
    phone.catch_up()
    assert last_of_august.id in phone.reports


def test_events_come_into_the_window_and_leave_it(engine: Engine, town: City) -> None:
    days = (-50, -44, 1, 119, 121)
    made = {day: drill(town, "K1-1", day) for day in days}
    written(engine, lambda session: session.add_all(made.values()))
    phone = Device(engine, town, "squad11a")
    phone.catch_up()
    assert phone.events == {made[day].id for day in (-44, 1, 119)}
    (page,) = phone.catch_up(now=NOW + 3 * DAY)
    assert [row.id for row in page.events] == [made[121].id]
    assert page.gone_events == [made[-44].id]
    assert Device(engine, town, "squad21a").catch_up()[0].events == []


def test_a_deleted_event_goes_and_a_changed_one_comes_again(engine: Engine, town: City) -> None:
    stays, goes, moves = (drill(town, "K1-1", day) for day in (1, 2, 3))
    written(engine, lambda session: session.add_all([stays, goes, moves]))
    phone = Device(engine, town, "squad11a")
    phone.catch_up()

    def change(session: Session) -> None:
        session.get_one(Event, stays.id, execution_options=SYSTEM).title = "合同訓練"
        session.delete(session.get_one(Event, goes.id, execution_options=SYSTEM))
        session.get_one(Event, moves.id, execution_options=SYSTEM).units = [EventUnit(unit_id=town.unit_id("K1-2"))]

    written(engine, change)
    (page,) = phone.catch_up()
    assert [(row.id, row.title) for row in page.events] == [(stays.id, "合同訓練")]
    assert set(page.gone_events) == {goes.id, moves.id}


def test_a_device_keeps_so_many_events_and_those_to_come_first(
    engine: Engine, town: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {day: drill(town, "K1", day) for day in (-20, -10, 10, 20, 30)}
    written(engine, lambda session: session.add_all(made.values()))
    monkeypatch.setattr(sync, "MOST_EVENTS", 4)
    phone = Device(engine, town, "squad11a")
    pages = phone.catch_up(limit=2)
    assert [row.id for page in pages for row in page.events] == [made[day].id for day in (10, 20, 30, -10)]
    assert phone.events == {made[day].id for day in (-10, 10, 20, 30)}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_are_full_and_none_is_too_long(engine: Engine, town: City, limit: int) -> None:
    made = {filed(engine, town, "squad11a", "K1-1-1", day=day).id for day in range(1, 8)}
    phone = Device(engine, town, "squad11a")
    pages = phone.catch_up(limit)
    assert phone.reports == made
    assert max(len(page.reports) + len(page.events) for page in pages) <= limit
    assert len(pages) <= 7 // limit + 2


# --- The cursor -------------------------------------------------------------------------------------------------------

ids = st.uuids()
marks = st.builds(
    lambda next_, back: Mark(next_, tuple(sorted(next_ - b for b in back))),
    st.integers(1, 2**62),
    st.sets(st.integers(1, 1000), max_size=5),
)
views = st.builds(
    View,
    st.lists(st.tuples(st.sampled_from(["squad", "bureau"]), ids), max_size=3).map(tuple),
    st.lists(st.tuples(ids, st.integers(0, 90)), max_size=3).map(tuple),
)
instants = st.integers(1, 2**32).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
rounds = st.builds(
    Round,
    marks,
    views,
    instants,
    st.just(("recent", "open")),
    st.lists(st.text("0123456789abcdef-:"), max_size=2).map(tuple),
)
tails = st.frozensets(st.text("0123456789abcdef", min_size=10, max_size=10), max_size=9)


@given(st.builds(Cursor, st.text("0123456789abcdef"), ids, instants, marks, views, tails, st.none() | rounds))
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    assert Cursor.unpacked(cursor.packed()) == cursor


def test_a_cursor_of_another_version_is_no_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = Cursor("", uuid.UUID(int=1), NOW, Mark(1), View())
    monkeypatch.setattr("brigade.sync_cursor.FORMAT", 2)
    later = cursor.packed()
    monkeypatch.undo()
    assert Cursor.unpacked(later) is None
