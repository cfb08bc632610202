"""Phones that catch up page by page, and committed changes for them to find."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, EventUnit
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.db import new_id
from brigade.sync.catching_up import Page, next_page
from brigade.sync.changes import Change
from brigade.sync.cursor import Cursor
from tests import make
from tests.make import NOW, City

A = Action
DAY = dt.timedelta(days=1)
Ids = set[uuid.UUID]


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


def filed(engine: Engine, city: City, *said: Any, **more: Any) -> make.Filed:
    with Session(engine) as session:
        return make.report(session, city, *said, **more)


def stepped(engine: Engine, city: City, who: str, row: make.Filed, action: Action, **said: Any) -> make.Filed:
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
