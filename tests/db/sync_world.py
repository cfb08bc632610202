"""A small city of its own for each run, people with devices, and what each of them should have.

Everything is really committed, by the product's own functions. What a device should have is worked out by ``sight.py``
from the plain rows; how the product finds it out plays no part here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.orm import Session

from brigade.accounts import Account
from brigade.activities import ActivityReport, Event, EventUnit, Participation
from brigade.actor import Actor, load_actor
from brigade.db import Base
from brigade.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.posts import release_vacant_steps
from brigade.problems import Problem
from brigade.scopes import act_as
from brigade.sync import Page, first_instant, next_page
from brigade.sync_cursor import Cursor
from brigade.units import Unit, UnitParent
from tests import make
from tests.db.sight import Sight
from tests.db.town import Row, Town, above, holds

Rows = list[tuple[Table, list[Row]]]
Ids = set[uuid.UUID]
OPEN = ("draft", "in_review", "returned")
BEFORE, AHEAD = dt.timedelta(days=45), dt.timedelta(days=120)
OF_BUREAU = (Unit, Member, ActivityReport, Event)
PARTS = {
    UnitParent: ("unit_id", Unit), Membership: ("unit_id", Unit), Post: ("unit_id", Unit), DeputyPlace: ("unit_id", Unit),
    Absence: ("member_id", Member), Participation: ("report_id", ActivityReport), EventUnit: ("event_id", Event),
}  # fmt: skip


def rows_of(engine: Engine) -> tuple[make.City, Rows]:
    """The small city and its rows, but for the accounts: nobody signs in here."""
    with Session(engine) as session:
        city = make.city(session)
    with engine.connect() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.name != Account.__tablename__]
        found = [(table, connection.execute(select(table)).mappings().all()) for table in tables]
    return city, [(table, [dict(row) for row in its]) for table, its in found if its]


class Stored(Town):
    """The rows of one city as they are in the store now."""

    def __post_init__(self) -> None:
        """Nothing is made up here."""


class Seen(Sight):
    """What one person sees in the store at that moment."""

    def event_ids(self) -> Ids:
        """Called by the tree of the event's day: one's own unit's line (today's unit or that day's), the line of units
        one may look into, and all below these.
        """
        mine = [row for row in self.town.of(Membership) if row["member_id"] == self.me]
        calls: dict[uuid.UUID, Ids] = {}
        for row in self.town.of(EventUnit):
            calls.setdefault(row["event_id"], set()).add(row["unit_id"])
        found = set()
        for event in self.town.of(Event):
            called, day = calls.get(event["id"], set()), event["day"]
            own = self.home | self.reach | {row["unit_id"] for row in mine if holds(row, day)}
            line = {above_["id"] for unit in own for above_ in above(self.town, unit, day)}
            under = any(self.reach & {row["id"] for row in above(self.town, unit, day)} for unit in called)
            if event["created_by_id"] == self.me or called & line or under:
                found.add(event["id"])
        return found


@dataclass
class Device:
    """A phone: what it has, and what it has ever been allowed to have."""

    owner: str
    reports: dict[uuid.UUID, int] = field(default_factory=dict)
    events: dict[uuid.UUID, int] = field(default_factory=dict)
    cursor: bytes | None = None
    shown: Ids = field(default_factory=set)

    def take(self, page: Page) -> None:
        """Does what an app is told to do with a page."""
        if page.reset:
            self.reports, self.events = {}, {}
        for id_ in page.gone_reports:
            self.reports.pop(id_, None)
        for id_ in page.gone_events:
            self.events.pop(id_, None)
        self.reports.update((row.id, row.version) for row in page.reports)
        self.events.update((row.id, row.version) for row in page.events)
        assert page.cursor is not None
        self.cursor = page.cursor.packed()


class World:
    """One city in the store."""

    def __init__(self, engine: Engine, city: make.City, rows: Rows) -> None:
        self.engine, self.now = engine, make.NOW
        salt = uuid.uuid4().int >> 64
        self.bureau = uuid.UUID(int=city.bureau_id.int ^ salt)
        self.units = {code: uuid.UUID(int=unit.id.int ^ salt) for code, unit in city.units.items()}
        self.people = {login: uuid.UUID(int=member.id.int ^ salt) for login, member in city.people.items()}
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            for table, its in rows:
                fresh = [{k: uuid.UUID(int=v.int ^ salt) if isinstance(v, uuid.UUID) else v for k, v in row.items()} for row in its]
                connection.execute(insert(table), fresh)
        self.reports: list[uuid.UUID] = []
        self.events: list[uuid.UUID] = []
        self.held_open: list[Session] = []

    # As ``make.content`` asks for it.

    def unit_id(self, code: str) -> uuid.UUID:
        return self.units[code]

    def member_id(self, login: str) -> uuid.UUID:
        return self.people[login]

    # Doing something.

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"writing": True})
            yield session

    def actor(self, session: Session, who: str) -> Actor | None:
        return load_actor(session, session.get_one(Member, self.people[who], execution_options=make.SYSTEM), self.now)

    def do(self, who: str, what: Callable[[Session, Actor], Any]) -> Any:
        """What came of it; None where it was refused, and nothing is stored then."""
        with self.writing() as session:
            actor = self.actor(session, who)
            if actor is None:
                return None
            act_as(session, actor)
            try:
                result = what(session, actor)
                session.commit()
            except Problem:
                session.rollback()
                return None
            return result

    def system(self, what: Callable[[Session], Any]) -> Any:
        """The same for the program itself."""
        with self.writing() as session:
            result = what(session)
            session.commit()
            return result

    def let_pass(self, span: dt.timedelta) -> None:
        self.now += span
        self.system(lambda session: release_vacant_steps(session, list(self.units.values()), self.now))

    def row(self, id_: uuid.UUID) -> ActivityReport | None:
        with Session(self.engine) as session:
            asked = select(ActivityReport).where(ActivityReport.id == id_)
            return session.scalar(asked, execution_options=make.SYSTEM)

    # Looking at it.

    def stored(self) -> Stored:
        """All rows of the city now."""
        found = Stored(0)
        with self.engine.connect() as connection:
            for model in OF_BUREAU:
                table = model.__table__
                rows = connection.execute(select(table).where(table.c.bureau_id == self.bureau)).mappings()
                found.rows[model] = [dict(row) for row in rows]
            for model, (name, owner) in PARTS.items():
                ids = [row["id"] for row in found.of(owner)]
                table = model.__table__
                rows = connection.execute(select(table).where(table.c[name].in_(ids))).mappings()
                found.rows[model] = [dict(row) for row in rows]
        return found

    def seen(self, who: str) -> tuple[dict[uuid.UUID, Row], dict[uuid.UUID, Row], Stored]:
        """Reports and events that the person sees now."""
        town = self.stored()
        sight = Seen(town, self.people[who], make_day(self.now))
        events = sight.event_ids()
        return (
            {row["id"]: row for row in sight.reports},
            {row["id"]: row for row in town.of(Event) if row["id"] in events},
            town,
        )

    def page(self, device: Device, limit: int) -> bool:
        """The device takes one page; whether there are more. Nothing foreign is on it, named or whole."""
        reports, events, town = self.seen(device.owner)
        device.shown |= {*reports, *events}
        with Session(self.engine) as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            actor = self.actor(session, device.owner)
            if actor is None:
                return False
            act_as(session, actor)
            page = next_page(session, actor, Cursor.unpacked(device.cursor) if device.cursor else None, limit)
            assert len(page.reports) + len(page.events) <= limit
            assert {row.id for row in page.reports} <= reports.keys()
            assert {row.id for row in page.events} <= events.keys()
            assert {*page.gone_reports, *page.gone_events} <= device.shown, "a foreign id"
            device.take(page)
        if not page.more:
            self.compare(device, reports, events)
        return page.more

    def catch_up(self, device: Device, limit: int = 3) -> None:
        """Page after page to the end."""
        for _ in range(100):
            if not self.page(device, limit):
                return
        raise AssertionError("no end")

    def compare(self, device: Device, reports: dict[uuid.UUID, Row], events: dict[uuid.UUID, Row]) -> None:
        """The device has all of its window, nothing that is not to be seen, and of all the newest."""
        since = first_instant(self.now)
        wanted = {id_ for id_, row in reports.items() if row["state"] in OPEN or utc(row["started_at"]) >= since}
        assert device.reports.keys() <= reports.keys(), "keeps a report that is not to be seen"
        assert wanted <= device.reports.keys(), "lacks a report"
        assert device.reports == {id_: reports[id_]["version"] for id_ in device.reports}, "an old report"
        window = {
            id_: row["version"]
            for id_, row in events.items()
            if utc(row["ended_at"]) > self.now - BEFORE and utc(row["started_at"]) < self.now + AHEAD
        }
        assert device.events == window


def utc(instant: dt.datetime) -> dt.datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def make_day(now: dt.datetime) -> dt.date:
    """The day in Japan, nine hours ahead of UTC all year."""
    return (now + dt.timedelta(hours=9)).date()
