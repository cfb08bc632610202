"""A small city of its own for each run, people with devices, and what each of them should have.

Everything is really committed, by the product's own functions. What a device should have is worked out by ``sight.py``
from the plain rows; how the product finds it out plays no part here.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Table, insert, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, EventUnit, Participation
from brigade.activity.workflow import Action
from brigade.actor import Actor, load_actor
from brigade.db import Base, new_id
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.posts import release_vacant_steps
from brigade.organisation.units import Unit, UnitParent
from brigade.problems import Problem
from brigade.scopes import act_as
from brigade.sync.catching_up import Page, first_instant, next_page
from brigade.sync.cursor import Cursor
from tests import make
from tests.db.sight import Sight
from tests.db.town import Row, Town, above, holds

Rows = list[tuple[Table, list[Row]]]
Ids = set[uuid.UUID]
A, CITIES = Action, itertools.count(1)
OPEN = ("draft", "in_review", "returned")
NOT_COPIED = ("accounts", "changes", "notices", "report_words")
BEFORE, AHEAD = dt.timedelta(days=45), dt.timedelta(days=120)
OF_BUREAU = (Unit, Member, ActivityReport, Event)
PARTS = {
    UnitParent: ("unit_id", Unit), Membership: ("unit_id", Unit), Post: ("unit_id", Unit), DeputyPlace: ("unit_id", Unit),
    Absence: ("member_id", Member), Participation: ("report_id", ActivityReport), EventUnit: ("event_id", Event),
}  # fmt: skip


def rows_of(engine: Engine) -> tuple[make.City, Rows]:
    """The small city with some reports and their rows, but for the accounts (nobody signs in here) and the log."""
    with Session(engine) as session:
        city = make.city(session)
        for author, unit, people, said, steps in STORIES:
            row = make.report(session, city, author, unit, *people, submit=steps is not None, **said)
            for who, action in steps or ():
                row = make.step(session, city, who, row, action, comment="時刻")
        session.info.clear()
        for code, days in PLANNED:
            start = make.NOW + dt.timedelta(days=days)
            session.add(
                Event(
                    id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id(code), kind="T-01",
                    title="訓練", planned=True, started_at=start, ended_at=start + dt.timedelta(hours=2), place="",
                    created_by_id=city.member_id("bureau"), created_at=make.NOW,
                    units=[EventUnit(unit_id=city.unit_id(code))],
                )
            )  # fmt: skip
        session.commit()
    with engine.connect() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.name not in NOT_COPIED]
        found = [(table, connection.execute(select(table)).mappings().all()) for table in tables]
    return city, [(table, [dict(row) for row in its]) for table, its in found if its]


def old(month: int) -> dict[str, Any]:
    """Times in an earlier month of the year."""
    start = dt.datetime(2026, month, 4, 3, tzinfo=dt.UTC)
    return {"started_at": start, "ended_at": start + dt.timedelta(hours=2)}


APPROVED = [(who, A.APPROVE) for who in ("squad11", "company1", "brigade", "station")]
STORIES: list[tuple[str, str, tuple[str, ...], dict[str, Any], list[tuple[str, Action]] | None]] = [
    ("squad11a", "K1-1-1", ("squad11a",), {"day": 1}, None),
    ("squad11a", "K1-1-1", ("squad11a", "squad11b"), {"day": 2}, []),
    ("squad12a", "K1-1-2", ("squad12a", "squad12"), {"day": 2}, []),
    ("squad11b", "K1-1-1", ("squad11b", "squad11"), {"day": 3}, APPROVED[:1]),
    ("squad11a", "K1-1-1", ("squad11a", "squad11b"), {"day": 4}, [("squad11", A.RETURN)]),
    ("squad12a", "K1-1-2", ("squad12a", "squad12b"), {"day": 5}, [("squad12", A.APPROVE), ("company1", A.RETURN)]),
    ("squad11a", "K1-1-1", ("squad11", "squad11b"), {"day": 6}, APPROVED),
    ("squad11b", "K1-1-1", ("squad11a", "squad11b"), {"day": 7}, APPROVED[:3]),
    ("squad11a", "K1-1-1", ("squad11a", "squad11"), old(3), APPROVED),
    ("squad11b", "K1-1-1", ("squad11a", "squad11b"), old(6), [*APPROVED[:1], ("company1", A.RETURN)]),
]
"""Author, unit, people, times, and the steps after the submission (None: a draft)."""


PLANNED = (("K1-1-1", 1), ("K1-1", -44), ("K1", 119), ("K1-1-2", 5))
"""Events by the unit that is called and the days ahead."""


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
        self.actors: dict[str, Actor | None] = {}
        self.number, self.made = next(CITIES), itertools.count(1)
        self.bureau = self.mine(city.bureau_id)
        self.units: dict[str, uuid.UUID] = {code: self.mine(unit.id) for code, unit in city.units.items()}
        self.people: dict[str, uuid.UUID] = {login: self.mine(member.id) for login, member in city.people.items()}
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            for table, its in rows:
                connection.execute(insert(table), self.mine(its))
        there = next(its for table, its in rows if table.name == "events")
        self.events: list[uuid.UUID] = [self.mine(row["id"]) for row in there]
        self.held_open: list[Session] = []

    def mine(self, value: Any) -> Any:
        """The same with ids of this city's own, wherever they stand in it."""
        if isinstance(value, uuid.UUID):
            return uuid.UUID(int=value.int ^ self.number << 80)
        if isinstance(value, str) and len(value) == 36:
            return str(self.mine(uuid.UUID(value)))
        if isinstance(value, list):
            return [self.mine(part) for part in value]
        return {key: self.mine(part) for key, part in value.items()} if isinstance(value, dict) else value

    def new_id(self) -> uuid.UUID:
        """Ids in the order of their making, so that a run can be repeated."""
        return uuid.UUID(int=self.number << 80 | next(self.made))

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

    def actor(self, who: str) -> Actor | None:
        """Looked up once for as long as nobody's posts and no day have changed."""
        if who not in self.actors:
            with Session(self.engine) as session:
                member = session.get_one(Member, self.people[who], execution_options=make.SYSTEM)
                self.actors[who] = load_actor(session, member, self.now)
        return self.actors[who]

    def change(self, what: Callable[[Session, Actor], Any]) -> Any:
        """The bureau changes the organisation."""
        result = self.do("bureau", what)
        self.actors = {}
        return result

    def do(self, who: str, what: Callable[[Session, Actor], Any]) -> Any:
        """What came of it; None where it was refused, and nothing is stored then."""
        actor = self.actor(who)
        if actor is None:
            return None
        with self.writing() as session:
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
        self.actors = {}
        self.system(lambda session: release_vacant_steps(session, list(self.units.values()), self.now))

    # Looking at it.

    def stored(self) -> Stored:
        """All rows of the city now."""
        found = Stored(0)
        with self.engine.connect() as connection:
            for model in OF_BUREAU:
                table = model.__table__
                rows = connection.execute(select(table).where(table.c.bureau_id == self.bureau)).mappings()
                found.rows[model] = [dict(row) for row in rows]
            for part, (name, owner) in PARTS.items():
                ids = [row["id"] for row in found.of(owner)]
                table = part.__table__
                rows = connection.execute(select(table).where(table.c[name].in_(ids))).mappings()
                found.rows[part] = [dict(row) for row in rows]
        return found

    def seen(self, who: str) -> tuple[dict[uuid.UUID, Row], dict[uuid.UUID, Row]]:
        """Reports and events that the person sees now."""
        town = self.stored()
        sight = Seen(town, self.people[who], make_day(self.now))
        events = sight.event_ids()
        return (
            {row["id"]: row for row in sight.reports},
            {row["id"]: row for row in town.of(Event) if row["id"] in events},
        )

    def page(self, device: Device, limit: int) -> bool:
        """The device takes one page; whether there are more. Nothing foreign is on it, named or whole."""
        actor = self.actor(device.owner)
        if actor is None:
            return False
        reports, events = self.seen(device.owner)
        device.shown |= {*reports, *events}
        with Session(self.engine) as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
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

    def catch_up(self, device: Device, limit: int = 200) -> None:
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
        assert device.events == window, "other events"


def utc(instant: dt.datetime) -> dt.datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def make_day(now: dt.datetime) -> dt.date:
    """The day in Japan, nine hours ahead of UTC all year."""
    return (now + dt.timedelta(hours=9)).date()
