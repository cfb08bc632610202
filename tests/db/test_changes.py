"""The log of changes: no writer can forget it, one statement pays for it, and no reader misses what commits late."""

from __future__ import annotations

import queue
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete, event, select, update
from sqlalchemy.orm import Session

from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport, Participation
from brigade.connections import prepare_engine
from brigade.sync import change_notes
from brigade.sync.changes import KEPT, Change, forget_old_changes, mark_now
from tests import make
from tests.conftest import settings_for
from tests.db.phones import DAY, A, Device, Ids, drill, filed, log, reading, written
from tests.make import NOW, SYSTEM, City
from tests.unguarded import unguarded


@pytest.fixture
def town(engine: Engine) -> City:
    """The small city in a store of its own, where commits are commits."""
    with Session(engine) as session:
        return make.city(session)


# --- The log ----------------------------------------------------------------------------------------------------------


def test_a_request_costs_one_statement_however_much_it_changes(engine: Engine, town: City) -> None:
    reports = [filed(engine, town, "squad11a", "K1-1-1", day=day) for day in (1, 2, 3)]
    before, statements = len(log(engine)), []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: statements.append(statement))
    with Session(engine) as session:
        leader = make.bound(session, town, "squad11")
        many.act_on_many(session, leader, [(row.id, row.version) for row in reports], A.APPROVE)
        wrote = len(statements)
        session.commit()
    at_last = [statement for statement in statements[wrote:] if "chain_" not in statement]  # which has its own test
    assert ["INSERT INTO changes" in statement for statement in at_last] == [True]
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
        with unguarded(session.connection()):  # a report that was sent off is not to be removed
            WAYS[way](session, report, town.member_id("squad11"))
            session.flush()

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
