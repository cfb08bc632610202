"""Reading one unit's month from the store: every report with its people, its way of approval and what it earns.

What the asker may not see is not there either: the same scope rule stands in every query, so a sheet never adds up
what its reader could not open.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.history import ERASE, ReportEvent
from brigade.activity.kinds import catalogue
from brigade.activity.transition import awaiting
from brigade.activity.workflow import Action, State
from brigade.actor import Actor
from brigade.dates import month_bounds, month_days
from brigade.db import chunks
from brigade.month.departed import missing, with_departed
from brigade.month.earnings import month_pay
from brigade.month.heirs import NAMED, Successors, inherited, successors, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.rows import Head, MonthHeads, MonthRows, PartRow, PersonRow, ReportRow, UnitRow
from brigade.month.said import said
from brigade.month.sheet import TrailLine
from brigade.month.years import years
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit, UnitParent, UnitTree, valid_on

NAMED_WITH = (Level.SECTION, Level.SQUAD)


def month_rows(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> MonthRows:
    """The month of one unit as it is now. NotFound for a unit one cannot see, Refused for one that one does not lead."""
    first, last = month_days(month)
    unit, line, day = led_unit(session, actor, unit_id, last)
    rows = month_reports(session, unit, month)
    until = max(last, unit.valid_from)  # a unit that began later answers for those that it took over
    after = successors(session, unit.bureau_id, until)
    parts = _parts(session, rows)
    trails = _trails(session, [report.id for report in rows])
    held = settings_of(session, unit.id, day)
    titles = _titles(session, {report.event_id for report in rows if report.event_id})
    reports = tuple(
        _report_row(
            report,
            _line(report, after),
            parts[report.id],
            trails.get(report.id, ()),
            titles.get(report.event_id, ""),
            held.late_after_days,
        )
        for report in rows
    )
    people = _people(session, reports)
    pay, rules = month_pay(session, actor.bureau_id, held.pay_rules, month, reports)
    units = _with_departed(session, tuple(units_of(session, unit, first, until)), reports)
    return MonthRows(
        month=month,
        unit_id=str(unit.id),
        unit_name=unit.name,
        level=unit.level,
        path=tuple(found.name for found in reversed(line)),
        read_at=actor.now,
        read_by=session.get_one(Member, actor.member_id).name,
        units=units,
        people=people,
        reports=reports,
        pay=pay,
        rules=rules,
        said=said(session, units, month),
        years=years(session, actor, unit, units, month),
        incidents_once=held.incidents_once,
    )


def month_reports(session: Session, unit: Unit, month: str) -> Sequence[ActivityReport]:
    """All of the unit's month that the actor may see, but what was never submitted, by time."""
    return session.scalars(
        select(ActivityReport)
        .where(_in_month(session, unit, month))
        .order_by(ActivityReport.started_at, ActivityReport.number, ActivityReport.id)
    ).all()


def month_heads(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> MonthHeads:
    """The same month counted by the database, for who needs no report by itself. NotFound and Refused as there."""
    first, last = month_days(month)
    unit, line, _ = led_unit(session, actor, unit_id, last)
    until = max(last, unit.valid_from)
    after = successors(session, unit.bureau_id, until)
    heads = _heads(session, unit, month, after)
    units = _with_departed(session, tuple(units_of(session, unit, first, until)), heads)
    path = tuple(found.name for found in reversed(line))
    return MonthHeads(month, str(unit.id), unit.name, unit.level, path, units, heads, said(session, units, month))


def _heads(session: Session, unit: Unit, month: str, after: Successors) -> tuple[Head, ...]:
    columns = {level: getattr(ActivityReport, f"{level}_id") for level in Level}
    by = (*columns.values(), ActivityReport.state, ActivityReport.awaiting_unit_id)
    rows = session.execute(select(*by, func.count().label("many")).where(_in_month(session, unit, month)).group_by(*by))
    return tuple(Head(_line(row, after), row.state, _waits_at(row), row.many) for row in rows)


def _waits_at(row: Any) -> str | None:
    """The level of the unit at which it waits: that unit is one of the report's line."""
    if row.awaiting_unit_id is None:
        return None
    return next(level.value for level in Level if getattr(row, f"{level}_id") == row.awaiting_unit_id)


def _in_month(session: Session, unit: Unit, month: str) -> ColumnElement[bool]:
    first, after = month_bounds(month)
    return and_(
        ActivityReport.month == month,
        # Says the month again, in the words of the index on units and times.
        ActivityReport.started_at >= first,
        ActivityReport.started_at < after,
        getattr(ActivityReport, f"{unit.level}_id").in_(with_predecessors(session, unit)),
        ActivityReport.state != State.DRAFT.value,
    )


def _parts(session: Session, reports: Sequence[ActivityReport]) -> dict[uuid.UUID, list[PartRow]]:
    times = {report.id: (report.started_at, report.ended_at) for report in reports}
    parts: dict[uuid.UUID, list[PartRow]] = defaultdict(list)
    for chunk in chunks(list(times)):
        rows = session.execute(
            select(
                Participation.report_id, Participation.member_id, Participation.role, Participation.started_at,
                Participation.ended_at, Participation.acted,
            )
            .where(Participation.report_id.in_(chunk))
            .order_by(Participation.report_id, Participation.position),
            execution_options={"as_system": "the people of reports read under the asker's scope"},
        )  # fmt: skip
        for report_id, member_id, role, start, end, acted in rows:
            first, last = times[report_id]
            parts[report_id].append(PartRow(str(member_id), role, start or first, end or last, acted))
    return parts


def _report_row(
    report: ActivityReport,
    line: tuple[str, ...],
    parts: Sequence[PartRow],
    trail: Sequence[TrailLine],
    event_title: str,
    late_after_days: int,
) -> ReportRow:
    kind = catalogue().get(report.kind)
    stop = awaiting(report)
    submitted = next((line.at for line in trail if line.action == Action.SUBMIT), None)
    return ReportRow(
        id=str(report.id),
        number=report.number or "",
        version=report.version,
        kind=report.kind,
        pay_class=kind.pay_class if kind else "none",
        statistics_class=kind.statistics_class if kind else "none",
        unit_id=str(report.unit_id),
        unit_ids=line,
        event=str(report.event_id or report.id),
        event_title=event_title,
        started_at=report.started_at,
        ended_at=report.ended_at,
        place=report.place,
        state=report.state,
        waits_at=stop.level.value if stop else None,
        entry_mode=report.entry_mode,
        author_id=str(report.author_id),
        submitted_at=submitted,
        late=submitted is not None and submitted > report.ended_at + dt.timedelta(days=late_after_days),
        parts=tuple(parts),
        trail=tuple(trail),
    )


def _line(report: Any, after: Successors) -> tuple[str, ...]:
    """The units of the report's line from the bureau down, each below those that have taken it over."""
    line = (id_ for level in Level if (id_ := getattr(report, f"{level}_id")) is not None)
    return tuple(str(unit_id) for id_ in line for unit_id in reversed(inherited(id_, after)))


def _with_departed(
    session: Session, units: tuple[UnitRow, ...], reports: Sequence[ReportRow | Head]
) -> tuple[UnitRow, ...]:
    """The units of the month with those that left within it and have reports in it."""
    gone = dict(missing(units, reports))
    if not gone:
        return units
    asked = select(Unit.id, Unit.name, Unit.level).where(Unit.id.in_([uuid.UUID(id_) for id_ in gone]))
    found = {str(id_): (name, level) for id_, name, level in session.execute(asked, execution_options=NAMED)}
    names = {unit.id: unit.name for unit in units} | {id_: name for id_, (name, _) in found.items()}
    known = {
        id_: UnitRow(id_, name, f"{names[gone[id_]]} {name}" if level in NAMED_WITH else name, level, 0)
        for id_, (name, level) in found.items()
    }
    return with_departed(units, reports, known)


def units_of(session: Session, top: Unit, first: dt.date, last: dt.date) -> Iterable[UnitRow]:
    """The unit and all below it that stood in the month, each directly after its parent, in order of code."""
    rows = session.execute(
        select(Unit, UnitTree.depth, UnitParent.parent_id)
        .join(UnitTree, UnitTree.below_id == Unit.id)
        .outerjoin(UnitParent, and_(UnitParent.unit_id == Unit.id, valid_on(UnitParent, last)))
        .where(UnitTree.above_id == top.id, valid_on(UnitTree, last), Unit.valid_from <= last)
        .order_by(Unit.code, Unit.id),
        execution_options=NAMED,
    )
    children: dict[uuid.UUID | None, list[tuple[Unit, int]]] = defaultdict(list)
    for unit, depth, parent_id in rows:
        children[parent_id if depth else None].append((unit, depth))

    def down(parent_id: uuid.UUID | None, parent: str = "") -> Iterable[UnitRow]:
        for unit, depth in children[parent_id]:
            # 第一班 stands in every company: below the sheet's own children the one above is named too.
            label = f"{parent} {unit.name}" if depth > 1 and unit.level in NAMED_WITH else unit.name
            if not depth or unit.valid_to is None or unit.valid_to >= first:
                yield UnitRow(str(unit.id), unit.name, label, unit.level, depth)
            yield from down(unit.id, unit.name)

    return down(None)


def _people(session: Session, reports: Sequence[ReportRow]) -> tuple[PersonRow, ...]:
    """Everyone who took part in the month, and every author."""
    ids = {part.member_id for report in reports for part in report.parts} | {report.author_id for report in reports}
    found: list[PersonRow] = []
    for chunk in chunks(sorted(map(uuid.UUID, ids))):
        rows = session.execute(
            select(Member.id, Member.number, Member.name, Member.kana_sort, Member.member_type).where(
                Member.id.in_(chunk)
            ),
            execution_options=NAMED,
        )
        found += [PersonRow(str(id_), *rest) for id_, *rest in rows]
    return tuple(found)


def _titles(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    """The titles of the events that reports name."""
    found: dict[uuid.UUID | None, str] = {}
    for chunk in chunks(list(ids)):
        found.update(
            session.execute(select(Event.id, Event.title).where(Event.id.in_(chunk)), execution_options=NAMED).all()
        )
    return found


def _trails(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, list[TrailLine]]:
    """The way of approval of each report; saving and changing the content is not part of it."""
    event, events = ReportEvent, list[Any]()
    for chunk in chunks(ids):
        events += session.execute(
            select(
                event.report_id, event.action, event.level, event.unit_id, event.actor_id, event.post, event.at,
                event.for_id, event.reason,
            )
            .where(event.report_id.in_(chunk), event.action.not_in(["create", "edit", ERASE]))
            .order_by(event.report_id, event.seq),
            execution_options={"as_system": "the events of reports read under the asker's scope"},
        )  # fmt: skip
    who = _names(session, Member, {id_ for row in events for id_ in (row.actor_id, row.for_id) if id_})
    where = _names(session, Unit, {row.unit_id for row in events if row.unit_id})
    trails: dict[uuid.UUID, list[TrailLine]] = defaultdict(list)
    for report_id, action, level, unit_id, actor_id, post, at, for_id, reason in events:
        trails[report_id].append(
            TrailLine(
                action=action,
                level=level or "",
                unit_name=where.get(unit_id, "") if unit_id else "",
                name=who.get(actor_id, "") if actor_id else "",
                post=post or "member",
                at=at,
                deputy_for=who.get(for_id) if for_id else None,
                reason=reason,
            )
        )
    return trails


def _names(session: Session, model: Any, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    found: dict[uuid.UUID, str] = {}
    for chunk in chunks(list(ids)):
        found.update(
            session.execute(select(model.id, model.name).where(model.id.in_(chunk)), execution_options=NAMED).all()
        )
    return found
