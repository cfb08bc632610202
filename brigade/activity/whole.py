"""A report with its content as plain values: what is filed, and what pages of many reports are made of.

It is read and shown as a loaded ``ActivityReport`` is. Nothing that is changed in it reaches the store by itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Select, null, select, union_all
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation, ReportAttachment, ReportVehicle
from brigade.activity.content import PERSON_FIELDS, Person
from brigade.activity.standing import StandingReport
from brigade.questions import Question, among


@dataclass
class WholeReport(StandingReport):
    """Named as ``ActivityReport``; without ``people``, whom ``participations`` name."""

    unit_id: uuid.UUID
    event_id: uuid.UUID | None
    ended_at: dt.datetime
    place: str
    latitude: float | None
    longitude: float | None
    order_by: str | None
    summary: str
    details: dict[str, Any]
    participations: tuple[Person, ...]
    vehicle_ids: tuple[uuid.UUID, ...]
    attachment_ids: tuple[uuid.UUID, ...]

    @property
    def member_ids(self) -> list[uuid.UUID]:
        """Those who took part."""
        return [person.member_id for person in self.participations]


Report = ActivityReport | WholeReport
"""A loaded row with its people, vehicles and pictures, or the values of one."""


_OF_WHOM = {"as_system": "the people of reports read under the asker's scope"}
_PEOPLE = Question(
    select(Participation.report_id, *(getattr(Participation, name) for name in PERSON_FIELDS))
    .where(among(Participation.report_id, "reports"))
    .order_by(Participation.report_id, Participation.position),
    _OF_WHOM,
)
_LINKED = Question(
    union_all(
        select(ReportVehicle.report_id, ReportVehicle.vehicle_id, null().label("nth")).where(
            among(ReportVehicle.report_id, "reports")
        ),
        select(ReportAttachment.report_id, ReportAttachment.attachment_id, ReportAttachment.position).where(
            among(ReportAttachment.report_id, "reports")
        ),
    ),
    _OF_WHOM,
)
"""Vehicles, and pictures with their places."""

_LISTS = ("people", "participations", "vehicle_ids", "attachment_ids")
_NAMES = [field.name for field in fields(WholeReport) if field.name not in _LISTS]


def whole_reports(session: Session, asked: Select[Any]) -> list[WholeReport]:
    """The reports that ``asked`` (of ``ActivityReport``) finds, under the rules of the session: three statements."""
    rows = session.execute(asked.with_only_columns(*(getattr(ActivityReport, name) for name in _NAMES))).all()
    ids = [row[0] for row in rows]
    people: dict[uuid.UUID, list[Person]] = {id_: [] for id_ in ids}
    vehicles: dict[uuid.UUID, list[uuid.UUID]] = {id_: [] for id_ in ids}
    pictures: dict[uuid.UUID, list[tuple[int, uuid.UUID]]] = {id_: [] for id_ in ids}
    for report_id, *said in _PEOPLE.ask(session, reports=ids) if ids else ():
        people[report_id].append(Person(*said))
    for report_id, id_, nth in _LINKED.ask(session, reports=ids) if ids else ():
        if nth is None:
            vehicles[report_id].append(id_)
        else:
            pictures[report_id].append((nth, id_))
    return [
        WholeReport(
            **dict(zip(_NAMES, row, strict=True)),
            people="",
            participations=tuple(people[row[0]]),
            vehicle_ids=tuple(sorted(vehicles[row[0]], key=str)),
            attachment_ids=tuple(id_ for _, id_ in sorted(pictures[row[0]])),
        )
        for row in rows
    ]
