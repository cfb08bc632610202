"""What is doubtful about a report by itself: its filer is answered it, leaders are shown it, and it stops nothing. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol

from brigade.activity.activities import EntryMode
from brigade.activity.content import WithContent
from brigade.activity.kind_types import ActivityKind
from brigade.activity.lateness import is_late
from brigade.organisation.unit_settings import UnitSettings
from brigade.problems import FieldProblem

VERY_LONG = dt.timedelta(hours=6)
EVENT_DIFFERENCE = dt.timedelta(minutes=30)
BEYOND = dt.timedelta(minutes=30)
"""How far somebody's own times may reach beyond the report's before it is worth a look: by these they are paid."""

OF_A_VEHICLE = ("driver", "operator")
"""Roles that belong to a vehicle; some brigades pay a 機関員 on top of the turnout."""
CREW = 2
"""So many of them a vehicle has: who drives it and runs its pump, and a relief, or who runs the portable pump it brought. Where
no vehicle is named there may have been one.
"""


class Planned(Protocol):
    """An event, as far as a report is compared with it."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def started_at(self) -> dt.datetime:
        """When it began."""

    @property
    def ended_at(self) -> dt.datetime:
        """When it was over."""


def doubts(
    said: WithContent,
    kind: ActivityKind,
    event: Planned | None,
    *,
    filed_at: dt.datetime,
    mode: str,
    settings: UnitSettings,
) -> list[FieldProblem]:
    """What a leader should look at twice. Pure: also used to mark the inbox. ``filed_at``: first submitted."""
    found = []
    people = said.participations
    length = said.ended_at - said.started_at
    if length > dt.timedelta(hours=kind.warn_hours):
        found.append(FieldProblem("/ended_at", "long-activity", {"hours": kind.warn_hours}))
    elif length > VERY_LONG:
        found.append(FieldProblem("/ended_at", "very-long", {"hours": 6}))
    short = dt.timedelta(minutes=kind.warn_minutes)
    if length < short:
        found.append(FieldProblem("/ended_at", "short-activity", {"minutes": kind.warn_minutes}))
    elif [
        person
        for person in people
        if (person.started_at or person.ended_at)
        and (person.ended_at or said.ended_at) - (person.started_at or said.started_at) < short
    ]:
        found.append(FieldProblem("/participants", "short-stay", {"minutes": kind.warn_minutes}))
    if [
        person
        for person in people
        if (person.started_at is not None and person.started_at < said.started_at - BEYOND)
        or (person.ended_at is not None and person.ended_at > said.ended_at + BEYOND)
    ]:
        found.append(FieldProblem("/participants", "stay-outside", {"minutes": BEYOND // dt.timedelta(minutes=1)}))
    if event is not None and (
        abs(event.started_at - said.started_at) > EVENT_DIFFERENCE
        or abs(event.ended_at - said.ended_at) > EVENT_DIFFERENCE
    ):
        found.append(FieldProblem("/started_at", "time-differs-from-event", {"title": event.title}))
    if kind.place == "expected" and not said.place and said.latitude is None:
        found.append(FieldProblem("/place", "place-missing"))
    if kind.pay_class == "disaster" and people and not any(p.acted for p in people):
        found.append(FieldProblem("/participants", "nobody-acted"))
    if any(person.injured for person in people) and not kind.confidential:
        found.append(FieldProblem("/participants", "injury-report-needed"))
    found += _of_crew(said, kind)
    if kind.times == "future" and filed_at > said.started_at:
        found.append(FieldProblem("/started_at", "late-notice"))
    if mode in (EntryMode.PROXY, EntryMode.ROSTER):
        found.append(FieldProblem("/participants", "entered-by-proxy"))
    if mode == EntryMode.OCR:
        found.append(FieldProblem("/attachment_ids", "read-from-paper"))
    if is_late(said.ended_at, filed_at, settings.late_after_days):
        found.append(FieldProblem("/ended_at", "late-entry", {"days": settings.late_after_days}))
    return found


def _of_crew(said: WithContent, kind: ActivityKind) -> Iterator[FieldProblem]:
    """Vehicles without anybody who drove, and more who drove or ran a pump than their vehicles have room for."""
    crew = sum(person.role in OF_A_VEHICLE for person in said.participations)
    vehicles = len(said.vehicle_ids)
    if vehicles and said.participations and not crew:
        yield FieldProblem("/vehicle_ids", "driver-missing")
    if kind.pay_class != "none" and crew > CREW * max(vehicles, 1):
        yield FieldProblem("/participants", "crew-too-many", {"people": crew, "vehicles": vehicles})
