"""What a leader should look at before approving: the doubts of a report by itself, and those that only the store knows.

A flag is a warning of ``report_checks.doubts`` or one of: another report claims a person for the same time, a person
was not enrolled on that day, another report of the same unit tells of the same thing. A few statements for any number
of reports. Flagged reports are never approved in bulk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode, Event
from brigade.activity.claims import CLAIMED, CLAIMS, is_live
from brigade.activity.content import content_of
from brigade.activity.kinds import catalogue
from brigade.activity.report_checks import ON_ITS_DAY, doubts
from brigade.activity.whole import Report
from brigade.dates import tokyo_day, within
from brigade.organisation.people import Membership
from brigade.organisation.unit_settings import settings_of
from brigade.problems import FieldProblem
from brigade.questions import Question, among

EVENTS = {"as_system": "the event of a readable report"}
Flags = list[FieldProblem]
_STARTING = Question(
    # Of the city at those instants: what an index finds, while by the unit every report of it would be read.
    select(
        ActivityReport.id, ActivityReport.unit_id, ActivityReport.kind, ActivityReport.started_at, ActivityReport.author_id,
        ActivityReport.sole_member_id,
    ).where(among(ActivityReport.bureau_id, "bureaux"), among(ActivityReport.started_at, "instants"), is_live()),
    CLAIMED,
)  # fmt: skip
"""The live reports of these bureaus that start at these instants."""

_BELONGS = Question(
    select(Membership.member_id, Membership.valid_from, Membership.valid_to).where(
        among(Membership.member_id, "people")
    ),
    ON_ITS_DAY,
)


def flags(session: Session, rows: Sequence[Report]) -> dict[uuid.UUID, Flags]:
    """The flags of each report; their people, vehicles and attachments must be loaded."""
    found = own_doubts(session, rows)
    for id_, flag in (*_overlaps(session, rows), *_strangers(session, rows), *_twins(session, rows)):
        found[id_].append(flag)
    return found


def asks_to_look(row: Report, flag: FieldProblem) -> bool:
    """Whether the flag keeps the report out of bulk approval.

    A roster is written by one for many: that it was is told, not doubted, as long as the writer was there too.
    """
    if flag.code != "entered-by-proxy":
        return True
    return not (row.entry_mode == EntryMode.ROSTER.value and row.author_id in row.member_ids)


def own_doubts(session: Session, rows: Sequence[Report]) -> dict[uuid.UUID, Flags]:
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


def _spans(row: Report) -> Mapping[uuid.UUID, tuple[dt.datetime, dt.datetime]]:
    """When each person was there."""
    return {
        part.member_id: (part.started_at or row.started_at, part.ended_at or row.ended_at)
        for part in row.participations
    }


Claim = tuple[dt.datetime, dt.datetime, uuid.UUID]
"""From when until when a person is claimed, and by which report."""


class Claims:
    """The claims of one person in order, so that those at one time are found without a look at all of them."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._claims = sorted(claims)
        self._starts = [start for start, *_ in self._claims]
        self._last_ends = list(accumulate((end for _, end, _ in self._claims), max))  # of each claim and all before it

    def meeting(self, start: dt.datetime, end: dt.datetime) -> Iterator[uuid.UUID]:
        """The reports that claim the person between these instants."""
        place = bisect_left(self._starts, end)
        while place and self._last_ends[place - 1] > start:
            place -= 1
            if self._claims[place][1] > start:
                yield self._claims[place][2]


def _overlaps(session: Session, rows: Sequence[Report]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """A person in two live reports at one time."""
    people = {id_ for row in rows for id_ in row.member_ids}
    if not people:
        return
    first, last = min(row.started_at for row in rows), max(row.ended_at for row in rows)
    claims: dict[uuid.UUID, list[Claim]] = defaultdict(list)
    for who, start, end, id_, _ in CLAIMS.ask(session, people=people, first=first, last=last):
        claims[who].append((start, end, id_))
    claimed = {who: Claims(found) for who, found in claims.items()}
    meeting = {
        row.id: other
        for row in rows
        for who, span in _spans(row).items()
        if who in claimed
        for other in claimed[who].meeting(*span)
        if other != row.id
    }
    if not meeting:
        return
    numbers = _numbers(session, set(meeting.values()))
    for id_, other in meeting.items():
        if other in numbers:
            params = {"number": numbers[other], "report_id": str(other)}
            yield id_, FieldProblem("/participants", "overlap", params)
        else:
            yield id_, FieldProblem("/participants", "overlap-hidden")


def _strangers(session: Session, rows: Sequence[Report]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Someone who belonged nowhere on that day, by the roster as it is now."""
    people = {id_ for row in rows for id_ in row.member_ids}
    belongs: dict[uuid.UUID, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    for who, since, until in _BELONGS.ask(session, people=people) if people else ():
        belongs[who].append((since, until))
    for row in rows:
        on = tokyo_day(row.started_at)
        if any(not any(within(on, *span) for span in belongs[id_]) for id_ in row.member_ids):
            yield row.id, FieldProblem("/participants", "not-enrolled")


def _twins(session: Session, rows: Sequence[Report]) -> Iterator[tuple[uuid.UUID, FieldProblem]]:
    """Another live report of the same unit and kind with the same people that starts on the same instant, if the asker
    may see it.
    """
    alike: dict[tuple[uuid.UUID, str, dt.datetime], list[Report]] = defaultdict(list)
    for row in rows:
        alike[row.unit_id, row.kind, row.started_at].append(row)
    bureaux, instants = {row.bureau_id for row in rows}, {row.started_at for row in rows}
    found = []
    for id_, *key, author_id, sole_id in _STARTING.ask(session, bureaux=bureaux, instants=instants) if rows else ():
        for row in alike.get(tuple(key), ()):
            same = sole_id is not None and sole_id == row.sole_member_id
            if id_ != row.id and (same or author_id == row.author_id):
                found.append((row.id, id_))
    numbers = _numbers(session, {other for _, other in found})
    for id_, other in found:
        if other in numbers:
            yield id_, FieldProblem("", "looks-like-another", {"number": numbers[other]})


def _numbers(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, str | None]:
    """The numbers of those among them that the asker may see."""
    if not ids:
        return {}
    return dict(
        session.execute(select(ActivityReport.id, ActivityReport.number).where(ActivityReport.id.in_(ids))).all()
    )
