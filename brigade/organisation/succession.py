"""What goes on in the unit that takes over others: people, posts, deputies, units below, vehicles, and the calls to events.

A dated row that still counts on the day of change ends the day before and begins anew in the successor.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, EventUnit
from brigade.dates import day_start
from brigade.db import new_id
from brigade.organisation.office import CHANGING, ONE_DAY, counts_from, end_rows
from brigade.organisation.people import DeputyPlace, Membership, Post
from brigade.organisation.units import Unit, UnitParent, Vehicle, rebuild_tree


def succeed(session: Session, ended: Sequence[Unit], successor: Unit, parent_id: uuid.UUID, on: dt.date) -> None:
    """Everything that stood in or under the ended units goes on in the successor; they themselves go under it."""
    ids = [unit.id for unit in ended]
    end_rows(session, rows_from(session, UnitParent, "unit_id", ids, on), on)
    carry_over(session, UnitParent, "parent_id", ids, successor.id, on)
    session.add(UnitParent(unit_id=successor.id, parent_id=parent_id, valid_from=on))
    session.add_all(UnitParent(unit_id=id_, parent_id=successor.id, valid_from=on) for id_ in ids)
    carry_over(session, Membership, "unit_id", ids, successor.id, on)
    _join(session, carry_over(session, Post, "unit_id", ids, successor.id, on))
    places = carry_over(session, DeputyPlace, "unit_id", ids, successor.id, on)
    for nth, place in enumerate(_join(session, places), 1):
        place.place = nth
    carry_over(session, Vehicle, "unit_id", ids, successor.id, on)
    _call_to_events(session, ids, successor.id, on)
    for unit in ended:
        unit.valid_to, unit.successor_id = on - ONE_DAY, successor.id
    rebuild_tree(session, successor.bureau_id)


def rows_from(session: Session, model: Any, column: str, units: Sequence[uuid.UUID], on: dt.date) -> list[Any]:
    """Dated rows of these units that count on that day or later, the earliest first."""
    asked_for = select(model).where(getattr(model, column).in_(units), counts_from(model, on))
    return list(session.scalars(asked_for.order_by(model.valid_from, model.id), execution_options=CHANGING))


def carry_over(
    session: Session, model: Any, column: str, ended: Sequence[uuid.UUID], successor_id: uuid.UUID, on: dt.date
) -> list[Any]:
    """The rows as they go on in the successor, in the order of the ended units."""
    rows = rows_from(session, model, column, ended, on)
    rows.sort(key=lambda row: (ended.index(getattr(row, column)), getattr(row, "place", 0)))
    after = []
    names = [attribute.key for attribute in inspect(model).column_attrs]
    for row in rows:
        if row.valid_from < on:
            values = {name: getattr(row, name) for name in names}
            row.valid_to = on - ONE_DAY
            row = model(**{**values, "id": new_id(), "valid_from": on})
            session.add(row)
        setattr(row, column, successor_id)
        after.append(row)
    session.flush()
    return after


def _join(session: Session, rows: Sequence[Any]) -> list[Any]:
    """One row where a person would have two for the same days: who led both units leads the new one once."""
    kept: list[Any] = []
    for row in rows:
        same = next(
            (k for k in kept if k.member_id == row.member_id and getattr(k, "post", "") == getattr(row, "post", "")
             and (k.valid_to is None or row.valid_from <= k.valid_to)
             and (row.valid_to is None or k.valid_from <= row.valid_to)),
            None,
        )  # fmt: skip
        if same is None:
            kept.append(row)
            continue
        same.valid_from = min(same.valid_from, row.valid_from)
        same.valid_to = None if None in (same.valid_to, row.valid_to) else max(same.valid_to, row.valid_to)
        session.delete(row)
    return kept


def _call_to_events(session: Session, ended: Sequence[uuid.UUID], successor_id: uuid.UUID, on: dt.date) -> None:
    """Events that are not over by then are the successor's too."""
    called = select(EventUnit.event_id).join(Event, Event.id == EventUnit.event_id)
    called = called.where(EventUnit.unit_id.in_(ended), Event.ended_at > day_start(on)).distinct()
    ids = list(session.scalars(called, execution_options=CHANGING))
    session.add_all(EventUnit(event_id=id_, unit_id=successor_id) for id_ in ids)
    more = update(Event).where(Event.id.in_(ids)).values(version=Event.version + 1)
    session.execute(more, execution_options={**CHANGING, "synchronize_session": False})
