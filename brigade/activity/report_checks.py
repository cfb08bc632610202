"""Whether a report may be stored as it is: everything wrong with it at once, and what is only worth a look.

``check`` reads the organisation of the report's own day. Errors refuse; warnings are answered, shown to the leaders
and stop nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Date, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import EntryMode, Event, EventState
from brigade.activity.claims import clashes
from brigade.activity.content import Content
from brigade.activity.doubts import doubts
from brigade.activity.kinds import ActivityKind, catalogue, check_details, check_text, may_take_part
from brigade.activity.lateness import first_submitted, is_late
from brigade.activity.prior_notice import PlannedAs, wrong_notice
from brigade.actor import Actor
from brigade.calendar.event_answers import outweighed
from brigade.dates import tokyo_day, within
from brigade.files.attachments import check_usable
from brigade.organisation.member_types import FORMER, KINDS, TYPE, held_then
from brigade.organisation.people import Absence, Member, Membership
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import UnitSettings, merged
from brigade.organisation.units import PlainUnit, Unit, UnitTree, Vehicle, below, plain_line, valid_on
from brigade.problems import FieldProblem, Invalid
from brigade.questions import Question, among

MAX_PARTICIPANTS = 500
FUTURE_SLACK = dt.timedelta(minutes=10)
AROUND = dt.timedelta(hours=12)
ON_ITS_DAY = {"as_system": "a report is checked against the organisation of its day, whoever files it"}

_DAY = bindparam("day", type_=Date)
_LINE = plain_line(ON_ITS_DAY)
_BELOW = select(UnitTree.below_id).where(UnitTree.above_id == bindparam("unit_id"), valid_on(UnitTree, _DAY))
_PEOPLE = Question(
    select(
        Member.id,
        Member.number,
        Member.name,
        Member.kana,
        TYPE,
        KINDS,
        exists().where(
            Membership.member_id == Member.id, valid_on(Membership, _DAY), Membership.unit_id.in_(_BELOW)
        ).label("enrolled"),
        exists().where(
            Absence.member_id == Member.id, Absence.absence == "suspension", valid_on(Absence, _DAY)
        ).label("suspended"),
    )
    .outerjoin(FORMER, held_then(_DAY))
    .where(among(Member.id, "ids")),
    ON_ITS_DAY,
)  # fmt: skip
"""Those of ``ids``, each with the type of ``day``, whether they belonged on it to the unit or one below it, and were
suspended.
"""


class Named(NamedTuple):
    """Who someone on a report is."""

    id: uuid.UUID
    number: str
    name: str
    kana: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The report's unit and all above it on its day, nearest first, with the settings that hold there."""

    units: tuple[PlainUnit, ...]
    settings: UnitSettings

    def column_ids(self) -> dict[str, uuid.UUID]:
        """``squad_id`` … ``bureau_id`` as copied onto the report."""
        return {f"{unit.level}_id": unit.id for unit in self.units}


@dataclass(frozen=True, slots=True)
class Checked:
    """Content with cleaned text and details, ready to store. ``people``: its author and those who took part."""

    content: Content
    kind: ActivityKind
    placement: Placement
    entry_mode: str
    warnings: tuple[FieldProblem, ...]
    people: Mapping[uuid.UUID, Named]


def check(
    session: Session, actor: Actor, content: Content, *, report_id: uuid.UUID | None, submit: bool, paper: bool = False,
    may_be_there: bool = True,
) -> Checked:  # fmt: skip
    """The content as it will be stored. Raises Invalid with every problem found.

    ``submit`` adds what only a submitted report needs: someone took part, nobody is claimed twice. ``paper``: it was
    read from a sheet. ``may_be_there`` False: the report is only being made.
    """
    kind = catalogue().get(content.kind)
    if kind is None:
        raise Invalid([FieldProblem("/kind", "unknown-kind", {"kind": content.kind})])
    errors, nobody = list(_times(content, kind, actor.now)), not content.participants
    content, found = _clean(content, kind, complete=submit)
    errors += found.errors
    warnings = list(found.warnings)
    if any(problem.pointer in ("/started_at", "/ended_at") for problem in errors):
        raise Invalid(errors)  # the day is not known: nothing below can be asked

    day = tokyo_day(content.started_at)
    placement, problem = _placement(session, actor, content.unit_id, day)
    if problem:
        raise Invalid([*errors, problem])
    people, found_wrong = _people(session, actor, content, kind, day)
    errors += found_wrong
    if submit and kind.participants == "required" and nobody:
        errors.append(FieldProblem("/participants", "no-participants"))
    errors += _vehicles(session, content, placement, day)
    if submit and kind.vehicles == "required" and not content.vehicle_ids:
        errors.append(FieldProblem("/vehicle_ids", "vehicle-missing"))
    errors += check_usable(session, actor, content.attachment_ids)
    claims = clashes(session, content, report_id)
    (errors if submit else warnings).extend(claims)
    event, event_errors = _event(session, content, hold=submit)
    errors += event_errors
    if event is not None and submit:
        members = {person.member_id for person in content.participants}
        if outweighed(session, event.id, content.unit_id, members):
            warnings.append(FieldProblem("/event_id", "nobody-came-withdrawn"))
    wrong = wrong_notice(session, content, placement.units)
    if wrong:
        (errors if submit else warnings).append(wrong)
    notice = _prior_notice(content, kind, event, placement.settings)
    if notice:
        (errors if submit and placement.settings.prior_notice == "hard" else warnings).append(notice)
    if errors:
        raise Invalid(errors)
    mode = EntryMode.OCR.value if paper else entry_mode(actor.member_id, content)
    filed_at, days = actor.now, placement.settings.late_after_days
    if may_be_there and report_id and (kind.times == "future" or is_late(content.ended_at, filed_at, days)):
        filed_at = first_submitted(session, report_id) or filed_at  # not asked where nothing depends on it
    warnings += doubts(content, kind, event, filed_at=filed_at, mode=mode, settings=placement.settings)
    return Checked(content, kind, placement, mode, tuple(warnings), people)


def entry_mode(author_id: uuid.UUID, content: Content) -> str:
    """self: nobody but the author; proxy: one other person; roster: several, or the author with others."""
    people = {person.member_id for person in content.participants}
    if people <= {author_id}:
        return EntryMode.SELF.value
    return EntryMode.PROXY.value if len(people) == 1 else EntryMode.ROSTER.value


def _times(content: Content, kind: ActivityKind, now: dt.datetime) -> Iterable[FieldProblem]:
    if content.ended_at <= content.started_at:
        yield FieldProblem("/ended_at", "end-before-start")
    elif content.ended_at - content.started_at > dt.timedelta(hours=kind.max_hours):
        yield FieldProblem("/ended_at", "too-long-activity", {"hours": kind.max_hours})
    if kind.times == "past":
        for name in ("started_at", "ended_at"):
            if getattr(content, name) > now + FUTURE_SLACK:
                yield FieldProblem(f"/{name}", "in-future")
                break
        else:
            yield from _stays_to_come(content, now + FUTURE_SLACK)
    if content.started_at < now - dt.timedelta(days=366 * 6):
        yield FieldProblem("/started_at", "too-far-past", {"years": 6})


def _stays_to_come(content: Content, latest: dt.datetime) -> Iterable[FieldProblem]:
    """Whoever is said to have been there at a time that has not come, beyond the report's own."""
    for place, person in enumerate(content.participants):
        for name in ("started_at", "ended_at"):
            at: dt.datetime | None = getattr(person, name)
            if at is not None and at > latest:
                yield FieldProblem(f"/participants/{place}/{name}", "in-future")
                break


def cleaned(content: Content) -> Content | None:
    """The content in the spelling in which ``check`` stores it; None when something in it is wrong whoever files it."""
    kind = catalogue().get(content.kind)
    if kind is None:
        return None
    clean, found = _clean(content, kind, complete=False)
    return None if found.errors else clean


@dataclass(slots=True)
class _Found:
    errors: list[FieldProblem]
    warnings: list[FieldProblem]


def _clean(content: Content, kind: ActivityKind, *, complete: bool) -> tuple[Content, _Found]:
    """Text without stray white space or control characters, details by the kind's own fields, people's times."""
    found = _Found([], [])
    texts: dict[str, Any] = {}
    for name, limit in (("place", 100), ("summary", 1000)):
        texts[name], problems = check_text(f"/{name}", getattr(content, name), limit, multiline=name == "summary")
        found.errors += problems
    sound = content.started_at < content.ended_at
    details = check_details(
        kind,
        content.details,
        content.started_at if sound else None,
        content.ended_at if sound else None,
        complete=complete,
    )
    found.errors += details.errors
    found.warnings += details.warnings
    if len(content.participants) > MAX_PARTICIPANTS:
        found.errors.append(FieldProblem("/participants", "too-many-participants", {"max": MAX_PARTICIPANTS}))
        content = replace(content, participants=())
    if kind.participants == "none" and content.participants:
        found.errors.append(FieldProblem("/participants", "participants-not-allowed"))
    seen: set[uuid.UUID] = set()
    people = []
    for place, person in enumerate(content.participants):
        at = f"/participants/{place}"
        if person.member_id in seen:
            found.errors.append(FieldProblem(f"{at}/member_id", "participant-twice"))
        seen.add(person.member_id)
        start, end = person.started_at or content.started_at, person.ended_at or content.ended_at
        if end <= start and (sound or person.started_at or person.ended_at):
            found.errors.append(FieldProblem(f"{at}/ended_at", "end-before-start"))
        elif sound and (start < content.started_at - AROUND or end > content.ended_at + AROUND):
            found.errors.append(FieldProblem(f"{at}/started_at", "participant-outside-times", {"hours": 12}))
        reason, problems = check_text(f"{at}/left_early_reason", person.left_early_reason or "", 100, multiline=False)
        found.errors += problems
        people.append(person._replace(left_early_reason=reason or None))
    return replace(content, details=details.values, participants=tuple(people), **texts), found


def _placement(
    session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date
) -> tuple[Placement, FieldProblem | None]:
    """The line of units, and whether this person may file for the unit: a member of it that day, or over it."""
    line = [PlainUnit(*row) for row in _LINE.ask(session, unit_id=unit_id, day=day)]
    placement = Placement(tuple(line), merged([unit.settings for unit in reversed(line)]))
    over = {held for _, held in actor.reach}
    own = {*actor.home, *over}
    if not own & {unit.id for unit in line}:
        own.update(
            session.scalars(
                select(Membership.unit_id).where(Membership.member_id == actor.member_id, valid_on(Membership, day)),
                execution_options=ON_ITS_DAY,
            )
        )
    if not line or not own & {unit.id for unit in line}:
        # A unit above one's own is known by name but not one's to file for; any other is as good as unknown.
        upward = session.scalar(select(Unit.id).where(Unit.id == unit_id))
        return placement, FieldProblem("/unit_id", "not-your-unit" if upward else "unknown-unit")
    if not within(day, line[0].valid_from, line[0].valid_to):
        return placement, FieldProblem("/unit_id", "unit-ended", {"unit": line[0].name})
    if not any(unit.level == Level.STATION for unit in line):
        return placement, FieldProblem("/unit_id", "no-station-above", {"unit": line[0].name})
    return placement, None


def _people(
    session: Session, actor: Actor, content: Content, kind: ActivityKind, day: dt.date
) -> tuple[dict[uuid.UUID, Named], list[FieldProblem]]:
    """Who is on the report, the one who files it among them; and what is wrong with those who took part: each belongs to
    the unit or one below it on that day, is not suspended, and may do this kind.

    That somebody is suspended is told to who may read it (``scopes.py``); another hears of one who is not on the day's
    list.
    """
    ids = {person.member_id for person in content.participants}
    rows = _PEOPLE.ask(session, ids={*ids, actor.member_id}, unit_id=content.unit_id, day=day)
    people = {row[0]: Named(*row[:4]) for row in rows}
    enrolled = {row[0]: row[4:] for row in rows if row[6]}
    missing = ids - enrolled.keys()
    known = set(session.scalars(select(Member.id).where(Member.id.in_(missing)))) if missing else set()
    suspended = _seen_suspended(session, [id_ for id_, row in enrolled.items() if row[3]], day)
    wrong = []
    for place, person in enumerate(content.participants):
        at = f"/participants/{place}/member_id"
        if person.member_id in missing:
            wrong.append(FieldProblem(at, "not-enrolled" if person.member_id in known else "unknown-member"))
            continue
        member_type, allowed_kinds, _, is_suspended = enrolled[person.member_id]
        name = people[person.member_id].name
        if is_suspended and person.member_id not in suspended:
            wrong.append(FieldProblem(at, "not-enrolled"))
            continue
        if is_suspended:
            wrong.append(FieldProblem(at, "suspended", {"name": name}))
        if not may_take_part(member_type, allowed_kinds, kind):
            wrong.append(FieldProblem(at, "barred-kind", {"name": name}))
    return people, wrong


def _seen_suspended(session: Session, ids: Sequence[uuid.UUID], day: dt.date) -> set[uuid.UUID]:
    """Those of these suspended members of whom the actor may know it."""
    if not ids:
        return set()
    asked = select(Absence.member_id).where(
        Absence.member_id.in_(ids), Absence.absence == "suspension", valid_on(Absence, day)
    )
    return set(session.scalars(asked))


def _vehicles(session: Session, content: Content, placement: Placement, day: dt.date) -> Iterable[FieldProblem]:
    """Vehicles that stand in the unit, above it or below it on that day."""
    if not content.vehicle_ids:
        return
    line = [unit.id for unit in placement.units]
    found = set(
        session.scalars(
            select(Vehicle.id).where(
                Vehicle.id.in_(content.vehicle_ids),
                valid_on(Vehicle, day),
                or_(Vehicle.unit_id.in_(line), Vehicle.unit_id.in_(below([content.unit_id], day))),
            ),
            execution_options=ON_ITS_DAY,
        )
    )
    for place, id_ in enumerate(content.vehicle_ids):
        if id_ not in found:
            yield FieldProblem(f"/vehicle_ids/{place}", "unknown-vehicle")


def _event(session: Session, content: Content, *, hold: bool) -> tuple[Event | None, list[FieldProblem]]:
    """The event named, if the asker may see it; with ``hold`` nobody cancels or changes it before the commit."""
    if content.event_id is None:
        return None, []
    asked = select(Event).where(Event.id == content.event_id)
    if hold:
        asked = asked.with_for_update(read=True, key_share=True, of=Event)
    event = session.scalar(asked, execution_options={"populate_existing": True})
    if event is None:
        return None, [FieldProblem("/event_id", "unknown-event")]
    if hold and event.state == EventState.CANCELLED:
        return event, [FieldProblem("/event_id", "event-cancelled")]
    return event, []


def _prior_notice(
    content: Content, kind: ActivityKind, event: Event | None, settings: UnitSettings
) -> FieldProblem | None:
    """Where a brigade asks for it, such an activity needs an event planned before it, or a notice filed."""
    if settings.prior_notice == "off" or kind.prior_notice == "off":
        return None
    planned = event is not None and PlannedAs.of(event).announces(content.kind, content.started_at)
    if planned or content.details.get("plan_id"):
        return None
    return FieldProblem("/event_id", "no-prior-notice")
