"""What a leader should look at before approving: the doubts of a report by itself, and those that only the store knows.

A flag is a warning of ``report_checks.doubts`` or one of: another report claims a person for the same time, a person
was not enrolled on that day, another report of the same unit tells of the same thing. A few statements for any number
of reports. Flagged reports are never approved in bulk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode, Event, Participation
from brigade.activity.claims import LIVE
from brigade.activity.content import content_of
from brigade.activity.kinds import catalogue
from brigade.activity.report_checks import ON_ITS_DAY, doubts
from brigade.dates import overlaps, tokyo_day, within
from brigade.db import chunks
from brigade.organisation.people import Membership
from brigade.organisation.unit_settings import settings_of
from brigade.problems import FieldProblem

ALL_CLAIMS = {"as_system": "a person may be claimed by a report the asker cannot see"}
EVENTS = {"as_system": "the event of a readable report"}
Flags = list[FieldProblem]


def flags(session: Session, rows: Sequence[ActivityReport]) -> dict[uuid.UUID, Flags]:
    """The flags of each report; their people, vehicles and attachments must be loaded."""
    found = own_doubts(session, rows)
    for id_, flag in (*_overlaps(session, rows), *_strangers(session, rows), *_twins(session, rows)):
        found[id_].append(flag)
    return found


def asks_to_look(row: ActivityReport, flag: FieldProblem) -> bool:
    """Whether the flag keeps the report out of bulk approval.

    A roster is written by one for many: that it was is told, not doubted, as long as the writer was there too.
    """
    if flag.code != "entered-by-proxy":
        return True
    there = {part.member_id for part in row.participations}
    return not (row.entry_mode == EntryMode.ROSTER.value and row.author_id in there)


def own_doubts(session: Session, rows: Sequence[ActivityReport]) -> dict[uuid.UUID, Flags]:
    """The doubts of each report by itself, whatever else there is."""
    found: dict[uuid.UUID, Flags] = {row.id: [] for row in rows}
    ids = {row.event_id for row in rows if row.event_id}
    events = {}
    if ids:
        events = {
            one.id: one for one in session.scalars(select(Event).where(Event.id.in_(ids)), execution_options=EVENTS)
        }
    held = {}
    for row in rows:
        kind, place = catalogue().get(row.kind), row.brigade_id or row.unit_id
        if kind is None:
            continue
        if place not in held:
            held[place] = settings_of(session, place, tokyo_day(row.started_at))
        event = events.get(row.event_id) if row.event_id else None
        found[row.id] += doubts(
            content_of(row), kind, event, filed_at=row.created_at, mode=row.entry_mode, settings=held[place]
        )
    return found


def _spans(row: ActivityReport) -> Mapping[uuid.UUID, tuple[dt.datetime, dt.datetime]]:
    """When each person was there."""
    return {
        part.member_id: (part.started_at or row.started_at, part.ended_at or row.ended_at)
        for part in row.participations
    }


def _overlaps(session: Session, rows: Sequence[ActivityReport]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """A person in two live reports at one time."""
    people = {part.member_id for row in rows for part in row.participations}
    if not people:
        return
    first, last = min(row.started_at for row in rows), max(row.ended_at for row in rows)
    start = func.coalesce(Participation.started_at, ActivityReport.started_at)
    end = func.coalesce(Participation.ended_at, ActivityReport.ended_at)
    claims: dict[uuid.UUID, list[tuple[uuid.UUID, dt.datetime, dt.datetime]]] = defaultdict(list)
    for chunk in chunks(sorted(people)):
        asked = (
            select(Participation.member_id, ActivityReport.id, start, end)
            .join(ActivityReport, ActivityReport.id == Participation.report_id)
            .where(Participation.member_id.in_(chunk), ActivityReport.state.in_(LIVE), start < last, end > first)
        )
        for who, id_, a, b in session.execute(asked, execution_options=ALL_CLAIMS):
            claims[who].append((id_, a, b))
    meeting = {
        row.id: other
        for row in rows
        for who, (a, b) in _spans(row).items()
        for other, c, d in claims[who]
        if other != row.id and overlaps(a, b, c, d)
    }
    if not meeting:
        return
    seen = select(ActivityReport.id, ActivityReport.number).where(ActivityReport.id.in_(set(meeting.values())))
    numbers = dict(session.execute(seen).all())
    for id_, other in meeting.items():
        if other in numbers:
            params = {"number": numbers[other], "report_id": str(other)}
            yield id_, FieldProblem("/participants", "overlap", params)
        else:
            yield id_, FieldProblem("/participants", "overlap-hidden")


def _strangers(session: Session, rows: Sequence[ActivityReport]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Someone who belonged nowhere on that day, by the roster as it is now."""
    people = {part.member_id for row in rows for part in row.participations}
    belongs: dict[uuid.UUID, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    for chunk in chunks(sorted(people)):
        asked = select(Membership.member_id, Membership.valid_from, Membership.valid_to)
        for who, since, until in session.execute(
            asked.where(Membership.member_id.in_(chunk)), execution_options=ON_ITS_DAY
        ):
            belongs[who].append((since, until))
    for row in rows:
        on = tokyo_day(row.started_at)
        if any(not any(within(on, *span) for span in belongs[part.member_id]) for part in row.participations):
            yield row.id, FieldProblem("/participants", "not-enrolled")


def _twins(session: Session, rows: Sequence[ActivityReport]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Another live report of the same unit and kind with the same people that starts on the same instant."""
    alike: dict[tuple[uuid.UUID, str, dt.datetime], list[ActivityReport]] = defaultdict(list)
    for row in rows:
        alike[row.unit_id, row.kind, row.started_at].append(row)
    report = ActivityReport
    for chunk in chunks(sorted({row.started_at for row in rows})):
        asked = select(
            report.id, report.number, report.unit_id, report.kind, report.started_at, report.author_id,
            report.sole_member_id,
        ).where(
            # Of the city at those instants: what an index finds, while by the unit every report of it would be read.
            report.bureau_id.in_({row.bureau_id for row in rows}), report.started_at.in_(chunk),
            report.unit_id.in_({row.unit_id for row in rows}), report.state.in_(LIVE),
        )  # fmt: skip
        for other in session.execute(asked):
            for row in alike[other.unit_id, other.kind, other.started_at]:
                same = other.sole_member_id is not None and other.sole_member_id == row.sole_member_id
                if other.id != row.id and (same or other.author_id == row.author_id):
                    yield row.id, FieldProblem("", "looks-like-another", {"number": other.number})
