"""Events that were planned before plans could be changed: what they become, and what is left when that is taken away."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import flask_migrate
from flask import Flask
from sqlalchemy import MetaData, insert, select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity.activities import Event, EventUnit
from tests import make
from tests.make import SYSTEM


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of a table as it is now."""
    stored = MetaData()
    stored.reflect(db.engine, only=[name])
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(stored.tables[name])).mappings()]


def test_events_get_their_day_in_japan_and_survive_the_way_back(app: Flask) -> None:
    start = dt.datetime(2026, 10, 31, 15, 30, tzinfo=dt.UTC)  # half past midnight on 1 November in Japan
    with app.app_context():
        with Session(db.engine) as session:
            city = make.city(session)
        flask_migrate.downgrade(revision="0006")
        old = MetaData()
        old.reflect(db.engine, only=["events", "event_units"])
        id_, stored = uuid.uuid4(), dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
        on_sqlite = db.engine.dialect.name == "sqlite"

        def plain(value: Any) -> Any:  # reflected columns of SQLite know no ids
            return value.hex if on_sqlite and isinstance(value, uuid.UUID) else value

        values = {
            "id": id_, "version": 3, "bureau_id": city.bureau_id, "unit_id": city.unit_id("K1"), "kind": "T-01",
            "title": "訓練", "planned": True, "started_at": start, "ended_at": start + dt.timedelta(hours=2), "place": "",
            "created_by_id": city.member_id("brigade"), "created_at": stored,
        }  # fmt: skip
        with db.engine.begin() as connection:
            connection.execute(insert(old.tables["events"]), {name: plain(value) for name, value in values.items()})
            called = {"event_id": plain(id_), "unit_id": plain(city.unit_id("K1-1"))}
            connection.execute(insert(old.tables["event_units"]), called)
        flask_migrate.upgrade(revision="0007")
        with Session(db.engine) as session:
            event = session.scalars(select(Event), execution_options=SYSTEM).one()
            assert (event.day, event.state, event.details) == (dt.date(2026, 11, 1), "planned", {})
            assert event.planned_at == event.updated_at == event.created_at == stored
            assert [row.unit_id for row in event.units] == [city.unit_id("K1-1")]
        flask_migrate.downgrade(revision="0006")
        assert [(row["title"], row["version"]) for row in rows("events")] == [("訓練", 3)]
        assert "day" not in rows("events")[0]
        assert len(rows("event_units")) == 1
        flask_migrate.upgrade()
        with Session(db.engine) as session:
            assert len(session.scalars(select(EventUnit), execution_options=SYSTEM).all()) == 1
