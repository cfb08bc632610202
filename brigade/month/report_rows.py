"""The rows of a month's reports: who took part, the way of approval, the names. Of reports read under the asker's scope."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.history import ERASE, ReportEvent
from brigade.activity.kinds import catalogue
from brigade.activity.lateness import is_late
from brigade.activity.surroundings import place_of
from brigade.activity.transition import awaiting
from brigade.activity.workflow import Action
from brigade.dates import month_days, tokyo_day
from brigade.db import chunks, id_of
from brigade.month.heirs import NAMED, Successors, inherited
from brigade.month.rows import PartRow, PersonRow, ReportRow
from brigade.month.sheet import TrailLine
from brigade.organisation.member_types import FORMER, TYPE, held_then
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import Lines
from brigade.organisation.units import Unit
from brigade.viewings import viewed


def rows_of(
    session: Session,
    reports: Sequence[ActivityReport],
    after: Successors,
    settings: Lines,
    told: Sequence[ActivityReport],
) -> tuple[ReportRow, ...]:
    """The reports as rows; those that are ``told`` with their way of approval and the titles of their events.

    ``settings`` of their places: what is set for a report's own, on its own day, says from when on it is late.
    """
    parts = _parts(session, reports)
    trails = _trails(session, [report.id for report in told])
    titles = _titles(session, {report.event_id for report in told if report.event_id})
    return tuple(
        _row(
            report,
            line_of(report, after),
            parts[report.id],
            trails.get(report.id, ()),
            titles.get(report.event_id, ""),
            settings.on(place_of(report), tokyo_day(report.started_at)).late_after_days,
        )
        for report in reports
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


def _row(
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
        late=submitted is not None and is_late(report.ended_at, submitted, late_after_days),
        parts=tuple(parts),
        trail=tuple(trail),
    )


def line_of(report: Any, after: Successors) -> tuple[str, ...]:
    """The units of the report's line from the bureau down, each below those that have taken it over."""
    line = (id_ for level in Level if (id_ := getattr(report, f"{level}_id")) is not None)
    return tuple(str(unit_id) for id_ in line for unit_id in reversed(inherited(id_, after)))


def line_by_keys(after: Successors) -> Callable[..., tuple[str, ...]]:
    """The same from the keys of a line's units (or None), from the bureau down: a city's thousand lines come again and again."""
    heirs = cache(lambda key: tuple(str(unit_id) for unit_id in reversed(inherited(id_of(key), after))))
    return cache(lambda *keys: tuple(chain.from_iterable(heirs(key) for key in keys if key is not None)))


def people_of(session: Session, reports: Sequence[ReportRow], month: str) -> tuple[PersonRow, ...]:
    """Everyone who took part in the month, and every author; of the type of its last day."""
    ids = {part.member_id for report in reports for part in report.parts} | {report.author_id for report in reports}
    found: list[PersonRow] = []
    _, last = month_days(month)
    for chunk in chunks(sorted(map(uuid.UUID, ids))):
        rows = session.execute(
            select(Member.id, Member.number, Member.name, Member.kana_sort, TYPE)
            .outerjoin(FORMER, held_then(last))
            .where(Member.id.in_(chunk))
            .order_by(Member.id),
            execution_options=NAMED,
        )
        found += [PersonRow(str(id_), *rest) for id_, *rest in rows]
        viewed(session, chunk)
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
    viewed(session, who)
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
