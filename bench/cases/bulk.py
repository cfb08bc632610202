"""Approving 1,000 reports at once, with their history linked, beside sets of rows over a bare driver writing the same.

At the brigade nobody is told; at the station, where a report begins to count, everyone who took part is. Commits are
left out on both sides: what a disk takes is the same for both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, event, select

from bench.baselines import bulk
from bench.frame import Line, Run, Turn, Wrong, counted, measured
from bench.stores import NOW, Store, clock_with
from bench.waiting import Desk, acting, desks, to_write
from brigade.activity import many
from brigade.activity.kinds import catalogue
from brigade.activity.route import asked
from brigade.activity.standing import standing
from brigade.activity.transition import route_of
from brigade.activity.workflow import Action
from brigade.db import Base
from brigade.organisation.ranks import Level

TITLE = "approving 1,000 reports at once, beside sets of rows over a bare driver"
GOAL = {"SQLite": 2.5, "PostgreSQL": 4.5}
STATEMENTS = 6
COUNT, FEW = 1000, 20
WROTE = {
    "activity_reports": "id", "report_events": "report_id", "chain_links": "report_id", "changes": "entity_id",
    "notices": "report_id",
}  # fmt: skip
"""Tables in which rows are written, and the column that names the report."""

BY_CHANCE = {"changes": {"seq", "txid", "at"}, "notices": {"id"}}
TOLD = {Level.BRIGADE: "", Level.STATION: ", everyone told"}


def lines(run: Run) -> Iterator[Line]:
    """At the brigade, then at the station."""
    if run.db not in ("", "sqlite", "postgresql"):
        yield Line("not measured", note="it would write into that store")
        return
    with to_write(run) as found:
        for store in found:
            for desk in desks(store.engine, FEW if run.tiny else COUNT):
                with store.engine.connect().execution_options(writing=True) as connection:
                    yield from _lines(store, connection, desk, run)
            store.engine.dispose()


def _lines(store: Store, connection: Connection, desk: Desk, run: Run) -> Iterator[Line]:
    what = f"{store.label}: {len(desk.items):,} at the {desk.level}"
    work = Work(connection, desk)
    cpu, note = clock_with(connection.connection.driver_connection)
    turn = Turn(work.product, work.floor, work.check, work.take_back)
    note = ", ".join(filter(None, (note, f"{work.statements} statements")))
    yield measured(what + TOLD[desk.level], turn, run.rounds, GOAL[store.label], note=note, cpu=cpu)
    yield counted(f"{what}, statements", "", work.statements, STATEMENTS, 1.0)
    work.transaction.rollback()


class Work:
    """Both ways to approve the same reports, each taken back before the next."""

    def __init__(self, connection: Connection, desk: Desk) -> None:
        self.connection, self.desk = connection, desk
        self.transaction = connection.begin()
        self.done, self.wrote = "", dict[str, Any]()
        self.said = self._decision()
        self.ids = [str(id_) for id_, _ in desk.items]
        self.statements = self._statements()

    def product(self) -> None:
        """As a request does it, but for the request."""
        self.done = "product"
        with acting(self.connection, self.desk.actor) as session:
            if any(one.problem for one in many.act_on_many(session, self.desk.actor, self.desk.items, Action.APPROVE)):
                raise Wrong("a report could not be approved")
            session.commit()

    def floor(self) -> None:
        """By the bare driver, in the same transaction."""
        self.done = "floor"
        bulk.approve(self.connection.connection.driver_connection, self.ids, self.said)

    def take_back(self) -> None:
        """Keep what was written, to be compared, and make everything as it was."""
        if self.done:
            self.wrote[self.done] = {table: self._rows(table, name) for table, name in WROTE.items()}
            self.wrote[self.done]["chain_heads"] = self._all("chain_heads")
        self.transaction.rollback()
        self.transaction, self.done = self.connection.begin(), ""

    def check(self, _product: None, _floor: None) -> None:
        """Every row is the same on both sides, the digests included."""
        self.take_back()
        for table, rows in self.wrote["product"].items():
            if rows != self.wrote["floor"][table]:
                raise Wrong(f"other rows in {table}")

    def _rows(self, name: str, column: str) -> list[Any]:
        table = Base.metadata.tables[name]
        columns = [one for one in table.c if one.name not in BY_CHANCE.get(name, ())]
        found = self.connection.execute(
            select(*columns).where(table.c[column].in_([id_ for id_, _ in self.desk.items]))
        )
        return sorted(repr(tuple(row)) for row in found)

    def _all(self, name: str) -> list[Any]:
        return sorted(repr(tuple(row)) for row in self.connection.execute(select(Base.metadata.tables[name])))

    def _statements(self) -> int:
        """How many statements the product needs, savepoints left out."""
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement)

        with acting(self.connection, self.desk.actor) as session:
            event.listen(self.connection, "before_cursor_execute", note)
            many.act_on_many(session, self.desk.actor, self.desk.items, Action.APPROVE)
            session.commit()
            event.remove(self.connection, "before_cursor_execute", note)
        self.take_back()
        return sum("SAVEPOINT" not in one for one in said)

    def _decision(self) -> bulk.Decision:
        """What the bare way is told."""
        with acting(self.connection, self.desk.actor) as session:
            report = standing(session, [self.desk.items[0][0]])[self.desk.items[0][0]]
            place = self.desk.actor.desk_for(report.awaiting_unit_id, report.awaiting_since)
            assert place is not None
            after = asked(route_of(report))[report.step :]
        hidden = frozenset(kind.code for kind in catalogue() if kind.confidential)
        return bulk.Decision(
            actor_id=str(self.desk.actor.member_id), post=place.post, unit_id=str(place.unit_id), level=place.level,
            now=NOW.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), chain_id=str(report.brigade_id),
            next_id=str(after[0].unit_id) if after else None, hidden=hidden,
        )  # fmt: skip
