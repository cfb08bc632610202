"""Reports that wait at one desk, filed and approved up to there by the product, in a store that may be written to."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from bench.frame import Run
from bench.machine import VAR
from bench.stores import NOW, SYSTEM, Store, largest_brigade, opened, stores
from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Content, Person
from brigade.activity.workflow import Action
from brigade.actor import Actor, load_actor
from brigade.dates import TOKYO
from brigade.organisation.people import Absence, Member, Membership, Post
from brigade.organisation.ranks import LEADS, Level
from brigade.organisation.units import UnitTree, valid_on
from brigade.problems import Invalid
from brigade.scopes import act_as

TODAY = NOW.astimezone(TOKYO).date()
CAME = 8
"""People at each activity."""

HOURS = (3, 2, 4, 1)
"""At which hour of the night, when hardly anybody else was out with these people."""

Item = tuple[uuid.UUID, int]


@dataclass(frozen=True, slots=True)
class Desk:
    """One who decides, and the reports (id, version) that wait for them."""

    level: Level
    actor: Actor
    items: list[Item]


@contextmanager
def to_write(run: Run) -> Iterator[Iterator[Store]]:
    """The stores that were asked for, to write in: a copy of the SQLite file, and a private server of PostgreSQL."""
    with stores(run) as found, TemporaryDirectory(dir=VAR) as folder:
        yield (_copied(store, Path(folder)) for store in found)


def _copied(store: Store, folder: Path) -> Store:
    if store.engine.dialect.name != "sqlite":
        return store
    store.engine.dispose()
    path = folder / "store.sqlite3"
    shutil.copy(store.address, path)
    return opened(store.label, f"sqlite:///{path}", str(path))


def desks(engine: Engine, count: int) -> Iterator[Desk]:
    """``count`` reports of the largest brigade, as they wait at its leader; then the same at its station."""
    with engine.connect().execution_options(writing=True) as connection:
        with connection.begin():
            leader, officer, filed = _at_brigade(connection, count)
        yield Desk(Level.BRIGADE, leader, filed)
        with connection.begin():
            filed = _approved(connection, leader, filed)
        yield Desk(Level.STATION, officer, filed)


def _at_brigade(connection: Connection, count: int) -> tuple[Actor, Actor, list[Item]]:
    """The brigade's leader, an officer of its station, and the reports."""
    with Session(connection) as session:
        brigade_id = largest_brigade(session)
        station, brigade, companies, squads = (
            _leaders(session, level, brigade_id) for level in (Level.STATION, Level.BRIGADE, Level.COMPANY, Level.SQUAD)
        )
        led = select(UnitTree.below_id).where(UnitTree.above_id.in_(companies), valid_on(UnitTree, TODAY))
        in_reach = set(session.scalars(led))
        squads = {unit_id: leader for unit_id, leader in squads.items() if unit_id in in_reach}
        crews = {unit_id: _crew(session, unit_id, leader) for unit_id, leader in squads.items()}
    filed: list[Item] = []
    enough = count + count // 3  # some companies are between two leaders
    for day in itertools.count(1):
        for unit_id, leader in list(squads.items())[: enough - len(filed)]:
            filed += _filed(connection, unit_id, leader, crews[unit_id], day)
        if len(filed) == enough:
            break
    for member_id in companies.values():
        filed = _approved(connection, who(connection, member_id), filed)
    with Session(connection) as session:
        there = select(ActivityReport.id).where(ActivityReport.awaiting_unit_id == brigade_id)
        arrived = set(session.scalars(there, execution_options=SYSTEM))
    chief, officer = (who(connection, next(iter(held.values()))) for held in (brigade, station))
    return chief, officer, [item for item in filed if item[0] in arrived][:count]


def who(connection: Connection, member_id: uuid.UUID) -> Actor:
    """That person, as of the day of the benchmark."""
    with Session(connection) as session:
        actor = load_actor(session, session.get_one(Member, member_id, execution_options=SYSTEM), NOW)
    assert actor is not None
    return actor


@contextmanager
def acting(connection: Connection, actor: Actor) -> Iterator[Session]:
    """A session of that person, whose commits are savepoints of the transaction."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        act_as(session, actor)
        yield session


def _leaders(session: Session, level: Level, brigade_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """Unit → who leads it, of the brigade's units (or of those over it) at that level, the absent left out."""
    ours, theirs = UnitTree.below_id, UnitTree.above_id
    if level in (Level.STATION, Level.BRIGADE):
        ours, theirs = theirs, ours
    away = select(Absence.member_id).where(valid_on(Absence, TODAY))
    rows = session.execute(
        select(Post.unit_id, Post.member_id)
        .join(UnitTree, ours == Post.unit_id)
        .where(theirs == brigade_id, Post.post == LEADS[level].value, Post.member_id.not_in(away))
        .where(valid_on(UnitTree, TODAY), valid_on(Post, TODAY))
        .order_by(Post.unit_id, Post.id),
        execution_options=SYSTEM,
    )
    return dict(reversed(rows.all()))


def _crew(session: Session, unit_id: uuid.UUID, leader: uuid.UUID) -> Sequence[uuid.UUID]:
    """The leader and others of the squad."""
    away = select(Absence.member_id).where(valid_on(Absence, TODAY))
    members = session.scalars(
        select(Membership.member_id)
        .where(Membership.unit_id == unit_id, valid_on(Membership, TODAY), Membership.member_id.not_in(away))
        .order_by(Membership.member_id),
        execution_options=SYSTEM,
    )
    return [leader, *(id_ for id_ in members if id_ != leader)][:CAME]


def _filed(
    connection: Connection, unit_id: uuid.UUID, leader: uuid.UUID, crew: Sequence[uuid.UUID], day: int
) -> list[Item]:
    """One report by the squad's leader; none where its people were elsewhere at all these hours."""
    author = who(connection, leader)
    for hour in HOURS:
        start = dt.datetime(TODAY.year, TODAY.month, day, hour, tzinfo=TOKYO)
        people = tuple(Person(id_) for id_ in crew)
        content = Content("T-01", unit_id, start, start + dt.timedelta(hours=1), place="器具置場", participants=people)
        with acting(connection, author) as session:
            try:
                made, _ = actions.create(session, author, content, report_id=None, submit=True)
            except Invalid:
                continue
            session.commit()
            return [(made.id, made.version)]
    return []


def _approved(connection: Connection, actor: Actor, items: list[Item]) -> list[Item]:
    """The reports as they are after that person has approved what waits for them."""
    with acting(connection, actor) as session:
        done = many.act_on_many(session, actor, items, Action.APPROVE)
        session.commit()
    versions = dict(items) | {one.id: one.report.version for one in done if one.report is not None}
    return list(versions.items())
