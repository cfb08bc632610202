"""One unit's month: progress, totals by kind, unit and member, and every report with its way of approval.

Counted are reports that are submitted and not withdrawn. What the asker may not see is not in the totals either: the
same scope rule stands in every query, so a sheet never adds up what its reader could not open.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from brigade.activities import ActivityReport, Participation
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.history import ReportEvent
from brigade.kinds import catalogue
from brigade.month_sheet import KindTotal, MemberTotal, MonthSheet, ReportLine, TrailLine, UnitTotal
from brigade.people import Member
from brigade.problems import NotFound, Refused
from brigade.ranks import Level
from brigade.transition import awaiting
from brigade.units import Unit, UnitParent, UnitTree, above, valid_on
from brigade.workflow import State

COUNTED = (State.IN_REVIEW, State.RETURNED, State.CONFIRMED, State.SEALED)
NAMED_WITH = (Level.SECTION, Level.SQUAD)
NAMED = {"as_system": "the names on a report are part of it"}


@dataclass(frozen=True, slots=True)
class _Part:
    member_id: uuid.UUID
    minutes: int


class _Month:
    """The rows of one unit's month, read once."""

    def __init__(self, session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> None:
        first, last = month_days(month)
        unit = session.scalar(select(Unit).where(Unit.id == unit_id))
        if unit is None:
            raise NotFound()
        # Leaders look into their units, members have their own record: the month of a unit is its leaders'.
        reach = {held for _, held in actor.reach}
        line = list(session.scalars(above(unit_id, last), execution_options=NAMED))
        if not reach & {found.id for found in line}:
            raise Refused("not-permitted")
        self.unit, self.month, self.line = unit, month, line
        column = getattr(ActivityReport, f"{unit.level}_id")
        self.reports: Sequence[ActivityReport] = session.scalars(
            select(ActivityReport)
            .where(ActivityReport.month == month, column.in_(self._with_predecessors(session)))
            .order_by(ActivityReport.started_at, ActivityReport.number, ActivityReport.id)
        ).all()
        self.reports = [report for report in self.reports if report.state != State.DRAFT]
        self.counted = [report for report in self.reports if report.state in COUNTED]
        self.parts = self._parts(session)
        self.labels: dict[uuid.UUID, str] = {}
        self.units = self._units(session, first, last)

    def _with_predecessors(self, session: Session) -> set[uuid.UUID]:
        """The unit and those it took over: their reports of the month are its own now."""
        found, frontier = {self.unit.id}, {self.unit.id}
        while frontier:
            frontier = set(
                session.scalars(select(Unit.id).where(Unit.successor_id.in_(frontier)), execution_options=NAMED)
            )
            found |= frontier
        return found

    def _parts(self, session: Session) -> dict[uuid.UUID, list[_Part]]:
        times = {report.id: (report.started_at, report.ended_at) for report in self.counted}
        parts: dict[uuid.UUID, list[_Part]] = defaultdict(list)
        for chunk in _chunks(list(times), 500):
            rows = session.execute(
                select(
                    Participation.report_id, Participation.member_id, Participation.started_at, Participation.ended_at
                )
                .where(Participation.report_id.in_(chunk))
                .order_by(Participation.report_id, Participation.position),
                execution_options={"as_system": "the people of reports read under the asker's scope"},
            )
            for report_id, member_id, start, end in rows:
                first, last = times[report_id]
                parts[report_id].append(_Part(member_id, minutes(start or first, end or last)))
        return parts

    def _units(self, session: Session, first: dt.date, last: dt.date) -> list[tuple[Unit, int]]:
        """The unit and all below it that stood in the month, each directly after its parent, in order of code."""
        rows = session.execute(
            select(Unit, UnitTree.depth, UnitParent.parent_id)
            .join(UnitTree, UnitTree.below_id == Unit.id)
            .outerjoin(UnitParent, and_(UnitParent.unit_id == Unit.id, valid_on(UnitParent, last)))
            .where(UnitTree.above_id == self.unit.id, valid_on(UnitTree, last), Unit.valid_from <= last)
            .order_by(Unit.code, Unit.id),
            execution_options=NAMED,
        )
        children: dict[uuid.UUID | None, list[tuple[Unit, int]]] = defaultdict(list)
        for unit, depth, parent_id in rows:
            children[parent_id if depth else None].append((unit, depth))

        def down(parent_id: uuid.UUID | None, parent: str = "") -> Iterable[tuple[Unit, int]]:
            for unit, depth in children[parent_id]:
                # 第一班 stands in every company: below the sheet's own children the one above is named too.
                self.labels[unit.id] = f"{parent} {unit.name}" if depth > 1 and unit.level in NAMED_WITH else unit.name
                yield unit, depth
                yield from down(unit.id, unit.name)

        return [(unit, depth) for unit, depth in down(None) if unit.valid_to is None or unit.valid_to >= first]

    def members(self, session: Session) -> dict[uuid.UUID, Member]:
        """Everyone who took part in the month, and every author."""
        ids = {part.member_id for parts in self.parts.values() for part in parts}
        ids |= {report.author_id for report in self.reports}
        found: dict[uuid.UUID, Member] = {}
        for chunk in _chunks(list(ids), 500):
            rows = session.scalars(select(Member).where(Member.id.in_(chunk)), execution_options=NAMED)
            found.update({member.id: member for member in rows})
        return found


def minutes(start: dt.datetime, end: dt.datetime) -> int:
    """Whole minutes between two instants."""
    return int((end - start).total_seconds()) // 60


def _chunks(ids: list[uuid.UUID], size: int) -> Iterable[list[uuid.UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def month_sheet(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, lang: str) -> MonthSheet:
    """The whole month of one unit. NotFound for a unit one cannot see, Refused for one that one does not lead."""
    rows = _Month(session, actor, unit_id, month)
    people = rows.members(session)
    kinds = _kinds(rows, lang)
    me = session.get_one(Member, actor.member_id)
    return MonthSheet(
        month=month,
        unit_id=str(rows.unit.id),
        unit_name=rows.unit.name,
        level=rows.unit.level,
        path=tuple(unit.name for unit in reversed(rows.line)),
        preview=True,
        generated_at=actor.now,
        generated_by=me.name,
        times=len(rows.counted),
        person_times=sum(len(rows.parts[report.id]) for report in rows.counted),
        minutes=sum(part.minutes for report in rows.counted for part in rows.parts[report.id]),
        states=dict(Counter(report.state for report in rows.reports)),
        waiting_by_level=dict(
            Counter(stop.level.value for report in rows.counted if (stop := awaiting(report)) is not None)
        ),
        kinds=kinds,
        units=_unit_totals(rows),
        members=_member_totals(rows, people),
        reports=_report_lines(session, rows, people, lang),
    )


def _kinds(rows: _Month, lang: str) -> tuple[KindTotal, ...]:
    totals: dict[str, list[int]] = {}
    for report in rows.counted:
        total = totals.setdefault(report.kind, [0, 0, 0])
        total[0] += 1
        total[1] += len(rows.parts[report.id])
        total[2] += sum(part.minutes for part in rows.parts[report.id])
    return tuple(KindTotal(code, kind_label(code, lang), *totals[code]) for code in sorted(totals))


def kind_label(code: str, lang: str) -> str:
    """The kind's label, or its code where the kind is gone."""
    kind = catalogue().get(code)
    return kind.label.of(lang) if kind else code


def _unit_totals(rows: _Month) -> tuple[UnitTotal, ...]:
    totals: dict[uuid.UUID, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for report in rows.counted:
        parts = rows.parts[report.id]
        amounts = (
            1, len(parts), sum(part.minutes for part in parts),
            report.state == State.IN_REVIEW, report.state == State.RETURNED,
        )  # fmt: skip
        for unit_id in {getattr(report, f"{level}_id") for level in Level} - {None}:
            for place, amount in enumerate(amounts):
                totals[unit_id][place] += int(amount)
    return tuple(UnitTotal(str(unit.id), unit.name, unit.level, depth, *totals[unit.id]) for unit, depth in rows.units)


def _member_totals(rows: _Month, people: dict[uuid.UUID, Member]) -> tuple[MemberTotal, ...]:
    tree = {unit.id: place for place, (unit, _) in enumerate(rows.units)}
    by_kind: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    spent: Counter[uuid.UUID] = Counter()
    place: dict[uuid.UUID, uuid.UUID] = {}
    for report in rows.counted:
        for part in rows.parts[report.id]:
            by_kind[part.member_id][report.kind] += 1
            spent[part.member_id] += part.minutes
            place[part.member_id] = report.unit_id
    order = sorted(
        by_kind, key=lambda id_: (tree.get(place[id_], len(tree)), people[id_].kana_sort, people[id_].number)
    )
    return tuple(
        MemberTotal(
            str(id_),
            people[id_].number,
            people[id_].name,
            rows.labels.get(place[id_], ""),
            by_kind[id_].total(),
            spent[id_],
            dict(by_kind[id_]),
        )
        for id_ in order
    )


def _report_lines(session: Session, rows: _Month, people: dict[uuid.UUID, Member], lang: str) -> tuple[ReportLine, ...]:
    trails = _trails(session, [report.id for report in rows.counted], rows)
    return tuple(
        ReportLine(
            number=report.number or "",
            kind=report.kind,
            kind_label=kind_label(report.kind, lang),
            unit_name=rows.labels.get(report.unit_id, ""),
            started_at=report.started_at,
            ended_at=report.ended_at,
            place=report.place,
            people=len(rows.parts[report.id]),
            minutes=sum(part.minutes for part in rows.parts[report.id]),
            state=report.state,
            entry_mode=report.entry_mode,
            author=people[report.author_id].name,
            trail=tuple(trails.get(report.id, ())),
        )
        for report in rows.counted
    )


def _trails(session: Session, ids: list[uuid.UUID], rows: _Month) -> dict[uuid.UUID, list[TrailLine]]:
    """The way of approval of each report; saving and changing the content is not part of it."""
    events: list[ReportEvent] = []
    for chunk in _chunks(ids, 500):
        events += session.scalars(
            select(ReportEvent)
            .where(ReportEvent.report_id.in_(chunk), ReportEvent.action.not_in(["create", "edit"]))
            .order_by(ReportEvent.report_id, ReportEvent.seq),
            execution_options={"as_system": "the events of reports read under the asker's scope"},
        )
    members = {id_ for event in events for id_ in (event.actor_id, event.for_id) if id_}
    units = {event.unit_id for event in events if event.unit_id}
    who = _names(session, Member, members)
    where = _names(session, Unit, units)
    trails: dict[uuid.UUID, list[TrailLine]] = defaultdict(list)
    for event in events:
        trails[event.report_id].append(
            TrailLine(
                action=event.action,
                level=event.level or "",
                unit_name=where.get(event.unit_id, "") if event.unit_id else "",
                name=who.get(event.actor_id, "") if event.actor_id else "",
                post=event.post or "member",
                at=event.at,
                deputy_for=who.get(event.for_id) if event.for_id else None,
                reason=event.reason,
            )
        )
    return trails


def _names(session: Session, model: Any, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    found: dict[uuid.UUID, str] = {}
    for chunk in _chunks(list(ids), 500):
        found.update(
            session.execute(select(model.id, model.name).where(model.id.in_(chunk)), execution_options=NAMED).all()
        )
    return found
