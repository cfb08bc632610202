"""What must be known around reports to show and to doubt them: asked for any number of them by one statement.

Each question stands here once; which are asked at a time, the four ``Together`` say. All see past the asker's scope, for
they are asked about reports that were read under it: the people, names, units and pictures of a report are part of it,
and its doubts are there for whoever may read it. Of other reports only ids, units and times come back; which of them may
be named, ``flags.py`` asks under the rules.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, not_, select, true
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation, ReportAttachment, ReportVehicle
from brigade.activity.claims import claim_times, is_live
from brigade.activity.content import PERSON_FIELDS, Person
from brigade.activity.lateness import FIRST_SUBMITTED
from brigade.activity.report_checks import AROUND, Named
from brigade.activity.whole import Report, WholeReport
from brigade.db import UtcTime
from brigade.files.attachments import Attachment, Picture
from brigade.organisation.people import Member, Membership
from brigade.organisation.unit_settings import LINE, Lines
from brigade.organisation.units import Unit, UnitTree
from brigade.questions import among, among_found
from brigade.together import Part, Rows, Together

OF_REPORTS = {"as_system": "what belongs to a report read under the asker's scope, and who else claims its people"}


FAR = 2 * AROUND
"""So far apart two reports may be that claim one person at one time: each may claim people so much longer than it lasts."""


class Planned(NamedTuple):
    """The event of a report, as far as it is compared and named."""

    id: uuid.UUID
    title: str
    started_at: dt.datetime
    ended_at: dt.datetime


class Placed(NamedTuple):
    """The unit of a report."""

    id: uuid.UUID
    name: str
    level: str


_TOOK_PART = (
    select(Participation.report_id, Participation.position, *(getattr(Participation, name) for name in PERSON_FIELDS))
    .where(among(Participation.report_id, "reports"))
    .cte("took_part")
    .prefix_with("MATERIALIZED")
)
"""Looked up once, for themselves and for what is asked about these people."""

_PEOPLE = select(*_TOOK_PART.c)
_THEY = select(select(_TOOK_PART.c.member_id).distinct().cte("they").prefix_with("MATERIALIZED").c.member_id)
_FIRST, _LAST = (bindparam(name, type_=UtcTime) for name in ("first", "last"))
_VEHICLES = select(ReportVehicle.report_id, ReportVehicle.vehicle_id).where(among(ReportVehicle.report_id, "reports"))
_PICTURES = (
    # The link also where the picture has not come yet.
    select(
        ReportAttachment.report_id, ReportAttachment.position, ReportAttachment.attachment_id,
        *(getattr(Attachment, name) for name in Picture._fields[1:]),
    )
    .outerjoin(Attachment, Attachment.id == ReportAttachment.attachment_id)
    .where(among(ReportAttachment.report_id, "reports"))
)  # fmt: skip
_AUTHORS = select(*(getattr(Member, name) for name in Named._fields)).where(among(Member.id, "authors"))
_UNITS = select(*(getattr(Unit, name) for name in Placed._fields)).where(among(Unit.id, "units"))
_NAMES = select(*(getattr(Member, name) for name in Named._fields)).where(among_found(Member.id, _THEY))
_BELONGS = select(Membership.member_id, Membership.valid_from, Membership.valid_to).where(
    among_found(Membership.member_id, _THEY)
)
_EVENTS = select(*(getattr(Event, name) for name in Planned._fields)).where(among(Event.id, "events"))
_LINES = LINE.where(among(UnitTree.below_id, "places"))


# Each of these people's other reports is looked up once, however many took part in it, and its people only if it was held
# about then.
_LOOKS = ("id", "unit_id", "kind", "started_at", "author_id", "sole_member_id")
_THEIRS, _CLAIM, _OTHER = (
    table.alias(name).c
    for table, name in (
        (Participation.__table__, "theirs"), (Participation.__table__, "claim"), (ActivityReport.__table__, "other"),
    )
)  # fmt: skip
_WHICH = (
    select(_THEIRS.report_id)
    .distinct()
    .where(
        # What was over before is passed by in the index, years of it.
        among_found(_THEIRS.member_id, _THEY),
        _THEIRS.claims_until > _FIRST,
        not_(among(_THEIRS.report_id, "reports")),
    )
)
_OTHERS = (
    select(*(_OTHER[name] for name in ("ended_at", *_LOOKS)))
    .where(among_found(_OTHER.id, _WHICH), is_live(_OTHER), _OTHER.started_at < _LAST, _OTHER.ended_at > _FIRST)
    .cte("others")
    .prefix_with("MATERIALIZED")
).c
_CLAIMS = select(_CLAIM.member_id, *claim_times(_CLAIM, _OTHERS), _CLAIM.report_id, _OTHERS.kind).where(
    # IS TRUE: asked of each part found by its report. SQLite would look up each report with each of these people.
    _CLAIM.report_id == _OTHERS.id, _CLAIM.member_id.in_(_THEY).is_(true())
)  # fmt: skip


# What looks like one of the reports begins at the same instant, and is by the same person or of the same one alone. The
# latter claims that person, so it is found already; the former are passed by in the index of what one wrote.
_ALONE = select(*(_OTHERS[name] for name in _LOOKS)).where(
    _OTHERS.sole_member_id.is_not(None), among(_OTHERS.started_at, "instants")
)
_WROTE = select(ActivityReport.id).where(
    among(ActivityReport.author_id, "authors"), ActivityReport.started_at > _FIRST, ActivityReport.started_at < _LAST,
    among(ActivityReport.started_at, "instants").is_(true()), not_(among(ActivityReport.id, "reports")),
)  # fmt: skip
_WRITTEN = select(*(getattr(ActivityReport, name) for name in _LOOKS)).where(
    among_found(ActivityReport.id, _WROTE), is_live()
)


_DOUBTS: dict[str, Part] = {"events": _EVENTS, "lines": _LINES, "submitted": FIRST_SUBMITTED}
_FLAGS: dict[str, Part] = {**_DOUBTS, "belongs": _BELONGS, "claims": _CLAIMS, "alone": _ALONE, "written": _WRITTEN}
FOR_DOUBTS = Together(OF_REPORTS, **_DOUBTS)
FOR_FLAGS = Together(OF_REPORTS, **_FLAGS)
_WHOLE: dict[str, Part] = {
    "people": _PEOPLE, "vehicles": _VEHICLES, "pictures": _PICTURES, "authors": _AUTHORS, "units": _UNITS, "names": _NAMES,
}  # fmt: skip
TO_LIST = Together(OF_REPORTS, **_WHOLE, **_DOUBTS)
TO_DECIDE = Together(OF_REPORTS, **_WHOLE, **_FLAGS)


@dataclass(slots=True)
class Around:
    """What was found around some reports; empty what was not asked.

    ``settings``: of the places that ``place_of`` gives. ``submitted``: of each that was, when first. ``belongs``: of each
    person from when until when. ``claims``: who, from when until when, by which other report of which kind. ``alike``:
    other reports at the same instants, with unit, kind, start, author and sole person.
    """

    events: dict[uuid.UUID, Planned]
    settings: Lines
    belongs: dict[uuid.UUID, Rows]
    alike: Rows
    claims: Rows
    people: list[Named]
    units: list[Placed]
    submitted: dict[uuid.UUID, dt.datetime] = field(default_factory=dict)
    pictures: dict[uuid.UUID, list[Picture]] = field(default_factory=dict)


def place_of(row: Report) -> uuid.UUID:
    """The unit whose settings hold for the report."""
    return row.brigade_id or row.unit_id


PLACE = func.coalesce(ActivityReport.brigade_id, ActivityReport.unit_id)
"""SQL: the same."""


def around(session: Session, rows: Sequence[Report], asked: Together = FOR_FLAGS) -> Around:
    """What was asked about these reports."""
    return _around(_found(session, rows, asked))


def around_whole(session: Session, rows: Sequence[WholeReport], asked: Together = TO_DECIDE) -> Around:
    """All that a page shows around these reports (``TO_LIST``: with their own doubts alone); they themselves get their people,
    vehicles and pictures.
    """
    found = _found(session, rows, asked)
    vehicles, named = (_by_first(found.get(name, ())) for name in ("vehicles", "pictures"))
    people: dict[uuid.UUID, list[Person]] = {row.id: [] for row in rows}
    for said in sorted(found.get("people", ()), key=itemgetter(1)):
        people[said[0]].append(Person._make(said[2:]))
    known = _around(found)
    for row in rows:
        row.participations = tuple(people[row.id])
        row.vehicle_ids = tuple(sorted((id_ for (id_,) in vehicles.get(row.id, ())), key=str))
        if pictures := [Picture(*said) for _, *said in sorted(named.get(row.id, ()), key=itemgetter(0))]:
            row.attachment_ids = tuple(picture.id for picture in pictures)
            # Of one that has not come nobody is the uploader; naming someone else's opens nothing.
            known.pictures[row.id] = [picture for picture in pictures if picture.uploader_id == row.author_id]
    return known


def _found(session: Session, rows: Sequence[Report], asked: Together) -> Mapping[str, Rows]:
    """One statement; none for no reports."""
    if not rows:
        return {}
    return asked.ask(
        session,
        reports=[row.id for row in rows],
        authors={row.author_id for row in rows},
        units={row.unit_id for row in rows},
        events={row.event_id for row in rows if row.event_id},
        places={place_of(row) for row in rows},
        instants={row.started_at for row in rows},
        first=min(row.started_at for row in rows) - FAR,
        last=max(row.ended_at for row in rows) + FAR,
    )


def _around(found: Mapping[str, Rows]) -> Around:
    return Around(
        events={row[0]: Planned(*row) for row in found.get("events", ())},
        settings=Lines(found.get("lines", ())),
        belongs=_by_first(found.get("belongs", ())),
        alike=list({*found.get("alone", ()), *found.get("written", ())}),
        claims=found.get("claims", []),
        people=[Named(*row) for name in ("authors", "names") for row in found.get(name, ())],
        units=[Placed(*row) for row in found.get("units", ())],
        submitted={row[0]: row[1] for row in found.get("submitted", ())},
    )


def _by_first(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Rows]:
    """First value → the others of each row."""
    found: dict[Any, Rows] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found
